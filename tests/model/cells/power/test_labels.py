"""Pattern and power diagram, against all 2^n centres in whole numbers, point by point."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.grid.patterns import Float, Words, pack_signs, unpack_signs
from cellscope.model.cells.power.exact import grid_patterns, rescaled
from cellscope.model.cells.power.labels import Comparison, compare
from cellscope.model.cells.power.nearest import nearest_centres
from tests.model.cells.families import FAMILIES, WINDOW, Family, name_of, random_net

SIDE = 21


def compared(W: Float, b: Float, window: Window, side: int) -> Comparison:
    cells = layer_cells(build([(W, b)], window, layer=1), 1)
    x, y = np.linspace(*window[:2], side), np.linspace(*window[2:], side)
    patterns = grid_patterns(*rescaled(W, b), x, y)
    return compare(W, b, cells.bits, patterns, x, y)


def best_of_all(W: Float, b: Float, x: float, y: float) -> tuple[bool, ...]:
    """The s with the least |h − μ_s|² − r_s² of all 2^n, of several the smallest. Exact."""
    rows = [[Fraction(w) for w in row] for row in W.tolist()]
    biases = [Fraction(v) for v in b.tolist()]
    h = (Fraction(x), Fraction(y))

    def over(s: tuple[bool, ...], values: list[Fraction]) -> Fraction:
        return sum((v for v, k in zip(values, s, strict=True) if k), Fraction())

    def power(s: tuple[bool, ...]) -> Fraction:
        mu = [over(s, [row[axis] for row in rows]) for axis in (0, 1)]
        radius_squared = mu[0] ** 2 + mu[1] ** 2 + 2 * over(s, biases)
        return (h[0] - mu[0]) ** 2 + (h[1] - mu[1]) ** 2 - radius_squared

    return min(product((False, True), repeat=len(b)), key=lambda s: (power(s), sum(s)))


def as_row(sets: Words, which: int, units: int) -> tuple[bool, ...]:
    return tuple(map(bool, unpack_signs(sets[which : which + 1], units)[0]))


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_pattern_and_nearest_centre_are_those_of_all_centres_in_whole_numbers(
    family: Family,
) -> None:
    # The grid's points lie on many of the lines: whole numbers and their halves.
    net, window = family(0)
    W, b = (np.asarray(part, np.float64)[:7] for part in net[0])
    found = compared(W, b, window, 11)
    xs, ys = np.linspace(*window[:2], 11), np.linspace(*window[2:], 11)
    for k, (y, x) in enumerate(product(ys, xs)):
        best = best_of_all(W, b, x, y)
        assert as_row(found.sets, found.by_power[k], len(b)) == best
        assert as_row(found.sets, found.by_pattern[k], len(b)) == best


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_they_agree_in_every_point_of_every_family(family: Family, seed: int) -> None:
    net, window = family(seed)
    found = compared(*net[0], window, 101)
    assert found.agreeing == found.compared == 101 * 101


@pytest.mark.parametrize("units", [1, 2, 63, 64, 65, 256])
def test_they_agree_for_any_number_of_units(units: int) -> None:
    W, b = random_net((units,), 1)[0]
    found = compared(W, b, WINDOW, SIDE)
    assert found.agreeing == SIDE * SIDE
    assert np.array_equal(found.by_pattern, found.by_power)


def test_units_of_sizes_from_1e_minus_30_to_1e30_do_not_drown_each_other() -> None:
    W, b = random_net((40,), 2)[0]
    size = 10.0 ** np.random.default_rng(0).uniform(-30, 30, 40)
    W, b = W * size[:, None], b * size
    # What a plain sum sees: all but the largest are lost.
    cells = layer_cells(build([(W, b)], WINDOW, layer=1), 1)
    chosen = unpack_signs(cells.bits, 40).astype(np.float64)
    at = np.linspace(-5, 5, SIDE)
    x, y = np.meshgrid(at, at)
    score = chosen @ (W @ np.stack([x.ravel(), y.ravel()]) + b[:, None])
    found = compared(W, b, WINDOW, SIDE)
    assert found.agreeing == SIDE * SIDE
    assert (score.argmax(axis=0) != found.by_power).mean() > 0.2


def test_on_a_line_the_unit_is_inactive_though_both_centres_are_equally_near() -> None:
    W, b = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.zeros(2)
    sets = pack_signs(np.array([[True, False], [False, True], [False, False]]))
    at_zero = nearest_centres(W, b, sets, np.array([-1.0, 0.0, 1.0]), np.array([0.0]))
    assert at_zero.tolist() == [1, 2, 0]


def test_sums_that_cancel_up_to_the_last_bit_have_the_right_sign() -> None:
    # 0.1 · 3 − 0.3 is not 0: float64's 0.1 and 0.3 are not ten times apart. A sum of rounded
    # products says −5.6e-17 or 5.6e-17, depending on how it is grouped.
    W = np.array([[0.1, 0.0], [-0.1, 0.0], [0.1, -0.3], [0.1, 0.1]])
    b = np.array([-0.3, 0.3, 0.0, -0.3])
    x, y = np.array([3.0, 1.0]), np.array([1.0, 2.0])
    bits = unpack_signs(grid_patterns(W, b, x, y), 4)
    for row, (h2, h1) in zip(bits, product(y, x), strict=True):
        exact = [
            Fraction(p) * Fraction(h1) + Fraction(q) * Fraction(h2) + Fraction(v) > 0
            for (p, q), v in zip(W.tolist(), b.tolist(), strict=True)
        ]
        assert row.tolist() == exact


floats = st.floats(-8, 8, width=32) | st.sampled_from([0.0, 0.1, -0.3, 1e-30, -1e30, 1.0, 2.0])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(floats, floats, floats), min_size=1, max_size=6))
def test_whatever_the_weights_are_the_nearest_of_all_centres_wins(
    rows: list[tuple[float, float, float]],
) -> None:
    layer = np.array(rows)
    W, b = layer[:, :2].copy(), layer[:, 2].copy()
    x, y = np.linspace(-2, 2, 5), np.linspace(-1, 3, 5)
    everything = np.array(list(product((False, True), repeat=len(b))))
    sets = pack_signs(everything)
    found = nearest_centres(W, b, sets, x, y)
    patterns = grid_patterns(*rescaled(W, b), x, y)
    assert np.array_equal(sets[found], patterns)
    for k in (0, 7, 12, 24):
        assert tuple(everything[found[k]]) == best_of_all(W, b, x[k % 5], y[k // 5])


def test_other_radii_are_another_diagram() -> None:
    W, b = random_net((8,), 0)[0]
    cells = layer_cells(build([(W, b)], WINDOW, layer=1), 1)
    at = np.linspace(-5, 5, SIDE)
    patterns = grid_patterns(*rescaled(W, b), at, at)
    other = compare(W, b + 0.3, cells.bits, patterns, at, at)
    assert other.compared == SIDE * SIDE
    assert 0 < other.agreeing < other.compared


def test_only_the_points_inside_are_compared() -> None:
    W, b = random_net((5,), 0)[0]
    cells = layer_cells(build([(W, b)], WINDOW, layer=1), 1)
    at = np.linspace(-5, 5, SIDE)
    inside = np.arange(SIDE * SIDE) % 3 == 0
    patterns = grid_patterns(*rescaled(W, b), at, at)
    patterns[~inside] = 2**40  # of no network: outside of the region they mean nothing
    found = compare(W, b, cells.bits, patterns, at, at, inside=inside)
    assert found.agreeing == found.compared == inside.sum()
    assert (found.by_power[~inside] == -1).all()
    assert (found.by_pattern[~inside] == -1).all()
