"""Counts over a run: what surveys have found, thinned as the run grows (exercise 2.7).

Recorded for all hidden layers at once, so that another layer's curve is there when it is chosen.
A window has its own curve, a new run begins anew; what no survey saw is filled in (`recount`).
"""

from collections import OrderedDict
from dataclasses import dataclass, replace
from threading import Lock
from typing import TypeVar

from cellscope.model.cells.count.bounds import typical_regions
from cellscope.model.cells.count.change import Change, Stretch, Trace, change
from cellscope.model.cells.count.curve import Curve
from cellscope.model.cells.count.film_strip import THUMB, survey, whole_plane
from cellscope.model.cells.count.survey import LayerCounts, Survey
from cellscope.model.cells.count.whole_plane import PlaneCounts
from cellscope.model.opened import Cut
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View, Window

KEPT_WINDOWS = 4
KEPT_RUNS = 4
MOVING_REGIONS = 10_000  # typical linear regions up to which the plane is counted in motion: 0.05 s
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CountCurves:
    """One layer's counts over the run, in one mode ("cells" or "regions").

    Attributes
    ----------
    window : tuple of (step, in the window, holding data, points in the window)
    plane : tuple of (step, in the whole plane, whether that is exact)
    """

    window: tuple[tuple[int, int, int, int], ...]
    plane: tuple[tuple[int, int, bool], ...]


class RunCounts:
    """What was counted of one run: a curve for each window, and one for the whole plane."""

    def __init__(self) -> None:
        self.windows: OrderedDict[Window, Curve[tuple[LayerCounts, ...]]] = OrderedDict()
        self.changes: OrderedDict[Window, Curve[tuple[Change, ...]]] = OrderedDict()
        self.plane: Curve[tuple[PlaneCounts, ...]] = Curve()
        self.given_up: set[tuple[Window, int]] = set()  # windows and layers with too many cells

    def steps(self, window: Window, layer: int) -> tuple[int, ...]:
        """Those of which a layer's counts in a window are there, ascending."""
        points = self.windows[window].points if window in self.windows else ()
        return tuple(step for step, found in points if any(one.layer == layer for one in found))


