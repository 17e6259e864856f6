import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellscope.model.cells.exact.complex import BudgetExceeded, Complex, build
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.exact.origin import BelowReach, Window
from cellscope.model.cells.exact.split import forward_patterns
from cellscope.model.cells.exact.workspace import Workspace
from cellscope.model.cells.grid.patterns import NoPolygons
from tests.model.cells.exact_reference import exact_counts
from tests.model.cells.families import (
    FAMILIES,
    WINDOW,
    Family,
    Net,
    folding,
    name_of,
    random_net,
    sawtooth,
    zero_bias,
)

families = pytest.mark.parametrize("family", FAMILIES, ids=name_of)


def three_counts(
    weights: Net, window: Window, layer: int, activation: str = "relu"
) -> tuple[int, int, int]:
    cells = layer_cells(build(weights, window, layer=layer, activation=activation), layer)
    return cells.patterns, cells.regions, cells.linear_regions


def exact(weights: Net, window: Window, layer: int, slope: float = 0.0) -> tuple[int, int, int]:
    counts = exact_counts(weights, window, layer, slope)
    return counts.patterns, counts.regions, counts.linear


# --- cases one can check by hand ---------------------------------------------------------------


def test_three_lines_in_general_position_make_seven_cells() -> None:
    W, b = np.array([[1.0, 0], [0, 1], [1, 1]]), np.array([0.0, 0, -1])
    complex = build([(W, b)], (-3.0, 3.0, -3.0, 3.0), layer=1)
    assert complex.faces == 7
    # 4 corners, 6 points on the border, 3 crossings; 10 border pieces, 3 pieces per line.
    assert (len(complex.vertices), complex.edges) == (13, 19)
    assert sorted(np.unique(complex.edge_unit)) == [-1, 0, 1, 2]


def test_a_single_line_cuts_the_square_at_the_right_place() -> None:
    complex = build([(np.array([[2.0, 0.0]]), np.array([-1.0]))], (0.0, 1.0, 0.0, 2.0), layer=1)
    assert sorted(complex.areas) == [1.0, 1.0]
    active = complex.bits[:, 0] == 1
    assert complex.centroids[active].tolist() == [[0.75, 1.0]]
    assert complex.centroids[~active].tolist() == [[0.25, 1.0]]


def test_lines_that_miss_the_window_or_are_no_lines_cut_nothing() -> None:
    W, b = np.array([[1.0, 0], [0, 0], [0, 0], [1, 0]]), np.array([-9.0, 1, 0, 5])
    complex = build([(W, b)], WINDOW, layer=1)
    assert complex.faces == 1
    assert complex.bits.tolist() == [[0b1010]]  # the last line lies on the border: y > 0 inside


def test_all_lines_through_one_point_meet_in_one_vertex() -> None:
    angles = np.pi * np.arange(20) / 20 + 0.1
    W = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    complex = build([(W, -W @ [0.3, 0.7])], WINDOW, layer=1)
    assert complex.faces == 40
    assert len(complex.vertices) == 4 + 40 + 1


@pytest.mark.parametrize("units", [63, 64, 65, 130])
def test_a_layer_of_any_width_has_the_cells_of_its_arrangement(units: int) -> None:
    # The tangents of a circle of radius 1: every two cross, no three in a point.
    angles = 2 * np.pi * (np.arange(units) + 0.5 * (units % 2 == 0)) / units + 0.05
    angles += 1e-3 * np.sin(7 * angles)  # no two are parallel
    W = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    complex = build([(W, -np.ones(units))], (-1e3, 1e3, -1e3, 1e3), layer=1)
    inside = sum(
        np.abs(np.linalg.solve(W[[i, j]], [1, 1])).max() < 1e3
        for i in range(units)
        for j in range(i)
    )
    assert complex.faces == 1 + units + inside
    assert len(np.unique(complex.bits, axis=0)) == complex.faces


