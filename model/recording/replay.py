"""Replay: a run at one of its steps, from the nearest state before it."""

import threading
from collections.abc import Callable, Iterator
from itertools import count

import torch

from cellscope.model.recording.recording import Keyframe, Recording, keyframe_of
from cellscope.model.spec import Spec
from cellscope.model.training.live import Change, LiveNetwork, edits_until
from cellscope.model.training.lockstep import Lockstep, Specs
from cellscope.model.training.snapshot import Snapshot

ASK_EVERY = 16  # steps, whether it is still wanted
_versions = count(-1, -1)
Wanted = Callable[[int, int], bool]  # told (steps done, steps to do), whether to go on


def next_version() -> int:
    """Of a state that is shown again; the trainer's own versions count upwards."""
    return next(_versions)


class Replayer:
    """Networks that go to and fro in recordings of one experiment.

    They stay where they are, so that a recording that is played needs each step only once.

    **Threads**: any, one after the other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._networks: tuple[LiveNetwork, ...] = ()
        self._of: Specs = ()  # their settings at the start
        self._starts: tuple[Keyframe, ...] = ()  # where they begin
        self._at: Recording | None = None  # in which they stand

    def snapshot(
        self, recording: Recording, step: int, wanted: Wanted = lambda _done, _all: True
    ) -> Snapshot | None:
        """The run at a step; None if it is not wanted any more."""
        with self._lock, torch.inference_mode():
            if not self._go(recording, step, wanted):
                return None
            return _snapshot(recording, self._networks, step)

    def lockstep(self, recording: Recording, step: int) -> Lockstep:
        """Networks of their own that go on from a step."""
        with self._lock, torch.inference_mode():
            self._go(recording, step, lambda _done, _all: True)
            networks, self._networks, self._at = self._networks, (), None
            for k, network in enumerate(networks):
                network.history = recording.track(k).history.until(step)
            return Lockstep.of(networks)

    def _go(self, recording: Recording, step: int, wanted: Wanted) -> bool:
        specs = recording.specs
        here = self._of if self._networks else ()
        if len(here) != len(specs) or not all(map(Spec.same_beginning, here, specs)):
            self._of = specs
            self._networks = tuple(map(LiveNetwork, specs))
            self._starts = tuple(map(keyframe_of, self._networks))
        same, self._at = self._at is recording, None  # broken off, they are nowhere
        total = sum(_distance(recording, k, step) for k in range(len(specs)))
        done = count(1)
        for k, network in enumerate(self._networks):
            for _ in _walk(network, recording, k, step, self._starts[k], same):
                steps = next(done)
                if steps % ASK_EVERY == 0 and not wanted(steps, total):
                    return False
        self._at = recording
        return True


def _distance(recording: Recording, k: int, step: int) -> int:
    keyframe = recording.way(k, step).keyframe
    return step - (0 if keyframe is None else keyframe.step)


def _walk(
    network: LiveNetwork, recording: Recording, k: int, step: int, start: Keyframe, same: bool
) -> Iterator[None]:
    """Bring a network to a step of its track, or to where it ended; yields after every step."""
    end = recording.track(k).end
    ended = end is not None and end.step <= step
    goal = end.step if end is not None and ended else step
    way = recording.way(k, goal)
    nearest = way.keyframe or start
    if not same or network.diverged or not nearest.step <= network.learner.step_count <= goal:
        theta, moments = nearest.parts(network.learner.theta.numel())
        network.stand_at(nearest.step, theta, moments, way.changes)
    due: dict[int, list[Change]] = {}
    for change in way.changes:
        due.setdefault(change.step, []).append(change)
    while True:
        for change in due.get(network.learner.step_count, ()):
            network.take_live(change.spec)
            if change.edit is not None:
                network.take_edit(change.edit)
        if network.learner.step_count >= goal:
            break
        healthy = network.learner.step()
        if not healthy and network.learner.step_count < goal:
            raise RuntimeError(f"replay ended at step {network.learner.step_count} of {goal}")
        yield
    network.edits = edits_until(way.changes, goal)
    network.diverged = ended
    network.nonfinite_layer = end.nonfinite_layer if end is not None and ended else None


def _snapshot(recording: Recording, networks: tuple[LiveNetwork, ...], step: int) -> Snapshot:
    version = next_version()
    every = all(network.diverged for network in networks)
    made: Snapshot | None = None
    for k in reversed(range(len(networks))):
        track, network = recording.track(k), networks[k]
        network.history = track.history.until(step)
        network.step_1 = track.step_1 if step else None
        made = network.snapshot(
            version=version,
            run=recording.run,
            status="diverged" if every else "paused",
            rate=0.0,
            error=None,
            other=made,
            later=tuple(score for score in track.history.points if score.step > step),
            recalled=True,
        )
    assert made is not None
    return made
