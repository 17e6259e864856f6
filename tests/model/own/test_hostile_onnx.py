"""Graphs that nobody means well with: refused in one line, at once, on page and command line."""

import time
from collections.abc import Callable

import numpy as np
import pytest

from cellscope.model.own.onnx.module import onnx_in, tried
from cellscope.model.own.opening import File, opened
from cellscope.model.spec import SpecError
from tests.model.files.onnx_writer import field, model, node

WEIGHTS = {"W": np.ones((4, 2)), "s": np.array([-1, 1])}
ROUND = [node("Identity", "b", "a"), node("Identity", "a", "b")]
MANY = [f"o{i}" for i in range(2000)]


def graph(*nodes: bytes, outputs: str = "out") -> bytes:
    return model(list(nodes), WEIGHTS, ("n", 2), outputs)


def typed(kind: int, value: bytes) -> bytes:
    """A node with an attribute, alpha, whose value is of other bytes than it says."""
    return node("LeakyRelu", "x", "out") + field(5, field(1, "alpha") + field(kind, value))


HOSTILE: dict[str, tuple[bytes, str]] = {
    "made of itself": (graph(node("Identity", "out", "out")), "onnx_order"),
    "made of itself before a label": (
        graph(node("Cast", "h", "h"), node("ArgMax", "h", "out")), "onnx_order",
    ),
    "a circle of two": (graph(*ROUND, node("Relu", "a", "out")), "onnx_order"),
    "a circle that grows": (graph(node("Concat", "x out", "out", axis=1)), "onnx_order"),
    "a circle that nothing needs": (graph(*ROUND, node("Relu", "x", "out")), "onnx_order"),
    "a circle behind two outputs": (
        graph(*ROUND, node("Sigmoid", "x", "p"), outputs="p a"), "onnx_order",
    ),
    "made twice": (graph(node("Relu", "x", "out"), node("Abs", "x", "out")), "onnx_order"),
    "made once more": (graph(node("Relu", "x", "x")), "onnx_order"),
    "a constant that is made": (
        graph(node("Relu", "x", "W"), node("Relu", "W", "out")), "onnx_order",
    ),
    "taken before it is made": (
        graph(node("Relu", "h", "out"), node("Relu", "x", "h")), "onnx_order",
    ),
    "nothing is made": (graph(node("Relu", "x", ""), node("Relu", "x", "out")), "onnx_order"),
    "nothing is taken": (graph(node("Reshape", "", "out")), "own"),
    "nothing is taken by a sigmoid": (
        graph(node("Sigmoid", "", "p"), node("Relu", "x", "q"), outputs="p q"), "own",
    ),
    "too little is taken": (graph(node("Gemm", "x", "out")), "own"),
    "too much is taken": (graph(node("Relu", "x W s", "out")), "own"),
    "an output from nowhere": (graph(node("Relu", "x", "out"), outputs="nope"), "own"),
    "an output without a name": (graph(node("Identity", "", "out")), "own"),
    "no float": (graph(typed(2, b"")), "network_broken"),
    "three bytes of a float": (graph(typed(2, b"abc")), "network_broken"),
    "three bytes of floats": (graph(typed(7, b"abc")), "network_broken"),
    "a name of control characters": (
        graph(node("Cast", "x", "a\nb\x1b[2J"), node("Relu", "a\nb\x1b[2J W", "out")), "own",
    ),
    "an operation of control characters": (graph(node("Re\nlu\x1b", "x", "out")), "own"),
    "a word of control characters": (graph(node("Cast", "x", "out", to="x\n\x1b")), "own"),
    "2000 outputs": (
        graph(*(node("Identity", "x", name) for name in MANY), outputs=" ".join(MANY)), "own",
    ),
}  # fmt: skip


def on_the_page(data: bytes) -> None:
    opened([File("net.onnx", data)])


def in_a_command(data: bytes) -> None:
    tried(onnx_in(data, "net.onnx"))


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("way", [on_the_page, in_a_command])
def test_a_graph_that_goes_in_circles_or_fits_nowhere_is_refused_at_once(
    way: Callable[[bytes], None], name: str
) -> None:
    data, rule = HOSTILE[name]
    began = time.thread_time()
    with pytest.raises(ValueError, match=r"^[^\n]+$") as caught:
        way(data)
    assert time.thread_time() - began < 2
    error = caught.value
    if isinstance(error, SpecError):  # a command makes one of the others
        assert (error.field, error.rule) == ("network", rule)
        said = f"{error.value} {error.limits.get('reason', '')}"
    else:
        assert rule == "own"
        said = str(error)
    assert said.isprintable()


def test_what_does_not_fit_names_the_operation() -> None:
    with pytest.raises(SpecError) as caught:
        opened([File("net.onnx", graph(node("Relu", "x", "h"), node("MatMul", "h W", "out")))])
    reason = str(caught.value.limits["reason"])
    assert reason.startswith("out (MatMul): takes no inputs of shape (2,): RuntimeError: ")
