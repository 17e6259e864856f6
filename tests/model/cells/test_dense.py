import threading
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import torch

from cellscope.model.cells.grid import dense
from cellscope.model.cells.grid.grid import Grid

WINDOW = (-5.0, 5.0, -5.0, 5.0)
Layers = list[tuple[np.ndarray, np.ndarray]]
ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "identity": torch.clone,
    "tanh": torch.tanh,
    "leaky_relu": torch.nn.functional.leaky_relu,
}


def random_network(
    hidden: int, layers: int, *, classes: int = 3, seed: int = 0, scale: float | None = None
) -> Layers:
    """He weights (or N(0, scale²)), biases N(0, 0.25)."""
    rng = np.random.default_rng(seed)
    widths = [2] + [hidden] * layers + [classes]
    return [
        (
            rng.normal(size=(b, a)) * (np.sqrt(2 / a) if scale is None else scale),
            rng.normal(size=b) / 2,
        )
        for a, b in pairwise(widths)
    ]


def pre_activations(weights: Layers, activation: str, points: np.ndarray) -> list[np.ndarray]:
    """torch, float64, untiled: y_i (n, units) for every layer."""
    h, ys = torch.from_numpy(np.ascontiguousarray(points)), []
    for W, b in weights:
        y = h @ torch.from_numpy(W).T + torch.from_numpy(b)
        ys.append(y.numpy())
        h = ACTIVATIONS[activation](y)
    return ys


def patterns(ys: list[np.ndarray], layers: range) -> np.ndarray:
    return np.concatenate([ys[i - 1] > 0 for i in layers], axis=1)


def same_partition(ids: np.ndarray, bits: np.ndarray) -> float:
    """Share of points whose id is that of their pattern, each pattern having one id of its own."""
    distinct, inverse = np.unique(bits, axis=0, return_inverse=True)
    votes = [np.unique(ids.ravel()[inverse == p], return_counts=True) for p in range(len(distinct))]
    winners = np.array([values[counts.argmax()] for values, counts in votes])
    assert len(np.unique(winners)) == len(winners)
    return float((winners[inverse] == ids.ravel()).mean())


# --- ids ------------------------------------------------------------------------------------


def test_three_lines_in_general_position_make_seven_cells():
    # x = 0, y = 0 and x + y = 1, on a grid that avoids them.
    weights = [(np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), np.array([0.0, 0.0, -1.0]))]
    grid = Grid((-3.0, 3.001, -3.0, 3.0013), 100, 90)
    ids = dense.pattern_ids(weights, "relu", grid, 1)
    assert ids.shape == (90, 100)
    assert len(np.unique(ids)) == 7
    top_right = dense.zobrist(1, 0) ^ dense.zobrist(1, 1) ^ dense.zobrist(1, 2)
    assert int(ids[0, -1]) == top_right
    assert int(ids[-1, 0]) == 0  # no unit is active at the bottom left
    assert int(ids[0, 0]) == dense.zobrist(1, 1)


def test_a_unit_at_exactly_zero_is_not_active():
    # Zero biases: left of x = 0 both units of layer 1 are off, so layer 2 is exactly 0 there.
    weights = [
        (np.array([[1.0, 0.0], [2.0, 0.0]]), np.zeros(2)),
        (np.array([[1.0, -3.0], [1.0, 1.0]]), np.zeros(2)),
    ]
    ids = dense.pattern_ids(weights, "relu", Grid((-1.0, 1.0, -1.0, 1.0), 5, 3), 2)
    assert (ids[:, :3] == 0).all()
    assert (ids[:, 3:] == dense.zobrist(2, 1)).all()


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("hidden", "layer"), [(16, 3), (13, 2), (64, 4), (65, 1)])
def test_ids_are_the_sign_patterns_of_a_float64_forward(activation: str, hidden: int, layer: int):
    weights = random_network(hidden, 4)
    grid = Grid((-5.0, 4.0, -3.0, 5.0), 90, 70)
    ys = pre_activations(weights, activation, grid.points())
    alone = dense.pattern_ids(weights, activation, grid, layer)
    joint = dense.joint_pattern_ids(weights, activation, grid, layer)
    assert same_partition(alone, patterns(ys, range(layer, layer + 1))) > 0.999  # float32 borders
    assert same_partition(joint, patterns(ys, range(1, layer + 1))) > 0.999


