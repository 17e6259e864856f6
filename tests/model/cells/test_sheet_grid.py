"""The sheet's grid stays where it is: zooming shows the same points larger."""

import numpy as np
import pytest

from cellscope.model.cells.grid.dense import class_picture
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.sheet_grid import PIXELS, patterns_seen
from cellscope.model.cells.picture.render import exact_picture
from cellscope.model.spec import Spec
from cellscope.model.view import MODES, START_WINDOW, View, Window
from tests.snapshots import layers_at, started

SPEC = Spec(width=16, depth=4)
ZOOMED: tuple[Window, ...] = (
    (-1.0, 1.0, 0.5, 2.5),
    (0.33, 0.52, -0.71, -0.5),
    (3.0, 9.0, 3.0, 9.0),
)


def signs_at(x: np.ndarray) -> np.ndarray:
    return layers_at(started(SPEC), x)[1] > 0


def multiples(low: float, high: float) -> np.ndarray:
    return np.array([k / 10 for k in range(-50, 51) if low <= k / 10 <= high])


@pytest.mark.parametrize("window", [START_WINDOW, *ZOOMED], ids=str)
def test_the_grid_sees_the_patterns_at_multiples_of_a_tenth(window: Window):
    x, y = np.meshgrid(multiples(*window[:2]), multiples(*window[2:]))
    points = np.stack([x.ravel(), y.ravel()], axis=1)
    ids, count = patterns_seen(started(SPEC).weights, "relu", window, 2)
    assert count == len(points)
    assert len(ids) == len(np.unique(signs_at(points), axis=0))


def test_of_a_window_beyond_the_grid_it_sees_nothing():
    ids, count = patterns_seen(started(SPEC).weights, "relu", (6.0, 7.0, 0.0, 1.0), 2)
    assert (len(ids), count) == (0, 0)


@pytest.mark.parametrize("window", ZOOMED, ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_a_zoomed_picture_shows_the_nearest_point_everywhere(mode: str, window: Window):
    view = View(layer=2, mode=mode, window=window, pixels=101)
    picture = exact_picture(started(SPEC), view, 2).indices
    assert picture.shape == (PIXELS, PIXELS)
    x = np.rint(np.linspace(window[0], window[1], PIXELS) * 10)
    y = np.rint(np.linspace(window[2], window[3], PIXELS) * 10)[::-1]
    same = (x[:, None] == x[None, :])[0]
    assert (picture[:, same] == picture[:, :1]).all()  # one column of points, one colour a row
    for row in range(0, PIXELS, 40):
        assert (picture[y == y[row]] == picture[row]).all()
    if mode == "classes":
        place = (x[7] / 10, y[11] / 10)
        points = Grid((place[0], place[0] + 1, place[1] - 1, place[1]), 2, 2)
        at = class_picture(started(SPEC).weights, "relu", points)
        assert picture[11, 7] == at[0, 0]


def test_in_its_own_window_the_grid_is_the_picture():
    view = View(layer=2, mode="cells", pixels=101)
    assert exact_picture(started(SPEC), view, 2).indices.shape == (101, 101)
