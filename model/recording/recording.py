"""`Recording`: one run's settings and changes, and states from which any step is replayed.

A run is a function of its settings and of what was changed on the way: data and batches depend on
nothing but the seeds and the step. So weights and the optimiser's memory every so many steps are
enough to be at any step again, bit for bit.
"""

import threading
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellscope.model.spec import Spec
from cellscope.model.training.edits import Edit, Edits
from cellscope.model.training.history import History
from cellscope.model.training.live import Change, LiveNetwork, edits_until
from cellscope.model.training.lockstep import Specs

FIRST_SPACING = 64  # steps; a state costs a thousandth of the steps between two
MOST_OWN_BYTES = 64 * 2**20  # of points drawn on the way
OVERHEAD = 256  # bytes of a state beside its numbers


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A network after so many steps: its parameters, then what its optimiser remembers."""

    step: int
    state: NDArray[np.float32]

    @property
    def nbytes(self) -> int:
        return self.state.nbytes + OVERHEAD

    def edited(self, edit: Edit) -> "Keyframe":
        """The same once hands have done this: parameters come first, as an edit counts places."""
        state = self.state.copy()
        for place, _, now in edit.values:
            state[place] = now
        return Keyframe(self.step, state)

    def parts(self, size: int) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Parameters, and the optimiser's moments."""
        theta, *moments = torch.from_numpy(self.state).split(size)
        return theta, tuple(moments)


@dataclass(frozen=True, slots=True)
class End:
    """Where a network diverged, and what the trainer found there."""

    step: int
    nonfinite_layer: int | None


@dataclass(frozen=True, slots=True)
class Way:
    """What it takes to be at a step: the nearest state before it, and all changes so far."""

    keyframe: Keyframe | None  # None: from the initialisation
    changes: tuple[Change, ...]


class Track:
    """One network's part of a recording. **Threads**: see `Recording`."""

    def __init__(self, changes: Sequence[Change], keyframes: Sequence[Keyframe] = ()) -> None:
        self.changes = list(changes)  # the first is of step 0: the settings at the start
        self.keyframes = list(keyframes)
        self.end: End | None = None
        self.step_1: float | None = None
        self.history = History()

    def until(self, step: int) -> "Track":
        """The same as far as a step, to go another way from there."""
        track = Track(
            [change for change in self.changes if change.step <= step],
            [keyframe for keyframe in self.keyframes if keyframe.step <= step],
        )
        track.step_1, track.history = self.step_1, self.history.until(step)
        return track

    def way(self, step: int) -> Way:
        before = bisect_right(self.keyframes, step, key=lambda keyframe: keyframe.step)
        nearest = self.keyframes[before - 1] if before else None
        return Way(nearest, tuple(c for c in self.changes if c.step <= step))

    def set(self, step: int, spec: Spec) -> None:
        """Other settings from a step on, in place of the same step's, which nothing has seen.

        What hands did at the step stays, behind them: so what undoes it finds it.
        """
        here = next((k for k, c in enumerate(self.changes) if k and c.step == step), None)
        before = self.changes[:here]
        edits = [] if here is None else [c.edit for c in self.changes[here:] if c.edit is not None]
        settings = [Change(step, spec)] if before[-1].spec != spec else []
        self.changes = [*before, *settings, *(Change(step, spec, edit) for edit in edits)]

    def keep_edited(self, step: int, edit: Edit) -> None:
        """A state that is kept of this very step is the edited one: what is taken back is gone."""
        if self.keyframes and self.keyframes[-1].step == step:
            self.keyframes[-1] = self.keyframes[-1].edited(edit)

    @property
    def nbytes(self) -> int:
        return len(self.keyframes) * self.keyframes[0].nbytes if self.keyframes else 0


