"""Loops, areas and centroids of the faces of a complex."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.kernels import NEXT, ORIGIN
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.jit import njit


@njit(nogil=True, cache=True)
def face_loops(
    half: NDArray[np.int32], start: NDArray[np.int32], total: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Vertices of every face, one face after the other: ``(offsets (F + 1,), (total,))``."""
    offsets = np.zeros(len(start) + 1, np.int64)
    vertices = np.empty(total, np.int32)
    count = 0
    for face in range(len(start)):
        first = np.int64(start[face])
        h = first
        while True:
            vertices[count] = half[h, ORIGIN]
            count += 1
            h = np.int64(half[h, NEXT])
            if h == first:
                break
        offsets[face + 1] = count
    return offsets, vertices


@njit(nogil=True, cache=True)
def face_measures(
    offsets: NDArray[np.int64], vertices: NDArray[np.int32], local: Float, origin: Float
) -> Float:
    """``(area, centroid x, centroid y)`` per face, by triangles from its first vertex. (F, 3)"""
    out = np.empty((len(offsets) - 1, 3))
    for face in range(len(out)):
        low, high = offsets[face], offsets[face + 1]
        x0, y0 = local[vertices[low]]
        area, mx, my = 0.0, 0.0, 0.0
        for i in range(low + 1, high - 1):
            ax, ay = local[vertices[i], 0] - x0, local[vertices[i], 1] - y0
            bx, by = local[vertices[i + 1], 0] - x0, local[vertices[i + 1], 1] - y0
            cross = ax * by - ay * bx
            area += cross
            mx += cross * (ax + bx)
            my += cross * (ay + by)
        out[face, 0] = 0.5 * area
        scale = 1.0 / (3.0 * area) if area > 0.0 else 0.0
        out[face, 1] = origin[0] + x0 + scale * mx
        out[face, 2] = origin[1] + y0 + scale * my
    return out
