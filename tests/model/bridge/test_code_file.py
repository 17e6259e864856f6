import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellscope.model.datasets import make_data
from cellscope.model.files.networks import read_network
from cellscope.model.moments import measure
from cellscope.model.own_code.code_file import STATISTICS, code_npz
from cellscope.model.own_code.partition import differing
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.snapshots import patterns_on_grid, started

SPEC = Spec(hidden=(5, 7), dataset="blobs", classes=3, seed=4)
VIEW = View(layer=2, window=(-3.0, 4.0, -1.0, 2.0), pixels=61)


@pytest.fixture
def read() -> Any:
    return np.load(BytesIO(code_npz(started(SPEC), VIEW)), allow_pickle=False)


def test_every_array_loads_without_pickle(read: Any):
    for name in read.files:
        assert read[name].dtype.kind in "fiU"


def test_the_weights_are_those_of_the_network_in_float64(read: Any):
    for i, (W, b) in enumerate(started(SPEC).weights):
        assert np.array_equal(read[f"W{i}"], W)
        assert np.array_equal(read[f"b{i}"], b)
        assert read[f"W{i}"].dtype == read[f"b{i}"].dtype == np.float64
    names = ("W0", "b0", "W1", "b1", "W2", "b2")
    assert np.array_equal(read["theta"], np.concatenate([read[name].ravel() for name in names]))
    assert read["shapes"].tolist() == [[2, 5], [5, 7], [7, 3]]


def test_the_moments_and_data_are_those_of_the_page(read: Any):
    data = make_data(SPEC)
    assert np.array_equal(read["x_train"], data.train_x)
    assert np.array_equal(read["y_test"], data.test_y)
    signal = measure(started(SPEC).weights, "relu", data.train_x, data.train_y)
    for name in STATISTICS:
        before = [getattr(layer.pre, name) for layer in signal.layers]
        after = [getattr(layer.post, name) for layer in signal.layers]
        assert read[name] == pytest.approx(before, rel=1e-12)
        assert read[f"post_{name}"] == pytest.approx(after, rel=1e-12)


def test_the_picture_is_the_pattern_on_the_grid_that_the_file_names(read: Any):
    assert differing(read["picture"], patterns_on_grid(started(SPEC), VIEW)) == 0
    assert (read["x1"][0], read["x1"][-1], read["x2"][0], read["x2"][-1]) == (-3, 4, 2, -1)
    assert (int(read["layer"]), read["window"].tolist()) == (2, list(VIEW.window))


def test_the_settings_come_along_as_json(read: Any):
    settings = json.loads(str(read["spec"]))
    assert Spec(**settings) == SPEC
    assert int(read["step"]) == 0


def test_the_file_is_a_network_as_well(tmp_path: Path):
    path = tmp_path / "code.npz"
    path.write_bytes(code_npz(started(SPEC), VIEW))
    for (W, b), (mine, bias) in zip(
        read_network(str(path)).weights, started(SPEC).weights, strict=True
    ):
        assert np.array_equal(W, mine)
        assert np.array_equal(b, bias)
