"""Which centre is Laguerre-nearest, at every point of a grid, exactly.

Centre μ_s with radius² r_s² is nearest where the power |h − μ_s|² − r_s² is least. Halved, negated
and without |h|² that is f_s(h) = μ_s·h + Σ_{k ∈ s} b_k, greatest. Only differences of two of these
are ever computed, over the units that the two sets do not share, so that a huge unit common to
both cannot drown a tiny one; where float64 leaves a sign open, `exact` settles it. No unit's sign
is asked for: the sets compete by their power alone.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.cells.merge import distinct_rows
from model.cells.patterns import Float, Words
from model.cells.power.exact import (
    ROUNDING,
    TERMS,
    grid_patterns,
    lowest,
    rescaled,
    sign_of_difference,
)

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


def nearest_centres(W: Float, b: Float, sets: Words, x: Float, y: Float) -> Labels:
    """Index of the set whose centre is Laguerre-nearest. (rows · columns,) int32, row by row"""
    counts = np.bitwise_count(sets).sum(axis=1).astype(np.int32)
    return _fill(*rescaled(W, b), np.ascontiguousarray(sets), counts, x, y).ravel()


@njit(nogil=True, cache=True)
def _fill(W: Float, b: Float, sets: Words, counts: Labels, x: Float, y: Float) -> Labels:
    """Halve the grid into blocks until one centre is nearest in all corners of each.

    A power cell is convex, so that centre is then nearest in the whole block. The other centres
    are dropped for a block as soon as one of the corners' nearest beats them in all four.
    """
    out = np.empty((len(y), len(x)), np.int32)
    total, units = len(sets), len(b)
    pool = np.arange(total).astype(np.int32)  # the blocks' candidates, each list after its parent's
    todo = np.empty(
        (4 * 64, 6), np.int64
    )  # first row, last row, columns, candidates from, how many
    todo[0] = 0, len(y) - 1, 0, len(x) - 1, 0, total
    waiting = 1
    value, size = np.empty((4, units)), np.empty((4, units))
    parts = np.empty(TERMS * units + 1)
    corner = np.empty(4, np.int32)
    while waiting:
        waiting -= 1
        top, bottom, left, right, start, many = todo[waiting]
        candidates = pool[start : start + many]
        single = top == bottom and left == right
        for c in range(1 if single else 4):
            px = float(x[left if c % 2 == 0 else right])
            py = float(y[top if c < 2 else bottom])
            _values(W, b, px, py, value[c], size[c])
            corner[c] = _winner(W, b, sets, counts, candidates, px, py, value[c], size[c], parts)
        if single or (corner == corner[0]).all():
            out[top : bottom + 1, left : right + 1] = corner[0]
            continue
        end = start + many
        if end + many > len(pool):
            pool = np.concatenate((pool, np.empty(len(pool) + many, np.int32)))
        kept = 0
        for i in range(start, end):
            if not _beaten(sets, pool[i], corner, value, size):
                pool[end + kept] = pool[i]
                kept += 1
        row, column = (top + bottom) // 2, (left + right) // 2
        for low, high in ((top, row), (row + 1, bottom)):
            for first, last in ((left, column), (column + 1, right)):
                if low <= high and first <= last:
                    todo[waiting] = low, high, first, last, end, kept
                    waiting += 1
    return out


@njit(nogil=True, cache=True)
def _values(W: Float, b: Float, x: float, y: float, value: Float, size: Float) -> None:
    """y_k at a point and the sum of its terms' sizes."""
    for k in range(len(b)):
        p, q = W[k, 0] * x, W[k, 1] * y
        value[k] = p + q + b[k]
        size[k] = abs(p) + abs(q) + abs(b[k])


@njit(nogil=True, cache=True)
def _difference(first: Words, second: Words, value: Float, size: Float) -> tuple[float, float]:
    """(f_first − f_second in float64, a bound on its error)."""
    total, terms, many = 0.0, 0.0, 4
    for word in range(len(first)):
        differing = first[word] ^ second[word]
        while differing:
            bit = lowest(differing)
            differing &= differing - np.uint64(1)
            k = 64 * word + bit
            total += value[k] if (first[word] >> np.uint64(bit)) & np.uint64(1) else -value[k]
            terms += size[k]
            many += 1
    return total, 2.0 * many * ROUNDING * terms


@njit(nogil=True, cache=True)
def _winner(
    W: Float,
    b: Float,
    sets: Words,
    counts: Labels,
    candidates: Labels,
    x: float,
    y: float,
    value: Float,
    size: Float,
    parts: Float,
) -> int:
    """The candidate of least power at a point; of equal ones that with the fewest units."""
    best = candidates[0]
    for other in candidates[1:]:
        gain, error = _difference(sets[other], sets[best], value, size)
        if gain > error:
            best = other
        elif gain >= -error:
            sign = sign_of_difference(sets[other], sets[best], W, b, x, y, parts)
            if sign > 0 or (sign == 0 and counts[other] < counts[best]):
                best = other
    return best


@njit(nogil=True, cache=True)
def _beaten(sets: Words, which: int, corner: Labels, value: Float, size: Float) -> bool:
    """Whether the nearest of some corner beats a set in all four corners, hence in between."""
    for rival in corner:
        everywhere = True
        for c in range(4):
            gain, error = _difference(sets[which], sets[rival], value[c], size[c])
            if gain >= -error:
                everywhere = False
                break
        if everywhere and rival != which:
            return True
    return False


def warm() -> None:
    """Compile the kernels on a tiny layer."""
    W, b, at = np.eye(2), np.zeros(2), np.linspace(-1.0, 1.0, 3)
    compare(W, b, np.array([[0], [1]], np.uint64), grid_patterns(W, b, at, at), at, at)
