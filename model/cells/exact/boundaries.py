"""Boundary lines to draw: edges of the complex where something changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.kernels import FACE, ORIGIN, TWIN
from cellscope.model.cells.exact.merge import distinct_rows
from cellscope.model.cells.grid.patterns import Float


@dataclass(frozen=True, slots=True)
class Segments:
    """K straight pieces of boundary.

    Attributes
    ----------
    points : (K, 4) float64
        ``x, y`` of one end, then of the other, in data units.
    layer, unit : (K,) int32
        Whose line it is: the layer (1-based) and unit (0-based) that cut here first. Where
        lines coincide, that is the lowest layer, then the lowest unit.
    """

    points: Float
    layer: NDArray[np.int32]
    unit: NDArray[np.int32]


def boundary_segments(complex: Complex, layer: int | None = None) -> Segments:
    """The boundaries of one layer's cells, or of all linear regions. O(edges)

    Parameters
    ----------
    complex : Complex
    layer : int, optional
        1-based: edges where this layer's pattern changes. Default: all lines of all layers.
        The window's border is never among them.

    Raises
    ------
    ValueError
        A layer that the complex does not have.
    """
    if layer is None:
        return segments_between(complex, np.arange(complex.faces))
    pattern, _ = distinct_rows(np.ascontiguousarray(complex.layer_bits(layer)))
    return segments_between(complex, pattern)


def segments_between(complex: Complex, values: NDArray[np.integer]) -> Segments:
    """The edges between faces of different values, e.g. classes. values (F,)"""
    half = complex.half
    face, other = half[:, FACE], half[half[:, TWIN], FACE]
    edges = np.flatnonzero((face > other) & (other >= 0))
    edges = edges[values[face[edges]] != values[other[edges]]]
    ends = complex.vertices[half[edges, ORIGIN]], complex.vertices[half[half[edges, TWIN], ORIGIN]]
    return Segments(
        points=np.concatenate(ends, axis=1),
        layer=complex.edge_layer[edges],
        unit=complex.edge_unit[edges],
    )
