import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.cells.exact.boundaries import boundary_segments, segments_between
from cellscope.model.cells.exact.complex import Complex, build
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.exact.split import forward_patterns
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.cells.picture.boundary_segments import (
    BOUNDARY,
    FOLD,
    SCALE,
    lines_between,
    lines_by_layer,
)
from tests.model.cells.families import WINDOW, random_net

CROSS = [(np.eye(2), np.array([0.0, -2.5]))]  # the lines x = 0 and y = 2.5


def to_data(ends: NDArray[np.uint16], complex: Complex) -> Float:
    x0, x1, y0, y1 = complex.window
    share = ends.astype(np.float64).reshape(-1, 2, 2) / SCALE
    return share * [x1 - x0, y1 - y0] + [x0, y0]


def test_two_lines_that_cross_make_four_segments_in_window_coordinates() -> None:
    lines = lines_by_layer(build(CROSS, WINDOW, layer=1), 100)
    middle, high = round(SCALE / 2), round(0.75 * SCALE)
    assert sorted(tuple(sorted([(a, b), (c, d)])) for a, b, c, d in lines.ends.tolist()) == [
        ((0, high), (middle, high)),
        ((middle, 0), (middle, high)),
        ((middle, high), (middle, SCALE)),
        ((middle, high), (SCALE, high)),
    ]
    assert lines.style.tolist() == [0, 0, 0, 0]
    assert lines.dropped == 0


def test_boundaries_lie_where_the_pattern_changes_and_folds_where_it_does_not() -> None:
    weights, layer = random_net((8, 6, 5), 4), 3
    complex = build(weights, WINDOW, layer=layer)
    cells = layer_cells(complex, layer)
    lines = lines_between(complex, cells.pattern, 10_000, folding=complex.layer)
    ends = to_data(lines.ends, complex)
    along = ends[:, 1] - ends[:, 0]
    length = np.hypot(*along.T)
    long = length > 0.05  # a side of the window is 65,535 steps of 1.5e-4
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(length, 1e-9)[:, None]
    middle = ends.mean(axis=1)
    sides = [
        forward_patterns(weights, middle + step * across, layer=layer)[:, -1]
        for step in (1e-3, -1e-3)
    ]
    changes = sides[0] != sides[1]
    assert long.sum() > 50
    # Some other line may run within 1e-3 of a middle: a few.
    wrong = changes[long] != (lines.style[long] == BOUNDARY)
    assert wrong.mean() < 0.03
    assert set(lines.style.tolist()) == {BOUNDARY, FOLD}


def test_boundaries_are_those_of_the_engine() -> None:
    complex = build(random_net((8, 6, 5), 4), WINDOW, layer=3)
    lines = lines_between(complex, layer_cells(complex, 3).pattern, 10_000, folding=complex.layer)
    engine = boundary_segments(complex, 3)
    assert int((lines.style == BOUNDARY).sum()) == len(engine.layer)
    assert len(lines.style) == len(segments_between(complex, np.arange(complex.faces)).layer)
    found = to_data(lines.ends[lines.style == BOUNDARY], complex).reshape(-1, 4)
    assert np.abs(found - engine.points).max() <= 10 / SCALE


def test_folds_go_first_then_everything_and_the_rest_is_counted() -> None:
    complex = build(random_net((8, 6, 5), 4), WINDOW, layer=3)
    pattern = layer_cells(complex, 3).pattern
    every = lines_between(complex, pattern, 10_000, folding=complex.layer)
    total, strong = len(every.style), int((every.style == BOUNDARY).sum())
    assert strong < total
    exactly = lines_between(complex, pattern, total, folding=complex.layer)
    assert (len(exactly.style), exactly.dropped) == (total, 0)
    bare = lines_between(complex, pattern, total - 1, folding=complex.layer)
    assert (bare.style == BOUNDARY).all()
    assert (len(bare.style), bare.dropped) == (strong, total - strong)
    none = lines_between(complex, pattern, strong - 1, folding=complex.layer)
    assert (len(none.style), none.ends.shape, none.dropped) == (0, (0, 4), total)
    assert lines_by_layer(complex, total - 1).dropped == total


def test_the_deeper_the_layer_the_fainter_the_line() -> None:
    complex = build(random_net((5, 4, 4, 4), 1), WINDOW, layer=4)
    lines = lines_by_layer(complex, 10_000)
    segments = segments_between(complex, np.arange(complex.faces))
    assert np.array_equal(lines.style, np.minimum(segments.layer - 1, 2))
    assert set(lines.style.tolist()) == {0, 1, 2}


@pytest.mark.parametrize("at", [0.0, 3.0, -1234.5])
def test_a_window_of_a_millionth_has_its_lines_in_the_right_place(at: float) -> None:
    # The line x = at + a quarter of the window, in a window of side 1e-6 around (at, at).
    side = 1e-6
    window = (at - side / 2, at + side / 2, at - side / 2, at + side / 2)
    x = at + side / 4
    lines = lines_by_layer(build([(np.array([[1.0, 0.0]]), np.array([-x]))], window, layer=1), 9)
    share = (x - window[0]) / (window[1] - window[0])  # what float64 makes of three quarters
    assert lines.ends.shape == (1, 4)
    ends = sorted([lines.ends[0, :2].tolist(), lines.ends[0, 2:].tolist()], key=lambda p: p[1])
    assert ends[0][1] == 0
    assert ends[1][1] == SCALE
    assert ends[0][0] == pytest.approx(share * SCALE, abs=0.6)
    assert ends[0][0] == ends[1][0]


def test_a_window_without_lines_has_none() -> None:
    lines = lines_by_layer(build(CROSS, (1.0, 2.0, 3.0, 4.0), layer=1), 9)
    assert (lines.ends.shape, lines.style.shape, lines.dropped) == ((0, 4), (0,), 0)


def test_lines_of_layers_without_an_activation_after_them_are_no_folds() -> None:
    complex = build(random_net((8, 6, 5), 4), WINDOW, layer=3)
    pattern = layer_cells(complex, 1).pattern  # the lines of layers 2 and 3 bend nothing here
    every = lines_between(complex, pattern, 10_000, folding=3)
    assert (every.style == FOLD).any()
    only = lines_between(complex, pattern, 10_000, folding=0)
    assert (only.style == BOUNDARY).all()
    assert len(only.style) == (every.style == BOUNDARY).sum()
    some = lines_between(complex, pattern, 10_000, folding=2)
    assert 0 < (some.style == FOLD).sum() < (every.style == FOLD).sum()


def test_more_folds_than_wanted_leave_the_boundaries() -> None:
    complex = build(random_net((8, 6, 5), 4), WINDOW, layer=3)
    pattern = layer_cells(complex, 3).pattern
    lines = lines_between(complex, pattern, 10_000, folding=3, most_folds=10)
    assert (lines.style == BOUNDARY).all()
    assert lines.dropped > 0
