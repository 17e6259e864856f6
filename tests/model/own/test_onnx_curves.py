"""GELU as exporters write it before opset 20: erf among products."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cellscope.model.own.cells import show
from cellscope.model.own.errors import UnsupportedLayer
from cellscope.model.own.sources import network_of_file
from tests.model.files.onnx_writer import model, node

NUMBERS = {
    "W": np.array([[1.0, -2.0, 0.5], [0.25, 1.0, 1.0]], np.float32),
    "root": np.float32(math.sqrt(2)),
    "share": np.float32(math.sqrt(0.5)),
    "one": np.float32(1),
    "half": np.float32(0.5),
    "third": np.float32(1 / 3),
}
START = node("MatMul", "x W", "h")
BY_ROOT, BY_SHARE = node("Div", "h root", "d"), node("Mul", "share h", "d")
ERF, ADD = node("Erf", "d", "e"), node("Add", "e one", "a")
ENDS = {
    "half last": [node("Mul", "h a", "p"), node("Mul", "p half", "out")],
    "half inside": [node("Mul", "half a", "p"), node("Mul", "h p", "out")],
    "half first": [node("Mul", "h half", "p"), node("Mul", "p a", "out")],
}


def written(path: Path, *nodes: bytes) -> str:
    (path / "network.onnx").write_bytes(model([START, *nodes], NUMBERS, ("n", 2)))
    return str(path / "network.onnx")


@pytest.mark.parametrize("first", [BY_ROOT, BY_SHARE])
@pytest.mark.parametrize("end", ENDS)
def test_gelu_is_a_curve_however_its_product_is_written(tmp_path: Path, first: bytes, end: str):
    path = written(tmp_path, first, ERF, ADD, *ENDS[end])
    network = network_of_file(path)
    x = torch.randn((5, 2), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = F.gelu(x @ torch.from_numpy(NUMBERS["W"]).double())
    assert torch.allclose(network.module(x), expected, rtol=0, atol=1e-12)
    assert network.cut_off == ()
    assert show(path).graph.layers == 2


@pytest.mark.parametrize(
    "nodes",
    [
        [BY_ROOT, ERF, ADD, node("Mul", "h a", "p"), node("Mul", "p third", "out")],
        [BY_ROOT, ERF, ADD, node("Mul", "x W", "q"), node("Mul", "q a", "out")],
        [node("Div", "h half", "d"), ERF, ADD, *ENDS["half last"]],
        [BY_ROOT, ERF, node("Add", "e half", "a"), *ENDS["half last"]],
    ],
)
def test_what_is_no_gelu_is_refused(tmp_path: Path, nodes: list[bytes]):
    with pytest.raises(UnsupportedLayer):
        show(written(tmp_path, *nodes))


def test_what_is_used_elsewhere_stays(tmp_path: Path):
    nodes = [BY_ROOT, ERF, ADD, *ENDS["half last"][:1], node("Mul", "p half", "g")]
    path = written(tmp_path, *nodes, node("Add", "g d", "out"))
    x = torch.tensor([[0.3, -0.7]], dtype=torch.float64)
    h = x @ torch.from_numpy(NUMBERS["W"]).double()
    expected = F.gelu(h) + h / float(NUMBERS["root"])
    assert torch.allclose(network_of_file(path).module(x), expected, rtol=0, atol=1e-12)
