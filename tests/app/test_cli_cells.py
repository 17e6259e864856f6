import json
import os
import pickle
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from cellscope.app.cli.commands import main
from cellscope.model.cells.picture.palette import DARK, LIGHT
from cellscope.model.files.networks import read_network
from tests import programs

KEYS = {
    "layer", "window", "exact", "patterns", "connected_regions", "linear_regions", "area",
    "filled", "bounds", "seconds", "activation", "assumed",
}  # fmt: skip


@pytest.fixture
def network(tmp_path: Path) -> str:
    """2 → 6 → 5 → 3, as .npz."""
    rng = np.random.default_rng(7)
    arrays = dict[str, Any]()
    for i, (n, m) in enumerate(pairwise((2, 6, 5, 3))):
        arrays |= {f"W{i}": rng.normal(0, 1, (m, n)), f"b{i}": rng.normal(0, 0.5, m)}
    np.savez(tmp_path / "network.npz", **arrays)
    return str(tmp_path / "network.npz")


@pytest.fixture
def three_lines(tmp_path: Path) -> str:
    """x = 0, y = 0 and x + y = 1, and nothing after them."""
    path = tmp_path / "lines.npz"
    np.savez(path, W0=np.array([[1, 0], [0, 1], [1, 1]]), b0=np.array([0, 0, -1]))
    return str(path)


@pytest.fixture
def cells(capfd: pytest.CaptureFixture[str]) -> Any:
    """Run `cellscope cells … --json`; the object it prints, nothing being on stderr."""

    def run(*arguments: str) -> dict[str, Any]:
        capfd.readouterr()
        assert main(["cells", *arguments, "--json"]) == 0
        out, err = capfd.readouterr()
        assert err == ""
        assert out.count("\n") == 1
        return json.loads(out)

    return run


@pytest.fixture
def refusal(capfd: pytest.CaptureFixture[str]) -> Any:
    """Run `cellscope cells …`, which must fail; the one line on stderr."""

    def run(*arguments: str) -> str:
        capfd.readouterr()
        try:
            status = main(["cells", *arguments])
        except SystemExit as error:  # argparse
            status = error.code
        out, err = capfd.readouterr()
        assert (status, out) == (2, "")
        assert err.startswith("cellscope: ")
        assert err.count("\n") == 1
        assert err.endswith("\n")
        return err

    return run


def test_three_lines_in_general_position_make_seven_cells(cells: Any, three_lines: str):
    report = cells(three_lines)
    assert set(report) == KEYS
    assert report["seconds"] > 0
    assert report | {"seconds": 0} == {
        "layer": 1,
        "window": [-5, 5, -5, 5],
        "exact": True,
        "patterns": 7,
        "connected_regions": 7,
        "linear_regions": 7,
        "area": 100,
        "filled": None,
        "bounds": {"sign_vectors": 8, "geometric_maximum": 7, "typical": 4.5},
        "seconds": 0,
        "activation": "relu",
        "assumed": None,
    }


def test_the_window_decides_what_is_seen(cells: Any, three_lines: str):
    report = cells(three_lines, "--window", "-5", "-1e-06", "-.5", ".5")  # only y = 0 is left of 0
    assert report["window"] == [-5, -1e-6, -0.5, 0.5]
    assert report["area"] == pytest.approx(5.0, rel=1e-6)
    assert report["patterns"] == 2


def test_a_torch_network_gives_the_same_report_as_the_arrays(cells: Any, tmp_path: Path):
    torch.manual_seed(3)
    modules = [nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 2)]
    torch.save(nn.Sequential(*modules).state_dict(), tmp_path / "n.pt")
    linear = [module for module in modules if isinstance(module, nn.Linear)]
    arrays: dict[str, Any] = {f"W{i}": m.weight.detach().numpy() for i, m in enumerate(linear)}
    arrays |= {f"b{i}": m.bias.detach().numpy() for i, m in enumerate(linear)}
    np.savez(tmp_path / "n.npz", **arrays)
    ours, theirs = cells(str(tmp_path / "n.pt")), cells(str(tmp_path / "n.npz"))
    assert ours["layer"] == 2
    assert ours["patterns"] > 10
    assumed = {"activation": "relu"}  # which modules stood between, a state dict does not say
    assert ours | {"seconds": 0} == theirs | {"seconds": 0, "assumed": assumed}


