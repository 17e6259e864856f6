"""Cells with data while a network really trains, and what a weight variance does."""

import math

import numpy as np

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.sheet.filling import filled_while_training
from cellscope.model.sheet.regions import layer_1_cells, regions_and_cells
from cellscope.model.sheet.rules import measured_per_layer
from cellscope.model.spec import Spec
from cellscope.model.training.run import train
from cellscope.model.view import Window

WINDOW: Window = (-5.0, 5.0, -5.0, 5.0)
SPIRALS = Spec(width=16, depth=4, dataset="spirals", classes=3)


def test_filled_cells_are_distinct_sign_patterns_of_the_points():
    data = make_data(SPIRALS)
    W, b = initial_weights(SPIRALS, data)[0]
    patterns = np.unique(data.train_x @ W.T + b > 0, axis=0)
    start = filled_while_training(SPIRALS, WINDOW)[0]
    assert (start.step, start.filled) == (0, len(patterns))


def test_training_keeps_the_number_of_cells_and_hardly_changes_how_many_are_filled():
    moments = filled_while_training(SPIRALS, WINDOW)
    assert [moment.step for moment in moments] == [0, 100, 1000]
    assert {moment.plane for moment in moments} == {137}
    assert moments[2].accuracy == train(SPIRALS, 1000)["train_accuracy"] > 0.95
    assert all(0.75 < moment.filled / moments[0].filled < 1.25 for moment in moments)


def test_a_run_that_diverges_has_no_later_moments():
    wild = SPIRALS.but(init="normal", depth=11, learning_rate=1.0)
    assert len(filled_while_training(wild, WINDOW)) == 1


def test_a_factor_on_the_weight_variance_is_one_per_layer():
    spec = Spec(width=64, depth=8, bias="zero", bias_variance=0.0)
    one, two = (measured_per_layer(spec, v / 64) for v in (1.0, 2.0))
    assert math.isclose(two.before / one.before, 2.0)
    assert math.isclose(two.after / one.after, 2.0)
    assert 0.8 < two.before < 1.25


def test_width_makes_cells_and_depth_linear_regions():
    start = Spec(width=16, depth=4, init="normal", weight_variance=1 / 16)
    assert [layer_1_cells(start.but(width=n), WINDOW).plane for n in (8, 16, 32)] == [37, 137, 529]
    few, many = (regions_and_cells(start.but(depth=depth), WINDOW) for depth in (4, 7))
    assert few.cells == many.cells == layer_1_cells(start, WINDOW).window
    assert many.regions > 1.5 * few.regions