class CountRecord:
    """What surveys of one experiment's run have counted, and what was counted of others later.

    **Threads**: surveys write, charts read, under one lock.
    """

    def __init__(self) -> None:
        self.version = 0  # counts up with every change
        self._run = -1
        self._cut: Cut | None = None  # the plane that the counts are of, and where it was newest
        self._version = 0
        self._now = RunCounts()
        self._left: OrderedDict[int, RunCounts] = OrderedDict()  # of runs that were left
        self.recounting = False  # whether somebody fills it; the event loop's
        self.beginnings = 0  # how often a curve has got an earlier first step
        self._last: tuple[object, int, tuple[Trace, ...]] | None = None
        self._before: tuple[object, int, tuple[Trace, ...]] | None = None  # of an earlier step
        self._stretch: Stretch | None = None
        self._lock = Lock()

    def add(
        self,
        snapshot: Snapshot,
        window: Window,
        layers: tuple[LayerCounts, ...],
        traces: tuple[Trace, ...] = (),
    ) -> None:
        """Counts in a window, and what has changed since the survey before in the same one."""
        with self._lock:
            if not self._is_current(snapshot) or not layers:
                return
            _put(self._now.windows, window, snapshot.shown_step, layers)
            self._compare(snapshot, window, traces)
            self.version += 1

    def _compare(self, snapshot: Snapshot, window: Window, traces: tuple[Trace, ...]) -> None:
        of, step = (window, snapshot.spec.own), snapshot.shown_step  # points may be drawn meanwhile
        if self._last is None or self._last[:2] != (of, step):
            self._before = self._last
        # Else hands have changed the network at this step: it is compared anew with the one before.
        last, self._last = self._before, (of, step, traces)
        if last is None or last[0] != of or last[1] >= step:
            return
        pairs = enumerate(zip(last[2], traces, strict=False), start=1)
        found = tuple(change(layer, last[1], then, step, now) for layer, (then, now) in pairs)
        _put(self._now.changes, window, step, found)

    def changes(self, run: int, window: Window, layer: int) -> tuple[Change, ...]:
        """Of one layer, ascending, each from one survey to the next."""
        with self._lock:
            known = self._of(run).changes
            points = known[window].points if window in known else ()
        return tuple(one for _, layers in points for one in layers if one.layer == layer)

    def take_stretch(self, stretch: Stretch | None) -> None:
        """Show every step of a stretch instead of what surveys found; None: as before."""
        with self._lock:
            self._stretch = stretch
            self.version += 1

    def stretch(self, run: int, window: Window, layer: int) -> Stretch | None:
        """The one that is to be shown, if it is of this run, window and layer."""
        found = self._stretch
        same = found is not None and (found.run, found.window, found.layer) == (run, window, layer)
        return found if same else None

    def add_plane(self, snapshot: Snapshot, planes: tuple[PlaneCounts, ...]) -> None:
        """Counts in the whole plane."""
        with self._lock:
            if self._is_current(snapshot) and planes:
                self._now.plane.add(snapshot.shown_step, planes)
                self.version += 1

    def newest_plane(self, snapshot: Snapshot, layer: int) -> tuple[int, PlaneCounts] | None:
        """(step, counts) of a layer of the snapshot's run, if there are any."""
        with self._lock:
            points = self._now.plane.points if self._is_current(snapshot) else ()
        for step, planes in points[-1:]:
            for found in planes:
                if found.counts.layer == layer:
                    return step, found
        return None

    def plane_due(self, snapshot: Snapshot) -> bool:
        """Whether the whole plane is to be counted at this step of a run that trains."""
        with self._lock:
            return self._is_current(snapshot) and self._now.plane.due(snapshot.shown_step)

    def curves(self, run: int, window: Window, layer: int, mode: str) -> CountCurves:
        """The curves of one layer; empty for a run of which nothing is known yet."""
        with self._lock:
            known = self._of(run)
            inside = known.windows[window].points if window in known.windows else ()
            plane = known.plane.points
        return CountCurves(
            window=tuple(
                (step, *counts.of(mode), counts.filled.points)
                for step, layers in inside
                for counts in layers
                if counts.layer == layer
            ),
            plane=tuple(
                (step, found.of(mode), found.exact)
                for step, planes in plane
                for found in planes
                if found.counts.layer == layer
            ),
        )

    # Of steps that no survey has seen.

    def steps(self, run: int, window: Window, layer: int) -> tuple[int, ...]:
        """Those that are counted of a run, ascending."""
        with self._lock:
            return self._of(run).steps(window, layer)

    def is_given_up(self, run: int, window: Window, layer: int) -> bool:
        """Whether a step of the run has too many cells to be counted."""
        with self._lock:
            return (window, layer) in self._of(run).given_up

    def give_up(self, snapshot: Snapshot, window: Window, layer: int) -> None:
        """A step has too many cells to be counted."""
        with self._lock:
            self._to_fill(snapshot).given_up.add((window, layer))

    def fill(
        self,
        snapshot: Snapshot,
        window: Window,
        layers: tuple[LayerCounts, ...],
        planes: tuple[PlaneCounts, ...] = (),
    ) -> None:
        """Counts of any step of any run."""
        with self._lock:
            of = self._to_fill(snapshot)
            curve = of.windows.setdefault(window, Curve())
            self.beginnings += bool(curve.points) and snapshot.shown_step < curve.points[0][0]
            curve.fill(snapshot.shown_step, layers)
            if planes:
                of.plane.fill(snapshot.shown_step, planes)
            self.version += 1

    def fill_changes(self, snapshot: Snapshot, window: Window, found: tuple[Change, ...]) -> None:
        """What has changed up to any step of any run since the counted step before it."""
        with self._lock:
            of = self._to_fill(snapshot)
            of.changes.setdefault(window, Curve()).fill(snapshot.shown_step, found)
            self.version += 1

    def _to_fill(self, snapshot: Snapshot) -> RunCounts:
        """What is known of the snapshot's run; what comes too late, of another plane, is lost."""
        if self._run >= 0 and snapshot.spec.cut != self._cut:
            return RunCounts()
        if snapshot.run == self._run:
            return self._now
        of = self._left.setdefault(snapshot.run, RunCounts())
        self._left.move_to_end(snapshot.run)
        while len(self._left) > KEPT_RUNS:
            self._left.popitem(last=False)
        return of

    def _of(self, run: int) -> RunCounts:
        return self._now if run == self._run else self._left.get(run, RunCounts())

    def _is_current(self, snapshot: Snapshot) -> bool:
        """Whether it is of the newest run in the newest plane; the first such clears the record."""
        cut, version = snapshot.spec.cut, max(self._version, snapshot.version)
        turned = cut != self._cut and snapshot.version == version
        if snapshot.run > self._run or (snapshot.run == self._run and turned):
            self._run, self._cut, self._version = snapshot.run, cut, snapshot.version
            self._now, self._last, self._before = RunCounts(), None, None
            if turned:
                self._left.clear()
            self.version += 1
        if snapshot.run != self._run or cut != self._cut:
            return False
        self._version = version
        return True


def _put(curves: OrderedDict[Window, Curve[T]], window: Window, step: int, value: T) -> None:
    """Into the curve of a window; of those that were not looked at for long none is kept."""
    curves.setdefault(window, Curve()).add(step, value)
    curves.move_to_end(window)
    while len(curves) > KEPT_WINDOWS:
        curves.popitem(last=False)


def recorded_survey(
    snapshot: Snapshot, view: View, record: CountRecord, side: int = THUMB
) -> Survey:
    """A survey that adds to the record, and shows the whole plane's newest counts from there.

    The plane is counted at rest, and in motion at the steps that the record keeps, unless that
    would take too long.
    """
    layer = min(view.layer, snapshot.spec.layers)
    if snapshot.recalled:  # the record is of the run of now, in its order
        return survey(snapshot, view, whole_plane(snapshot, layer), side=side)
    newest = record.newest_plane(snapshot, layer)
    there = newest is not None and newest[0] == snapshot.shown_step
    moving = snapshot.status == "training"
    cheap = typical_regions(snapshot.spec.sizes[1:-1]) <= MOVING_REGIONS
    if not there and (not moving or (cheap and record.plane_due(snapshot))):
        record.add_plane(snapshot, whole_plane(snapshot, layer))
        newest = record.newest_plane(snapshot, layer)
    found = survey(snapshot, view, () if newest is None else (newest[1],), side=side)
    record.add(snapshot, view.window, found.layers, found.traces)
    if newest is None or newest[0] == snapshot.shown_step:
        return found
    return replace(found, funnel=replace(found.funnel, plane_step=newest[0]))
