"""The largest of several candidates, of equal ones the first."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.grid.patterns import Float
from cellscope.model.jit import njit


@njit(nogil=True, cache=True)
def largest_of(y: Float, candidates: NDArray[np.int64]) -> NDArray[np.int64]:
    """Which of its candidates each unit is, row by row. (n, units)"""
    units, most = candidates.shape
    out = np.zeros((len(y), units), np.int64)
    for r in range(len(y)):
        for w in range(units):
            best, value = -1, 0.0
            for c in range(most):
                j = candidates[w, c]
                if j >= 0 and (best < 0 or y[r, j] > value):
                    best, value = c, y[r, j]
            out[r, w] = best
    return out
