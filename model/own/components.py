"""Connected parts of equal numbers on a grid."""

import numpy as np
from numpy.typing import NDArray

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
                a, b = here, other
                while parent[a] != a:
                    parent[a] = parent[parent[a]]
                    a = parent[a]
                while parent[b] != b:
                    parent[b] = parent[parent[b]]
                    b = parent[b]
                if a != b:
                    parent[max(a, b)] = min(a, b)
                    count -= 1
    return count