class Recording:
    """One run of an experiment, of one network or two; a branch of it is another recording.

    **Threads**: the trainer writes, anybody reads, under one lock.
    """

    def __init__(self, run: int, tracks: Sequence[Track], spacing: int = FIRST_SPACING) -> None:
        self.run = run
        self.parent: tuple[int, int] | None = None  # the run that it left, and at which step
        self.last = 0  # the step that it has come to
        self.spacing = spacing  # steps from one state that is kept to the next
        self.elsewhere = False  # whether another processor may have trained it
        self.next_at = spacing  # when one is due; read without the lock at every step
        self.tracks = tuple(tracks)
        self._lock = threading.Lock()

    @classmethod
    def of_start(cls, run: int, specs: Specs) -> "Recording":
        """A run that begins."""
        return cls(run, [Track([Change(0, spec)]) for spec in specs])

    def branch(self, run: int, step: int) -> "Recording":
        """A run that is this one up to a step, and then goes its own way."""
        with self._lock:
            made = Recording(run, [track.until(step) for track in self.tracks], self.spacing)
        made.parent, made.last, made.elsewhere = (self.run, step), step, self.elsewhere
        made.next_at = step + made.spacing
        return made

    @property
    def specs(self) -> Specs:
        """The settings at the start."""
        return tuple(track.changes[0].spec for track in self.tracks)

    @property
    def nbytes(self) -> int:
        """Bytes of all states that are kept."""
        with self._lock:
            return sum(track.nbytes for track in self.tracks)

    @property
    def keyframes(self) -> int:
        """How many states are kept."""
        with self._lock:
            return max(len(track.keyframes) for track in self.tracks)

    # Writing.

    def keep(self, networks: Sequence[LiveNetwork]) -> None:
        """Keep the state of every network that goes on."""
        with self._lock:
            going = [n.learner.step_count for n in networks if not n.diverged]
            for track, network in zip(self.tracks, networks, strict=False):
                if not network.diverged:
                    track.keyframes.append(keyframe_of(network))
            self.next_at = max(going, default=self.last) + self.spacing

    def take_up(
        self,
        changes: Sequence[Sequence[Change]],
        states: Sequence[Sequence[Keyframe]],
        networks: Sequence[LiveNetwork],
        *,
        elsewhere: bool = False,
        parent: tuple[int, int] | None = None,
    ) -> None:
        """Be the recording of networks that came here elsewhere, with what is known of the way."""
        with self._lock:
            self.elsewhere, self.parent = elsewhere, parent
            for k, track in enumerate(self.tracks):
                track.changes = list(changes[k])
                now = networks[k].learner.step_count
                track.keyframes = [one for one in states[k] if one.step < now]
            steps = [0, *(one.step for one in self.tracks[0].keyframes)]
            self.spacing = max((b - a for a, b in pairwise(steps)), default=self.spacing)
        if any(network.learner.step_count for network in networks):
            self.keep(networks)
        self.note(networks)

    def change(self, step: int, specs: Specs) -> None:
        """Other settings from a step on; a second network may be left out."""
        with self._lock:
            self.tracks = self.tracks[: len(specs)]
            for track, spec in zip(self.tracks, specs, strict=True):
                if track.end is None and track.changes[-1].spec != spec:
                    track.set(step, spec)

    def edit(self, step: int, network: int, edit: Edit) -> Edits:
        """What was done to one of the networks at a step; all that was done to it so far.

        A weight that is dragged to and fro is one edit of a step, and none if it is back again.
        """
        with self._lock:
            track = self.tracks[network]
            last = track.changes[-1]
            track.keep_edited(step, edit)
            if last.edit is not None and last.step == step:
                both = last.edit.then(edit)
                if _only_values(last.edit, edit) or both.nothing:
                    track.changes.pop()
                    edit = both
            if not edit.nothing:
                track.changes.append(Change(step, last.spec, edit))
            return edits_until(track.changes, step)

    @property
    def own_bytes(self) -> int:
        """Of all points that were drawn on the way."""
        with self._lock:
            found = {c.spec.own for track in self.tracks for c in track.changes}
            return sum(own.nbytes for own in found if own is not None)

    def is_full_of_points(self, before: Iterable[Spec], after: Iterable[Spec]) -> bool:
        """Whether so many points were drawn on the way that drawing more has to begin a new run."""
        drawn = any(new.own != old.own for new, old in zip(after, before, strict=False))
        return drawn and self.own_bytes > MOST_OWN_BYTES

    def take_over(self, left: "Recording") -> None:
        """Have the states of the same run under another number, and what it branched off."""
        with self._lock:
            for k, track in enumerate(self.tracks):
                track.keyframes = list(left.states(k))
            self.parent, self.spacing = left.parent, left.spacing
            newest = max((t.keyframes[-1].step for t in self.tracks if t.keyframes), default=0)
            self.next_at = max(self.last, newest + self.spacing)

    def note(self, networks: Sequence[LiveNetwork]) -> None:
        """How far it has come, and what is known of that."""
        with self._lock:
            self.last = max(network.learner.step_count for network in networks)
            for track, network in zip(self.tracks, networks, strict=False):
                track.history, track.step_1 = network.history.copy(), network.step_1
                if network.diverged:
                    track.end = End(network.learner.step_count, network.nonfinite_layer)

    def thin(self) -> None:
        """Let every second state go."""
        with self._lock:
            for track in self.tracks:
                del track.keyframes[::2]
            self.spacing *= 2
            newest = max((t.keyframes[-1].step for t in self.tracks if t.keyframes), default=0)
            self.next_at = max(self.next_at, newest + self.spacing)

    # Reading.

    def states(self, network: int) -> tuple[Keyframe, ...]:
        """All states of one of the networks that are kept."""
        with self._lock:
            return tuple(self.tracks[network].keyframes)

    def way(self, network: int, step: int) -> Way:
        """How one of the networks comes to a step."""
        with self._lock:
            return self.tracks[network].way(step)

    def learnt_with(self, network: int, step: int) -> Spec:
        """The settings of the update that led to a step; at it others may have come."""
        with self._lock:
            changes = self.tracks[network].changes
            return next(c.spec for c in reversed(changes) if c.step < max(step, 1))

    def track(self, network: int) -> Track:
        """What is known of one of the networks, its keyframes left out."""
        with self._lock:
            known = self.tracks[network]
            copied = Track(known.changes)
            copied.end, copied.step_1, copied.history = known.end, known.step_1, known.history
            return copied

    def changes(self) -> tuple[int, ...]:
        """The steps at which a setting was changed on the way."""
        with self._lock:
            first, last = 0, self.last
            found = {c.step for t in self.tracks for c in t.changes if c.edit is None}
            return tuple(sorted(step for step in found if first < step <= last))

    def edited(self) -> tuple[int, ...]:
        """The steps at which hands changed a network."""
        with self._lock:
            found = {c.step for t in self.tracks for c in t.changes if c.edit is not None}
            return tuple(sorted(found))


def _only_values(*edits: Edit) -> bool:
    return all(edit.before == edit.holds for edit in edits)


def keyframe_of(network: LiveNetwork) -> Keyframe:
    """Its state now."""
    learner = network.learner
    state = torch.cat([learner.theta, *learner.moments]).numpy()
    return Keyframe(learner.step_count, state)
