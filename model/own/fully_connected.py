"""Graphs that are plain networks in disguise: `model.cells.exact.complex` cuts these fastest."""

import numpy as np
import torch

from cellscope.model.activations import ACTIVATIONS
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.own.evaluation import Evaluator
from cellscope.model.own.graph import Graph, Kinks, by_units

MOST_NUMBERS = 2**22  # of a matrix that an affine part is folded into


def plain_weights(values: Evaluator) -> tuple[list[tuple[Float, Float]], str] | None:
    """``[(W, b), …]`` and the activation of layers 1 … `layer`, None if it is no such network.

    The first W is that of the plane, with two inputs.
    """
    graph = values.graph
    activation = _activation(graph, values.layer)
    if activation is None:
        return None
    weights: list[tuple[Float, Float]] = []
    before = None
    for layer in range(1, values.layer + 1):
        found = _affine(values, before, graph.seen(layer))
        if found is None:
            return None
        weights.append(found)
        before = graph.steps[layer - 1] if layer < graph.layers else None
    return weights, activation


def _activation(graph: Graph, layer: int) -> str | None:
    found = set[str]()
    for node in graph.steps[:layer]:
        step = graph.nodes[node].step
        if not isinstance(step, Kinks) or step.kinks != (0.0,) or step.offsets != (0.0, 0.0):
            return None
        low, high = step.slopes
        if not isinstance(low, float) or not isinstance(high, float) or high != 1.0:
            return None
        if low < 0.0:  # |y|: sums of many that cancel exactly are better cut with all their terms
            return None
        found.add(next((name for name, row in ACTIVATIONS.items() if row.below == low), ""))
    if len(found) > 1 or "" in found:
        return None
    return found.pop() if found else "relu"


def network_weights(graph: Graph) -> tuple[list[tuple[Float, Float]], str] | None:
    """``[(W, b), …]`` of all layers and the activation, None if it is no such network.

    The first W is of the network's own inputs.
    """
    activation = _activation(graph, graph.layers)
    if activation is None:
        return None
    weights: list[tuple[Float, Float]] = []
    for layer, before in enumerate((0, *graph.steps), start=1):
        found = _folded(graph, before, graph.seen(layer))
        if found is None:
            return None
        weights.append(found)
    return weights, activation


def _affine(values: Evaluator, before: int | None, node: int) -> tuple[Float, Float] | None:
    """W and b from a step's output (None: the plane) to a node, if it depends on nothing else."""
    basis = values.basis(node)
    if before is None and basis is not None:
        flat = by_units(basis).numpy()
        return np.ascontiguousarray(flat[1:].T), flat[0].copy()
    if before is None or basis is not None:  # a side branch of the input
        return None
    return _folded(values.graph, before, node)


def _folded(graph: Graph, before: int, node: int) -> tuple[Float, Float] | None:
    """W and b from a node to another, if that depends on nothing else and is not too large."""
    chain = [node]
    while chain[-1] != before:
        made = graph.nodes[chain[-1]]
        if made.map is None or len(made.inputs) != 1:
            return None
        chain.append(made.inputs[0])
    fan_in = int(np.prod(graph.nodes[before].shape))
    widest = max(int(np.prod(graph.nodes[i].shape)) for i in chain)
    if fan_in * widest > MOST_NUMBERS or _is_sparse(graph, chain, fan_in):
        return None
    inputs = torch.cat([torch.zeros(1, fan_in), torch.eye(fan_in)]).to(torch.float64)
    y = inputs.reshape(-1, *graph.nodes[before].shape)
    constant, linear = y[:1], y[1:]
    for i in reversed(chain[:-1]):
        map = graph.nodes[i].map
        assert map is not None
        constant, linear = map([constant], False, True), map([linear], False, False)
    return np.ascontiguousarray(by_units(linear).T.numpy()), constant.flatten().numpy().copy()


def _is_sparse(graph: Graph, chain: list[int], fan_in: int) -> bool:
    """Whether a large picture is convolved: better by the convolution itself."""
    return fan_in > 512 and len(graph.nodes[chain[-1]].shape) > 1