def test_a_sawtooth_has_2_patterns_129_connected_and_256_linear_regions() -> None:
    weights, window = sawtooth(8)
    assert three_counts(weights, window, 8) == (2, 129, 256)


@pytest.mark.parametrize("depth", [1, 2, 3, 5])
def test_folding_in_both_coordinates_multiplies_the_regions_by_four(depth: int) -> None:
    weights, window = folding(depth)
    assert three_counts(weights, window, depth)[2] == 4**depth


def test_an_identity_network_is_one_arrangement_of_lines() -> None:
    weights = random_net((16,), 3)
    complex = build(weights, (-200.0, 200.0, -200.0, 200.0), layer=1, activation="identity")
    assert complex.faces == 1 + 16 + 120


# --- against whole-number arithmetic -----------------------------------------------------------


@families
@pytest.mark.parametrize("seed", range(4))
def test_all_three_counts_of_every_layer_are_exact(family: Family, seed: int) -> None:
    weights, window = family(seed)
    for layer in range(1, len(weights) + 1):
        assert three_counts(weights, window, layer) == exact(weights, window, layer), layer


@families
@pytest.mark.parametrize(("activation", "slope"), [("identity", 1.0), ("leaky_relu", 0.01)])
def test_counts_are_exact_for_the_other_activations(
    family: Family, activation: str, slope: float
) -> None:
    weights, window = family(11)
    expected = exact(weights, window, 3, slope)
    assert three_counts(weights, window, 3, activation) == expected


@pytest.mark.parametrize("hidden", [(16, 16), (16,) * 5, (32, 16)])
def test_counts_of_medium_networks_are_exact(hidden: tuple[int, ...]) -> None:
    weights = random_net(hidden, 5)
    for layer in (len(hidden), len(hidden) + 1):
        assert three_counts(weights, WINDOW, layer) == exact(weights, WINDOW, layer)


@pytest.mark.parametrize("window", [WINDOW, (-1.0, 7.0, -3.0, 2.5), (-5.0, 5.0, 0.0, 5.0)])
@pytest.mark.parametrize("hidden", [(64, 64), (16,) * 10, (8,) * 31])
def test_counts_of_wide_and_of_deep_zero_bias_networks_are_exact(
    hidden: tuple[int, ...], window: Window
) -> None:
    weights, layer = random_net(hidden, 3, bias=0.0), len(hidden)
    assert three_counts(weights, window, layer) == exact(weights, window, layer)


def test_counts_of_130_lines_through_one_point_folded_again_are_exact() -> None:
    rng = np.random.default_rng(0)
    W = rng.integers(-50, 51, (130, 2)).astype(np.float64)
    W[:, 0] -= (W[:, 0] + 2 * W[:, 1]) % 3  # so that all of them pass through (1/3, 2/3)
    weights = [(W, -(W[:, 0] + 2 * W[:, 1]) / 3), *random_net((130, 8), 1)[1:]]
    assert three_counts(weights, WINDOW, 2) == exact(weights, WINDOW, 2)


def test_counts_of_wide_networks_of_small_integers_are_exact() -> None:
    rng = np.random.default_rng(1)
    weights = [
        (rng.integers(-2, 3, (m, n)).astype(np.float64), rng.integers(-4, 5, m) / 2)
        for n, m in itertools.pairwise((2, 16, 16, 16))
    ]
    assert three_counts(weights, WINDOW, 3) == exact(weights, WINDOW, 3)


@pytest.mark.long(seconds=160)  # whole numbers of that size take over a minute
@pytest.mark.parametrize("hidden", [(32,) * 5, (64,) * 3, (64,) * 5])
def test_counts_of_large_networks_are_exact(hidden: tuple[int, ...]) -> None:
    weights = random_net(hidden, 1)
    layer = len(hidden)
    assert three_counts(weights, WINDOW, layer) == exact(weights, WINDOW, layer)


