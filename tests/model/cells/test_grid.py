import numpy as np
import pytest

from cellscope.model.cells.grid.grid import Grid


def test_the_sheets_grid_is_101_points_from_minus_5_by_a_tenth():
    grid = Grid((-5.0, 5.0, -5.0, 5.0), 101, 101)
    np.testing.assert_allclose(grid.x_axis(), np.arange(-50, 51) / 10, atol=1e-12)
    np.testing.assert_allclose(grid.y_axis(), np.arange(50, -51, -1) / 10, atol=1e-12)
    assert grid.points().shape == (10201, 2)


def test_row_0_is_the_top_and_column_0_the_left():
    grid = Grid((0.0, 3.0, 10.0, 11.0), 4, 2)
    points = grid.points().reshape(2, 4, 2)
    assert points[0, 0].tolist() == [0.0, 11.0]
    assert points[1, 3].tolist() == [3.0, 10.0]
    assert grid.shape == (2, 4)


def test_tiles_are_all_points_in_order():
    grid = Grid((-1.0, 2.0, -3.0, 4.0), 7, 11)
    tiles = list(grid.tiles(20, np.float64))
    assert [rows.indices(11)[:2] for rows, _ in tiles] == [
        (0, 2),
        (2, 4),
        (4, 6),
        (6, 8),
        (8, 10),
        (10, 11),
    ]
    np.testing.assert_array_equal(np.concatenate([points for _, points in tiles]), grid.points())


def test_a_row_longer_than_a_tile_is_a_tile():
    assert [len(points) for _, points in Grid((0.0, 1.0, 0.0, 1.0), 50, 2).tiles(10)] == [50, 50]


def test_points_come_in_the_type_asked_for():
    assert Grid((0.0, 1.0, 0.0, 1.0), 3, 3).points(np.float32).dtype == np.float32


@pytest.mark.parametrize(
    "window",
    [(1.0, 1.0, 0.0, 1.0), (0.0, 1.0, 2.0, 1.0), (np.nan, 1.0, 0.0, 1.0), (0.0, np.inf, 0.0, 1.0)],
)
def test_a_window_that_is_empty_or_not_finite_is_refused(window: tuple[float, float, float, float]):
    with pytest.raises(ValueError, match="window must be finite"):
        Grid(window, 10, 10)


@pytest.mark.parametrize("size", [(1, 5), (5, 1), (0, 0)])
def test_a_side_of_fewer_than_two_points_is_refused(size: tuple[int, int]):
    with pytest.raises(ValueError, match="2 or more points"):
        Grid((0.0, 1.0, 0.0, 1.0), *size)
