import numpy as np
import pytest

from cellscope.model.cells.count.whole_plane import PlaneCounts, nothing_outside, plane_counts
from cellscope.model.cells.exact.complex import BudgetExceeded, build
from tests.model.cells.exact_reference import exact_counts
from tests.model.cells.families import FAMILIES, Family, Net, name_of, random_net


def test_sixteen_units_always_have_137_cells_in_the_plane() -> None:
    for seed in range(5):
        found = plane_counts(random_net((16,), seed), layer=1)
        assert found.exact
        assert found.counts.patterns == found.counts.linear_regions == 137


def test_a_zero_bias_network_has_2n_wedges_in_any_window() -> None:
    found = plane_counts(random_net((16,), 1, bias=0.0), layer=1)
    assert found.exact
    assert found.window[1] == 16
    assert found.counts.patterns == 32


@pytest.mark.parametrize(
    ("W", "b", "cells"),
    [
        ([[1, 0]], [1000], 2),  # a single line, far away
        ([[1, 0], [2, 0], [3, 0]], [0, 1, 9000], 4),  # parallel
        ([[1, 0], [0, 1]], [100, 100], 4),
        ([[1, 0], [1, 1e-3]], [0, 1], 4),  # they meet at (0, −1000)
        ([[0, 0], [0, 0]], [1, 0], 1),
        ([[1, 1], [1, -1]], [0, 0], 4),  # through the corners of a square
    ],
)
def test_lines_far_outside_the_first_window_are_found(
    W: list[list[float]], b: list[float], cells: int
) -> None:
    found = plane_counts([(np.array(W, float), np.array(b, float))], layer=1)
    assert found.exact
    assert found.counts.patterns == cells


def test_a_window_that_misses_a_crossing_is_not_enough() -> None:
    weights = [(np.array([[1, 0], [1, 1e-2]]), np.array([0.0, 1]))]  # they meet at (0, −100)
    assert not nothing_outside(build(weights, (-90.0, 90, -90, 90), layer=1))
    assert nothing_outside(build(weights, (-110.0, 110, -110, 110), layer=1))
    assert not nothing_outside(build(weights, (10.0, 110, -110, 110), layer=1))


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_a_window_that_is_called_enough_has_all_regions_of_a_far_larger_one(family: Family) -> None:
    for seed in range(3):
        weights, _ = family(seed)
        layer = len(weights) - 1
        found = plane_counts(weights, layer=layer)
        if not found.exact:
            continue
        far = 1000 * found.window[1]
        expected = exact_counts(weights, (-far, far, -far, far), layer)
        counts = found.counts
        assert (counts.patterns, counts.regions, counts.linear_regions) == (
            expected.patterns,
            expected.regions,
            expected.linear,
        )


def test_most_random_networks_are_within_reach() -> None:
    exact = [plane_counts(random_net((8, 8), seed), layer=2).exact for seed in range(20)]
    assert sum(exact) >= 18


def plane_counts_within(weights: Net, budget: int) -> PlaneCounts | None:
    try:
        return plane_counts(weights, layer=2, budget=budget)
    except BudgetExceeded:
        return None


def test_beyond_the_budget_the_count_is_of_the_last_window_or_refused() -> None:
    weights = random_net((16, 16), 3)
    whole = plane_counts(weights, layer=2)
    found = [plane_counts_within(weights, budget) for budget in range(100, 3000, 50)]
    assert found[0] is None
    least = next(counts for counts in found if counts is not None)
    assert not least.exact
    assert least.counts.linear_regions < whole.counts.linear_regions
    assert found[-1] == whole


def test_details_in_the_middle_of_a_huge_window_are_counted_exactly() -> None:
    # Two lines that meet 200,000 away force a huge window on what lies around the origin.
    weights, _ = random_net((10, 8, 4), 5), None
    weights[0][0][:2] = [[1.0, 0.0], [1.0, 2.0**-18]]
    weights[0][1][:2] = [0.0, 1.0]
    found = plane_counts(weights, layer=3)
    assert found.exact
    assert found.window[1] > 2e5
    far = 1e3 * found.window[1]
    expected = exact_counts(weights, (-far, far, -far, far), 3)
    counts = found.counts
    assert (counts.patterns, counts.regions, counts.linear_regions) == (
        expected.patterns,
        expected.regions,
        expected.linear,
    )
