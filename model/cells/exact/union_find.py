"""Disjoint sets: union-find with path halving, the smaller as root (Tarjan & van Leeuwen 1984).

Who begins has ``parent[i] = i``, or sets that are known already.
"""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.jit import njit

Ints = NDArray[np.integer]


@njit(nogil=True, cache=True, inline="always")
def root_of(parent: Ints, i: int) -> int:
    """The smallest of its set."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@njit(nogil=True, cache=True, inline="always")
def unite(parent: Ints, a: int, b: int) -> bool:
    """Make one set of two; whether they were two."""
    a, b = root_of(parent, a), root_of(parent, b)
    if a == b:
        return False
    parent[max(a, b)] = min(a, b)
    return True


@njit(nogil=True, cache=True)
def numbered(parent: Ints) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The sets in the order of their smallest: set of each, smallest of each set."""
    number, first = np.empty(len(parent), np.int32), np.empty(len(parent), np.int32)
    count = 0
    for i in range(len(parent)):
        root = root_of(parent, i)
        if root == i:
            first[count] = i
            number[i] = count
            count += 1
        else:
            number[i] = number[root]
    return number, first[:count].copy()
