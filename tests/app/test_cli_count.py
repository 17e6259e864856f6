"""`cellscope count`, and planes of `cellscope cells`: the numbers of Python, or one line."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellscope.app.cli.commands import main
from cellscope.app.own.cells import cells
from cellscope.model.activations import exact_names

KEYS = {
    "linear_regions", "layer", "window", "tiles", "faces", "seam_pieces", "corners", "area",
    "window_area", "certificate", "checked", "near_a_fold", "exact", "seconds", "peak_mb",
}  # fmt: skip


@pytest.fixture
def five_inputs(tmp_path: Path) -> str:
    rng = np.random.default_rng(2)
    arrays = dict[str, Any]()
    for i, (n, m) in enumerate(pairwise((5, 8, 8, 3))):
        arrays |= {f"W{i}": rng.normal(0, 1, (m, n)), f"b{i}": rng.normal(0, 0.5, m)}
    np.savez(tmp_path / "network.npz", **arrays)
    return str(tmp_path / "network.npz")


@pytest.fixture
def plane(tmp_path: Path) -> dict[str, Any]:
    rng = np.random.default_rng(3)
    arrays: dict[str, Any] = {name: rng.normal(0, 1, 5) for name in ("origin", "u", "v")}
    np.savez(tmp_path / "plane.npz", **arrays)
    return arrays | {"path": str(tmp_path / "plane.npz")}


def printed(capfd: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capfd.readouterr()
    assert main([*arguments, "--json"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert out.count("\n") == 1
    return json.loads(out)


def refused(capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    capfd.readouterr()
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err


def test_count_and_cells_say_the_same_of_a_plane_as_python(
    capfd: pytest.CaptureFixture[str], five_inputs: str, plane: dict[str, Any]
) -> None:
    asked = five_inputs, "--plane", plane["path"], "--window", "-3", "3", "-2", "2"
    counted, seen = printed(capfd, "count", *asked), printed(capfd, "cells", *asked)
    own = cells(five_inputs, plane=(plane["origin"], plane["u"], plane["v"]), window=(-3, 3, -2, 2))
    assert set(counted) == KEYS
    assert counted["linear_regions"] == seen["linear_regions"] == own.linear_regions > 10
    assert seen["patterns"] == own.patterns
    assert counted["layer"] == seen["layer"] == own.layer == 2
    assert counted["window"] == [-3.0, 3.0, -2.0, 2.0]
    assert counted["area"] == pytest.approx(counted["window_area"]) == 24.0
    assert all(counted["certificate"].values())


def test_the_count_is_told_in_words_with_its_certificate(
    capfd: pytest.CaptureFixture[str], five_inputs: str, plane: dict[str, Any]
) -> None:
    assert main(["count", five_inputs, "--plane", plane["path"], "--layer", "1"]) == 0
    out = capfd.readouterr().out
    assert "V − E + F = 1 in every tile: true" in out
    assert "NOT TRUE" not in out


def test_a_failed_check_is_an_exit_status(
    capfd: pytest.CaptureFixture[str], five_inputs: str, plane: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def none(tiles: object) -> int:
        return 0

    monkeypatch.setattr("cellscope.model.counting.certificate.distinct", none)
    assert main(["count", five_inputs, "--plane", plane["path"]]) == 1
    assert "as many different joint patterns as regions: NOT TRUE" in capfd.readouterr().out


def test_what_is_wrong_is_one_line_that_names_the_option(
    capfd: pytest.CaptureFixture[str], five_inputs: str, plane: dict[str, Any], tmp_path: Path
) -> None:
    ask = five_inputs, "--plane", plane["path"]
    for command in ("count", "cells"):
        assert "--plane: is needed" in refused(capfd, command, five_inputs)
    far = ("-1e300", "1e300", "-1e300", "1e300")
    assert "--window: its area is more" in refused(capfd, "count", *ask, "--window", *far)
    assert "--layer: must be between 1 and 3; got 4" in refused(
        capfd, "count", *ask, "--layer", "4"
    )
    assert "--workers: must be between" in refused(capfd, "count", *ask, "--workers", "0")
    assert "--window: must be finite" in refused(
        capfd, "count", *ask, "--window", "1", "0", "0", "1"
    )
    assert "--resume: " in refused(capfd, "count", *ask, "--resume", str(tmp_path))
    for command in ("count", "cells"):
        assert "--plane: there is no such file" in refused(
            capfd, command, five_inputs, "--plane", "nowhere.npz"
        )


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"u": None}, "has no u"),
        ({"v": np.full(5, np.nan)}, "coordinates must be finite numbers; got v: nan"),
        ({"u": np.ones(4)}, "origin, u and v must have one shape; got (5,), (4,), (5,)"),
        ({"u": np.ones(5), "v": 2 * np.ones(5)}, "u and v must be independent"),
        ({name: np.ones(4) for name in ("origin", "u", "v")}, "must be of the network's 5 inputs"),
        ({"v": np.array(["a"] * 5)}, "arrays must hold real numbers"),
        ({"v": np.array([{}], object)}, "an array holds Python objects, which are never loaded"),
    ],
)
def test_a_plane_s_file_is_checked(
    capfd: pytest.CaptureFixture[str], five_inputs: str, plane: dict[str, Any], tmp_path: Path,
    change: dict[str, Any], says: str,
) -> None:  # fmt: skip
    arrays = {name: plane[name] for name in ("origin", "u", "v")} | change
    path = str(tmp_path / "bad.npz")
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})
    for command in ("count", "cells"):
        assert says in refused(capfd, command, five_inputs, "--plane", path)


@pytest.mark.parametrize("activation", [*exact_names(), "abs,relu6", "hardtanh,abs"])
def test_count_and_cells_say_the_same_whatever_the_activation(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], activation: str
):
    rng = np.random.default_rng(3)
    sizes = ((6, 2), (5, 6), (2, 5))
    arrays: dict[str, Any] = {f"W{i}": rng.normal(size=size) for i, size in enumerate(sizes)}
    arrays |= {f"b{i}": rng.normal(size=size[0]) for i, size in enumerate(sizes)}
    path = str(tmp_path / "network.npz")
    np.savez(path, **arrays, activation=np.array(activation))
    counted = printed(capfd, "count", path, "--layer", "2")["linear_regions"]
    assert counted == printed(capfd, "cells", path, "--layer", "2")["linear_regions"]
