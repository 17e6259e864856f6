"""The three counts of a complex, and how many of the cells hold data.

Never mix them (`model.cells.exact.merge` defines them): patterns of layer i alone, connected
regions of these, and linear regions, the joint patterns of layers 1 … i.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.merge import distinct_rows, layer_cells
from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.exact.split import forward_patterns, split
from cellscope.model.cells.grid.patterns import Float, Weights, Words, word_offsets

CHUNK = 65_536  # data points at a time: 256 units take 128 MB


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of layer `layer` in a window, exact."""

    layer: int
    patterns: int
    regions: int  # connected regions
    linear_regions: int


@dataclass(frozen=True, slots=True)
class Filled:
    """What the data points inside a window fill."""

    points: int  # points inside the window: neither of the counts can exceed it
    patterns: int  # patterns of the layer with at least one point
    linear_regions: int  # joint patterns of layers 1 … i with at least one point


def count_cells(complex: Complex, layer: int | None = None) -> Counts:
    """The counts of a layer, by default the complex's own. O(edges)"""
    layer = complex.layer if layer is None else layer
    cells = layer_cells(complex, layer)
    return Counts(layer, cells.patterns, cells.regions, cells.linear_regions)


def filled_by(
    weights: Weights, points: Float, window: Window, *, layer: int, activation: str = "relu"
) -> Filled:
    """How many patterns and linear regions hold a data point. O(points · weights)

    Parameters
    ----------
    weights : sequence of ``(W (fan_out, fan_in), b (fan_out,))``
    points : (n, 2) array
        In data units. Points on the window's border are inside; a point on a line belongs to
        the pattern that y > 0 gives it in a float64 forward pass, even if that pattern has no
        area.
    window : (x0, x1, y0, y1)
    layer : int
        1-based.
    activation : str
        As of `model.cells.exact.complex.build`.
    """
    return filled_by_layer(weights, points, window, layer=layer, activation=activation)[-1]


def filled_by_layer(
    weights: Weights, points: Float, window: Window, *, layer: int, activation: str = "relu"
) -> tuple[Filled, ...]:
    """`filled_by` of the layers 1 … `layer`, from one forward pass."""
    x0, x1, y0, y1 = window
    x, y = points[:, 0], points[:, 1]
    inside = points[(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)].astype(np.float64)
    if not len(inside):
        return (Filled(0, 0, 0),) * layer
    network = split(weights, activation)
    parts = [
        forward_patterns(network, inside[low : low + CHUNK], layer=layer)
        for low in range(0, len(inside), CHUNK)
    ]
    joint = np.concatenate(parts)
    offsets = word_offsets(network.widths[:layer])
    return tuple(
        Filled(len(inside), _distinct(joint[:, own:end]), _distinct(joint[:, :end]))
        for own, end in pairwise(offsets)
    )


def _distinct(rows: Words) -> int:
    return len(distinct_rows(np.ascontiguousarray(rows))[1])
