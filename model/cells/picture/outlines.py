"""The outlines of sets of faces: what is left of their edges when inner edges go."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.kernels import FACE, NEXT, ORIGIN, TWIN

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Outlines:
    """Closed loops of K pieces; a piece with holes has several.

    Attributes
    ----------
    loops : tuple of K tuples of (n,) int32
        Vertices of the complex. Outer loops run counter-clockwise, holes clockwise, so the
        signed areas of a piece's loops sum to its area. Vertices inside a straight side are
        among them, so neighbouring pieces share all of theirs and fit without gaps.
    """

    loops: tuple[tuple[Ints, ...], ...]


def outlines(complex: Complex, piece: NDArray[np.integer]) -> Outlines:
    """The outlines of the pieces 0 … K − 1, each face being part of one. O(edges)

    Parameters
    ----------
    complex : Complex
    piece : (F,) integers
        ``LayerCells.region`` for connected regions, ``np.arange(F)`` for the faces themselves.
        A piece in several parts has an outer loop for each.
    """
    half = complex.half
    side = np.where(half[:, FACE] >= 0, piece[half[:, FACE]], -1)
    on_border = side != side[half[:, TWIN]]
    edges = np.flatnonzero(on_border & (side >= 0))
    follower = np.zeros(len(half), np.int64)
    follower[edges] = _following(half, on_border, edges)
    loops: list[list[Ints]] = [[] for _ in range(int(piece.max()) + 1)]
    after, waiting = follower.tolist(), np.zeros(len(half), np.bool_)
    waiting[edges] = True
    left = bytearray(waiting)
    for first in edges.tolist():
        if not left[first]:
            continue
        loop: list[int] = []
        edge = first
        while left[edge]:
            left[edge] = 0
            loop.append(edge)
            edge = after[edge]
        loops[side[first]].append(half[loop, ORIGIN])
    return Outlines(tuple(tuple(parts) for parts in loops))


def _following(
    half: Ints, on_border: NDArray[np.bool_], edges: NDArray[np.intp]
) -> NDArray[np.int64]:
    """The next border edge of the same piece: around its end, across the piece's inner edges."""
    after = half[edges, NEXT].astype(np.int64)
    while (inner := ~on_border[after]).any():
        after[inner] = half[half[after[inner], TWIN], NEXT]
    return after
