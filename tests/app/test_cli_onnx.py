"""`cellscope cells` and `count` of .onnx files."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellscope.app.cli.commands import main
from cellscope.app.own.cells import cells
from tests.model.files.onnx_writer import model, node


@pytest.fixture
def convolution(tmp_path: Path) -> list[str]:
    """A network of 1 × 4 × 4 inputs with max-pooling and labels, and a plane of its inputs."""
    rng = np.random.default_rng(0)
    constants = {
        name: rng.normal(0, 1, shape).astype(np.float32)
        for name, shape in {"W": (2, 1, 3, 3), "w": (2,), "L": (2, 3)}.items()
    }
    nodes = [
        node("Conv", "x W w", "c", kernel_shape=[3, 3]),
        node("Relu", "c", "r"),
        node("MaxPool", "r", "m", kernel_shape=[2, 2]),
        node("Flatten", "m", "f"),
        node("MatMul", "f L", "y"),
        node("ArgMax", "y", "label", axis=1),
    ]
    path, plane = tmp_path / "network.onnx", tmp_path / "plane.npz"
    path.write_bytes(model(nodes, constants, ("n", 1, 4, 4), "label"))
    np.savez(plane, **{name: rng.normal(0, 1, (1, 4, 4)) for name in ("origin", "u", "v")})  # pyright: ignore[reportArgumentType]
    return [str(path), "--plane", str(plane)]


def test_cells_and_count_of_a_graph_say_what_python_does(
    convolution: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found: dict[str, dict[str, Any]] = {}
    svg = str(tmp_path / "cells.svg")
    for command, more in (("cells", ["--svg", svg]), ("count", [])):
        capfd.readouterr()
        assert main([command, *convolution, *more, "--json"]) == 0
        found[command] = json.loads(capfd.readouterr().out)
    with np.load(convolution[2]) as arrays:
        own = cells(convolution[0], plane=tuple(arrays[name] for name in ("origin", "u", "v")))
    assert own.layer == 2
    assert found["cells"]["layer"] == found["count"]["layer"] == 2
    assert found["cells"]["patterns"] == own.patterns
    assert found["cells"]["bounds"]["sign_vectors"] == 4**2
    linear = {values["linear_regions"] for values in found.values()}
    assert linear == {own.linear_regions}
    assert all(values["cut_off"] == ["ArgMax"] for values in found.values())
    assert own.cut_off == ("ArgMax",)
    assert "<svg" in Path(svg).read_text(encoding="utf-8")
    assert main(["cells", *convolution]) == 0
    assert "cut off behind the output: ArgMax" in capfd.readouterr().out


def test_a_graph_that_can_not_be_seen_is_one_line(
    convolution: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(model([node("Sin", "x", "out")], {}, ("n", 2)))
    for command in ("cells", "count"):
        for arguments, says in (
            ([convolution[0]], "--plane: is needed"),
            ([*convolution, "--layer", "4"], "--layer: must be between 1 and 3"),
            ([str(path)], "Sin"),
            ([str(tmp_path / "none.onnx")], "network: there is no such file"),
        ):
            capfd.readouterr()
            assert main([command, *arguments]) == 2
            out, err = capfd.readouterr()
            assert out == ""
            assert err.count("\n") == 1
            assert says in err


BEFORE_ALL = """
import sys
from cellscope.app.cli.first_look import look_at
from cellscope.model.spec_error import SpecError
try:
    look_at(["cells", sys.argv[1]])
except SpecError as error:
    print(error.field, error.limits["reason"], "numba" in sys.modules)
"""
MISFITS = {
    "from nowhere": ([node("Relu", "h", "out")], {}, "comes from nowhere"),
    "unknown": ([node("Erf", "x", "out")], {}, "(Erf)"),
    "too large": (
        [node("Pad", "x pads", "h"), node("Relu", "h", "out")],
        {"pads": np.array([0, 0, 0, 10**9])}, "more than 1048576 numbers",
    ),
    "of other shapes": (
        [node("Reshape", "x shape", "out")], {"shape": np.array([-1, -1])}, "takes no inputs",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISFITS)
def test_a_graph_that_can_t_be_run_is_refused_before_all_is_loaded(tmp_path: Path, name: str):
    nodes, constants, why = MISFITS[name]
    (tmp_path / "net.onnx").write_bytes(model(nodes, constants, ("N", 2)))
    told = subprocess.run(
        [sys.executable, "-c", BEFORE_ALL, str(tmp_path / "net.onnx")],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert told.startswith("network ")
    assert why in told
    assert told.endswith(" False\n")
