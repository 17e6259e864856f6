from dataclasses import replace

import numpy as np
import pytest

from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.counts import count_cells
from cellscope.model.cells.picture.render import draw
from cellscope.model.linear_map import collapse
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.snapshots import layers_at, started

LINEAR = Spec(width=8, depth=4, seed=5, activation="identity", dataset="blobs", classes=3)
SIDE = 41


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)


def test_the_one_map_is_the_network() -> None:
    snapshot = started(LINEAR)
    found = collapse(snapshot, View(), SIDE)
    points = np.random.default_rng(0).uniform(-50, 50, (200, 2))
    assert found.A.shape == (3, 2)
    assert np.allclose(points @ found.A.T + found.d, layers_at(snapshot, points)[-1], rtol=1e-9)


@pytest.mark.parametrize("mode", ["cells", "regions", "classes", "confidence"])
@pytest.mark.parametrize("depth", [1, 2, 5])
def test_a_linear_network_s_picture_is_that_of_its_one_map(mode: str, depth: int) -> None:
    snapshot = started(LINEAR.but(depth=depth))
    for layer in range(1, depth + 1):
        found = collapse(snapshot, View(layer=layer, mode=mode), SIDE)
        assert found.mode == ("cells" if mode == "regions" else mode)
        same = found.network == found.single
        # Softmax levels are rounded: two float64 sums may fall on both sides of a step.
        assert same.all() if mode != "confidence" else same.mean() > 0.999
        assert len(np.unique(found.network)) > 1


def test_the_difference_is_the_largest_over_all_points_of_the_picture() -> None:
    for activation, largest in (("identity", 1e-12), ("relu", np.inf)):
        snapshot = started(LINEAR.but(activation=activation))
        view = View(layer=2, window=(-2.0, 3.0, -1.0, 4.0))
        found = collapse(snapshot, view, SIDE)
        x, y = np.meshgrid(np.linspace(-2, 3, SIDE), np.linspace(-1, 4, SIDE))
        points = np.stack([x.ravel(), y.ravel()], axis=1)
        logits = layers_at(snapshot, points)[-1]
        apart = np.abs(logits - (points @ found.A.T + found.d)).max()
        assert found.difference == pytest.approx(apart, rel=1e-6, abs=1e-13)
        assert found.difference <= largest
        assert found.largest == pytest.approx(np.abs(logits).max())
        assert found.points == SIDE * SIDE
    assert found.difference > 0.1  # of ReLU: another network


def test_the_signs_of_a_linear_network_draw_as_many_cells_as_its_arrangement_has() -> None:
    snapshot = started(LINEAR)
    for layer in (1, 2, 4):
        patterns = count_cells(
            build(snapshot.weights, View().window, layer=layer, activation="identity")
        ).patterns
        assert collapse(snapshot, View(layer=layer), SIDE).cells == patterns


def test_the_network_s_picture_is_the_large_one() -> None:
    snapshot = started(LINEAR.but(activation="relu"))
    view = View(layer=2, mode="classes", pixels=SIDE)
    assert np.array_equal(collapse(snapshot, view, SIDE).network, draw(snapshot, view).indices)


def test_a_product_beyond_float64_is_an_overflow() -> None:
    deep = Spec(width=16, depth=12, activation="identity")
    snapshot = replace(started(deep), theta=np.full(deep.parameters, 1e38, np.float32))
    with pytest.raises(OverflowError):
        collapse(snapshot, View(), SIDE)
