"""Counts of steps of which no picture was shown: of those that a recording keeps, afterwards.

A run that trained while nobody looked, was brought back from where it is stored or opened from a
file, or was left for a branch, has its curves all the same.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cellscope.model.cells.count.bounds import typical_regions
from cellscope.model.cells.count.change import Change, Trace, change, traces
from cellscope.model.cells.count.count_history import MOVING_REGIONS, CountRecord
from cellscope.model.cells.count.film_strip import layer_counts, whole_plane
from cellscope.model.cells.count.step_by_step import At
from cellscope.model.cells.count.survey import LayerCounts
from cellscope.model.cells.count.whole_plane import PlaneCounts
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.picture.complex_of import complex_of
from cellscope.model.cells.picture.exact_picture import REST_FACES
from cellscope.model.datasets import seen_data
from cellscope.model.own_data import OwnData
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import Window

PARTS = 32  # into which the counted steps are to divide a run
FEW = 8  # the same, of networks with many cells
NEAREST = 64  # steps; so far apart are the first states that are kept


class Wish(NamedTuple):
    """Of what the counts are wanted."""

    run: int
    window: Window
    layer: int


def steps_between(
    known: Iterable[int], kept: Iterable[int], last: int, parts: int = PARTS
) -> tuple[int, ...]:
    """Of the steps that are kept those to count: both ends, and what lies far from counted ones.

    >>> steps_between((), range(0, 1000, 64), 1000)[:4]
    (0, 64, 128, 192)
    >>> steps_between((0, 500, 1000), range(0, 1000, 250), 1000)
    (250, 750)
    >>> steps_between(range(0, 1001, 100), range(0, 1000, 64), 1000)
    ()
    """
    there, found = sorted(known), list[int]()
    far = max(NEAREST, last // parts)
    for step in sorted({0, *kept, last}):
        place = bisect_left(there, step)
        apart = min(
            (abs(step - near) for near in there[max(0, place - 1) : place + 1]), default=far
        )
        if step <= last and apart >= (1 if step in (0, last) else far):
            found.append(step)
            insort(there, step)
    return tuple(found)


class _Seen(NamedTuple):
    """What is compared of a step."""

    step: int
    patterns: tuple[Trace, ...]
    own: OwnData | None  # points may be drawn on the way

    def changed(self, to: "_Seen") -> tuple[Change, ...]:
        """Of each layer, up to a later step."""
        if self.own != to.own:
            return ()
        pairs = enumerate(zip(self.patterns, to.patterns, strict=False), start=1)
        return tuple(change(i, self.step, then, to.step, now) for i, (then, now) in pairs)


def recount(record: CountRecord, wish: Wish, steps: Sequence[int], at: At) -> Iterator[int]:
    """Count those steps and what changed between all that are counted; yields after each.

    It ends early where one is not wanted any more, or has too many cells.
    """
    _, window, layer = wish
    every = sorted({*record.steps(*wish), *steps})
    new = set(steps)
    before: _Seen | None = None
    for place, step in enumerate(every):
        if new.isdisjoint(every[max(0, place - 1) : place + 2]):
            before = None
            continue
        snapshot = at(step)
        if snapshot is None:
            return
        try:
            found, patterns = _counted(snapshot, window, layer)
        except (BudgetExceeded, BelowReach):
            record.give_up(snapshot, window, layer)
            return
        now = _Seen(step, patterns, snapshot.spec.own)
        if step in new:
            record.fill(snapshot, window, found, _in_plane(snapshot, layer))
        if before is not None and not new.isdisjoint((before.step, step)):
            record.fill_changes(snapshot, window, before.changed(now))
        before = now
        yield step


def _counted(
    snapshot: Snapshot, window: Window, layer: int
) -> tuple[tuple[LayerCounts, ...], tuple[Trace, ...]]:
    """Of all hidden layers, and of the output's signs where they are looked at."""
    depth = max(layer, snapshot.spec.layers - 1)
    complex = complex_of(snapshot, window, depth, REST_FACES)
    cells = [layer_cells(complex, i) for i in range(1, depth + 1)]
    points, activation = seen_data(snapshot.spec).train_x, snapshot.spec.activation
    return layer_counts(snapshot, window, cells), traces(
        snapshot.weights, points, activation, cells
    )


def _in_plane(snapshot: Snapshot, layer: int) -> tuple[PlaneCounts, ...]:
    cheap = typical_regions(snapshot.spec.sizes[1:-1]) <= MOVING_REGIONS
    return whole_plane(snapshot, layer) if cheap else ()
