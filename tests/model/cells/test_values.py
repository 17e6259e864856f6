"""The output of a regression as a picture."""

import numpy as np

from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.values import LEVELS, output_values, value_indices
from cellscope.model.cells.picture.render import draw, exact_picture, grid_picture
from cellscope.model.spec import Spec
from cellscope.model.view import View, mode_for
from tests.snapshots import started

TENT = [
    (np.array([[1.0, 0.0], [-1.0, 0.0]]), np.zeros(2)),
    (np.array([[1.0, 1.0]]), np.array([-1.0])),
]
REGRESSION = Spec(task="regression", dataset="plane", width=8, depth=3)


def test_the_output_is_the_networks_at_every_point():
    values = output_values(TENT, "relu", Grid((-2, 2, -1, 1), 5, 3))
    np.testing.assert_allclose(values, [[1, 0, -1, 0, 1]] * 3)  # |x| - 1


def test_a_narrow_window_is_seen_in_float64():
    window = (1.0, 1.0 + 1e-9, 0.0, 1e-9)
    values = output_values(TENT, "relu", Grid(window, 11, 11))
    assert len(np.unique(values)) == 11


def test_levels_reach_from_the_smallest_to_the_largest_target():
    values = np.array([-9.0, -1.0, 0.0, 0.999, 1.0, 9.0, np.inf, -np.inf, np.nan])
    last, middle = LEVELS - 1, LEVELS // 2
    found = value_indices(values, (-1.0, 1.0))
    assert found.tolist() == [0, 0, middle, last, last, last, last, 0, 0]


def test_the_mode_is_of_what_the_output_is():
    assert mode_for("classes", "regression") == mode_for("value", "regression") == "value"
    assert mode_for("value", "classes") == "confidence"
    for mode in ("cells", "regions"):
        assert mode_for(mode, "regression") == mode_for(mode, "classes") == mode


def test_the_exact_picture_shows_the_output_with_all_folds():
    snapshot = started(REGRESSION)
    picture = exact_picture(snapshot, View(layer=1, mode="value", pixels=201), 1)
    regions = exact_picture(snapshot, View(layer=2, mode="regions", pixels=201), 2)
    assert (picture.mode, picture.exact, picture.count) == ("value", True, regions.count)
    assert len(picture.lines.style) == len(regions.lines.style) > 0
    on_grid = grid_picture(snapshot, View(layer=1, mode="value", pixels=201), 1, "budget")
    np.testing.assert_array_equal(picture.indices, on_grid.indices)


def test_before_the_kernels_are_there_a_regression_has_its_output_too():
    assert draw(started(REGRESSION), View(mode="classes", pixels=51)).mode == "value"
