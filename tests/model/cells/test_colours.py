from itertools import pairwise

import numpy as np
import pytest

from cellscope.model.cells.grid import dense
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.palette import distances

WINDOW = (-5.0, 5.0, -5.0, 5.0)
Layers = list[tuple[np.ndarray, np.ndarray]]


def he_network(hidden: int, layers: int, seed: int, bias_variance: float = 0.25) -> Layers:
    rng = np.random.default_rng(seed)
    widths = [2] + [hidden] * layers + [2]
    return [
        (rng.normal(size=(b, a)) * np.sqrt(2 / a), rng.normal(size=b) * np.sqrt(bias_variance))
        for a, b in pairwise(widths)
    ]


def cells(
    weights: Layers, layer: int, *, regions: bool, pixels: int = 301
) -> tuple[np.ndarray, np.ndarray]:
    """Distinct ids, and their pairs on a grid."""
    ids_of = dense.joint_pattern_ids if regions else dense.pattern_ids
    grid = Grid(WINDOW, pixels, pixels)
    labels, ids = dense.compact(ids_of(weights, "relu", grid, layer))
    return ids, dense.neighbour_pairs(labels)


def one_unit_apart(ids: np.ndarray, pairs: np.ndarray, units: int, layers: int) -> np.ndarray:
    """The pairs whose patterns differ in one unit: those that share a line, not just a corner."""
    constants = np.concatenate([dense.unit_constants(i + 1, units) for i in range(layers)])
    return pairs[np.isin(ids[pairs[:, 0]] ^ ids[pairs[:, 1]], constants)]


def across(colours: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    return distances()[colours[pairs[:, 0]], colours[pairs[:, 1]]]


def random_graph(count: int, edges: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    ids = rng.choice(2**62, count, replace=False).astype(np.uint64)
    pairs = rng.integers(0, count, (edges, 2))
    return ids, pairs[pairs[:, 0] != pairs[:, 1]].astype(np.int32)


def test_a_pattern_alone_has_the_colour_its_id_names():
    ids = np.arange(1000, 1000 + 33, dtype=np.uint64) * np.uint64(64) + np.uint64(17)
    colours = assign_colours(ids, np.empty((0, 2), dtype=np.int32))
    assert colours.dtype == np.uint8
    assert (colours == 17).all()


def test_two_touching_patterns_that_would_look_alike_get_clearly_different_colours():
    ids = np.arange(40, dtype=np.uint64) * np.uint64(64)  # all would have colour 0
    colours = assign_colours(ids, np.array([[3, 4]]))
    assert distances()[colours[3], colours[4]] >= 0.10
    assert (np.delete(colours, [3, 4]) == 0).all()


@pytest.mark.parametrize("regions", [False, True])
@pytest.mark.parametrize(("hidden", "layers"), [(16, 2), (16, 5), (32, 5)])
def test_neighbours_across_a_units_line_are_clearly_different(
    hidden: int, layers: int, regions: bool
):
    ids, pairs = cells(he_network(hidden, layers, seed=1), layers, regions=regions)
    pairs = one_unit_apart(ids, pairs, hidden, layers)
    assert len(pairs) > 20
    assert across(assign_colours(ids, pairs), pairs).min() >= 0.10


@pytest.mark.parametrize("regions", [False, True])
@pytest.mark.parametrize("bias_variance", [0.25, 0.0])
def test_neighbours_on_the_grid_are_different_even_where_several_units_change(
    regions: bool, bias_variance: float
):
    for seed in range(3):
        weights = he_network(16, 5, seed, bias_variance)
        ids, pairs = cells(weights, 5, regions=regions)
        distance = across(assign_colours(ids, pairs), pairs)
        assert distance.min() >= 0.06
        assert (distance >= 0.10).mean() >= 0.90  # 0.95 on exact borders


def test_a_pattern_that_touches_hundreds_keeps_apart_from_all():
    # A star of 300: the hub chooses first, its neighbours have only the hub to mind.
    ids, _ = random_graph(301, 0)
    pairs = np.stack([np.zeros(300, dtype=np.int32), np.arange(1, 301, dtype=np.int32)], axis=1)
    assert across(assign_colours(ids, pairs), pairs).min() >= 0.08


def test_patterns_that_survive_a_step_keep_their_colours():
    weights = he_network(16, 5, seed=0)
    rng = np.random.default_rng(1)
    moved = [(W + 1e-3 * np.abs(W).mean() * rng.normal(size=W.shape), b) for W, b in weights]
    for regions in (False, True):
        kept = []
        for borders_only in (True, False):
            colour = []
            for net in (weights, moved):
                ids, pairs = cells(net, 5, regions=regions)
                if borders_only:
                    pairs = one_unit_apart(ids, pairs, 16, 5)
                colour.append(dict(zip(ids.tolist(), assign_colours(ids, pairs), strict=True)))
            both = colour[0].keys() & colour[1].keys()
            assert len(both) > 0.8 * len(colour[0])
            kept.append(np.mean([colour[0][i] == colour[1][i] for i in both]))
        assert kept[0] == 1.0
        assert kept[1] >= 0.90  # corners on a pixel grid come and go


def test_the_order_of_ids_and_pairs_does_not_matter():
    for count in (20, 500):
        ids, pairs = random_graph(count, 3 * count)
        rng = np.random.default_rng(1)
        shuffle = rng.permutation(count)  # new position -> old
        place = np.argsort(shuffle)
        other = place[pairs][rng.permutation(len(pairs)), ::-1]
        twice = np.concatenate([other, other[:7]])
        colours = assign_colours(ids, pairs)
        np.testing.assert_array_equal(assign_colours(ids[shuffle], twice), colours[shuffle])


@pytest.mark.parametrize("count", [1, 2, 31, 32])
def test_up_to_32_patterns_have_a_colour_each(count: int):
    for seed in range(20):
        ids, pairs = random_graph(count, 2 * count, seed)
        colours = assign_colours(ids, pairs)
        assert len(np.unique(colours)) == count


def test_a_small_picture_has_own_colours_and_different_neighbours():
    for seed in range(10):
        ids, pairs = cells(he_network(6, 1, seed), 1, regions=False)
        assert len(ids) <= 22
        colours = assign_colours(ids, pairs)
        assert len(np.unique(colours)) == len(ids)
        assert across(colours, pairs).min() >= 0.06


def test_nothing_to_colour_is_no_error():
    assert assign_colours(np.empty(0, dtype=np.uint64), np.empty((0, 2), dtype=np.int32)).size == 0


@pytest.mark.parametrize("pair", [[0, 3], [-1, 0]])
def test_a_pair_that_names_no_pattern_is_refused(pair: list[int]):
    with pytest.raises(ValueError, match="positions below 3"):
        assign_colours(np.arange(3, dtype=np.uint64), np.array([pair]))


def test_pairs_of_another_shape_are_refused():
    with pytest.raises(ValueError, match="pairs \\(E, 2\\) expected"):
        assign_colours(np.arange(3, dtype=np.uint64), np.zeros((2, 3), dtype=np.int32))
