"""Which centre is Laguerre-nearest, at every point of a grid, exactly.

Centre μ_s with radius² r_s² is nearest where the power |h − μ_s|² − r_s² is least. Halved, negated
and without |h|² that is f_s(h) = μ_s·h + Σ_{k ∈ s} b_k, greatest: the sets compete by their powers
alone, and no unit's sign is asked for. Three ways to tell two powers apart, each where the one
before leaves it open:

1. both f in float64, with a bound on their errors;
2. their difference over the units that the two sets do not share: then a huge unit common to both
   does not drown a tiny one;
3. that difference without any rounding (`exact`).
"""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.grid.patterns import Float, Words
from cellscope.model.cells.power.exact import ROUNDING, TERMS, lowest, rescaled, sign_of_difference
from cellscope.model.jit import njit

Labels = NDArray[np.int32]


def nearest_centres(W: Float, b: Float, sets: Words, x: Float, y: Float) -> Labels:
    """Index of the set whose centre is Laguerre-nearest. (rows · columns,) int32, row by row"""
    W, b = rescaled(W, b)
    sets = np.ascontiguousarray(sets)
    counts = np.bitwise_count(sets).sum(axis=1).astype(np.int32)
    return _fill(W, b, sets, counts, _sums(W, b, sets), x, y).ravel()


@njit(nogil=True, cache=True)
def _sums(W: Float, b: Float, sets: Words) -> Float:
    """μ_s and Σ b_k of every set. (M, 3)"""
    f = np.zeros((len(sets), 3))
    for s in range(len(sets)):
        for word in range(sets.shape[1]):
            left = sets[s, word]
            while left:
                k = 64 * word + lowest(left)
                left &= left - np.uint64(1)
                f[s, 0] += W[k, 0]
                f[s, 1] += W[k, 1]
                f[s, 2] += b[k]
    return f


@njit(nogil=True, cache=True)
def _fill(W: Float, b: Float, sets: Words, counts: Labels, f: Float, x: Float, y: Float) -> Labels:
    """Halve the grid into blocks until one centre is nearest in all corners of each.

    A power cell is convex, so that centre is then nearest in the whole block. The other centres
    are dropped for a block as soon as one of the corners' nearest beats them in all four.
    """
    out = np.empty((len(y), len(x)), np.int32)
    total, units = len(sets), len(b)
    pool = np.empty(total, np.int32)  # candidates, a block's after its parent's
    for i in range(total):
        pool[i] = i
    todo = np.empty((4 * 64, 6), np.int64)  # rows and columns from … to; candidates from, how many
    todo[0] = 0, len(y) - 1, 0, len(x) - 1, 0, total
    waiting = 1
    at, value, size = np.empty((4, 3)), np.empty((4, units)), np.empty((4, units))
    parts = np.empty(TERMS * units + 1)
    corner = np.empty(4, np.int32)
    while waiting:
        waiting -= 1
        top, bottom, left, right, start, many = todo[waiting]
        candidates = pool[start : start + many]
        single = top == bottom and left == right
        for c in range(1 if single else 4):
            at[c, 0], at[c, 1] = x[left if c % 2 == 0 else right], y[top if c < 2 else bottom]
            at[c, 2] = _look(W, b, at[c], value[c], size[c])
            corner[c] = _winner(W, b, sets, counts, f, candidates, at[c], value[c], size[c], parts)
        first = corner[0]
        if single or (corner[1] == first and corner[2] == first and corner[3] == first):
            for i in range(top, bottom + 1):
                for j in range(left, right + 1):
                    out[i, j] = first
            continue
        end = start + many
        if end + many > len(pool):
            larger = np.empty(2 * len(pool) + many, np.int32)
            for i in range(end):
                larger[i] = pool[i]
            pool = larger
        kept = 0
        for i in range(start, end):
            if not _beaten(sets, f, pool[i], corner, at, value, size):
                pool[end + kept] = pool[i]
                kept += 1
        row, column = (top + bottom) // 2, (left + right) // 2
        for low, high in ((top, row), (row + 1, bottom)):
            for begin, last in ((left, column), (column + 1, right)):
                if low <= high and begin <= last:
                    todo[waiting] = low, high, begin, last, end, kept
                    waiting += 1
    return out


@njit(nogil=True, cache=True)
def _look(W: Float, b: Float, at: Float, value: Float, size: Float) -> float:
    """y_k and the sizes of its terms at a point; bounds the error of a difference of two f."""
    terms = 0.0
    for k in range(len(b)):
        p, q = W[k, 0] * at[0], W[k, 1] * at[1]
        value[k] = p + q + b[k]
        size[k] = abs(p) + abs(q) + abs(b[k])
        terms += size[k]
    return 4.0 * (len(b) + 4) * ROUNDING * terms


@njit(nogil=True, cache=True, inline="always")
def _rough(f: Float, first: int, second: int, at: Float) -> float:
    """f_first − f_second in float64, whatever they have in common."""
    return (
        (f[first, 0] - f[second, 0]) * at[0]
        + (f[first, 1] - f[second, 1]) * at[1]
        + (f[first, 2] - f[second, 2])
    )


@njit(nogil=True, cache=True)
def _difference(first: Words, second: Words, value: Float, size: Float) -> tuple[float, float]:
    """(f_first − f_second over the units they do not share, a bound on its error)."""
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
    f: Float,
    candidates: Labels,
    at: Float,
    value: Float,
    size: Float,
    parts: Float,
) -> int:
    """The candidate of least power at a point; of equal ones that with the fewest units."""
    best = candidates[0]
    for other in candidates[1:]:
        gain = _rough(f, other, best, at)
        if abs(gain) <= at[2]:
            gain = _settled(W, b, sets, counts, other, best, at, value, size, parts)
        if gain > 0.0:
            best = other
    return best


@njit(nogil=True, cache=True)
def _settled(
    W: Float,
    b: Float,
    sets: Words,
    counts: Labels,
    first: int,
    second: int,
    at: Float,
    value: Float,
    size: Float,
    parts: Float,
) -> float:
    """A number of the sign of f_first − f_second; if they are equal, the smaller set is ahead."""
    gain, error = _difference(sets[first], sets[second], value, size)
    if abs(gain) > error:
        return gain
    sign = sign_of_difference(sets[first], sets[second], W, b, at[0], at[1], parts)
    return float(sign) if sign else float(counts[second] - counts[first])


@njit(nogil=True, cache=True)
def _beaten(
    sets: Words, f: Float, which: int, corner: Labels, at: Float, value: Float, size: Float
) -> bool:
    """Whether the nearest of some corner beats a set in all four corners, hence in between."""
    for rival in corner:
        everywhere = rival != which
        for c in range(4):
            if not everywhere:
                break
            gain, error = _rough(f, which, rival, at[c]), at[c, 2]
            if abs(gain) <= error:
                gain, error = _difference(sets[which], sets[rival], value[c], size[c])
            everywhere = gain < -error
        if everywhere:
            return True
    return False
