"""`Trainer`: the live thread of one experiment. It publishes; readers never see half a step."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

import torch

from model.datasets import make_data
from model.init import initial_weights
from model.spec import Spec, SpecError
from model.threads import give_way, one_thread
from model.training.history import History, Score
from model.training.learner import Learner, with_ones
from model.training.snapshot import Parameters, Snapshot, Status

RATE_WINDOW_S = 0.5
SPEEDS = (0.01, 1e6)  # steps per second
AT_HAND_S = 0.05  # a step sooner than this is worth waiting for before drawing
log = logging.getLogger(__name__)


class Trainer:
    """One experiment: play, pause, step, rewind, rebuild; snapshots of it for any reader.

    **Threads**: the trainer's own thread alone touches the learner. Any other thread sends
    commands (queued, carried out between two steps, in order) and reads `latest`, which is rebound
    to a complete `Snapshot`. All waiting is on one Condition.
    """

    def __init__(self, spec: Spec, *, speed: float | None = None) -> None:
        """Start the thread, paused at step 0. `speed` in steps per second, None: flat out."""
        self._changed = threading.Condition()
        self._commands: deque[Callable[[], None]] = deque()
        self._sent = self._taken = self._settled = 0  # commands; settled: in a published state
        self._attention = False  # read without the lock between two steps
        self._wanted = False  # somebody waits for the state after the step in progress
        self._asked: tuple[Spec, bool | None] | None = None
        self._closing = False
        self._suspended = False
        self._playing = False
        self._speed = _checked_speed(speed)
        self._subscribers: tuple[Callable[[], None], ...] = ()
        self._version = 0
        self._run = -1
        self._error: str | None = None
        one_thread()  # also keeps equal specs bitwise equal on every machine with this processor
        with torch.inference_mode():
            self._start(spec)
            self.latest = self._snapshot()
        self._thread = threading.Thread(target=self._live, name="trainer", daemon=True)
        self._thread.start()

    # Commands, from any thread. They return at once; `settle` waits for them.

    def play(self) -> None:
        """Run until paused; nothing happens once diverged, until a rewind."""
        self._send(self._play)

    def pause(self) -> None:
        """Stop after the step in progress."""
        self._send(self._pause)

    def step(self) -> None:
        """Pause, and take one mini-batch step."""
        self._send(self._single_step)

    def rewind(self) -> None:
        """Back to step 0 of the same initialisation, paused."""
        self._send(lambda: self._restart(self._spec, playing=False))

    def rebuild(self, spec: Spec, *, playing: bool | None = None) -> None:
        """Take new settings: live ones at once, others by starting anew (None: play on).

        Of several that wait, only the newest is carried out: a dragged slider sends many.
        """
        with self._changed:
            if playing is None and self._asked is not None:
                playing = self._asked[1]
            self._asked = (spec, playing)
        self._send(self._take_asked)

    def set_speed(self, speed: float | None) -> None:
        """Steps per second from now on; None is as fast as possible."""
        _checked_speed(speed)
        self._send(lambda: self._set_speed(speed))

    def suspend(self, suspended: bool) -> None:
        """Stand still without a change of status, while nobody watches."""
        self._send(lambda: self._suspend(suspended))

    def settle(self, timeout: float = 10.0) -> Snapshot:
        """Wait until all commands sent so far are carried out; the snapshot after them."""
        self._send(lambda: None)  # so that it is a state of now while it trains
        with self._changed:
            sent = self._sent
            if not self._changed.wait_for(lambda: self._settled >= sent or self._closing, timeout):
                raise TimeoutError(f"the training thread did not answer within {timeout} s")
            return self.latest

    def close(self) -> None:
        """End the thread; safe to call twice."""
        with self._changed:
            self._closing = self._attention = True
            self._changed.notify_all()
        self._thread.join(timeout=10.0)

    # Reading, from any thread.

    def subscribe(self, woken: Callable[[], None]) -> Callable[[], None]:
        """Call `woken` (in the trainer's thread; it must not wait) after every publication.

        Returns what ends it.
        """
        with self._changed:
            self._subscribers = (*self._subscribers, woken)

        def end() -> None:
            with self._changed:
                self._subscribers = tuple(w for w in self._subscribers if w is not woken)

        return end

    def demand(self) -> bool:
        """Have the state after the step in progress published; whether that is at hand.

        False if nothing moves, and at a low speed if the next step is yet to come: then the latest
        state is the one to show, and the next one is published all the same.
        """
        with self._changed:
            moving = self._moving()
            self._wanted = self._wanted or moving
            return moving and self._next_step_at - time.monotonic() < AT_HAND_S

    def newer(self, seen: int, timeout: float) -> Snapshot | None:
        """The newest state, as soon as there is one that is not version `seen`; None in vain.

        While it trains, the state is the one after the step in progress, not an older one; at a
        low speed that step may come after the timeout.
        """
        with self._changed:
            if self._moving():
                seen = max(seen, self.latest.version)
                self._wanted = True
            self._changed.wait_for(lambda: self.latest.version != seen or self._closing, timeout)
            return self.latest if self.latest.version != seen else None

    # The thread.

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
        self._error = f"{type(error).__name__}: {error}"
        self._version += 1
        failed = replace(
            self.latest,
            version=self._version,
            status=self._status,
            error=self._error,
            steps_per_second=0.0,
            published=time.time(),
        )
        self._announce(failed)

    def _obey(self) -> None:
        """Carry out what was sent; wait while there is nothing to do."""
        with self._changed:
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
            if self._speed is not None and not self._wait_for_next_step(self._speed):
                return
            self._advance()
            if self._wanted:
                self._publish()

    def _wait_for_next_step(self, speed: float) -> bool:
        """Keep the pace; False if something came up meanwhile."""
        now = time.monotonic()
        self._next_step_at = max(self._next_step_at, now - 0.25)  # no burst after a long pause
        if self._next_step_at - now > AT_HAND_S and self.latest.step != self._learner.step_count:
            self._publish()  # nobody is to wait for the next step to see this one
        with self._changed:
            wait = self._next_step_at - now
            if wait > 0 and self._changed.wait_for(lambda: self._attention, wait):
                return False
        self._next_step_at += 1.0 / speed
        return True

    def _advance(self) -> None:
        if self._learner.step():
            self._count_rate()
            if self._history.due(self._learner.step_count):
                self._record()
        else:
            self._diverge()

    def _diverge(self) -> None:
        self._status, self._playing = "diverged", False
        self._nonfinite_layer = self._learner.first_nonfinite_layer()
        self._record()
        self._publish()

    # Commands, in the thread.

    def _play(self) -> None:
        if self._status == "paused":
            self._status, self._playing = "training", True
            self._next_step_at = time.monotonic()
            self._reset_rate()

    def _pause(self) -> None:
        if self._status == "training":
            self._status, self._playing = "paused", False
            if not self._learner.finite():
                self._diverge()

    def _single_step(self) -> None:
        self._pause()
        if self._status == "paused":
            self._advance()
            if self._status == "paused" and not self._learner.finite():
                self._diverge()

    def _take_asked(self) -> None:
        with self._changed:
            asked, self._asked = self._asked, None
        if asked is not None:
            self._take(*asked)

    def _take(self, spec: Spec, playing: bool | None) -> None:
        if spec.same_start(self._spec):
            self._learner.learning_rate = spec.learning_rate
            if spec.batch_size != self._spec.batch_size:
                self._learner.set_batch_size(spec.batch_size)
            self._spec = spec
            if playing is not None:
                (self._play if playing else self._pause)()
        else:
            self._restart(spec, self._playing if playing is None else playing)

    def _restart(self, spec: Spec, playing: bool) -> None:
        self._start(spec)
        if playing:
            self._play()

    def _start(self, spec: Spec) -> None:
        data = make_data(spec)
        learner = Learner(spec, initial_weights(spec, data), data)
        self._learner = learner  # from here on nothing fails: a failed start changes nothing
        self._train_points = with_ones(data.train_x), torch.tensor(data.train_y)
        self._test_points = with_ones(data.test_x), torch.tensor(data.test_y)
        self._spec = spec
        self._run += 1
        self._history = History()
        self._status: Status = "paused"
        self._playing = False
        self._nonfinite_layer: int | None = None
        self._error = None
        self._next_step_at = 0.0
        self._reset_rate()
        self._record()

    def _set_speed(self, speed: float | None) -> None:
        self._speed = speed
        self._next_step_at = time.monotonic()
        self._reset_rate()

    def _suspend(self, suspended: bool) -> None:
        self._suspended = suspended
        self._next_step_at = time.monotonic()
        self._reset_rate()

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
        for woken in self._subscribers:
            try:
                woken()
            except Exception:  # say, its event loop is closed: training goes on
                log.exception("a subscriber failed")

    def _snapshot(self) -> Snapshot:
        learner = self._learner
        finite = learner.finite_parameters()
        self._version += 1
        return Snapshot(
            version=self._version,
            run=self._run,
            spec=self._spec,
            step=learner.step_count,
            status=self._status,
            theta=_frozen(learner.theta if finite else learner.previous),
            shown_step=learner.step_count - (0 if finite else 1),
            optimizer_state=tuple(_frozen(moment) for moment in learner.moments),
            history=self._history.points,
            nonfinite_layer=self._nonfinite_layer,
            steps_per_second=self._rate() if self._playing else 0.0,
            published=time.time(),
            error=self._error,
        )

    def _record(self) -> None:
        step = self._learner.step_count
        if self._history.points and self._history.points[-1].step == step:
            return
        train_loss, train_accuracy = self._learner.evaluate(*self._train_points)
        test_loss, test_accuracy = self._learner.evaluate(*self._test_points)
        self._history.add(Score(step, train_loss, test_loss, train_accuracy, test_accuracy))

    def _reset_rate(self) -> None:
        self._rate_mark = (time.monotonic(), self._learner.step_count)
        self._measured_rate = 0.0

    def _count_rate(self) -> None:
        if self._learner.step_count & 15 == 0 or self._speed is not None:
            self._rate()

    def _rate(self) -> float:
        """Steps per second over the last full window, or since the start within the first."""
        since, step = self._rate_mark
        elapsed = time.monotonic() - since
        rate = (self._learner.step_count - step) / max(elapsed, 1e-3)
        if elapsed >= RATE_WINDOW_S:
            self._rate_mark = (time.monotonic(), self._learner.step_count)
            self._measured_rate = rate
        return self._measured_rate or rate


def _checked_speed(speed: float | None) -> float | None:
    if speed is not None and not SPEEDS[0] <= speed <= SPEEDS[1]:  # also catches nan
        raise SpecError("speed", "range", speed, low=SPEEDS[0], high=SPEEDS[1])
    return speed


def _frozen(vector: torch.Tensor) -> Parameters:
    copy: Parameters = vector.numpy().copy()
    copy.flags.writeable = False
    return copy
