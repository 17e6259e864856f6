"""Moments of every layer of a network of one's own, and gradients, as `cellscope moments` has them.

`pre` is a step's input, `post` its output; of the last layer both are the network's output.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from cellscope.model.moments import Moments, mean_square
from cellscope.model.moments import moments as moments_of
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.graph import LARGER, RELU, Graph, Node, bend, by_units
from cellscope.model.own.plane import as_array
from cellscope.model.own.sources import module_of
from cellscope.model.own.surroundings import apart

Row = dict[str, Any]


def layer_moments(network: Any, X: Any, y: Any = None) -> list[Row]:
    """A dict per layer, numbered as `cells` numbers them.

    Parameters
    ----------
    network : as of `cellscope.cells`
    X : (n, *input shape)
    y : (n,) whole numbers, optional
        Right classes: with them the gradients of the cross-entropy are measured, too.

    Raises
    ------
    ValueError
        Naming `X` or `y`, or what is wrong with the network.
    """
    inputs = as_array("X", X)
    if inputs.ndim < 2 or not len(inputs):
        raise ValueError(f"X: must be (n, *input shape) with n from 1, not {inputs.shape}")
    with apart(), torch.inference_mode(False):  # there is no gradient
        read = ReadNetwork(module_of(network), inputs.shape[1:], "X")
        read.check(torch.from_numpy(inputs[:64]))
        graph, x = read.graph, torch.from_numpy(inputs)
        return rows_of(graph, x, None if y is None else _checked_classes(y, len(x), graph))


def rows_of(graph: Graph, x: Tensor, classes: Tensor | None) -> list[Row]:
    """The same of a graph at inputs (n, *shape), with right classes or none."""
    with torch.set_grad_enabled(classes is not None):
        values = values_of(graph, x.requires_grad_(classes is not None))
        deltas: dict[int, Tensor] = {}
        if classes is not None:
            deltas = deltas_of(graph, values, classes)
    return [_row(graph, values, deltas, layer) for layer in range(1, graph.layers + 1)]


def classes_of(y: Any, count: int, graph: Graph) -> Tensor | None:
    """The right classes, or none where these are no classes of its outputs."""
    try:
        return None if y is None else _checked_classes(y, count, graph)
    except ValueError:
        return None


def _checked_classes(y: Any, count: int, graph: Graph) -> Tensor:
    classes = as_array("y", y)
    shape = graph.nodes[graph.output].shape
    if classes.shape != (count,) or (classes != np.floor(classes)).any():
        raise ValueError(f"y: must be {count} whole numbers, one a row of X, not {classes.shape}")
    most = max(2, int(np.prod(shape)))  # of one output, the logit of class 1 against 0
    if len(shape) > 1 or classes.min() < 0 or classes.max() >= most:
        raise ValueError(f"y: classes must be 0 to {most - 1}, as the outputs are")
    return torch.from_numpy(classes.astype(np.int64))


def values_of(graph: Graph, x: Tensor) -> list[Tensor]:
    """What every node gives at inputs (n, *shape)."""
    values = [x]
    for node in graph.nodes[1:]:
        parts = [values[j] for j in node.inputs]
        if node.map is not None:
            values.append(node.map(parts, False, True))
        else:
            assert node.step is not None
            values.append(bend(node.step, parts[0]).reshape(-1, *node.shape))
    return values


def inputs_of(graph: Graph, layer: int) -> tuple[int, ...]:
    """The nodes that a layer's step takes, two of a maximum; of the last layer the output."""
    if layer == graph.layers:
        return (graph.output,)
    step = graph.nodes[graph.steps[layer - 1]]
    return graph.nodes[step.inputs[0]].inputs if step.step is LARGER else step.inputs


def output_of(graph: Graph, layer: int) -> int:
    """The node that a layer's step gives; of the last layer the output."""
    if layer == graph.layers:
        return graph.output
    step = graph.steps[layer - 1]
    return step + 1 if graph.nodes[step].step is LARGER else step


def units_of(values: Sequence[Tensor], nodes: Sequence[int]) -> Tensor:
    """The numbers of some nodes side by side. (n, units)"""
    return torch.cat([by_units(values[i].detach()) for i in nodes], dim=1)


def weighed(graph: Graph, layer: int) -> Node | None:
    """The node before a layer's step, where that is one Linear or convolution."""
    before = inputs_of(graph, layer)
    node = graph.nodes[before[0]]
    return node if len(before) == 1 and node.weight is not None else None


def deltas_of(graph: Graph, values: list[Tensor], classes: Tensor) -> dict[int, Tensor]:
    """∂(each sample's own loss)/∂(a layer's input): the samples do not mix."""
    loss = F.cross_entropy(_logits(values[graph.output]), classes, reduction="sum")
    nodes = sorted({i for layer in range(1, graph.layers + 1) for i in inputs_of(graph, layer)})
    wanted = [values[i] for i in nodes]
    found = torch.autograd.grad(loss, wanted, allow_unused=True)
    every: list[Any] = list(found)  # None where the loss does not depend on it
    return {
        i: torch.zeros_like(v) if g is None else g
        for i, v, g in zip(nodes, wanted, every, strict=True)
    }


def _logits(outputs: Tensor) -> Tensor:
    """One a class; one output is two classes: softmax(0, y) is the sigmoid of y."""
    units = by_units(outputs)
    return F.pad(units, (1, 0)) if units.shape[1] == 1 else units


def _row(graph: Graph, values: list[Tensor], deltas: dict[int, Tensor], layer: int) -> Row:
    before, after = inputs_of(graph, layer), output_of(graph, layer)
    node = weighed(graph, layer)
    pre = _units(units_of(values, before))
    row: Row = {
        "layer": layer,
        "fan_in": None if node is None or node.weight is None else node.weight.fan_in,
        "pre": _as_dict(moments_of(pre)),
        "post": _as_dict(moments_of(_units(units_of(values, [after])))),
        "theory": None,
        "delta_mean_square": None,
        "weight_gradient_mean_square": None,
        "dead_share": None,
    }
    if graph.nodes[after].step is RELU:
        row["dead_share"] = float((~(pre > 0).any(axis=1)).mean())
    if deltas:
        delta = units_of([deltas[i] for i in before], range(len(before)))
        row["delta_mean_square"] = _finite(mean_square(delta.numpy()))
        if node is not None and node.weight is not None:
            inputs, own = values[node.inputs[0]].detach(), deltas[before[0]].detach()
            row["weight_gradient_mean_square"] = _gradients(node.weight.gradient, inputs, own)
    return row


def _gradients(gradient: Any, inputs: Tensor, delta: Tensor) -> dict[str, float | None]:
    """Mean squares of each sample's own gradient, and of their mean."""
    squares, total = 0.0, torch.zeros(())
    for i in range(len(inputs)):
        one = gradient(inputs[i : i + 1], delta[i : i + 1])
        squares += float((one**2).mean())
        total = total + one
    batch = float(((total / len(inputs)) ** 2).mean())
    return {"per_example": _finite(squares / len(inputs)), "batch": _finite(batch)}


def _units(values: Tensor) -> np.ndarray[Any, np.dtype[np.float64]]:
    """(units, n)"""
    return np.ascontiguousarray(values.numpy().T)


def _as_dict(found: Moments) -> dict[str, float | None]:
    return {
        "mean": _finite(found.mean),
        "variance": _finite(found.variance),
        "data_variance": _finite(found.data_variance),
        "mean_square": _finite(found.mean_square),
    }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
