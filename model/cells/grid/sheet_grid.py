"""The sheet's fixed grid {-5, -4.9, …, 5}² of exercise 2.2, whatever window is looked at.

In another window than its own the picture is still a photograph through the same points: each
place has the colour of the nearest multiple of 0.1. Beyond ±5 they go on, but are not counted.
"""

from dataclasses import dataclass
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.grid.dense import pattern_ids
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import Weights
from cellscope.model.view import SHEET_PIXELS, START_WINDOW, View, Window

PER_UNIT = 10  # points: they lie 0.1 apart
END = 50  # the last one, counted from the origin
PIXELS = View().pixels  # of the photograph, per side
ON_THE_EDGE = 1e-9  # of a spacing


@dataclass(frozen=True, slots=True)
class Lattice:
    """The points near a window, and which of them every pixel of the photograph shows."""

    grid: Grid
    columns: NDArray[np.intp]  # (PIXELS,) positions in the grid
    rows: NDArray[np.intp]

    def photograph(self, indices: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What the points show, one block each. (rows, columns) -> (PIXELS, PIXELS)"""
        return np.ascontiguousarray(indices[np.ix_(self.rows, self.columns)])


def lattice_of(view: View) -> Lattice | None:
    """None where the grid is the window's own, or finer than the picture's pixels."""
    if view.pixels != SHEET_PIXELS or view.window == START_WINDOW:
        return None
    x0, x1, y0, y1 = view.window
    if max(x1 - x0, y1 - y0) * PER_UNIT >= PIXELS:
        return None
    across, up = _nearest(x0, x1), _nearest(y0, y1)
    left, bottom = int(across[0]), int(up[0])
    right, top = max(int(across[-1]), left + 1), max(int(up[-1]), bottom + 1)
    return Lattice(_grid(left, right, bottom, top), across - left, (top - up)[::-1])


def patterns_seen(
    weights: Weights, activation: str, window: Window, layer: int
) -> tuple[NDArray[np.uint64], int]:
    """The patterns that the sheet's grid finds in a window, and how many points it has there."""
    found = points_in(window)
    if found is None:
        return np.empty(0, np.uint64), 0
    grid, rows, columns = found
    ids = pattern_ids(weights, activation, grid, layer)[-rows:, :columns]
    return np.unique(ids), rows * columns


def points_in(window: Window) -> tuple[Grid, int, int] | None:
    """The points of the sheet's grid in a window: the last rows and first columns of a grid."""
    (left, right), (bottom, top) = _inside(*window[:2]), _inside(*window[2:])
    columns, rows = right - left + 1, top - bottom + 1
    if columns < 1 or rows < 1:
        return None
    grid = _grid(left, max(right, left + 1), bottom, max(top, bottom + 1))  # two a side at least
    return grid, rows, columns


def _grid(left: int, right: int, bottom: int, top: int) -> Grid:
    x0, x1, y0, y1 = (k / PER_UNIT for k in (left, right, bottom, top))
    return Grid((x0, x1, y0, y1), right - left + 1, top - bottom + 1)


def _nearest(low: float, high: float) -> NDArray[np.intp]:
    """For every pixel, ascending, the number of the nearest point."""
    return np.rint(np.linspace(low, high, PIXELS) * PER_UNIT).astype(np.intp)


def _inside(low: float, high: float) -> tuple[int, int]:
    first = max(ceil(low * PER_UNIT - ON_THE_EDGE), -END)
    return first, min(floor(high * PER_UNIT + ON_THE_EDGE), END)
