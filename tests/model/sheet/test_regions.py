"""What the sheet's task 2 counts, on networks whose answer is known."""

from typing import Any

import numpy as np

from cellscope.model.sheet.regions import centred_cells, change_of, maps_in, mixed_cells, sureness
from cellscope.model.spec import Spec
from cellscope.model.view import Window
from tests.snapshots import chosen, started

WINDOW: Window = (-5.0, 5.0, -5.0, 5.0)
SMALL = Spec(width=8, depth=4, dataset="blobs", classes=3, samples=200)


def lines(*rows: tuple[float, float, float]) -> tuple[Any, Any]:
    """A layer whose units are w1 x + w2 y + b."""
    return np.array([row[:2] for row in rows]), np.array([row[2] for row in rows])


OUT = np.array([[1.0, 2.0], [3.0, -1.0]]), np.zeros(2)
OUT_OF_ONE = np.array([[1.0], [2.0]]), np.zeros(2)
CROSS = lines((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


def test_a_network_without_activation_is_one_map_and_its_matrix_says_the_same():
    linear = maps_in(chosen([CROSS, OUT], activation="identity"), WINDOW)
    assert linear.count == 1
    assert linear.difference < 1e-12 * linear.largest


def test_two_relus_that_cross_make_four_maps():
    bent = maps_in(chosen([CROSS, OUT]), WINDOW)
    assert bent.count == 4
    assert bent.difference > 1.0


def test_without_hidden_layer_there_is_one_map():
    assert maps_in(chosen([OUT]), WINDOW).count == 1


def test_a_cell_of_layer_2_holds_the_regions_of_layer_1_inside_it():
    # y2 = relu(x) + relu(y) - 100 is negative in the whole window: one cell, four regions.
    found = mixed_cells(chosen([CROSS, lines((1.0, 1.0, -100.0)), OUT_OF_ONE]), WINDOW, 2)
    assert (found.cells, found.mixed, found.most, found.linear_regions) == (1, 1, 4, 4)


def test_in_layer_1_each_cell_is_one_region():
    found = mixed_cells(started(SMALL), WINDOW, 1)
    assert found.mixed == 0
    assert found.cells == found.linear_regions


def test_huge_logits_are_sure_and_small_ones_are_not():
    far = sureness(chosen([(1e6 * OUT[0], OUT[1])]), WINDOW)
    near = sureness(chosen([(1e-6 * OUT[0], OUT[1])]), WINDOW)
    assert far.sure > 0.95
    assert 0.0 < far.sure_and_wrong < 1.0
    assert near.sure == near.sure_and_wrong == 0.0


def test_sixteen_times_the_variance_has_three_answers():
    start = SMALL.but(init="normal", weight_variance=1 / 16)
    zero = change_of(start.but(bias="zero"), WINDOW)
    fixed = change_of(start.but(bias="fixed"), WINDOW)
    like = change_of(start.but(bias="like-weights"), WINDOW)
    assert zero.same_picture
    assert zero.window == zero.plane == (16, 16)
    assert not fixed.same_picture
    assert fixed.plane == (37, 37)  # 1 + 8 + 28
    large = started(start.but(weight_variance=1.0))
    assert fixed.window[1] == mixed_cells(large, WINDOW, 1).cells > fixed.window[0]
    assert like.same_picture
    assert like.plane == (37, 37)


def test_centres_are_sums_of_weight_vectors():
    # x > 1 and y > 2: the centres are (0, 0), (1, 0), (0, 1) and (1, 1), all of them in the cell
    # of the first.
    found = centred_cells(chosen([lines((1.0, 0.0, -1.0), (0.0, 1.0, -2.0)), OUT]), WINDOW)
    assert (found.cells, found.inside, found.on_data) == (4, 1, 0)


def test_few_cells_contain_their_centre_and_none_is_a_data_point():
    shares: list[float] = []
    for seed in range(5):
        found = centred_cells(started(Spec(seed=seed)), WINDOW)
        assert found.on_data == 0
        assert 0 < found.filled <= found.cells
        shares.append(found.inside / found.cells)
    assert 0.02 < sum(shares) / 5 < 0.07
