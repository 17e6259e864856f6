"""The picture of one unit: its output over the window, and its fold."""

import numpy as np

from cellscope.model import warm
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.grid.patterns import NoPolygons
from cellscope.model.cells.picture.boundary_segments import BOUNDARY, NO_LINES, SCALE, Lines
from cellscope.model.cells.picture.picture import Picture
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.units import Float, fold_of, unit_values
from cellscope.model.view import View, Window

MOVING_SIDE = 201  # points a side while it trains: every layer is evaluated at each of them


def has_unit(sizes: tuple[int, ...], unit: tuple[int, int]) -> bool:
    """Whether there is such a unit, both numbers from 1."""
    layer, number = unit
    return 1 <= layer < len(sizes) and 1 <= number <= sizes[layer]


def unit_picture(snapshot: Snapshot, view: View, unit: tuple[int, int]) -> Picture:
    """Its values in float64 at every point; its fold is the geometry's, where that can be had."""
    inner = (unit[0], unit[1] - 1)
    side = min(view.pixels, MOVING_SIDE) if snapshot.status == "training" else view.pixels
    values = unit_values(snapshot, view.window, inner, side)
    lines, low, high = NO_LINES, values.low, values.high
    fold = None
    if warm.done():
        try:
            fold = fold_of(snapshot, view.window, inner)
        except (BudgetExceeded, NoPolygons):
            fold = None
    if fold is not None:
        low, high = fold.low, fold.high
        lines = _lines(fold.segments, view.window) if view.lines else NO_LINES
    return Picture(
        indices=values.indices,
        mode="unit",
        layer=unit[0],
        count=1,
        colours=len(np.unique(values.indices)),
        exact=fold is not None,
        lines=lines,
        unit=unit,
        values=(low, high),
    )


def _lines(fold: Float, window: Window) -> Lines:
    x0, x1, y0, y1 = window
    low, side = np.array([x0, y0, x0, y0]), np.array([x1 - x0, y1 - y0] * 2)
    ends = np.clip(np.rint((fold - low) / side * SCALE), 0, SCALE).astype(np.uint16)
    return Lines(ends, np.full(len(ends), BOUNDARY, np.uint8))
