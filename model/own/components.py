"""Connected parts of equal numbers on a grid."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.union_find import unite
from cellscope.model.jit import njit


@njit(nogil=True, cache=True)
def components(values: NDArray[np.int32]) -> int:
    """How many sets of equal neighbours, by sides, a grid has."""
    height, width = values.shape
    parent = np.arange(height * width)
    count = height * width
    for row in range(height):
        for column in range(width):
            here = row * width + column
            for back in range(2):
                if (back == 0 and column == 0) or (back == 1 and row == 0):
                    continue
                other = here - 1 if back == 0 else here - width
                if values.flat[other] != values.flat[here]:
                    continue
                if unite(parent, here, other):
                    count -= 1
    return count
