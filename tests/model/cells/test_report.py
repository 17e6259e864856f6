import json
from typing import Any

import numpy as np
import pytest

from cellscope.model.cells.count.bounds import serra_bound
from cellscope.model.cells.count.report import (
    MEMORY_MEBIBYTES,
    cells_report,
    checked_window,
    default_layer,
    face_budget,
    measure,
)
from cellscope.model.cells.exact.counts import CHUNK
from cellscope.model.cells.grid.patterns import Float, Weights
from cellscope.model.spec import SpecError
from tests.model.cells.families import WINDOW, random_net, sawtooth

# x = 0, y = 0 and x + y = 1: three lines in general position.
THREE_LINES: Weights = [
    (np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.0, 0.0, -1.0]))
]


def report_of(weights: Weights, layer: int, points: Float | None = None) -> dict[str, Any]:
    return cells_report(measure(weights, WINDOW, layer=layer), points)


def refused(weights: Weights, layer: int = 1, window: Any = WINDOW) -> SpecError:
    with pytest.raises(SpecError) as caught:
        measure(weights, window, layer=layer)
    return caught.value


def test_three_lines_in_general_position_make_seven_cells():
    report = report_of(THREE_LINES, 1, np.array([[1.0, 1.0], [2.0, 2.0], [-1.0, -1.0], [9.0, 0.0]]))
    assert report.pop("seconds") > 0
    assert report == {
        "layer": 1,
        "window": [-5.0, 5.0, -5.0, 5.0],
        "exact": True,
        "patterns": 7,
        "connected_regions": 7,
        "linear_regions": 7,
        "area": 100.0,
        "filled": {"points": 3, "patterns": 2, "linear_regions": 2},
        "bounds": {"sign_vectors": 8, "geometric_maximum": 7, "typical": 4.5},
    }


def test_the_report_is_json():
    report = report_of(random_net((130, 70), 1), 2, np.zeros((1, 2)))
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_patterns_connected_and_linear_regions_are_three_counts():
    # Layer l of the sawtooth folds [0, 1] at the odd multiples of 2^-l: 2^l linear regions. Which
    # half t is in at layer 8 changes at 2^7 places: two patterns, in 2^7 + 1 pieces.
    weights, window = sawtooth(8)
    report = cells_report(measure(weights, window, layer=8))
    counts = report["patterns"], report["connected_regions"], report["linear_regions"]
    assert counts == (2, 129, 256)


def test_a_point_on_a_line_is_on_its_inactive_side_and_one_on_the_border_is_inside():
    points = np.array([[0.0, 1.0], [-1.0, 1.0], [5.0, 5.0], [5.0 + 1e-9, 5.0]])
    # (0, 1) is on x = 0 and on x + y = 1: inactive in both, as (−1, 1) is.
    filled = report_of(THREE_LINES, 1, points)["filled"]
    assert filled == {"points": 3, "patterns": 2, "linear_regions": 2}


def test_no_points_is_not_the_same_as_no_points_inside():
    assert report_of(THREE_LINES, 1)["filled"] is None
    assert report_of(THREE_LINES, 1, np.array([[7.0, 7.0]]))["filled"]["points"] == 0


def test_many_points_fill_as_many_cells_as_few_at_a_time():
    points = np.random.default_rng(0).uniform(-5, 5, (2 * CHUNK + 1, 2))
    filled = report_of(THREE_LINES, 1, points)["filled"]
    assert filled == {"points": len(points), "patterns": 7, "linear_regions": 7}


def test_without_biases_the_lines_of_layer_1_make_2n_wedges():
    weights = random_net((16, 5), 3, bias=0.0)
    report = report_of(weights, 1)
    assert report["patterns"] == report["bounds"]["geometric_maximum"] == 32
    weights[1][1][:] = 1.0  # a bias of layer 2 does not move the lines of layer 1
    assert report_of(weights, 1)["bounds"]["geometric_maximum"] == 32
    weights[0][1][0] = 1.0
    assert report_of(weights, 1)["bounds"]["geometric_maximum"] == 137


