"""Courses: the way of a network to a step that a link names, gone once for all who open it."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from weakref import WeakSet

from cellscope.model.training.lockstep import Lockstep, Saved, Specs
from cellscope.model.training.pace import Pace

SLICE_S = 0.03  # from state to state
MOST_KEPT = 64  # states at the end of a course
MOST_BYTES = 64 * 2**20  # of all of them; 64 × 5 with Adam has 0.2 MB


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a course is: a state, and whether it is the last one."""

    state: Saved
    ended: bool


class Course:
    """The training of these networks to so many steps.

    Those who follow it take turns: one trains for a moment, the others wait and see the same
    state. So it needs no thread of its own, and stands still when nobody follows any more.

    **Threads**: any. The networks belong to whoever holds the turn; `_stage` is a value.
    """

    def __init__(self, specs: Specs, goal: int, most: float | None = None) -> None:
        """`most` steps a second are taken, however many follow."""
        self.specs = specs
        self.goal = goal
        self._most = most
        self._pace = Pace(None, most)
        self.followers: WeakSet[object] = WeakSet()
        self._turn = threading.Lock()
        self._networks: Lockstep | None = None
        self._stage: Stage | None = None
        self._news = threading.Condition()

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        return self._stage is not None and self._stage.ended

    @property
    def nbytes(self) -> int:
        """What its newest state takes."""
        return 0 if self._stage is None else sum(saved.nbytes for saved in self._stage.state)

    def follow(self, seen: Stage | None) -> tuple[Stage | None, float]:
        """The newest stage that is not `seen`, None if that takes longer; seconds waited.

        Seconds in which another one trained, or no step was due, are no work of who follows. Many
        who follow are told less often, so that their pictures leave time for the training.
        """
        end, waited = time.monotonic() + SLICE_S * max(1, len(self.followers)), 0.0
        while not self.ended and time.monotonic() < end:
            if self._turn.acquire(blocking=False):
                try:
                    waited += self._go_on(end)
                finally:
                    self._turn.release()
            else:
                begun = time.monotonic()
                with self._news:
                    self._news.wait(SLICE_S)
                waited += time.monotonic() - begun
        return None if self._stage is seen else self._stage, waited

    def _go_on(self, end: float) -> float:
        """Train until then, or to the end; the seconds without a step that is due."""
        waited = 0.0
        if self.ended:  # by whoever had the turn before
            return waited
        networks = self._networks = self._networks or Lockstep(self.specs)
        self._pace.catch_up()
        while not networks.diverged and networks.step < self.goal and time.monotonic() < end:
            if self._most is not None:
                pause = max(0.0, min(self._pace.wait(), end - time.monotonic()))
                time.sleep(pause)
                waited += pause
                if self._pace.wait() > 0.0:
                    break
                self._pace.took_step(self._most)
            networks.advance()
        if networks.step >= self.goal:
            networks.check()  # as a pause does
        ended = networks.diverged or networks.step >= self.goal
        self._stage = Stage(networks.save(), ended)
        if ended:
            self._networks = None  # with its data and buffers
        with self._news:
            self._news.notify_all()
        return waited


class Courses:
    """Those that somebody follows, and the newest that ended. **Threads**: any."""

    def __init__(self, most: float | None = None) -> None:
        self._most = most  # steps a second, of each
        self._known: OrderedDict[tuple[Specs, int], Course] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def course(self, specs: Specs, goal: int, follower: object) -> Course:
        """The one of these settings and this step, under way, ended or new."""
        with self._lock:
            found = self._known.setdefault((specs, goal), Course(specs, goal, self._most))
            self._known.move_to_end((specs, goal))
            found.followers.add(follower)
            self._forget()
            return found

    def _forget(self) -> None:
        """Keep within bounds; what nobody follows and has not ended is no use to anybody."""
        left = [key for key, one in self._known.items() if not one.followers]
        for key in left:
            if not self._known[key].ended:
                del self._known[key]
        kept = [key for key in left if key in self._known]
        total = sum(self._known[key].nbytes for key in kept)
        while kept and (len(kept) > MOST_KEPT or total > MOST_BYTES):
            key = kept.pop(0)
            total -= self._known.pop(key).nbytes
