"""`Recorder`: the recordings of one experiment, the run of now and those that it branched off."""

import threading
from dataclasses import dataclass

from cellscope.model.recording.recording import Recording
from cellscope.model.recording.room import Room
from cellscope.model.spec import Spec
from cellscope.model.training.lockstep import Lockstep, Specs

MOST_BRANCHES = 8  # of one experiment; the oldest goes first


@dataclass(frozen=True, slots=True)
class Kept:
    """How much of the past is at hand."""

    nbytes: int
    allowed: int
    spacing: int  # steps from one state that is kept to the next, of the run of now


class Recorder:
    """What a trainer writes while it trains, and whoever looks back reads.

    **Threads**: the trainer writes; `branches` is a value to share; trimming is anybody's.
    """

    def __init__(self, room: Room | None = None, left: tuple[Recording, ...] = ()) -> None:
        """`left`: the runs that were left before the first one that begins here."""
        self._room = room or Room()
        self._trimming = threading.RLock()
        self.branches: tuple[Recording, ...] = ()
        self._left = left
        self._room.enter(self)

    @property
    def now(self) -> Recording:
        """The run that goes on."""
        return self.branches[-1]

    def find(self, run: int) -> Recording | None:
        """The branch with this number, if it is still there."""
        return next((branch for branch in self.branches if branch.run == run), None)

    def begin(self, run: int, specs: Specs) -> None:
        """A run from the start; what came before stays if it began just so."""
        kept = self.branches or self._left  # the first one is the one that left those
        if self.branches and not _same_start(kept[-1].specs, specs):
            kept = ()
        self._add(kept, Recording.of_start(run, specs))

    def branch(self, recording: Recording, run: int, step: int) -> None:
        """From now on the run goes on from a step of a recording."""
        self._add(self.branches, recording.branch(run, step))

    def _add(self, kept: tuple[Recording, ...], new: Recording) -> None:
        worth = [branch for branch in kept if branch.last > 0 or branch.edited()]
        self.branches = (*worth[1 - MOST_BRANCHES :], new)
        self.trim()

    def goes_on(self, left: Recording) -> None:
        """The run of now is one that was left: it has that one's states, and its place."""
        now = self.now
        now.take_over(left)
        self.branches = tuple(branch for branch in self.branches if branch is not left)
        for branch in self.branches:
            if branch.parent is not None and branch.parent[0] == left.run:
                branch.parent = now.run, branch.parent[1]
        self.trim()

    def go_on(self, lockstep: Lockstep) -> None:
        """A state is due."""
        self.now.keep(lockstep.networks)
        self.trim()

    def note(self, lockstep: Lockstep) -> None:
        """The run has come so far."""
        self.now.note(lockstep.networks)

    def trim(self) -> None:
        """Let states go until it keeps within what the room allows."""
        with self._trimming:
            while self._nbytes() > self._room.each:
                largest = max(self.branches, key=lambda branch: branch.nbytes)
                largest.thin()

    def _nbytes(self) -> int:
        return sum(branch.nbytes for branch in self.branches)

    @property
    def kept(self) -> Kept:
        return Kept(self._nbytes(), self._room.each, self.now.spacing)

    def close(self) -> None:
        """Let the others have the memory."""
        self._room.leave(self)


def _same_start(specs: Specs, others: Specs) -> bool:
    return len(specs) == len(others) and all(map(Spec.same_beginning, specs, others))