def test_deeper_layers_are_bounded_by_serra_or_by_the_sign_vectors_whichever_is_less():
    wide = report_of(random_net((4, 20), 0), 2)["bounds"]
    assert wide == {
        "sign_vectors": 2**20,
        "geometric_maximum": serra_bound([4, 20]),
        "typical": 288,
    }
    assert report_of(random_net((20, 4), 0), 2)["bounds"]["geometric_maximum"] == 16


def test_the_last_layer_is_the_signs_of_the_logits():
    report = report_of(random_net((6, 6), 0, outputs=3), 3)
    assert report["bounds"]["sign_vectors"] == 8
    assert report["patterns"] <= 8
    assert report["linear_regions"] > report_of(random_net((6, 6), 0), 2)["linear_regions"]


@pytest.mark.parametrize(("hidden", "layer"), [((), 1), ((3,), 1), ((3, 4), 2), ((3,) * 5, 5)])
def test_the_last_hidden_layer_is_the_default(hidden: tuple[int, ...], layer: int):
    assert default_layer(random_net(hidden, 0)) == layer


def test_whole_numbers_above_2_53_are_digits():
    bounds = report_of(random_net((54,), 0), 1)["bounds"]
    assert bounds["sign_vectors"] == "18014398509481984"
    assert report_of(random_net((53,), 0), 1)["bounds"]["sign_vectors"] == 2**53


@pytest.mark.parametrize("layer", [0, -1, 2])
def test_a_layer_outside_the_network_is_refused(layer: int):
    error = refused(THREE_LINES, layer)
    assert (error.field, error.rule, error.limits) == ("layer", "range", {"low": 1, "high": 1})


@pytest.mark.parametrize(
    ("window", "rule"),
    [
        ((1.0, 1.0, 0.0, 1.0), "ordered"),
        ((0.0, 1.0, 2.0, 1.0), "ordered"),
        ((-np.inf, 1.0, 0.0, 1.0), "within"),
        ((0.0, np.nan, 0.0, 1.0), "within"),
        ((0.0, 2e6, 0.0, 1.0), "within"),
        ((0.0, 1e-300, 0.0, 1e-300), "too_narrow"),
    ],
)
def test_a_window_that_is_none_is_refused(window: tuple[float, ...], rule: str):
    with pytest.raises(SpecError) as caught:
        checked_window(window)
    assert (caught.value.field, caught.value.rule) == ("window", rule)


def test_a_window_below_the_reach_of_float64_is_refused_and_one_above_it_is_counted():
    error = refused(THREE_LINES, 1, (1.0, 1.0 + 1e-15, 0.0, 1.0))
    assert (error.field, error.rule) == ("window", "too_narrow")
    window = (1 / 3 - 1e-9, 1 / 3 + 1e-9, 2 / 3 - 1e-9, 2 / 3 + 1e-9)
    assert measure(THREE_LINES, window, layer=1).cells.patterns == 2  # x + y = 1 passes through


def test_more_regions_than_the_memory_holds_are_refused_with_the_number_reached(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("cellscope.model.cells.count.report.MAX_FACES", 1000)
    error = refused(random_net((20, 20, 20), 0), 3)
    assert (error.field, error.rule) == ("network", "cells_budget")
    assert error.limits == {"faces": 1000, "layer": 3, "memory": MEMORY_MEBIBYTES}


def test_wide_layers_leave_room_for_fewer_faces():
    narrow, wide = (face_budget(random_net((n, n), 0), 2) for n in (64, 640))
    assert 5 < narrow / wide < 10  # nearly all of it is the numbers at the vertices
    assert narrow > 300_000  # the 271,657 of 64 × 11, and more
    # Layers that are not cut take no room.
    assert face_budget(random_net((64, 64, 640), 0), 2) == narrow


def test_a_diverged_networks_points_are_counted_as_those_of_the_same_network_in_reach():
    weights = random_net((5,) * 6, 2, bias=0.0)
    huge = [(np.ldexp(W, 250), b) for W, b in weights]  # its logits would be 2^1750
    points = np.random.default_rng(1).normal(0, 2, (200, 2))
    assert report_of(huge, 6, points)["filled"] == report_of(weights, 6, points)["filled"]
