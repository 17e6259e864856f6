"""Regions that a comparison of two others has cut in pieces are made whole again."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.kernels import FACE, NEXT, ORIGIN, TWIN
from cellscope.model.cells.exact.merge import distinct_rows, merge_faces
from cellscope.model.cells.grid.patterns import Words
from cellscope.model.jit import njit

Ints = NDArray[np.int32]


def whole_again(
    half: Ints, label: Ints, start: Ints, bits: Words
) -> tuple[Ints, Ints, Ints, Words]:
    """Regions that a comparison of two others has cut in pieces are whole again."""
    pattern, _ = distinct_rows(np.ascontiguousarray(bits))
    region, first = merge_faces(np.ascontiguousarray(half), pattern)
    if len(first) == len(start):
        return half, label, start, bits
    half, label, start = _without_edges(half, label, region, len(first))
    return half, label, start, bits[first]


@njit(nogil=True, cache=True)
def _without_edges(half: Ints, label: Ints, face_of: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """The complex less the edges inside the faces' sets `face_of`: (half, label, start).

    The sets are convex, so what is left of each border is one loop; vertices stay where they are.
    """
    gone = np.zeros(len(half), np.bool_)
    for h in range(len(half)):
        a, b = half[h, FACE], half[half[h, TWIN], FACE]
        gone[h] = a >= 0 and b >= 0 and face_of[a] == face_of[b]
    index = np.full(len(half), -1, np.int32)
    kept = 0
    for h in range(len(half)):
        if not gone[h]:
            index[h] = kept
            kept += 1
    out, out_label = np.empty((kept, 4), np.int32), np.empty(kept, np.int32)
    start = np.full(count, -1, np.int32)
    for h in range(len(half)):
        if gone[h]:
            continue
        after = half[h, NEXT]
        while gone[after]:
            after = half[half[after, TWIN], NEXT]
        face = half[h, FACE]
        new = index[h]
        out[new, ORIGIN] = half[h, ORIGIN]
        out[new, TWIN] = index[half[h, TWIN]]
        out[new, NEXT] = index[after]
        out[new, FACE] = face_of[face] if face >= 0 else -1
        out_label[new] = label[h]
        if face >= 0 and start[face_of[face]] < 0:
            start[face_of[face]] = new
    return out, out_label, start