def test_a_window_a_millionth_as_wide_is_still_exact() -> None:
    weights = random_net((24, 24, 24), 8)
    for target in build(weights, WINDOW, layer=3).vertices[300:330:3]:
        x, y = target
        window = (x - 4e-6, x + 6e-6, y - 5e-6, y + 5e-6)
        counts = three_counts(weights, window, 3)
        assert counts == exact(weights, window, 3)
        assert counts[2] > 1


def test_lines_that_pass_1e_12_from_each_other_are_told_apart_in_a_window_of_1e_11() -> None:
    rng = np.random.default_rng(5)
    for _ in range(5):
        x, y = rng.uniform(1, 4, 2)
        W = rng.normal(size=(9, 2))
        weights = [(W, -W @ [x, y] + 1e-12 * rng.normal(size=9)), *random_net((9, 4), 1)[1:]]
        window = (x - 5e-12, x + 5e-12, y - 5e-12, y + 5e-12)
        counts = three_counts(weights, window, 1)
        assert counts == exact(weights, window, 1)
        assert counts[2] > 20  # of 46 in the plane


def test_a_window_below_float64_is_refused() -> None:
    with pytest.raises(BelowReach, match="window"):
        build(random_net((3,), 0), (1.0, 1.0 + 1e-13, 0.0, 1.0), layer=1)


@pytest.mark.parametrize("factor", [1e-4, 1e4, 1e-30, 1e30])
def test_scaling_a_zero_bias_network_of_depth_32_changes_nothing(factor: float) -> None:
    weights = random_net((6,) * 31, 2, bias=0.0)
    scaled = [(factor * W, b) for W, b in weights]
    original = build(weights, WINDOW, layer=31)
    assert np.array_equal(build(scaled, WINDOW, layer=31).bits, original.bits)


# --- properties --------------------------------------------------------------------------------


def check_structure(complex: Complex) -> None:
    x0, x1, y0, y1 = complex.window
    window_area = (x1 - x0) * (y1 - y0)
    assert len(complex.vertices) - complex.edges + complex.faces == 1
    assert complex.areas.min() > 0
    assert complex.areas.sum() == pytest.approx(window_area, rel=1e-12)
    assert len(np.unique(complex.bits, axis=0)) == complex.faces
    half, index = complex.half, np.arange(len(complex.half))
    assert np.array_equal(half[half[:, 1], 1], index)
    assert np.array_equal(half[half[:, 2], 3], half[:, 3])
    assert np.array_equal(half[half[:, 2], 0], half[half[:, 1], 0])
    assert (half[complex.start, 3] == np.arange(complex.faces)).all()
    assert ((half[:, 3] < 0) | (half[half[:, 1], 3] < 0)).sum() == (complex.label <= 1).sum()


def check_patterns(complex: Complex) -> None:
    seen = forward_patterns(complex.network, complex.centroids, layer=complex.layer)
    wrong = (seen != complex.bits).any(axis=1)
    # Of a face thinner than float64's error of a forward pass, the centroid says nothing.
    thin = complex.areas < 1e-20 * complex.areas.sum()
    assert not (wrong & ~thin).any()


@families
@pytest.mark.parametrize("activation", ["relu", "identity", "leaky_relu"])
def test_faces_tile_the_window_and_have_the_networks_own_pattern(
    family: Family, activation: str
) -> None:
    weights, window = family(7)
    complex = build(weights, window, layer=len(weights), activation=activation)
    check_structure(complex)
    if family.__name__ not in ("zero_on_an_open_set", "small_integers", "axis_parallel"):
        check_patterns(complex)  # there, a rounded forward pass sees y > 0 where y is 0


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_small_network_is_cut_exactly(data: st.DataObject) -> None:
    hidden = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=3))
    # Few different numbers, for many coincidences; all dyadic, so that they are exact ones: with
    # 1e-4 and 1e4, lines miss each other by the 1e-21 that 1e-4 is rounded by.
    numbers = [-3.0, -2.0, -1.0, -0.5, 0.0, 0.0, 0.375, 0.5, 1.0, 2.0, 3.0, 64.0, -1 / 64]
    grid = st.sampled_from(numbers)
    sizes = [2, *hidden]
    weights = [
        (
            np.array(data.draw(st.lists(grid, min_size=m * n, max_size=m * n))).reshape(m, n),
            np.array(data.draw(st.lists(grid, min_size=m, max_size=m))),
        )
        for n, m in itertools.pairwise(sizes)
    ]
    layer = len(hidden)
    complex = build(weights, (-4.0, 4.0, -3.0, 5.0), layer=layer)
    check_structure(complex)
    cells = layer_cells(complex, layer)
    assert (cells.patterns, cells.regions, cells.linear_regions) == exact(
        weights, complex.window, layer
    )


