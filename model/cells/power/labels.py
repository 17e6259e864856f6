"""The pattern and the Laguerre-nearest centre of every point of a grid, side by side."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.merge import distinct_rows
from cellscope.model.cells.grid.patterns import Float, Words
from cellscope.model.cells.power.exact import grid_patterns
from cellscope.model.cells.power.nearest import nearest_centres

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Pattern and Laguerre-nearest centre at each of P points.

    Attributes
    ----------
    by_pattern, by_power : (P,) int32
        Index into `sets`; −1 for points that are not compared.
    sets : (M, words) uint64
        The sets s of active units that took part: first those given, then those that only single
        points have (on lines).
    """

    by_pattern: Labels
    by_power: Labels
    sets: Words

    @property
    def compared(self) -> int:
        """Points that were compared."""
        return int((self.by_pattern >= 0).sum())

    @property
    def agreeing(self) -> int:
        """Points where both are the same."""
        return int(((self.by_pattern == self.by_power) & (self.by_pattern >= 0)).sum())


def compare(
    W: Float,
    b: Float,
    cells: Words,
    patterns: Words,
    x: Float,
    y: Float,
    *,
    inside: NDArray[np.bool_] | None = None,
) -> Comparison:
    """The pattern of every grid point beside the centre with the least power there.

    Parameters
    ----------
    W, b : (units, 2), (units,) float64
        The layer's lines W x + b = 0 in the plane.
    cells : (M, words) uint64
        Distinct patterns of the cells in the picture.
    patterns : (rows · columns, words) uint64
        The pattern of each grid point.
    x, y : (columns,), (rows,) float64
        The grid. `x` and `y` are monotonic.
    inside : (rows · columns,) bool, optional
        Which points to compare; default: all.

    Notes
    -----
    Among equal powers (on the radical line) the set with the fewest units is taken, which is the
    convention "active iff y > 0". O(pixels on borders · cells nearby).
    """
    if inside is None:
        inside = np.ones(len(patterns), np.bool_)
    rows = np.concatenate([cells, patterns[inside]])
    label, first = distinct_rows(rows)
    sets = rows[first]
    by_pattern, by_power = (np.full(len(patterns), -1, np.int32) for _ in range(2))
    by_pattern[inside] = label[len(cells) :]
    by_power[inside] = nearest_centres(W, b, sets, x, y)[inside]
    return Comparison(by_pattern, by_power, sets)


def warm() -> None:
    """Compile the kernels on a tiny layer."""
    W, b, at = np.eye(2), np.zeros(2), np.linspace(-1.0, 1.0, 3)
    compare(W, b, np.array([[0], [1]], np.uint64), grid_patterns(W, b, at, at), at, at)
