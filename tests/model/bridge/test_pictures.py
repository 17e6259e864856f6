from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.own_code.labels import Content, numbered
from cellscope.model.own_code.pictures import (
    PictureVerdict,
    Question,
    Reading,
    explain_picture,
    symmetric_points,
)
from cellscope.model.own_code.symmetry import SYMMETRIES, UPRIGHT
from cellscope.model.own_code.values import pre_activations
from cellscope.model.spec import Spec
from tests.snapshots import layers_at, started

Labels = NDArray[np.int64]
LAYER, SIDE = 2, 81  # layer 2 of 4, so that one more, one less and all together are other pictures
SNAPSHOT = started(Spec(width=8, depth=4, seed=5, dataset="blobs", classes=3))
WINDOW = (-5.0, 5.0, -4.0, 6.0)
BY_NAME = {symmetry.name: symmetry for symmetry in SYMMETRIES}


def question(spec: Spec | None = None) -> Question:
    snapshot = SNAPSHOT if spec is None else started(spec)
    return Question(snapshot.weights, snapshot.spec.activation, LAYER, WINDOW)


def by_hand(
    signs: Callable[[list[NDArray[np.float64]]], NDArray[np.generic]],
    *,
    x1: NDArray[np.float64] | None = None,
    x2: NDArray[np.float64] | None = None,
) -> Labels:
    """A student's picture: rows from the top, as np.meshgrid lays them over these axes."""
    across = np.linspace(WINDOW[0], WINDOW[1], SIDE) if x1 is None else x1
    down = np.linspace(WINDOW[2], WINDOW[3], SIDE)[::-1] if x2 is None else x2
    X, Y = np.meshgrid(across, down)
    rows = signs(layers_at(SNAPSHOT, np.stack([X.ravel(), Y.ravel()], axis=1)))
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(X.shape)


def of_layer(layer: int) -> Callable[[list[NDArray[np.float64]]], NDArray[np.generic]]:
    return lambda y: y[layer - 1] > 0


def only(verdict: PictureVerdict) -> Reading:
    assert verdict.status == "named"
    assert len(verdict.readings) == 1
    assert verdict.left == 0
    return verdict.readings[0]


def test_the_same_picture_is_the_same_whatever_its_labels():
    picture = by_hand(of_layer(LAYER))
    names = np.random.default_rng(0).permutation(int(picture.max()) + 1) * 7 - 30
    verdict = explain_picture(question(), names[picture])
    assert (verdict.status, verdict.left, verdict.plain.differing) == ("same", 0, 0)
    assert verdict.readings == (Reading(Content("pattern", LAYER)),)


@pytest.mark.parametrize("symmetry", SYMMETRIES[1:], ids=lambda s: s.name)
def test_a_picture_laid_down_another_way_is_recognised(symmetry: object):
    picture = by_hand(of_layer(LAYER))
    assert symmetry in SYMMETRIES
    laid = next(s for s in SYMMETRIES if s is symmetry).lay(picture)
    reading = only(explain_picture(question(), laid))
    assert reading.symmetry is symmetry
    assert reading.content == Content("pattern", LAYER)


@pytest.mark.parametrize("symmetry", SYMMETRIES, ids=lambda s: s.name)
def test_the_repair_that_is_named_puts_the_picture_right(symmetry: object):
    picture = np.arange(9).reshape(3, 3)
    known = next(s for s in SYMMETRIES if s is symmetry)
    assert np.array_equal(eval(known.repair, {"picture": known.lay(picture)}), picture)


@pytest.mark.parametrize(
    ("name", "indexing", "descending"),
    [
        ("rows", "xy", False),
        ("ij", "ij", False),
        ("transposed", "ij", True),
        ("upright", "xy", True),
    ],
)
def test_meshgrid_s_ways_have_the_names_of_their_mistakes(
    name: str, indexing: str, descending: bool
):
    across, up = np.linspace(-5, 5, SIDE), np.linspace(-4, 6, SIDE)
    x2 = up[::-1] if descending else up
    X, Y = np.meshgrid(across, x2, indexing="ij" if indexing == "ij" else "xy")
    y = layers_at(SNAPSHOT, np.stack([X.ravel(), Y.ravel()], axis=1))[LAYER - 1]
    verdict = explain_picture(question(), numbered(np.packbits(y > 0, axis=1)).reshape(X.shape))
    assert verdict.readings[0].symmetry is BY_NAME[name]


