"""`Trainer`: what any thread may ask of the live one. It publishes; nobody sees half a step."""

from collections.abc import Callable

from cellscope.model.spec import Spec
from cellscope.model.training.course import Courses
from cellscope.model.training.edits import Wish
from cellscope.model.training.held import Held
from cellscope.model.training.lockstep import specs_of
from cellscope.model.training.pace import checked_speed
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.training.training_thread import AT_HAND_S, Keep, Told, TrainingThread

__all__ = ["Keep", "Told", "Trainer"]


class Trainer(TrainingThread):
    """One experiment: play, pause, step, rewind, rebuild; snapshots of it for any reader.

    It trains one network, or two in lockstep, and publishes both at once.

    **Threads**: the trainer's own thread alone touches the networks. Any other thread sends
    commands (queued, carried out between two steps, in order) and reads `latest`, which is rebound
    to a complete `Snapshot`. All waiting is on one Condition.
    """

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

    def run_to(self, step: int, courses: Courses | None = None) -> None:
        """Train flat out until so many steps are made in all, then pause; a pause ends it, too.

        From the start it goes the way of all who have the same settings and step, if `courses`
        knows them: that is computed once.
        """
        self._send(lambda: self._play_to(step, courses))

    def stop_at(self, step: int | None) -> None:
        """Pause whenever a run comes to a step, whatever its speed; None: at none."""
        self._send(lambda: self._stop_at(step))

    def rewind(self, keep: Keep | None = None) -> None:
        """Back to step 0 of the same initialisation, paused."""
        self._send(lambda: self._rewind(keep))

    def take_back(self, held: Held, keep: Keep) -> None:
        """Be where a network was when it was left, and train on if this one does."""
        self._send(lambda: self._take_back(held, keep))

    def take_back_what(self, found: Callable[[], Held | None], keep: Keep) -> None:
        """The same with what is found, in the thread, once all that was asked so far is done.

        Nothing happens if that is nothing.
        """

        def back() -> None:
            held = found()
            if held is not None:
                self._take_back(held, keep)

        self._send(back)

    def stand_at(self, run: int, step: int, keep: Keep | None = None) -> None:
        """As `train_on_from`, but stay there."""
        self._send(lambda: self._branch(run, step, keep, playing=False))

    def train_on_from(self, run: int, step: int, keep: Keep | None = None) -> None:
        """Go on from a step that was recorded, on a branch of its own, with the settings of now.

        The branch that is left stays in the recorder; `keep` is handed what is left. Nothing
        happens if that run is not known.
        """
        self._send(lambda: self._branch(run, step, keep))

    def rebuild(
        self,
        spec: Spec,
        *,
        other: Spec | None = None,
        playing: bool | None = None,
        keep: Keep | None = None,
    ) -> None:
        """Take new settings: live ones at once, others by starting anew (None: play on).

        `other` is the second network's; without one the first goes on alone. Of several that
        wait, only the newest is carried out: a dragged slider sends many. Where that
        leaves a network, `keep` is handed it, in the thread.
        """
        with self._changed:
            if playing is None and self._asked is not None:
                playing = self._asked[1]
            self._asked = (specs_of(spec, other), playing)
            self._keeping += [] if keep is None else [keep]
        self._send(self._take_asked)

    def edit(self, wish: Wish, network: int = 0, done: Told | None = None) -> None:
        """Do something to one of the networks, between two steps; it is recorded.

        `done` is told in the thread what came of it: the edit, or why it can't be.
        """
        self._send(lambda: self._edit(wish, network, done))

    def set_speed(self, speed: float | None) -> None:
        """Steps per second from now on; None is as fast as possible."""
        checked_speed(speed)
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

    def hold(self, timeout: float = 10.0) -> Held:
        """Everything with which another trainer goes on as this one would have."""
        held: list[Held] = []
        self._send(lambda: held.append(self._held()))
        self.settle(timeout)
        if not held:
            raise TimeoutError("the training thread has ended")
        return held[0]

    def leave(self) -> None:
        """End the thread after the step in progress, without waiting for that."""
        with self._changed:
            self._closing = self._attention = True
            self._changed.notify_all()
        self.recorder.close()

    def close(self) -> None:
        """End the thread; safe to call twice."""
        self.leave()
        self._thread.join(timeout=10.0)

    # Reading, from any thread.

    def subscribe(self, woken: Callable[[], None]) -> Callable[[], None]:
        """Call `woken` (in the trainer's thread; it must not wait) after every publication.

        Returns what ends it.
        """
        return self._subscribers.add(woken)

    def demand(self) -> bool:
        """Have the state after the step in progress published; whether that is at hand.

        False if nothing moves, and at a low speed if the next step is yet to come: then the latest
        state is the one to show, and the next one is published all the same.
        """
        with self._changed:
            moving = self._moving()
            self._wanted = self._wanted or moving
            self._changed.notify_all()  # it may be pausing
            return moving and self._pace.wait() < AT_HAND_S

    def newer(self, seen: int, timeout: float) -> Snapshot | None:
        """The newest state, as soon as there is one that is not version `seen`; None in vain.

        While it trains, the state is the one after the step in progress, not an older one; at a
        low speed that step may come after the timeout.
        """
        with self._changed:
            if self._moving():
                seen = max(seen, self.latest.version)
                self._wanted = True
                self._changed.notify_all()  # it may be pausing
            self._changed.wait_for(lambda: self.latest.version != seen or self._closing, timeout)
            return self.latest if self.latest.version != seen else None
