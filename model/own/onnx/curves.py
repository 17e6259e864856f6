"""Curves that exporters write as several operations are the one that they were.

A product of two things that depend on the input has no cells: x · sigmoid(x) is Swish, and
x · (1 + erf(x/√2)) / 2 is GELU, which is no operation of its own before opset 20.
"""

import math
from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np

from cellscope.model.files.onnx_file import OnnxGraph, OnnxNode

NEAR = 1e-6  # of a constant that is written in float32


class _Known:
    """What makes each name of a graph, and how often it is used."""

    def __init__(self, graph: OnnxGraph) -> None:
        self.constants = graph.constants
        self.made = {name: node for node in graph.nodes for name in node.outputs}
        self.used = Counter([*graph.outputs, *(name for n in graph.nodes for name in n.inputs)])

    def number(self, name: str) -> float | None:
        """The number of a constant that is one."""
        node = self.made.get(name)
        value: Any = self.constants.get(name)
        if node is not None and node.op == "Constant":
            value = node.attributes.get("value", node.attributes.get("value_float"))
        return None if value is None or np.size(value) != 1 else float(np.asarray(value).item())

    def by(self, op: str, name: str) -> OnnxNode | None:
        """The node of an operation of two inputs, or one, that makes a name."""
        node = self.made.get(name)
        return node if node is not None and node.op == op else None


def with_curves(graph: OnnxGraph) -> tuple[OnnxNode, ...]:
    """The operations with each such curve as one, and without what only it was made of."""
    known = _Known(graph)
    nodes, inner = list[OnnxNode](), set[str]()
    for node in graph.nodes:
        found = _swish(node, known) or _gelu(node, known) if node.op == "Mul" else None
        if found is None:
            nodes.append(node)
            continue
        op, x, parts = found
        nodes.append(replace(node, op=op, inputs=(x,), attributes={}))
        inner |= {name for name in parts if known.used[name] == 1}
    return tuple(node for node in nodes if not inner & set(node.outputs))


Found = tuple[str, str, tuple[str, ...]]  # the operation, what it takes, what it is made of


def _swish(node: OnnxNode, known: _Known) -> Found | None:
    for x, gate in (node.inputs, node.inputs[::-1]) if len(node.inputs) == 2 else ():
        sigmoid = known.by("Sigmoid", gate)
        if sigmoid is not None and x in sigmoid.inputs:
            return "Swish", x, (gate,)
    return None


def _gelu(node: OnnxNode, known: _Known) -> Found | None:
    """Of a product of x, 1 + erf(x/√2) and numbers that make ½, in any order."""
    factors, parts = _factors(node, known)
    numbers = [known.number(name) for name in factors]
    factor = math.prod(value for value in numbers if value is not None)
    rest = [name for name, value in zip(factors, numbers, strict=True) if value is None]
    if len(rest) != 2 or abs(factor - 0.5) > NEAR:
        return None
    for x, other in (rest, rest[::-1]):
        chain = _one_and_erf(x, other, known)
        if chain:
            return "Gelu", x, (*parts, *chain)
    return None


def _factors(node: OnnxNode, known: _Known, deep: int = 3) -> tuple[list[str], list[str]]:
    """What is multiplied, products among it resolved; and the names of these."""
    factors, parts = list[str](), list[str]()
    for name in node.inputs:
        below = known.by("Mul", name)
        if below is None or known.used[name] != 1 or not deep:
            factors.append(name)
            continue
        inner, names = _factors(below, known, deep - 1)
        factors += inner
        parts += [name, *names]
    return factors, parts


def _one_and_erf(x: str, name: str, known: _Known) -> tuple[str, ...]:
    """The names from 1 + erf(x/√2) down to x/√2; none if it is something else."""
    add = known.by("Add", name)
    for one, curve in (add.inputs, add.inputs[::-1]) if add is not None else ():
        erf = known.by("Erf", curve)
        if erf is None or known.number(one) != 1.0:
            continue
        scaled = erf.inputs[0]
        for op, value in (("Div", math.sqrt(2)), ("Mul", math.sqrt(0.5))):
            node = known.by(op, scaled)
            if node is None or x not in node.inputs or (op == "Div" and node.inputs[0] != x):
                continue
            number = known.number(node.inputs[1] if node.inputs[0] == x else node.inputs[0])
            if number is not None and abs(number - value) <= NEAR:
                return name, curve, scaled
    return ()