@pytest.mark.parametrize("layer", [1, 3, 4])
def test_the_pattern_of_another_layer_is_recognised(layer: int):
    reading = only(explain_picture(question(), by_hand(of_layer(layer))))
    assert reading == Reading(Content("pattern", layer))


def test_linear_regions_and_classes_are_recognised():
    regions = by_hand(lambda y: np.concatenate(y[:LAYER], axis=1) > 0)
    assert only(explain_picture(question(), regions)) == Reading(Content("regions", LAYER))
    classes = by_hand(lambda y: y[-1].argmax(axis=1))
    assert only(explain_picture(question(), classes)).content == Content("classes", 4)


def test_two_mistakes_at_once_are_both_named():
    reading = only(explain_picture(question(), by_hand(of_layer(3)).T))
    assert (reading.content, reading.symmetry.name) == (Content("pattern", 3), "transposed")


@pytest.mark.parametrize(("name", "offset"), [("open", 0.0), ("centres", 0.5)])
def test_a_grid_without_both_ends_is_recognised(name: str, offset: float):
    steps = (np.arange(SIDE) + offset) / SIDE * 10
    picture = by_hand(of_layer(LAYER), x1=-5 + steps, x2=(-4 + steps)[::-1])
    assert only(explain_picture(question(), picture)).axes == name
    turned = only(explain_picture(question(), picture[::-1]))
    assert (turned.axes, turned.symmetry.name) == (name, "rows")


def test_the_sheet_s_window_is_recognised_where_another_is_asked_for():
    axis = np.linspace(-5, 5, SIDE)
    picture = by_hand(of_layer(LAYER), x1=axis, x2=axis[::-1])
    assert only(explain_picture(question(), picture)).axes == "sheet"


# --- zero, rounding ------------------------------------------------------------------------------

CORNER = Question(
    # y_2 is 0 on a quarter of the plane, where layer 1 is dead and layer 2 has no bias.
    [(np.eye(2), np.zeros(2)), (np.array([[1.0, 2.0], [-2.0, 1.0], [1.0, -1.0]]), np.zeros(3))],
    "relu",
    2,
    WINDOW,
)


@pytest.mark.parametrize("kind", ["at_least", "signs"])
def test_another_rule_for_zero_is_recognised(kind: str):
    content = Content(kind, 2)  # pyright: ignore[reportArgumentType]
    picture = CORNER.picture(content, CORNER.axes("ends", SIDE))
    verdict = explain_picture(CORNER, picture)
    assert verdict.plain.differing > 0
    assert only(verdict) == Reading(content)


def single_precision(asked: Question, side: int) -> Labels:
    """The picture as float32 code makes it."""
    axes = asked.axes("ends", side)
    X, Y = np.meshgrid(axes.x1.astype(np.float32), axes.x2.astype(np.float32))
    h = np.stack([X.ravel(), Y.ravel()], axis=1)
    y = h
    for W, b in asked.weights[: asked.layer]:
        y = h @ W.T.astype(np.float32) + b.astype(np.float32)
        h = np.maximum(y, 0)
    return numbered(np.packbits(y > 0, axis=1)).reshape(X.shape)


def narrow() -> Question:
    """A window of a thousandth around a point on two lines of layer 1, which is a grid point."""
    W, b = (part[:2].astype(np.float64) for part in SNAPSHOT.weights[0])
    x, y = np.linalg.solve(W, -b)
    window = (x - 4e-4, x + 6e-4, y - 3e-4, y + 7e-4)
    return Question(SNAPSHOT.weights, "relu", 1, window)


def test_what_float32_leaves_open_is_named_as_that():
    picture = single_precision(narrow(), 401)
    verdict = explain_picture(narrow(), picture)
    assert (verdict.status, verdict.rounding) == ("same", "single")
    assert 0 < verdict.left == verdict.plain.differing < 50
    turned = explain_picture(narrow(), picture[::-1])
    assert (turned.status, turned.rounding, turned.left) == ("named", "single", verdict.left)
    assert [reading.symmetry.name for reading in turned.readings] == ["rows"]


