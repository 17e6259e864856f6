"""Boundary lines of a picture: segments in 16-bit window coordinates, with how they are drawn."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.kernels import FACE, ORIGIN, TWIN

SCALE = 65_535  # a side of the window in the segments' coordinates
BOUNDARY, SECOND, DEEPER, FOLD = 0, 1, 2, 3  # styles: from the heaviest to the faintest


@dataclass(frozen=True, slots=True)
class Lines:
    """K segments to draw.

    Attributes
    ----------
    ends : (K, 4) uint16
        ``x, y`` of both ends; 0 is x0 (y0), `SCALE` is x1 (y1).
    style : (K,) uint8
    dropped : int
        Segments left out because there were too many.
    """

    ends: NDArray[np.uint16]
    style: NDArray[np.uint8]
    dropped: int = 0


NO_LINES = Lines(np.empty((0, 4), np.uint16), np.empty(0, np.uint8))


def lines_between(
    complex: Complex,
    values: NDArray[np.integer],
    most: int,
    *,
    folding: int,
    most_folds: int | None = None,
) -> Lines:
    """Edges between faces of different `values` (F,) as boundaries, others as folds.

    A line of a layer beyond `folding` is none: no activation bends the map there. At most `most`
    segments: folds go first (where there are more than `most_folds` segments, too), then
    everything, and `dropped` says how many.
    """
    edges, left, right = _inner_edges(complex)
    style = np.where(values[left] != values[right], BOUNDARY, FOLD).astype(np.uint8)
    seen = (style == BOUNDARY) | (complex.edge_layer[edges] <= folding)
    return _limited(complex, edges[seen], style[seen], most, most_folds)


def lines_by_layer(complex: Complex, most: int) -> Lines:
    """All edges, the deeper the layer whose line they are, the fainter."""
    edges, _, _ = _inner_edges(complex)
    style = np.clip(complex.edge_layer[edges] - 1, BOUNDARY, DEEPER).astype(np.uint8)
    return _limited(complex, edges, style, most)


def _inner_edges(complex: Complex) -> tuple[NDArray[np.intp], NDArray[np.int32], NDArray[np.int32]]:
    """One half-edge of each edge inside the window, and the faces on both sides."""
    face, other = complex.half[:, FACE], complex.half[complex.half[:, TWIN], FACE]
    edges = np.flatnonzero((face > other) & (other >= 0))
    return edges, face[edges], other[edges]


def _limited(
    complex: Complex,
    edges: NDArray[np.intp],
    style: NDArray[np.uint8],
    most: int,
    most_folds: int | None = None,
) -> Lines:
    total = len(edges)
    if total > min(most, most if most_folds is None else most_folds):
        edges, style = edges[style != FOLD], style[style != FOLD]
    if len(edges) > most:
        return Lines(NO_LINES.ends, NO_LINES.style, dropped=total)
    half = complex.half
    scaled = _scaled(complex)
    ends = np.concatenate([scaled[half[edges, ORIGIN]], scaled[half[half[edges, TWIN], ORIGIN]]], 1)
    return Lines(ends, style, dropped=total - len(edges))


def _scaled(complex: Complex) -> NDArray[np.uint16]:
    """Vertices in window coordinates. (V, 2)"""
    x0, x1, y0, y1 = complex.window
    low = np.array([x0, y0]) - complex.origin  # small numbers first: a window of 1e-6 stays sharp
    side = np.array([x1 - x0, y1 - y0])
    return np.clip(np.rint((complex.local - low) / side * SCALE), 0, SCALE).astype(np.uint16)