def test_layers_go_to_the_logits_and_the_last_hidden_one_is_the_default(cells: Any, network: str):
    assert cells(network)["layer"] == 2
    reports = [cells(network, "--layer", str(layer)) for layer in (1, 2, 3)]
    assert [report["bounds"]["sign_vectors"] for report in reports] == [64, 32, 8]
    linear = [report["linear_regions"] for report in reports]
    assert linear == sorted(linear)
    assert linear[0] == reports[0]["patterns"]


def test_points_fill_cells_and_those_outside_do_not_count(
    cells: Any, three_lines: str, tmp_path: Path
):
    (tmp_path / "points.csv").write_text("x,y,class\n1,1,0\n2,2,1\n-1,-1,0\n-1,-2,0\n0,5.001,1\n")
    filled = {"points": 4, "patterns": 2, "linear_regions": 2}
    assert cells(three_lines, "--points", str(tmp_path / "points.csv"))["filled"] == filled


def test_large_bounds_are_printed_as_digits(cells: Any, tmp_path: Path):
    np.savez(tmp_path / "wide.npz", W0=np.ones((130, 2)), b0=np.zeros(130))
    report = cells(str(tmp_path / "wide.npz"))
    assert report["bounds"] == {
        "sign_vectors": "1361129467683753853853498429727072845824",
        "geometric_maximum": 260,
        "typical": 8450,
    }
    assert report["patterns"] == 2


