"""From a network, a window, a plane and a layer to its cells: what `cellscope.cells` is made of."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from cellscope.model.cells.exact.origin import Window, check_window
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.cutter import Cutter
from cellscope.model.own.evaluation import Evaluator, affine_map
from cellscope.model.own.graph import Graph
from cellscope.model.own.onnx.module import OnnxModule
from cellscope.model.own.plane import Plane, as_array, checked_plane, identity_plane
from cellscope.model.own.result import ExactCells, GridCells
from cellscope.model.own.sources import hash_of, module_of
from cellscope.model.own.surroundings import apart
from cellscope.model.spec_error import shorten

RANDOM_POINTS = 16  # of the plane shown, at which the reading is checked
MOST_FACES = 2**31 - 1  # that can be numbered


@dataclass(frozen=True)
class Shown:
    """A network's cells in a window of a plane."""

    graph: Graph
    plane: Plane
    window: Window
    result: ExactCells | GridCells
    data: Float | None  # (n, 2) where data lie in the plane
    distances: Float | None  # (n,)
    filled: dict[str, int] | None
    weights_hash: str
    cut_off: tuple[str, ...]  # of an .onnx file, what makes labels of the output

    def affine(self, x: float, y: float) -> tuple[Float, Float]:
        """The map of the linear region of all steps at a point."""
        A, d = affine_map(self.graph, self.plane, float(x), float(y))
        return A.numpy(), d.numpy()


def show(
    network: Any,
    *,
    window: Any = (-5, 5, -5, 5),
    layer: Any = None,
    plane: Any = None,
    points: Any = None,
    data: Any = None,
    budget: int | None = None,
) -> Shown:
    """Read, check, cut. The arguments are those of `cellscope.cells`.

    Raises
    ------
    ValueError
        Naming the argument; `UnsupportedLayer` is one.
    BudgetExceeded
    """
    with apart():
        return _show(network, window, layer, plane, points, data, budget)


def _show(
    network: Any, window: Any, layer: Any, plane: Any, points: Any, data: Any, budget: int | None
) -> Shown:
    bounds = checked_window(window)
    _check_budget(budget)
    module = module_of(network)
    seen = identity_plane() if plane is None else checked_plane(plane)
    xy = None if points is None else checked_points(points)
    inputs = None if data is None else _checked_data(data, seen)
    read = ReadNetwork(module, seen.shape)
    number = checked_layer(layer, read.graph)
    read.check(*places(seen, bounds), *([] if inputs is None else [torch.from_numpy(inputs)]))
    values = Evaluator(read.graph, seen, bounds, number)
    exact = read.graph.exact(number)
    result = Cutter(values, bounds).cut(bounds, budget) if exact else GridCells(values, bounds)
    projected, distances = (None, None) if inputs is None else seen.project(inputs)
    filled = None if xy is None else result.at.filled(xy, bounds, number)
    digest = hash_of(module)
    cut_off = module.cut_off if isinstance(module, OnnxModule) else ()
    return Shown(read.graph, seen, bounds, result, projected, distances, filled, digest, cut_off)


def places(plane: Plane, window: Window) -> list[Tensor]:
    """The corners of a window of a plane, and random points of it.

    Raises
    ------
    ValueError
        Naming `plane`, where they are beyond float64: of the network nothing is known there.
    """
    x0, x1, y0, y1 = window
    rng = np.random.default_rng(2)
    inside = rng.uniform([x0, y0], [x1, y1], (RANDOM_POINTS, 2))
    corners = [[x, y] for x in (x0, x1) for y in (y0, y1)]
    inputs = [plane.points(torch.from_numpy(np.array(part))) for part in (corners, inside)]
    if not all(bool(torch.isfinite(part).all()) for part in inputs):
        raise ValueError(f"plane: is beyond float64 in the window {shorten(window)}")
    return inputs


def checked_window(window: Any) -> Window:
    """(x0, x1, y0, y1) as floats."""
    bounds = as_array("window", window)
    if bounds.shape != (4,):
        raise ValueError(f"window: must be (x0, x1, y0, y1), not {shorten(window)}")
    x0, x1, y0, y1 = bounds.tolist()
    if not math.isfinite(x1 - x0) or not math.isfinite(y1 - y0):
        raise ValueError(f"window: is wider than float64 reaches: {shorten(window)}")
    if not math.isfinite((x1 - x0) * (y1 - y0)):
        raise ValueError(f"window: its area is more than float64 reaches: {shorten(window)}")
    check_window((x0, x1, y0, y1))
    return x0, x1, y0, y1


def checked_layer(layer: Any, graph: Graph) -> int:
    """1 … L; by default the last nonlinear step, or 1."""
    if layer is None:
        return max(1, graph.layers - 1)
    whole = isinstance(layer, int | np.integer) and not isinstance(layer, bool)
    if not whole or not 1 <= layer <= graph.layers:
        raise ValueError(f"layer: must be a whole number from 1 to {graph.layers}, not {layer!r}")
    return int(layer)


def checked_points(points: Any) -> Float:
    """(n, 2), in the picture's coordinates."""
    xy = as_array("points", points)
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(f"points: must be (n, 2), not {xy.shape}")
    return np.ascontiguousarray(xy)


def _checked_data(data: Any, plane: Plane) -> Float:
    inputs = as_array("data", data)
    if inputs.ndim < 1 or inputs.shape[1:] != plane.shape:
        raise ValueError(
            f"data: must be (n, {', '.join(map(str, plane.shape))}), not {inputs.shape}"
        )
    return inputs


def _check_budget(budget: Any) -> None:
    whole = isinstance(budget, int | np.integer) and not isinstance(budget, bool)
    if budget is not None and (not whole or not 1 <= budget <= MOST_FACES):
        raise ValueError(f"budget: must be a whole number from 1 to {MOST_FACES}, not {budget!r}")