def test_a_point_on_a_line_may_be_on_either_side_in_float64():
    picture = narrow().picture(Content("pattern", 1), narrow().axes("ends", 401))
    corner = picture[400 - 120, 160]  # the point on two lines
    around = picture[400 - 121 : 400 - 118, 159:162]
    other = next(label for label in np.unique(around) if label != corner)
    picture[400 - 120, 160] = other
    verdict = explain_picture(narrow(), picture)
    assert (verdict.status, verdict.rounding, verdict.left) == ("same", "double", 1)


def test_a_pixel_or_two_away_from_all_lines_are_no_rounding():
    picture = by_hand(of_layer(LAYER))
    lone = picture.copy()
    inside = (
        np.argwhere(
            (picture[1:-1, 1:-1] == picture[2:, 1:-1]) & (picture[1:-1, 1:-1] == picture[1:-1, 2:])
        )[0]
        + 1
    )
    lone[tuple(inside)] = picture.max() + 1
    verdict = explain_picture(question(), lone)
    assert (verdict.status, verdict.left, verdict.rounding) == ("differs", 1, "")
    assert np.argwhere(verdict.plain.differs).tolist() == [inside.tolist()]


# --- nothing is claimed that is not so -----------------------------------------------------------


def test_where_several_explanations_fit_all_of_them_are_given():
    # Without biases the pattern of −x is that of x inverted: turned by 180° the picture is the
    # same, so that rows turned over cannot be told from left and right swapped.
    asked = Question(
        started(Spec(width=8, depth=3, bias="zero")).weights, "relu", 1, (-5, 5, -5, 5)
    )
    picture = asked.picture(asked.asked, asked.axes("ends", SIDE))
    verdict = explain_picture(asked, picture[::-1])
    assert verdict.status == "named"
    assert [reading.symmetry.name for reading in verdict.readings] == ["rows", "columns"]
    assert explain_picture(asked, picture[::-1, ::-1]).status == "same"


def test_a_foreign_picture_has_no_explanation():
    other = Question(started(Spec(width=8, depth=4, seed=6)).weights, "relu", LAYER, WINDOW)
    picture = other.picture(other.asked, other.axes("ends", SIDE))
    noise = np.random.default_rng(1).integers(0, 9, (SIDE, SIDE))
    for foreign in (picture, noise, np.arange(SIDE * SIDE).reshape(SIDE, SIDE)):
        verdict = explain_picture(question(), foreign)
        assert (verdict.status, verdict.readings) == ("differs", ())


def test_one_label_everywhere_is_no_dead_layer():
    assert explain_picture(question(), np.zeros((SIDE, SIDE), np.int64)).status == "differs"


def test_a_few_pixels_wrong_after_a_mistake_are_counted():
    picture = by_hand(of_layer(LAYER))[::-1].copy()
    picture[10:12, 10:12] = 10_000
    verdict = explain_picture(question(), picture)
    assert (verdict.status, verdict.left, verdict.rounding) == ("named", 4, "")
    assert [reading.symmetry.name for reading in verdict.readings] == ["rows"]


def test_a_large_network_is_compared_on_fewer_points(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cellscope.model.own_code.pictures.MOST_PRODUCTS", 100.0)
    axis = np.linspace(-5, 5, 301), np.linspace(-4, 6, 301)[::-1]
    picture = by_hand(of_layer(LAYER), x1=axis[0], x2=axis[1])
    assert explain_picture(question(), picture).points == 102 * 102
    assert only(explain_picture(question(), picture.T)).symmetry.name == "transposed"


@pytest.mark.parametrize(("pixels", "most"), [(11, 101), (202, 101), (1001, 101), (1000, 55)])
def test_the_few_points_are_the_same_ones_from_either_end(pixels: int, most: int):
    kept = symmetric_points(pixels, most=most)
    assert np.array_equal(kept, (pixels - 1 - kept)[::-1])
    assert len(kept) <= most + 1
    assert {0, pixels - 1} <= set(kept.tolist())


def test_values_are_those_of_the_network():
    points = np.array([[0.5, -1.0], [3.0, 2.0]])
    found = list(pre_activations(SNAPSHOT.weights, "relu", points))
    for y, expected in zip(found, layers_at(SNAPSHOT, points), strict=True):
        assert np.array_equal(y, expected)


def test_upright_is_the_first_symmetry():
    assert SYMMETRIES[0] is UPRIGHT