def test_people_read_the_same_numbers(
    three_lines: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    np.save(tmp_path / "points.npy", np.ones((3, 2)))
    capfd.readouterr()
    assert main(["cells", three_lines, "--points", str(tmp_path / "points.npy")]) == 0
    out = capfd.readouterr().out
    assert "layer 1, window -5.0 5.0 -5.0 5.0\n" in out
    assert "with data: 1 patterns and 1 linear regions hold 3 points\n" in out


def test_all_four_files_are_written_and_the_npz_is_a_network_again(
    cells: Any, network: str, tmp_path: Path
):
    names = {"--svg": "c.svg", "--png": "c.png", "--npz": "c.npz", "--complex-json": "c.json"}
    paths = {option: str(tmp_path / name) for option, name in names.items()}
    options = [part for pair in paths.items() for part in pair]
    np.save(tmp_path / "points.npy", np.zeros((1, 2)))
    points = str(tmp_path / "points.npy")
    report = cells(network, "--points", points, "--pixels", "33", "--theme", "dark", *options)
    root = ET.parse(paths["--svg"]).getroot()
    pieces = root.findall(".//*[@data-value]")
    assert len(pieces) == report["connected_regions"]
    assert {piece.attrib["fill"] for piece in pieces} <= set(DARK)
    assert root[0].text == "Cells of layer 2"
    assert f"{report['linear_regions']} linear regions" in str(root[1].text)
    assert len(root.findall(".//{http://www.w3.org/2000/svg}circle")) == 1
    assert Path(paths["--png"]).read_bytes()[16:24] == bytes([0, 0, 0, 33] * 2)
    document = json.loads(Path(paths["--complex-json"]).read_text())
    assert len(document["faces"]) == report["linear_regions"]
    for (W, b), (V, c) in zip(
        read_network(network).weights, read_network(paths["--npz"]).weights, strict=True
    ):
        assert np.array_equal(W, V)
        assert np.array_equal(b, c)
    assert cells(paths["--npz"])["linear_regions"] == report["linear_regions"]


def test_the_light_theme_is_the_default(cells: Any, three_lines: str, tmp_path: Path):
    cells(three_lines, "--svg", str(tmp_path / "c.svg"))
    pieces = ET.parse(tmp_path / "c.svg").getroot().findall(".//*[@data-value]")
    assert {piece.attrib["fill"] for piece in pieces} <= set(LIGHT)


@pytest.mark.parametrize(
    ("window", "value"),
    [
        ("5 -5 -5 5", "(5.0, -5.0, -5.0, 5.0)"),
        ("-5 5 3 3", "(-5.0, 5.0, 3.0, 3.0)"),
        ("-inf 5 -5 5", "(-inf, 5.0, -5.0, 5.0)"),
        ("-5 Infinity -5 5", "(-5.0, inf, -5.0, 5.0)"),
        ("-nan 5 -5 5", "(nan, 5.0, -5.0, 5.0)"),
        ("-1e7 5 -5 5", "(-10000000.0, 5.0, -5.0, 5.0)"),
        ("-1e-06 -1e-06 0 1", "(-1e-06, -1e-06, 0.0, 1.0)"),
        ("1 1.0000000000000002 0 1", "(1.0, 1.0000000000000002, 0.0, 1.0)"),
        ("0 1 0 x", "0 1 0 x"),
        ("-5,5 5 -5 5", "-5,5 5 -5 5"),
        ("1_0 20 0 1", "1_0 20 0 1"),
        ("٥ 6 0 1", "٥ 6 0 1"),
    ],
)
def test_a_window_that_is_none_is_named(refusal: Any, three_lines: str, window: str, value: str):
    line = refusal(three_lines, "--window", *window.split())
    assert line.startswith("cellscope: --window: ")
    assert line.endswith(f"got {value}\n")


@pytest.mark.parametrize("layer", ["0", "4", "-1", "1.5", "one", "-1e-06", "99999999999999999999"])
def test_a_layer_outside_the_network_is_named(refusal: Any, network: str, layer: str):
    line = refusal(network, "--layer", layer)
    assert line.startswith("cellscope: --layer: must be ")
    assert "1 " in line
    assert line.endswith(f"3; got {layer}\n")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--window", "1", "2"],
        ["--layer"],
        ["--win", "0", "1", "0", "1"],
        ["--no-such-option"],
        ["--pixels", "1"],
        ["--pixels", "1e3"],
        ["--theme", "sepia"],
    ],
)
def test_options_that_cannot_be_are_one_line(refusal: Any, three_lines: str, arguments: list[str]):
    refusal(*([three_lines, *arguments] if arguments else []))


class Trap:
    def __reduce__(self) -> tuple[Any, ...]:
        return (os.abort, ())


BAD_NETWORKS: dict[str, Any] = {
    "empty.npz": b"",
    "text.npz": b"no network at all\n",
    "text.pt": b"no network at all\n",
    "text.safetensors": b"no network at all\n",
    "network.onnx": b"\x08\x07",
    "code.pt": pickle.dumps(Trap()),
    "code.npz": {"W0": np.array([Trap()], object), "b0": np.ones(1)},
    "cut.npz": None,
    "bias.npz": {"W0": np.ones((3, 2)), "b0": np.ones(3), "W1": np.ones((2, 3))},
    "text2.npz": {"W0": np.full((3, 2), "x"), "b0": np.ones(3)},
    "complex.npz": {"W0": np.ones((3, 2)) * 1j, "b0": np.ones(3)},
    "nan.npz": {"W0": np.full((3, 2), np.nan), "b0": np.ones(3)},
    "infinity.npz": {"W0": np.ones((3, 2)), "b0": np.full(3, -np.inf)},
}


@pytest.mark.parametrize("name", ["missing.npz", *BAD_NETWORKS])
def test_a_file_that_is_no_network_is_one_line(
    refusal: Any, network: str, tmp_path: Path, name: str
):
    content, path = BAD_NETWORKS.get(name), tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, dict):
        np.savez(path, **content)
    elif name == "cut.npz":
        path.write_bytes(Path(network).read_bytes()[:-50])
    assert refusal(str(path)).startswith("cellscope: network: ")


