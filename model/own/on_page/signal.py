"""The signal in a graph on its points, as `model.moments` has it of layers.

The pattern's layers are a graph's steps: `pre` is a step's input, `post` its output; of the last
one both are the network's output. Some points at a time, so that memory is bounded.
"""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from cellscope.model.cells.grid.patterns import Float
from cellscope.model.moments import LayerSignal, Moments, Signal, mean_square, right_share, scored
from cellscope.model.opened import Opened
from cellscope.model.own.graph import RELU, Graph, by_units
from cellscope.model.own.moments import (
    deltas_of,
    inputs_of,
    output_of,
    units_of,
    values_of,
    weighed,
)
from cellscope.model.own.on_page.scene import graph_of

NUMBERS = 2**22  # of all steps at the points at hand: 32 MB, and as much for gradients


class _Pool:
    """Moments of values that come some points at a time, each (points, units)."""

    def __init__(self) -> None:
        self.count, self.finite = 0, True
        self.mean: Float = np.zeros(0)
        self.squares: Float = np.zeros(0)  # about the units' means
        self.positive = np.zeros(0, np.bool_)

    def add(self, values: Float) -> None:
        """Chan, Golub and LeVeque 1983, eq. 1.5."""
        n, mean = len(values), values.mean(axis=0)
        squares = ((values - mean) ** 2).sum(axis=0)
        positive = (values > 0).any(axis=0)
        self.finite = self.finite and bool(np.isfinite(values).all())
        if not self.count:
            self.count, self.mean, self.squares, self.positive = n, mean, squares, positive
            return
        total, away = self.count + n, mean - self.mean
        self.squares = self.squares + squares + away**2 * (self.count * n / total)
        self.mean = self.mean + away * (n / total)
        self.positive |= positive
        self.count = total

    def moments(self) -> Moments:
        data = float((self.squares / self.count).mean())
        mean = float(self.mean.mean())
        variance = data + mean_square(self.mean - mean)
        return Moments(mean, variance, data, variance + mean * mean)


class _Step:
    """What is gathered of one layer."""

    def __init__(self) -> None:
        self.pre, self.post = _Pool(), _Pool()
        self.delta = self.per_example = 0.0
        self.gradient: Tensor | None = None


def graph_signal(network: Opened, x: Float, classes: Float, *, backward: bool) -> Signal:
    """Moments, loss and, if asked for, gradients of a graph at inputs (n, inputs)."""
    graph = graph_of(network)
    steps = [_Step() for _ in range(graph.layers)]
    inputs, logits = _Pool(), list[Float]()
    for rows in _chunks(graph, len(x)):
        part = torch.from_numpy(np.array(x[rows], np.float64))
        inputs.add(part.numpy())
        with torch.set_grad_enabled(backward), torch.inference_mode(False):
            part = part.reshape(-1, *graph.shape).clone().requires_grad_(backward)
            values = values_of(graph, part)
            _gather(graph, steps, values)
            if backward:
                _descend(graph, steps, values, torch.from_numpy(np.array(classes[rows])))
        logits.append(by_units(values[graph.output].detach()).numpy())
    with np.errstate(all="ignore"):
        return _signal(
            graph, steps, inputs, np.concatenate(logits).T, np.asarray(classes), backward
        )


def graph_values(network: Opened, x: Float, *, before: bool) -> Iterator[Float]:
    """Every step's input, or its output, at inputs (n, inputs); of the last one its input."""
    graph = graph_of(network)
    part = torch.from_numpy(np.array(x, np.float64)).reshape(-1, *graph.shape)
    with torch.no_grad():
        values = values_of(graph, part)
    for layer in range(1, graph.layers + 1):
        nodes = inputs_of(graph, layer) if before else [output_of(graph, layer)]
        yield units_of(values, nodes).numpy().T


def _chunks(graph: Graph, count: int) -> Iterator[slice]:
    width = sum(int(np.prod(node.shape)) for node in graph.nodes)
    rows = max(1, NUMBERS // width)
    return (slice(low, low + rows) for low in range(0, count, rows))


def _gather(graph: Graph, steps: list[_Step], values: list[Tensor]) -> None:
    for layer, step in enumerate(steps, start=1):
        step.pre.add(units_of(values, inputs_of(graph, layer)).numpy())
        step.post.add(units_of(values, [output_of(graph, layer)]).numpy())


def _descend(graph: Graph, steps: list[_Step], values: list[Tensor], classes: Tensor) -> None:
    deltas = deltas_of(graph, values, classes.long())
    for layer, step in enumerate(steps, start=1):
        before, node = inputs_of(graph, layer), weighed(graph, layer)
        every = units_of([deltas[i] for i in before], range(len(before)))
        step.delta += float((every**2).mean(dim=1).sum())
        if node is None or node.weight is None:
            continue
        delta = deltas[before[0]].detach()
        h = values[node.inputs[0]].detach()
        for k in range(len(h)):
            one = node.weight.gradient(h[k : k + 1], delta[k : k + 1])
            step.per_example += float((one**2).mean())
            step.gradient = one if step.gradient is None else step.gradient + one


def _signal(
    graph: Graph, steps: list[_Step], inputs: _Pool, logits: Float, classes: Float, backward: bool
) -> Signal:
    count = inputs.count
    loss, _, saturated = scored(logits, classes)
    broken = [k for k, step in enumerate(steps, start=1) if not step.pre.finite]
    return Signal(
        input=inputs.moments(),
        layers=tuple(_layer(graph, k, step, count, backward) for k, step in enumerate(steps, 1)),
        loss=loss,
        accuracy=right_share(logits, classes),
        max_logit=float(np.abs(logits).max()),
        saturated_share=saturated,
        gradient_norm=None,
        nonfinite_layer=broken[0] if broken else None,
    )


def _layer(graph: Graph, layer: int, step: _Step, count: int, backward: bool) -> LayerSignal:
    node, relu = weighed(graph, layer), graph.nodes[output_of(graph, layer)].step is RELU
    known = backward and step.gradient is not None
    return LayerSignal(
        layer=layer,
        fan_in=0 if node is None or node.weight is None else node.weight.fan_in,
        pre=step.pre.moments(),
        post=step.post.moments(),
        dead_share=1.0 - float(step.pre.positive.mean()) if relu else None,
        delta_mean_square=step.delta / count if backward else None,
        per_example=step.per_example / count if known else None,
        batch=_batch(step.gradient, count) if known else None,
    )


def _batch(total: Tensor | None, count: int) -> float:
    return 0.0 if total is None else float(((total / count) ** 2).mean())