@families
def test_a_deeper_layer_never_loses_a_cell(family: Family) -> None:
    weights, window = family(3)
    coarse = build(weights, window, layer=1)
    for layer in range(2, len(weights) + 1):
        fine = build(weights, window, layer=layer)
        kept = fine.bits[:, : coarse.bits.shape[1]]
        assert np.array_equal(np.unique(kept, axis=0), np.unique(coarse.bits, axis=0))
        areas = {row.tobytes(): 0.0 for row in coarse.bits}
        for row, area in zip(kept, fine.areas, strict=True):
            areas[row.tobytes()] += area
        assert np.allclose([areas[row.tobytes()] for row in coarse.bits], coarse.areas, rtol=1e-9)
        coarse = fine


def test_a_deeper_complex_contains_the_cells_of_every_layer() -> None:
    weights = random_net((8, 8, 8), 4)
    deep = build(weights, WINDOW, layer=3)
    for layer in (1, 2):
        cells = layer_cells(deep, layer)
        counts = cells.patterns, cells.regions, cells.linear_regions
        assert counts == three_counts(weights, WINDOW, layer)


def test_a_used_workspace_changes_no_result() -> None:
    workspace = Workspace()
    for hidden in ((40, 40), (3,), (70, 8, 8)):
        weights = random_net(hidden, 6)
        fresh = build(weights, WINDOW, layer=len(hidden))
        reused = build(weights, WINDOW, layer=len(hidden), workspace=workspace)
        assert np.array_equal(fresh.bits, reused.bits)
        assert np.array_equal(fresh.local, reused.local)


def test_a_build_stops_at_its_budget_and_says_how_far_it_came() -> None:
    with pytest.raises(BudgetExceeded) as caught:
        build(random_net((16, 16), 0), WINDOW, layer=2, budget=200)
    assert (caught.value.faces, caught.value.layer) == (200, 2)


def test_wedges_of_a_zero_bias_network_all_reach_the_border() -> None:
    weights, window = zero_bias(1)
    complex = build(weights, window, layer=4)
    origin = np.flatnonzero((np.abs(complex.vertices) < 1e-12).all(axis=1))
    assert len(origin) == 1
    assert complex.faces == np.count_nonzero(complex.half[:, 0] == origin[0])


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"layer": 4}, "layer"),
        ({"layer": 0}, "layer"),
        ({"activation": "tanh"}, "activation"),
        ({"window": (1.0, 1.0, 0.0, 1.0)}, "window"),
        ({"window": (0.0, np.nan, 0.0, 1.0)}, "window"),
        ({"weights": [(np.ones((2, 3)), np.ones(2))]}, "layer 1"),
        ({"weights": [(np.full((2, 2), np.inf), np.ones(2))]}, "finite"),
        ({"weights": []}, "weights"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(change: dict[str, Any], word: str) -> None:
    arguments: dict[str, Any] = {
        "weights": random_net((3, 3), 0),
        "window": WINDOW,
        "layer": 1,
        **change,
    }
    with pytest.raises(ValueError, match=word) as refused:
        build(
            arguments["weights"],
            arguments["window"],
            layer=arguments["layer"],
            activation=arguments.get("activation", "relu"),
        )
    none = word in ("activation", "layer 1", "finite")  # such networks have no polygons
    assert isinstance(refused.value, NoPolygons) == none