def test_all_kinds_of_networks_are_offered(refusal: Any, tmp_path: Path):
    (tmp_path / "network.txt").write_text("0 1")
    assert ".npz, .safetensors, .pt, .pth, .ckpt, .bin, .tar, .onnx;" in refusal(
        str(tmp_path / "network.txt")
    )


def test_layers_that_do_not_fit_are_named(refusal: Any, tmp_path: Path):
    path = tmp_path / "n.npz"
    np.savez(path, W0=np.ones((3, 2)), b0=np.ones(3), W1=np.ones((1, 4)), b1=np.ones(1))
    assert refusal(str(path)) == (
        "cellscope: network: layers 1 and 2 do not fit: 3 units, then 4 inputs; "
        "got W0 3 × 2, W1 1 × 4\n"
    )


def test_a_name_with_a_line_break_is_still_one_line(refusal: Any, tmp_path: Path):
    refusal(str(tmp_path / "two\nlines.npz"))
    refusal("\udcff.npz")


def test_points_that_are_none_are_named(refusal: Any, three_lines: str, tmp_path: Path):
    (tmp_path / "points.csv").write_text("1,2\n3,nan\n")
    line = refusal(three_lines, "--points", str(tmp_path / "points.csv"))
    assert line == ("cellscope: --points: coordinates must be finite numbers (row 2); got 3, nan\n")


@pytest.mark.parametrize("option", ["--svg", "--png", "--npz", "--complex-json"])
def test_a_file_that_cannot_be_written_is_named(
    refusal: Any, three_lines: str, tmp_path: Path, option: str
):
    for path in (tmp_path, tmp_path / "no" / "folder", tmp_path / ("x" * 300)):
        assert option in refusal(three_lines, option, str(path))


def test_a_complex_too_large_is_refused_with_the_number_reached(
    refusal: Any, network: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cellscope.model.cells.count.report.MAX_FACES", 20)
    line = refusal(network)
    assert "more than 20 linear regions" in line
    assert line.startswith("cellscope: network: ")


def test_no_code_in_a_file_runs_in_the_program_itself(tmp_path: Path):
    torch.save({"0.weight": Trap()}, tmp_path / "code.pt")
    done = programs.run_module("app", "cells", str(tmp_path / "code.pt"), "--json")
    assert (done.returncode, done.stdout) == (2, "")  # an abort would be −6
    assert "never run" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(("said", "patterns"), [("ReLU", 1), ("LeakyReLU", 2), ("Identity", 2)])
def test_the_activation_of_a_download_decides_on_the_cells(
    cells: Any, tmp_path: Path, said: str, patterns: int
):
    # Layer 2's line lies where layer 1 is negative: x = -1 becomes 0 for ReLU alone.
    one, path = np.ones((1, 1)), str(tmp_path / "n.npz")
    arrays: dict[str, Any] = {
        "W0": np.array([[1.0, 0.0]]),
        "b0": np.zeros(1),
        "W1": one,
        "b1": np.full(1, 0.02),
    }
    np.savez(path, **arrays, W2=one, b2=np.zeros(1), activation=np.array(said))
    again = str(tmp_path / "again.npz")
    for file in (path, again):
        report = cells(file, "--layer", "2", "--npz", again)
        assert (report["patterns"], report["assumed"]) == (patterns, None)


def test_an_activation_without_exact_cells_is_refused_by_name(refusal: Any, tmp_path: Path):
    path = tmp_path / "n.npz"
    np.savez(path, W0=np.eye(2), b0=np.zeros(2), activation=np.array("Tanh"))
    assert "Tanh" in refusal(str(path))
    assert "activation" in refusal(str(path), "--activation", "tanh")


def test_what_a_state_dict_cannot_say_is_called_assumed(
    cells: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    path = str(tmp_path / "n.pt")
    torch.save({"a.weight": torch.ones(3, 2), "b.weight": torch.ones(1, 3)}, path)
    assert cells(path)["assumed"] == {"activation": "relu"}
    report = cells(path, "--activation", "identity")
    assert (report["assumed"], report["activation"]) == (None, "identity")
    main(["cells", path])
    assert "assumed" in capfd.readouterr().out