def test_the_joint_id_is_the_xor_of_the_layers_ids():
    weights = random_network(12, 3)
    grid = Grid(WINDOW, 40, 30)
    alone = [dense.pattern_ids(weights, "relu", grid, i) for i in (1, 2, 3)]
    joint = dense.joint_pattern_ids(weights, "relu", grid, 3)
    np.testing.assert_array_equal(joint, alone[0] ^ alone[1] ^ alone[2])


@pytest.mark.parametrize("hidden", [5, 64, 100])
def test_ids_from_packed_bits_are_those_of_the_picture(hidden: int):
    weights = random_network(hidden, 2)
    grid = Grid(WINDOW, 50, 40)
    active = pre_activations(weights, "relu", grid.points())[1] > 0
    padded = np.zeros((len(active), -(-hidden // 64) * 64), dtype=bool)
    padded[:, :hidden] = active
    words = np.packbits(padded, axis=1, bitorder="little").view(np.uint64)
    ids = dense.pattern_id_from_bits(words, 2, hidden)
    by_hand = [
        int(np.bitwise_xor.reduce(dense.unit_constants(2, hidden)[row], initial=np.uint64(0)))
        for row in active[:50]
    ]
    assert ids[:50].tolist() == by_hand
    assert (ids.reshape(grid.shape) == dense.pattern_ids(weights, "relu", grid, 2)).mean() > 0.999


def test_equal_patterns_of_different_networks_have_equal_ids():
    grid = Grid(WINDOW, 30, 30)
    W, b = random_network(10, 1)[0]
    before = dense.pattern_ids([(W, b)], "relu", grid, 1)
    after = dense.pattern_ids([(W * 3, b * 3), (np.ones((4, 10)), np.ones(4))], "tanh", grid, 1)
    np.testing.assert_array_equal(before, after)


def test_all_constants_of_the_largest_network_differ():
    constants = np.concatenate([dense.unit_constants(i, 256) for i in range(1, 33)])
    assert len(np.unique(constants >> np.uint64(6))) == 32 * 256


# --- magnitudes -----------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [1e-4, 1e4, 1e-30, 1e30])
def test_scaling_the_weights_of_a_homogeneous_network_changes_no_sign(factor: float):
    weights = random_network(16, 5)
    scale, scaled = 1.0, []
    for W, b in weights:  # y_i becomes factor^i · y_i
        scale *= factor
        scaled.append((W * factor, b * scale))
    grid = Grid(WINDOW, 60, 60)
    for layer in (1, 5, 6):
        np.testing.assert_array_equal(
            dense.joint_pattern_ids(scaled, "relu", grid, layer),
            dense.joint_pattern_ids(weights, "relu", grid, layer),
        )
    np.testing.assert_array_equal(
        dense.class_picture(scaled, "relu", grid), dense.class_picture(weights, "relu", grid)
    )


@pytest.mark.parametrize("factor", [1e-100, 1e100])
def test_signs_survive_products_beyond_the_range_of_float64(factor: float):
    weights = [(W, np.zeros_like(b)) for W, b in random_network(16, 5)]
    scaled = [(W * factor, b) for W, b in weights]  # y_6 would be 10^±600 times larger
    grid = Grid(WINDOW, 40, 40)
    np.testing.assert_array_equal(
        dense.joint_pattern_ids(scaled, "relu", grid, 6),
        dense.joint_pattern_ids(weights, "relu", grid, 6),
    )


@pytest.mark.parametrize("activation", ["relu", "identity", "leaky_relu"])
@pytest.mark.parametrize("scale", [1.0, 1e-4, 1e4])
def test_a_deep_wide_network_neither_overflows_nor_underflows(activation: str, scale: float):
    # float32 passes its maximum at layer 47 of 100 units with N(0, 1): at 32 of 256, too.
    weights = random_network(256, 31, scale=scale, classes=4)
    grid = Grid(WINDOW, 24, 20)
    ys = pre_activations(weights, activation, grid.points())
    ids = dense.pattern_ids(weights, activation, grid, 32)
    assert same_partition(ids, patterns(ys, range(32, 33))) > 0.97  # float32 over 32 layers
    classes = dense.class_picture(weights, activation, grid)
    assert (classes.ravel() == ys[-1].argmax(axis=1)).mean() > 0.97


def line_through(first: np.ndarray, inner: np.ndarray, gain: float) -> Layers:
    """Units that are all x + 10, times `gain` per layer; both logits are 0 at x = 0."""
    units, top = len(inner), 10.0 * gain**30
    weights = [(first, np.full(units, 10.0))]
    weights += [(inner, np.zeros(units))] * 30
    return [*weights, (np.eye(units)[[0, 0]] * [[2.0], [1.0]], np.array([-2 * top, -top]))]


@pytest.mark.parametrize("shrinks", [False, True])
def test_a_line_survives_thirty_layers_beyond_the_range_of_float32(shrinks: bool):
    # × 256 or ÷ 256 per layer, exactly: 2^240 and 2^-240, float32 ends at 2^128 and 2^-149.
    units = 2 if shrinks else 256
    inner = np.array([[1.0, -1 + 2.0**-8]] * 2) if shrinks else np.ones((256, 256))
    first = np.tile([[1.0, 0.0]], (units, 1))
    weights = line_through(first, inner, 2.0**-8 if shrinks else 256.0)
    grid = Grid((-5.0, 5.0, -1.0, 1.0), 10, 3)  # no column at x = 0
    right = np.tile(np.arange(10) >= 5, (3, 1))
    ids = dense.pattern_ids(weights, "relu", grid, 32)
    both = dense.zobrist(32, 0) ^ dense.zobrist(32, 1)
    np.testing.assert_array_equal(ids == both, right)
    np.testing.assert_array_equal(ids == 0, ~right)
    np.testing.assert_array_equal(dense.class_picture(weights, "relu", grid), ~right)


def test_units_of_very_different_size_keep_their_signs():
    # One unit 1e38 times the other, undone by the next layer: float32 would end in inf − inf.
    weights = [
        (np.array([[1e38, 0.0], [0.0, 1e-38]]), np.zeros(2)),
        (np.array([[1e-38, -1e38], [1.0, 1.0]]), np.array([0.0, -1e38])),
        (np.array([[1.0, 0.0], [0.0, 1e-36]]), np.zeros(2)),
    ]
    grid = Grid((0.1, 5.0, 0.13, 5.0), 40, 40)
    ys = pre_activations(weights, "relu", grid.points())
    for layer in (1, 2, 3):
        ids = dense.pattern_ids(weights, "relu", grid, layer)
        assert same_partition(ids, patterns(ys, range(layer, layer + 1))) > 0.999


def test_a_deep_line_in_a_narrow_window_needs_float64():
    # Units of layer 1 are 13 and 14 in the whole window as float32 sees it.
    window = (3.0, 3.0 + 4e-9, 4.0, 4.0 + 4e-9)
    weights = [
        (np.eye(2), np.full(2, 10.0)),
        (np.array([[1.0, 1.0]]), np.array([-27.0 - 4e-9])),
    ]
    grid = Grid(window, 20, 20)
    below_the_diagonal = grid.points().reshape(20, 20, 2).sum(axis=2) < 7 + 4e-9
    ids = dense.pattern_ids(weights, "relu", grid, 2)
    assert ((ids == 0) == below_the_diagonal).mean() > 0.9


def test_a_narrow_window_far_out_keeps_the_lines_of_layer_1():
    # 1e-9 of the coordinates: float32 would show a single colour.
    window = (3.0, 3.0 + 3e-9, 4.0, 4.0 + 4e-9)
    W = np.array([[4.0, -3.0], [4.0, 3.0]])
    weights = [(W, np.array([1e-9, -24.0 - 1e-8])), (np.array([[1.0, -1.0]]), np.zeros(1))]
    grid = Grid(window, 30, 30)
    ys = pre_activations(weights, "relu", grid.points())
    ids = dense.joint_pattern_ids(weights, "relu", grid, 2)
    assert len(np.unique(ids)) >= 4
    assert same_partition(ids, patterns(ys, range(1, 3))) > 0.97


# --- classes and confidence -----------------------------------------------------------------


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_classes_and_confidence_are_those_of_a_float64_softmax(activation: str):
    weights = random_network(20, 3, classes=5)
    grid = Grid(WINDOW, 80, 60)
    logits = pre_activations(weights, activation, grid.points())[-1]
    softmax = torch.softmax(torch.from_numpy(logits), dim=1).numpy()
    classes, confidence = dense.confidence_picture(weights, activation, grid)
    assert (classes.ravel() == logits.argmax(axis=1)).mean() > 0.999
    np.testing.assert_allclose(confidence.ravel(), softmax.max(axis=1), atol=1e-4)
    np.testing.assert_array_equal(classes, dense.class_picture(weights, activation, grid))


@pytest.mark.parametrize(("factor", "expected"), [(1e300, 1.0), (1e-300, 0.5)])
def test_confidence_of_extreme_logits_is_certain_or_a_coin_toss(factor: float, expected: float):
    weights = [(np.array([[1.0, 0.3], [-1.0, 0.2]]) * factor, np.zeros(2))]
    _, confidence = dense.confidence_picture(weights, "relu", Grid((-1.0, 1.0, 0.7, 1.0), 4, 4))
    np.testing.assert_allclose(confidence, expected)


def test_equal_logits_are_the_first_class():
    weights = [(np.zeros((3, 2)), np.zeros(3))]
    classes, confidence = dense.confidence_picture(weights, "relu", Grid(WINDOW, 5, 5))
    assert (classes == 0).all()
    np.testing.assert_allclose(confidence, 1 / 3)


# --- refusals -------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_weights_that_are_not_finite_are_refused_with_their_layer(value: float):
    weights = random_network(4, 2)
    weights[1][0][2, 3] = value
    with pytest.raises(ValueError, match="layer 2 has a weight or bias that is not finite"):
        dense.class_picture(weights, "relu", Grid(WINDOW, 3, 3))


def test_a_layer_that_does_not_fit_the_one_before_is_named():
    weights = [random_network(4, 1)[0], random_network(5, 1)[1]]
    with pytest.raises(ValueError, match="layer 2 takes 4 inputs"):
        dense.class_picture(weights, "relu", Grid(WINDOW, 3, 3))


@pytest.mark.parametrize("layer", [0, 4, -1])
def test_a_layer_the_network_lacks_is_refused(layer: int):
    with pytest.raises(ValueError, match="layer must be 1 to 3"):
        dense.pattern_ids(random_network(4, 2), "relu", Grid(WINDOW, 3, 3), layer)


def test_an_unknown_activation_is_refused():
    with pytest.raises(ValueError, match="activation must be one of"):
        dense.class_picture(random_network(4, 2), "nonsense", Grid(WINDOW, 3, 3))


# --- labels ---------------------------------------------------------------------------------


@pytest.mark.parametrize("distinct", [1, 7, 2048, 2049, 30_000])
def test_labels_are_those_of_unique_up_to_numbering(distinct: int):
    rng = np.random.default_rng(distinct)
    values = rng.integers(0, 2**63, distinct, dtype=np.uint64)
    values[0] = 0  # the pattern of a dead layer
    ids = values[rng.integers(0, distinct, (210, 190))]
    labels, found = dense.compact(ids)
    np.testing.assert_array_equal(found[labels], ids)
    assert len(found) == len(np.unique(ids))
    assert labels.dtype == np.int32
    first_seen = np.unique(labels.ravel(), return_index=True)[1]
    assert (np.diff(first_seen) > 0).all()  # numbered as they appear


def test_pairs_of_a_small_picture_are_those_one_sees():
    labels = np.array([[0, 0, 1], [0, 2, 1], [3, 2, 2]], dtype=np.int32)
    pairs = dense.neighbour_pairs(labels, 1)
    assert {tuple(pair) for pair in pairs.tolist()} == {(0, 1), (0, 2), (1, 2), (0, 3), (2, 3)}


def test_borders_shorter_than_asked_for_are_left_out():
    labels = np.array([[0, 0, 1], [0, 2, 1], [3, 2, 2]], dtype=np.int32)
    pairs = dense.neighbour_pairs(labels, 2)  # 0-1, 0-3 and 2-3 meet at one pixel edge
    assert {tuple(pair) for pair in pairs.tolist()} == {(0, 2), (1, 2)}


@pytest.mark.parametrize("shortest", [1, 3])
def test_pairs_of_many_labels_are_those_of_unique(shortest: int):
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 150, (120, 100)).astype(np.int32)
    a = np.concatenate([labels[:, :-1].ravel(), labels[:-1].ravel()])
    b = np.concatenate([labels[:, 1:].ravel(), labels[1:].ravel()])
    edges = np.sort(np.stack([a, b], axis=1)[a != b], axis=1)
    expected, counts = np.unique(edges, axis=0, return_counts=True)
    pairs = dense.neighbour_pairs(labels, shortest)
    assert len(pairs) > 4096 or shortest == 3  # the table has grown
    np.testing.assert_array_equal(pairs[np.lexsort(pairs.T[::-1])], expected[counts >= shortest])


def test_two_threads_see_what_one_sees():
    weights = random_network(32, 3)
    grid = Grid(WINDOW, 150, 150)
    alone = dense.joint_pattern_ids(weights, "relu", grid, 3)
    results: list[np.ndarray] = []
    threads = [
        threading.Thread(
            target=lambda: results.append(dense.joint_pattern_ids(weights, "relu", grid, 3))
        )
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2
    for result in results:
        np.testing.assert_array_equal(result, alone)
