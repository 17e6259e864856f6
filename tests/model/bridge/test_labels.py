import numpy as np
import pytest

from cellscope.model.cells.picture.render import draw
from cellscope.model.own_code.labels import (
    Content,
    every_picture,
    inclusive_axes,
    label_picture,
    numbered,
    open_axes,
)
from cellscope.model.own_code.partition import differing
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.snapshots import layers_at, patterns_on_grid, started

WINDOW = (-5.0, 5.0, -4.0, 3.0)


def test_rows_are_numbered_as_np_unique_numbers_them():
    rng = np.random.default_rng(0)
    for units in (3, 8, 70):
        signs = rng.integers(0, 2, (500, units)).astype(bool)
        signs[:, 2:] &= rng.random(units - 2) > 0.9
        _, expected = np.unique(signs, axis=0, return_inverse=True)
        assert np.array_equal(numbered(np.packbits(signs, axis=1)), expected.ravel())


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "identity", "tanh"])
def test_labels_are_the_patterns_of_a_plain_forward_pass(activation: str):
    snapshot = started(Spec(width=9, depth=4, activation=activation))
    view = View(layer=3, window=WINDOW, pixels=140)  # more points than a tile holds
    axes = inclusive_axes(WINDOW, 140)
    alone = label_picture(snapshot.weights, activation, axes, Content("pattern", 3))
    together = label_picture(snapshot.weights, activation, axes, Content("regions", 3))
    assert differing(alone, patterns_on_grid(snapshot, view)) == 0
    assert differing(together, patterns_on_grid(snapshot, view, joint=True)) == 0


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "identity", "tanh"])
def test_the_page_s_picture_has_one_colour_for_each_label(
    activation: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)
    snapshot = started(Spec(width=12, depth=4, activation=activation, bias="zero", seed=3))
    view = View(layer=2, pixels=101)
    labels = label_picture(
        snapshot.weights, activation, inclusive_axes(view.window, 101), Content("pattern", 2)
    )
    picture = draw(snapshot, view)
    pairs = set(zip(labels.ravel().tolist(), picture.indices.ravel().tolist(), strict=True))
    assert len(pairs) == len(np.unique(labels)) > 10


def test_zero_is_on_the_side_that_the_content_says():
    weights = [(np.array([[1.0, 0.0]]), np.zeros(1))]  # y is x₁, 0 in the middle column
    axes = inclusive_axes((-1.0, 1.0, -1.0, 1.0), 3)

    def row(kind: str) -> list[int]:
        content = Content(kind, 1)  # pyright: ignore[reportArgumentType]
        return label_picture(weights, "relu", axes, content)[0].tolist()

    assert row("pattern") == [0, 0, 1]
    assert row("at_least") == [0, 1, 1]
    assert row("signs") == [0, 1, 2]


def test_classes_are_the_arg_max():
    snapshot = started(Spec(width=8, depth=3, dataset="blobs", classes=4))
    axes = inclusive_axes(WINDOW, 40)
    found = label_picture(snapshot.weights, "relu", axes, Content("classes", 3))
    points = np.concatenate([points for _, points in axes.tiles()])
    _, expected = np.unique(layers_at(snapshot, points)[-1].argmax(axis=1), return_inverse=True)
    assert np.array_equal(found.ravel(), expected)


def test_row_0_is_the_top_and_column_0_the_left():
    axes = inclusive_axes((0.0, 2.0, 0.0, 1.0), 3)
    assert axes.x1.tolist() == [0.0, 1.0, 2.0]
    assert axes.x2.tolist() == [1.0, 0.5, 0.0]


def test_open_axes_are_those_of_arange():
    axes = open_axes((-5.0, 5.0, -5.0, 5.0), 100)
    assert axes.x1 == pytest.approx(np.arange(-5, 5, 0.1), abs=1e-12)
    assert axes.x2 == pytest.approx(np.arange(-5, 5, 0.1)[::-1], abs=1e-12)
    middle = open_axes((0.0, 4.0, 0.0, 4.0), 4, offset=0.5)
    assert middle.x1.tolist() == [0.5, 1.5, 2.5, 3.5]


def test_every_picture_is_that_of_its_content():
    snapshot = started(Spec(width=7, depth=3))
    axes = inclusive_axes(WINDOW, 30)
    contents: list[Content] = []
    for content, labels in every_picture(snapshot.weights, "relu", axes):
        alone = label_picture(snapshot.weights, "relu", axes, content)
        assert len(set(zip(labels.ravel(), alone.ravel(), strict=True))) == len(np.unique(alone))
        contents.append(content)
    kinds = [(content.kind, content.layer) for content in contents]
    assert sorted(kinds) == [
        ("classes", 3),
        *(("pattern", layer) for layer in (1, 2, 3)),
        *(("regions", layer) for layer in (2, 3)),
    ]
