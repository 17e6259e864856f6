"""`TrainingThread`: what the thread of one experiment does, between commands and publications."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable

import torch

from cellscope.model.recording.recorder import Recorder
from cellscope.model.recording.replay import Replayer
from cellscope.model.recording.room import Room
from cellscope.model.spec import Spec, SpecError
from cellscope.model.threads import give_way, one_thread
from cellscope.model.training.budget import Turn
from cellscope.model.training.course import Course, Courses, Stage
from cellscope.model.training.edits import Edit, Wish
from cellscope.model.training.held import Held, HeldNetwork
from cellscope.model.training.lockstep import Lockstep, Specs, specs_of
from cellscope.model.training.pace import Pace
from cellscope.model.training.snapshot import Snapshot, Status, failed
from cellscope.model.training.subscribers import Subscribers

Told = Callable[[Edit | SpecError], None]
Keep = Callable[[Held], None]  # of a network that is left for another one
AT_HAND_S = 0.05  # a step sooner than this is worth waiting for before drawing
log = logging.getLogger(__name__)


class TrainingThread:
    """The half of a `Trainer` that its own thread alone runs; it alone touches the networks."""

    def __init__(
        self,
        spec: Spec,
        *,
        other: Spec | None = None,
        speed: float | None = None,
        most: float | None = None,
        room: Room | None = None,
        held: Held | None = None,
    ) -> None:
        """Start the thread, paused at step 0. `speed` in steps per second, None: flat out.

        `most` steps per second are taken whatever the speed is set to.

        `room` is the memory for what is recorded, shared with other experiments. From what was
        `held` it goes on as if nothing had happened, its specs included.
        """
        self._changed = threading.Condition()
        self._commands: deque[Callable[[], None]] = deque()
        self._sent = self._taken = self._settled = 0  # commands; settled: in a published state
        self._attention = False  # read without the lock between two steps
        self._wanted = False  # somebody waits for the state after the step in progress
        self._asked: tuple[Specs, bool | None] | None = None
        self._keeping: list[Keep] = []  # who wants what is left by that
        self._closing = False
        self._suspended = False
        self._playing = False
        self._until: int | None = None  # the step at which to pause
        self.stop: int | None = None  # the same, of every run; the thread alone sets it
        self._course: Course | None = None  # that it follows to `_until`
        self._stage: Stage | None = None  # of the course, the one it is at
        self._pace = Pace(speed, most)
        self._turn = Turn()  # to work, before others have theirs
        self._subscribers = Subscribers()
        self._version, self._run = 0, -1 if held is None or held.run is None else held.run - 1
        self._error: str | None = None
        self.recorder = Recorder(room, held.past if held else ())  # written by the thread
        one_thread()  # also keeps equal specs bitwise equal on every machine with this processor
        with torch.inference_mode():
            self._start(specs_of(spec, other) if held is None else held.specs_at_start)
            if held is not None:
                self._take_up(held)
            self.latest = self._snapshot()
        self._thread = threading.Thread(target=self._live, name="trainer", daemon=True)
        self._thread.start()

    def _live(self) -> None:
        give_way()
        with torch.inference_mode():
            while not self._closing:
                try:
                    self._obey()
                    self._train()
                except Exception as error:  # published, never lost on stderr
                    log.exception("the training thread failed")
                    self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Publish the last state as failed: a new one could fail, too."""
        self._status, self._playing = "failed", False
        self._leave_course()
        self._error = f"{type(error).__name__}: {error}"
        self._version += 1
        self._announce(failed(self.latest, self._version, self._error))

    def _obey(self) -> None:
        """Carry out what was sent; wait while there is nothing to do."""
        with self._changed, self._turn.idling():
            self._changed.wait_for(lambda: self._commands or self._closing or self._moving())
            self._attention = self._closing
        # One by one: those behind a command that fails are not lost. But not those that come
        # meanwhile: a dragged slider sends without end, and its pictures are to be seen.
        for _ in range(len(self._commands)):
            command = self._commands.popleft()
            try:
                command()
            finally:
                self._taken += 1
        self._publish()

    def _train(self) -> None:
        """Steps until something else wants attention."""
        while self._moving() and not self._attention:
            if self._course is not None:
                self._follow(self._course)
                self._let_others()
                continue
            bound = self._pace.bound(flat_out=self._until is not None)
            if bound is not None and not self._wait_for_next_step(bound):
                return
            self._advance()
            if self._wanted:
                self._publish()
            self._let_others()

    def _let_others(self) -> None:
        """Of many each pauses; a command or a wish for the state ends that, and the rest is due."""
        pause = self._turn.pause(id(self))
        if pause is None:
            return
        begun = time.monotonic()
        if pause:
            with self._changed:
                self._changed.wait_for(lambda: self._attention or self._wanted, pause)
        took = time.monotonic() - begun
        if took < pause:
            self._turn.paused += took
        else:
            self._turn = Turn()

    def _follow(self, course: Course) -> None:
        """Be where the course is now."""
        stage, waited = course.follow(self._stage)
        self._turn.idle += waited
        if stage is None:
            return
        self._stage = stage
        self._lockstep.restore(stage.state)
        self._pace.rate(self._lockstep.step)
        self._keep()
        if self._lockstep.diverged:
            self._end()
        elif stage.ended:
            self._pause()
            self._publish()
        elif self._wanted:
            self._publish()

    def _leave_course(self) -> None:
        """Go on alone, from wherever it is."""
        if self._course is not None:
            self._course.followers.discard(self)
        self._course = self._stage = None

    def _wait_for_next_step(self, bound: float) -> bool:
        """Keep the pace; False if something came up meanwhile."""
        self._pace.catch_up()
        seen = self.latest.experiment_step == self._lockstep.step
        if not seen and self._pace.wait() > AT_HAND_S:
            self._publish()  # nobody is to wait for the next step to see this one
        with self._changed, self._turn.idling():
            wait = self._pace.wait()
            if wait > 0 and self._changed.wait_for(lambda: self._attention, wait):
                return False
        self._pace.took_step(bound)
        return True

    def _advance(self) -> None:
        self._lockstep.advance()
        step = self._lockstep.step
        if step & 15 == 0 or self._pace.speed is not None:
            self._pace.rate(step)
        self._keep()
        if self._lockstep.diverged:
            self._end()
        elif step == (self.stop if self._until is None else self._until):
            self._pause()
            self._publish()

    def _keep(self) -> None:
        """Have the state recorded where one is due."""
        if self._lockstep.step >= self.recorder.now.next_at:
            self.recorder.go_on(self._lockstep)

    def _end(self) -> None:
        self._status, self._playing = "diverged", False
        self._leave_course()
        self._publish()

    # Commands, in the thread.

    def _play(self) -> None:
        if self._status == "paused" and not self._lockstep.is_looked_at:
            self._status, self._playing, self._until = "training", True, None
            self._pace.begin(self._lockstep.step)

    def _play_to(self, step: int, courses: Courses | None) -> None:
        self._pause()
        if self._status != "paused" or self._lockstep.step >= step or self._lockstep.is_looked_at:
            return
        from_start = self._lockstep.step == 0
        self._play()
        self._until = step
        if courses is not None and from_start:
            self._course = courses.course(self._lockstep.specs, step, self)

    def _stop_at(self, step: int | None) -> None:
        self.stop = step

    def _pause(self) -> None:
        if self._status == "training":
            self._status, self._playing = "paused", False
            self._leave_course()
            self._check()

    def _single_step(self) -> None:
        self._pause()
        if self._status == "paused" and not self._lockstep.is_looked_at:
            self._advance()
            self._check()

    def _check(self) -> None:
        """At rest a divergence is found now rather than by the next step."""
        if self._status == "paused":
            self._lockstep.check()
            if self._lockstep.diverged:
                self._end()

    def _take_asked(self) -> None:
        with self._changed:
            asked, self._asked = self._asked, None
            keeping, self._keeping = self._keeping, []
        if asked is None:
            return
        if keeping and self._lockstep.is_touched and not self._lockstep.same_start(asked[0]):
            held = self._held()
            for keep in keeping:
                keep(held)
        self._take(*asked)

    def _rewind(self, keep: Keep | None) -> None:
        if keep is not None:
            keep(self._held())
        self._start(self._lockstep.specs)

    def _take_back(self, held: Held, keep: Keep) -> None:
        playing = self._playing
        keep(self._held())
        left = None if held.run is None else self.recorder.find(held.run)
        self._start(held.specs_at_start)
        self._take_up(held)
        if left is not None:
            self.recorder.goes_on(left)
        if self._status == "training":
            self._status, self._playing, self._until = "paused", False, None
        if playing:
            self._play()

    def _take(self, specs: Specs, playing: bool | None) -> None:
        now = self._lockstep
        if not now.same_start(specs) or self.recorder.now.is_full_of_points(now.specs, specs):
            playing = self._playing if playing is None else playing
            self._start(specs)
            if playing:
                self._play()
            return
        self._leave_course()  # it has other settings now
        self._lockstep.take_live(specs)
        self.recorder.now.change(self._lockstep.step, specs)
        if self._lockstep.diverged and self._status != "failed":  # the one that went on has gone
            self._end()
        if playing is not None:
            (self._play if playing else self._pause)()

    def _edit(self, wish: Wish, which: int, done: Told | None) -> None:
        networks = self._lockstep.networks
        network = networks[min(which, len(networks) - 1)]
        try:
            if network.diverged or self._status == "failed":
                raise SpecError("unit", "edit_ended", self._lockstep.step)
            edit = network.edit_of(wish)
        except SpecError as error:
            if done is not None:
                done(error)
            return
        self._leave_course()  # it is another network now
        network.take_edit(edit)
        step, k = network.learner.step_count, networks.index(network)
        network.edits = self.recorder.now.edit(step, k, edit)
        if done is not None:
            done(edit)

    def _branch(self, run: int, step: int, keep: Keep | None, *, playing: bool = True) -> None:
        recording, specs = self.recorder.find(run), self._lockstep.specs
        if recording is None:
            return
        self._pause()
        if recording is not self.recorder.now or step < self._lockstep.step:
            if keep is not None:
                keep(self._held())
            self._lockstep = Replayer().lockstep(recording, min(step, recording.last))
            self._run += 1
            self.recorder.branch(recording, self._run, self._lockstep.step)
            self._lockstep.take_live(specs)
            self.recorder.now.change(self._lockstep.step, specs)
            self._status = "diverged" if self._lockstep.diverged else "paused"
            self._error = None
        if playing:
            self._play()

    def _start(self, specs: Specs) -> None:
        self._lockstep = Lockstep(specs)  # if it fails, nothing has changed
        self._run += 1
        self.recorder.begin(self._run, specs)
        self._leave_course()
        self._status: Status = "paused"
        self._playing = False
        self._error = None
        self._pace.begin(0)

    def _held(self) -> Held:
        now = self.recorder.now
        changes = [tuple(now.track(k).changes) for k in range(len(self._lockstep.networks))]
        pairs = zip(changes, self._lockstep.save(), strict=True)
        networks = tuple(HeldNetwork(changed, state) for changed, state in pairs)
        doing = (self._status, self._playing, self._until, self._error, self.stop)
        return Held(networks, *doing, now.elsewhere, self._run, now.parent)

    def _take_up(self, held: Held) -> None:
        """Be where the other was; its way there is known, so any step of it can be replayed."""
        for network, one in zip(self._lockstep.networks, held.networks, strict=True):
            network.take_up(one.state, one.changes)
        self._lockstep = Lockstep.of(self._lockstep.networks)
        changes = [one.changes for one in held.networks]
        states = [one.keyframes for one in held.networks]
        now, networks = self.recorder.now, self._lockstep.networks
        now.take_up(changes, states, networks, elsewhere=held.elsewhere, parent=held.parent)
        self.recorder.trim()
        self._status, self._error = held.status, held.error
        self._playing, self._until, self.stop = held.playing, held.until, held.stop
        self._pace.begin(self._lockstep.step)

    def _set_speed(self, speed: float | None) -> None:
        self._pace.speed = speed
        self._pace.begin(self._lockstep.step)

    def _suspend(self, suspended: bool) -> None:
        self._suspended = suspended
        self._pace.begin(self._lockstep.step)

    def _moving(self) -> bool:
        return self._playing and not self._suspended

    def _send(self, command: Callable[[], None]) -> None:
        with self._changed:
            self._commands.append(command)
            self._sent += 1
            self._attention = True
            self._changed.notify_all()

    # Publishing.

    def _publish(self) -> None:
        self._wanted = False  # before the state is taken: a later wish means a later state
        self._announce(self._snapshot())

    def _announce(self, snapshot: Snapshot) -> None:
        with self._changed:
            self.latest = snapshot
            self._settled = self._taken
            self._changed.notify_all()
        self._subscribers.tell()

    def _snapshot(self) -> Snapshot:
        self._version += 1
        if self._status != "training":  # else the next score comes soon
            for network in self._lockstep.networks:
                network.score_anew()
        self.recorder.note(self._lockstep)
        return self._lockstep.snapshot(
            version=self._version,
            run=self._run,
            status=self._status,
            rate=self._pace.rate(self._lockstep.step) if self._playing else 0.0,
            error=self._error,
            goal=self._until if self._playing else None,
        )
