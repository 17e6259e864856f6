"""An activation nobody has heard of, one row long, is known wherever activations are."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import cellscope
from cellscope.model.activations import ACTIVATIONS, Activation
from cellscope.model.cells.count.breakpoints import breakpoints
from cellscope.model.cells.count.whole_plane import plane_counts
from cellscope.model.cells.exact.affine import affine_maps
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.exact.split import forward_patterns, pieces, split
from cellscope.model.cells.exact.tiles import TilePool, tile_cells
from cellscope.model.cells.grid.dense import confidence_picture, joint_pattern_ids, pattern_ids
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import unpack_signs
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.moments import measure
from cellscope.model.spec import Spec
from cellscope.model.theory.prediction import predict
from cellscope.model.training.learner import Learner, layer_blocks, with_ones
from tests import programs
from tests.model.cells.families import random_net

WINDOW = (-5.0, 5.0, -5.0, 5.0)
KINKS, SLOPES = (-0.75, 1.5), (-0.25, 1.0, 0.5)


def ramp(y: np.ndarray) -> np.ndarray:
    """Down, up, and half as steep: a(−0.75) = 0.5."""
    low, high = KINKS
    left, middle = 0.5 - 0.25 * (y - low), 0.5 + (y - low)
    return np.where(y <= low, left, np.where(y <= high, middle, 2.75 + 0.5 * (y - high)))


def ramp_slope(y: np.ndarray) -> np.ndarray:
    return np.where(y > KINKS[1], 0.5, np.where(y > KINKS[0], 1.0, -0.25))


RAMP = Activation(
    name="ramp",
    module="Ramp",
    kinks=KINKS,
    slopes=SLOPES,
    start=0.5,
    value=ramp,
    slope=ramp_slope,
    forward=lambda y: y.copy_(torch.from_numpy(ramp(y.numpy()))),
    backward=lambda delta, y: delta.mul_(torch.from_numpy(ramp_slope(y.numpy()))),
    from_input=True,
)
HARDTANH = Activation(
    name="hard",
    module="Hardtanh",
    kinks=(-1.0, 1.0),
    slopes=(0.0, 1.0, 0.0),
    start=-1.0,
    value=lambda y: np.clip(y, -1.0, 1.0),
    slope=lambda h: np.where(np.abs(h) < 1.0, 1.0, 0.0),
    forward=lambda y: y.clamp_(-1.0, 1.0),
    backward=lambda delta, h: delta.mul_(h.abs() < 1.0),
)


@pytest.fixture(autouse=True)
def invented(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIVATIONS, "ramp", RAMP)
    monkeypatch.setitem(ACTIVATIONS, "hard", HARDTANH)


def values(weights: Any, x: Any, names: str) -> list[Any]:
    """Pre-activations by a loop of three lines."""
    rows = names.split(",") * (1 if "," in names else len(weights))
    h, found = x, []
    for (W, b), name in zip(weights, [*rows[: len(weights) - 1], "identity"], strict=True):
        found.append(h @ W.T + b)
        h = ACTIVATIONS[name].value(found[-1])
    return found


def piece_of(y: np.ndarray, name: str) -> np.ndarray:
    return np.sum([y > kink for kink in ACTIVATIONS[name].kinks], axis=0)


@pytest.mark.parametrize("names", ["ramp", "hard", "relu,ramp,hard", "ramp,identity,leaky_relu"])
@pytest.mark.parametrize("seed", range(4))
def test_every_face_has_one_pattern_and_the_affine_map_of_the_network(names: str, seed: int):
    weights = random_net((6, 5, 4), seed)
    complex = build(weights, WINDOW, layer=4, activation=names)
    assert complex.areas.min() > 0
    assert complex.areas.sum() == pytest.approx(100.0, rel=1e-12)
    ys = values(weights, complex.centroids, names)
    rows = names.split(",") * (1 if "," in names else 3)
    thick = complex.areas > 1e-9
    for layer, y in enumerate(ys, start=1):
        bits = unpack_signs(complex.layer_bits(layer), complex.widths[layer - 1])
        seen = pieces(bits, complex.network.kinks[layer - 1])
        name = rows[layer - 1] if layer <= 3 else "relu"
        assert np.array_equal(seen[thick], piece_of(y, name)[thick])
        A, d = affine_maps(complex, layer=layer)
        at = np.einsum("fij,fj->fi", A, complex.centroids) + d
        assert np.allclose(at, y, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("names", ["ramp", "hard", "relu,hard"])
def test_the_grid_finds_the_same_patterns_with_the_same_ids(names: str):
    weights = random_net((7, 6), 3)
    complex = build(weights, WINDOW, layer=2, activation=names)
    cells, grid = layer_cells(complex, 2), Grid(WINDOW, 201, 201)
    assert set(np.unique(pattern_ids(weights, names, grid, 2))) <= set(cells.ids)
    y = values(weights, np.asarray(grid.points(), np.float64), names)
    rows = names.split(",") * (1 if "," in names else 2)
    both = np.concatenate([piece_of(v, row) for v, row in zip(y[:2], rows, strict=True)], axis=1)
    ids = joint_pattern_ids(weights, names, grid, 2)
    assert len(np.unique(ids)) == len(np.unique(both, axis=0))
    classes, confidence = confidence_picture(weights, names, grid)
    assert np.array_equal(classes.ravel(), y[2].argmax(axis=1))
    soft = np.exp(y[2] - y[2].max(axis=1, keepdims=True))
    assert np.allclose(confidence.ravel(), 1 / soft.sum(axis=1), rtol=1e-5)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("depth", [1, 2, 3])
def test_hard_tanh_is_counted_as_by_the_engine_for_own_networks(seed: int, depth: int):
    weights = random_net((7,) * depth, seed)
    cells = layer_cells(build(weights, WINDOW, layer=depth, activation="hard"), depth)
    parts: list[nn.Module] = []
    for W, b in weights:
        linear = nn.Linear(W.shape[1], len(b), dtype=torch.float64)
        linear.weight.data, linear.bias.data = torch.tensor(W), torch.tensor(b)
        parts += [linear, nn.Hardtanh()]
    theirs = cellscope.cells(nn.Sequential(*parts[:-1]), window=(-5, 5, -5, 5), layer=depth)
    assert (cells.patterns, cells.regions, cells.linear_regions) == (
        theirs.patterns,
        theirs.connected_regions,
        theirs.linear_regions,
    )


def test_two_kinks_make_two_parallel_lines_of_one_unit():
    weights = [(np.array([[1.0, 0.0]]), np.zeros(1)), (np.ones((1, 1)), np.zeros(1))]
    complex = build(weights, WINDOW, layer=1, activation="ramp")
    assert sorted(complex.areas.tolist()) == [22.5, 35.0, 42.5]
    assert set(complex.edge_unit) == {-1, 0}
    plane = plane_counts(weights, layer=1, activation="ramp")
    assert (plane.counts.patterns, plane.exact) == (3, True)
    found = breakpoints(weights, (-5, 0), (5, 0), layer=1, activation="ramp")
    assert found.points[:, 0].tolist() == pytest.approx([-0.75, 1.5])
    assert found.units == (((1, 0),), ((1, 0),))


def test_a_zoom_of_a_billion_still_sees_the_kink():
    weights = random_net((5, 4), 1)
    whole = build(weights, WINDOW, layer=2, activation="ramp")
    x, y = whole.vertices[np.abs(whole.vertices).max(axis=1) < 4][0]
    small = build(weights, (x - 1e-9, x + 1e-9, y - 1e-9, y + 1e-9), layer=2, activation="ramp")
    assert small.faces > 1
    seen = forward_patterns(split(weights, "ramp"), small.centroids, layer=2)
    assert set(map(bytes, small.bits)) <= set(map(bytes, whole.bits))
    assert len(seen) == small.faces


def test_tiles_count_as_the_whole():
    weights = random_net((8, 8), 5)
    whole = layer_cells(build(weights, WINDOW, layer=2, activation="ramp"), 2)
    tiles = TilePool().build(weights, WINDOW, k=3, layer=2, activation="ramp")
    parts = tile_cells(tiles, 2)
    assert (parts.patterns, parts.regions) == (whole.patterns, whole.regions)


def test_a_training_step_is_that_of_autograd():
    spec = Spec(activation="ramp", width=6, depth=4, samples=100, batch_size=100)
    data = make_data(spec)
    learner = Learner(spec, initial_weights(spec, data), data)
    parameters = [b.clone().requires_grad_() for b in layer_blocks(learner.theta, spec.sizes)]
    x = with_ones(data.train_x)
    h = x
    for number, block in enumerate(parameters):
        y = h @ block.t()
        (low, high), (a, b, c) = KINKS, SLOPES
        left, right = 0.5 + a * (y - low), 0.5 + b * (high - low) + c * (y - high)
        bent = torch.where(y > high, right, torch.where(y > low, 0.5 + b * (y - low), left))
        last = number == len(parameters) - 1
        h = y if last else torch.cat([bent, torch.ones(len(y), 1)], dim=1)
    loss = torch.nn.functional.cross_entropy(h, torch.tensor(data.train_y))
    loss.backward()
    with torch.inference_mode():
        assert learner.step()
    for block, before in zip(layer_blocks(learner.theta, spec.sizes), parameters, strict=True):
        assert before.grad is not None
        assert torch.allclose(block, before - 0.1 * before.grad, rtol=1e-4, atol=1e-6)


def test_gradients_are_measured_and_theory_says_nothing():
    spec = Spec(activation="ramp", width=6, depth=4, samples=100)
    data = make_data(spec)
    weights = initial_weights(spec, data)
    signal = measure(weights, "ramp", data.train_x, data.train_y)
    assert predict(spec, data) is None
    W, b = weights[0][0].copy(), weights[0][1]
    up, down = W.copy(), W.copy()
    up[0, 0] += 1e-6
    down[0, 0] -= 1e-6
    losses = [
        measure(((M, b), *weights[1:]), "ramp", data.train_x, data.train_y).loss for M in (up, down)
    ]
    slope = (losses[0] - losses[1]) / 2e-6
    ys = values(weights, data.train_x, "ramp")
    soft = np.exp(ys[-1] - ys[-1].max(axis=1, keepdims=True))
    delta = soft / soft.sum(axis=1, keepdims=True)
    delta[np.arange(len(delta)), data.train_y] -= 1
    for (M, _), y in zip(weights[:0:-1], ys[-2::-1], strict=True):
        delta = (delta @ M) * ramp_slope(y)
    assert slope == pytest.approx(float((delta[:, 0] * data.train_x[:, 0]).mean()), rel=1e-4)
    assert signal.layers[0].dead_share is None


SCRIPT = """
import numpy as np, torch
from tests.model.test_invented_activation import RAMP
from cellscope.model.activations import ACTIVATIONS
ACTIVATIONS["ramp"] = RAMP
from cellscope.app.text import texts
for language in texts.LANGUAGES:
    texts.catalogue(language).update({"choice.activation.ramp": "ramp", "activation.ramp": "ramp"})
"""


def run(rest: str) -> str:
    done = programs.run(SCRIPT + rest)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_page_the_link_and_the_commands_offer_it():
    said = run(
        """
from cellscope.app.settings.controls import BY_NAME
from cellscope.app.settings.links import read_link
from cellscope.app.cli import main
from cellscope.app.page.layout import page
from cellscope.model.spec import Spec
from cellscope.model.view import View
page(Spec(activation="ramp"), View(), "200")
print(BY_NAME["activation"].choices)
print(read_link("?activation=ramp&depth=3", Spec(), View()).spec.activation)
main(["train", "--activation", "ramp", "--steps", "5", "--samples", "60", "--json"])
main(["moments", "--activation", "ramp", "--samples", "60", "--json"])
"""
    )
    assert "'ramp'" in said
    assert '"status": "finished"' in said
    assert '"theory": null' in said
