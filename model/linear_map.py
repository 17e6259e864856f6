"""Exercise 2.1: without activation functions a network is one linear layer.

The layers y_l = W_l y_{l−1} + b_l collapse to y_L = A x + d with A = W_L ⋯ W_1: the same function,
so the same picture, up to rounding. With an activation function between them the same A and d
are those of another network.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import between_layers
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import Float, checked_weights
from cellscope.model.cells.grid.values import output_values, value_indices
from cellscope.model.cells.picture.painters import PAINTERS
from cellscope.model.cells.picture.raster import rasterise
from cellscope.model.cells.picture.render import draw
from cellscope.model.cells.power.diagram import one_map, whole_scene
from cellscope.model.datasets import make_data
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View, mode_for

TILE = 8192  # points at a time: 256 units take 17 MB
Indices = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Collapse:
    """A network beside the one map that its layers are without activation functions.

    Attributes
    ----------
    A, d : (classes, 2), (classes,) float64
        The logits would be A x + d.
    mode : str
        What both pictures show: "cells" of layer i, "classes" or "confidence".
    network, single : (side, side) uint8
        The network's picture and the one map's, palette indices, row 0 at the top.
    difference, largest : float
        The largest |difference| of their logits over all points of the picture, and the largest
        |logit| of the network there. Not finite where float64 overflows.
    points : int
        Of the picture.
    layer, cells : int
        How many sign patterns layer `layer` has in the window.
    """

    A: Float
    d: Float
    mode: str
    network: Indices
    single: Indices
    difference: float
    largest: float
    points: int
    layer: int
    cells: int


def collapse(snapshot: Snapshot, view: View, side: int) -> Collapse:
    """Both pictures of a view, and how far apart the two functions are on their grid.

    Raises
    ------
    BelowReach
        A window too small for float64.
    OverflowError
        A product of the weights that float64 cannot hold.
    """
    weights = checked_weights(snapshot.weights)
    A, d = one_map(weights)
    if not (np.isfinite(A).all() and np.isfinite(d).all()):
        raise OverflowError("the product of the weights is beyond float64")
    view = replace(view, pixels=side, lines=False, layer=min(view.layer, len(weights)))
    mode = mode_for(view.mode, snapshot.spec.task)
    view = replace(view, mode="cells" if view.shows.of_layer else mode)
    grid = Grid(view.window, side, side)
    scene = whole_scene(weights, view.window, view.layer)
    if view.mode == "cells":
        single = rasterise(scene.complex, scene.colours, side, side, stray=scene.stray)
    elif view.mode == "value":
        values = output_values([(A, d)], "identity", grid)
        single = value_indices(values, make_data(snapshot.spec).reach)
    else:
        single = PAINTERS[view.mode].on_grid([(A, d)], "identity", grid, 1).indices
    difference, largest = _apart(weights, snapshot.spec.activation, A, d, grid)
    return Collapse(
        A=A,
        d=d,
        mode=view.mode,
        network=draw(snapshot, view).indices,
        single=single,
        difference=difference,
        largest=largest,
        points=side * side,
        layer=view.layer,
        cells=scene.complex.faces,
    )


def _apart(
    weights: tuple[tuple[Float, Float], ...], activation: str, A: Float, d: Float, grid: Grid
) -> tuple[float, float]:
    """(largest |logits − (A x + d)|, largest |logit|) over the grid, layer by layer in float64."""
    difference = largest = 0.0
    rows = between_layers(activation, len(weights) - 1)
    with np.errstate(over="ignore", invalid="ignore"):
        for _, points in grid.tiles(TILE, np.float64):
            h = y = points
            for number, (W, b) in enumerate(weights):
                y = h @ W.T + b
                h = rows[number].value(y) if number < len(rows) else y
            difference = max(difference, float(np.abs(y - (points @ A.T + d)).max()))
            largest = max(largest, float(np.abs(y).max()))
    return difference, largest
