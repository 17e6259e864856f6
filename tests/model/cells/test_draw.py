from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model import warm
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.counts import count_cells
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.picture import exact_picture
from cellscope.model.cells.picture import render as module
from cellscope.model.cells.picture.boundary_segments import FOLD
from cellscope.model.cells.picture.picture import CONFIDENCE_LEVELS, Picture
from cellscope.model.cells.picture.render import draw, grid_picture
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import SHEET_PIXELS, View
from tests.model.cells.families import axis_parallel, random_net
from tests.snapshots import chosen, layers_at, patterns_on_grid, started

SMALL = Spec(width=5, depth=4, seed=3)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(warm, "done", lambda: True)


def same_partition(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Whether two pictures are equal up to a renaming of their values."""
    pairs = np.unique(np.stack([a.ravel(), b.ravel()], axis=1), axis=0)
    return len(pairs) == len(np.unique(a)) == len(np.unique(b))


def is_function_of(a: NDArray[Any], b: NDArray[Any]) -> bool:
    """Whether equal values of b have equal values of a: colours may repeat, not differ."""
    return len(np.unique(np.stack([a.ravel(), b.ravel()], axis=1), axis=0)) == len(np.unique(b))


# --- exact pictures against a dense float64 forward pass -----------------------------------------


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_every_pixel_of_a_cell_has_its_colour_and_no_other_cell_has_it(layer: int) -> None:
    snapshot, view = started(SMALL), View(layer=layer, pixels=120)
    picture = draw(snapshot, view)
    assert picture.exact
    assert picture.count <= 32
    assert same_partition(picture.indices, patterns_on_grid(snapshot, view))


def test_every_pixel_of_a_linear_region_has_its_colour() -> None:
    snapshot, view = started(SMALL), View(layer=3, pixels=120, mode="regions")
    picture = draw(snapshot, view)
    dense = patterns_on_grid(snapshot, view, joint=True)
    assert picture.count > 32  # so that colours repeat
    assert is_function_of(picture.indices, dense)
    assert picture.count >= len(np.unique(dense))


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_points_on_lines_have_the_pattern_that_a_forward_pass_gives_them(layer: int) -> None:
    # Lines on whole numbers, and whole numbers are pixels: a tenth of the picture is on lines.
    snapshot = chosen(axis_parallel(5)[0])
    view = View(layer=layer, pixels=41)
    picture, dense = draw(snapshot, view), patterns_on_grid(snapshot, view)
    complex = build(snapshot.weights, view.window, layer=layer)
    found = {row.tobytes() for row in complex.layer_bits(layer)}
    grid = np.asarray(Grid(view.window, 41, 41).points(), np.float64)
    active = layers_at(snapshot, grid)[layer - 1] > 0
    words = np.zeros(len(active), np.uint64)
    for unit in range(active.shape[1]):
        words |= active[:, unit].astype(np.uint64) << np.uint64(unit)
    is_cell = np.array([word.tobytes() in found for word in words])  # some have no area
    assert is_cell.mean() > 0.5
    flat = picture.indices.ravel()[is_cell], dense.ravel()[is_cell]
    assert is_function_of(*flat)
    if picture.count <= 32:
        assert same_partition(*flat)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_classes_are_the_arg_max_at_every_pixel(seed: int) -> None:
    snapshot = chosen(random_net((6, 6), seed, outputs=4))
    view = View(mode="classes", pixels=101)
    grid = np.asarray(Grid(view.window, 101, 101).points(), np.float64)
    expected = layers_at(snapshot, grid)[-1].argmax(axis=1).reshape(101, 101)
    picture = draw(snapshot, view)
    assert np.array_equal(picture.indices, expected)
    assert picture.exact
    assert picture.count >= len(np.unique(expected))


def test_a_tie_of_logits_goes_to_the_first_class() -> None:
    # y_1 − y_0 = |x| + |y| is 0 at the origin only, which is a pixel: no polygon has class 0.
    W = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])
    output = np.array([[0.0, 0, 0, 0], [1, 1, 1, 1]])
    snapshot = chosen([(W, np.zeros(4)), (output, np.zeros(2))])
    picture = draw(snapshot, View(mode="classes", pixels=101))
    assert picture.count == 1
    assert picture.indices[50, 50] == 0
    assert picture.indices.sum() == 101 * 101 - 1


def test_confidence_is_the_softmax_in_32_steps_for_every_class() -> None:
    snapshot = chosen(random_net((6, 6), 1, outputs=3))
    view = View(mode="confidence", pixels=61)
    y = layers_at(snapshot, np.asarray(Grid(view.window, 61, 61).points(), np.float64))[-1]
    softmax = np.exp(y - y.max(axis=1, keepdims=True))
    top = softmax.max(axis=1) / softmax.sum(axis=1)
    picture = draw(snapshot, view)
    chosen_class, level = np.divmod(picture.indices.ravel(), CONFIDENCE_LEVELS)
    assert np.array_equal(chosen_class, y.argmax(axis=1))
    expected = np.minimum(np.floor(top * 32), 31)
    near = np.abs(top * 32 - np.round(top * 32)) < 1e-3  # float32 may be on either side
    assert np.array_equal(level[~near], expected[~near])


def test_counts_are_those_of_the_complex() -> None:
    snapshot = started(SMALL)
    for layer in (1, 2, 3):
        counts = count_cells(build(snapshot.weights, View().window, layer=layer))
        cells = draw(snapshot, View(layer=layer, pixels=21))
        regions = draw(snapshot, View(layer=layer, pixels=21, mode="regions"))
        assert (cells.count, cells.pieces) == (counts.patterns, counts.regions)
        assert regions.count == counts.linear_regions


def test_a_layer_beyond_the_last_shows_the_last() -> None:
    snapshot = started(SMALL)
    last, beyond = (draw(snapshot, View(layer=i, pixels=31)) for i in (4, 32))
    assert beyond.layer == 4
    assert np.array_equal(last.indices, beyond.indices)


def test_a_network_without_hidden_layer_has_the_cells_of_its_logits() -> None:
    snapshot, view = started(Spec(depth=1, classes=3, dataset="blobs")), View(layer=1, pixels=60)
    picture = draw(snapshot, view)
    assert picture.count == 7  # three lines in general position
    assert same_partition(picture.indices, patterns_on_grid(snapshot, view))


def test_a_window_of_a_millionth_is_as_sharp_as_any() -> None:
    snapshot = started(SMALL)
    W, b = (part.astype(np.float64) for part in snapshot.weights[0])
    at = -b[0] * W[0] / (W[0] @ W[0])  # on the first unit's line
    x, y = at.tolist()
    view = View(layer=1, pixels=60, window=(x - 5e-6, x + 5e-6, y - 5e-6, y + 5e-6))
    picture = draw(snapshot, view)
    assert picture.exact
    assert picture.count == 2
    assert same_partition(picture.indices, patterns_on_grid(snapshot, view))


def test_weights_whose_products_leave_float64_have_the_same_cells() -> None:
    # Every layer times 2^100: y_12 is 2^1200 times as large and has the same signs.
    weights = random_net((7,) * 11, 3)
    for _, b in weights[1:]:
        b[:] = 0
    plain, huge = chosen(weights), chosen([(W * 2.0**100, b * 2.0**100) for W, b in weights])
    for mode in ("cells", "regions", "classes"):
        view = View(layer=11, mode=mode, pixels=101)
        small, large = draw(plain, view), draw(huge, view)
        assert np.array_equal(small.indices, large.indices)
        assert small.count == large.count


# --- colours ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["cells", "regions", "classes"])
def test_the_same_network_has_the_same_colours_in_every_thread(mode: str) -> None:
    snapshot, view = started(Spec(width=12, depth=4)), View(mode=mode, layer=3, pixels=101)
    first = draw(snapshot, view)
    draw(started(Spec(seed=9)), view)  # what was drawn before must not matter
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(draw, snapshot, view).result()
    assert np.array_equal(first.indices, draw(snapshot, view).indices)
    assert np.array_equal(first.indices, other.indices)


def test_the_number_of_colours_is_said() -> None:
    picture = draw(started(Spec(width=16, depth=3)), View(layer=1, pixels=401))
    assert picture.count > 32
    assert len(np.unique(picture.indices)) <= picture.colours <= 64


# --- the sheet's grid ---------------------------------------------------------------------------


def test_the_sheets_grid_sees_no_more_cells_than_there_are() -> None:
    for seed in range(6):
        for bias in ("zero", "fixed"):
            snapshot = started(Spec(bias=bias, seed=seed, width=16, depth=3))
            for layer in (1, 2):
                picture = draw(snapshot, View(layer=layer, pixels=SHEET_PIXELS))
                assert picture.on_grid is not None
                assert 0 < picture.on_grid <= picture.count


def test_the_origin_of_a_network_without_biases_is_no_cell() -> None:
    # 16 lines through the origin, which is a point of the grid: 32 wedges.
    picture = draw(started(Spec(bias="zero", width=16)), View(layer=1, pixels=SHEET_PIXELS))
    assert (picture.count, picture.on_grid) == (32, 32)


def test_an_affine_network_has_one_linear_region_and_no_folds() -> None:
    for spec in (
        Spec(width=16, activation="identity"),
        Spec(depth=1, classes=3, dataset="blobs"),
        Spec(depth=1, activation="tanh"),
    ):
        snapshot = started(spec)
        region = draw(snapshot, View(layer=3, mode="regions"))
        assert (region.count, region.exact, len(region.lines.style)) == (1, True, 0)
        assert (region.indices == region.indices[0, 0]).all()
        for mode in ("cells", "classes", "confidence"):
            assert FOLD not in draw(snapshot, View(layer=2, mode=mode)).lines.style
    bends = draw(started(Spec(width=16, depth=3)), View(mode="classes"))
    assert FOLD in bends.lines.style


def test_other_grids_do_not_count() -> None:
    assert draw(started(SMALL), View(pixels=100)).on_grid is None


# --- what cannot be exact says so ---------------------------------------------------------------


@pytest.mark.parametrize("mode", ["cells", "regions", "classes", "confidence"])
def test_tanh_is_evaluated_on_the_grid(mode: str) -> None:
    snapshot = started(Spec(activation="tanh", width=6, depth=3))
    view = View(layer=2, pixels=60, mode=mode)
    picture = draw(snapshot, view)
    assert not picture.exact
    assert picture.why_grid == "activation"
    assert not len(picture.lines.style)
    if mode in ("cells", "regions"):
        dense = patterns_on_grid(snapshot, view, joint=mode == "regions")
        assert picture.count == len(np.unique(dense))
        assert is_function_of(picture.indices, dense)


def test_beyond_the_budget_the_grid_has_the_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_picture, "REST_FACES", 50)
    snapshot, view = started(Spec(width=12, depth=4)), View(layer=3, pixels=60)
    for mode in ("cells", "regions", "classes", "confidence"):
        picture = draw(snapshot, View(layer=3, pixels=60, mode=mode))
        assert (picture.exact, picture.why_grid) == (False, "budget")
    assert draw(snapshot, view).count == len(np.unique(patterns_on_grid(snapshot, view)))


def test_in_motion_the_budget_is_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_picture, "LIVE_FACES", 50)
    spec, view = Spec(width=12, depth=4), View(layer=3, pixels=31)
    assert not draw(started(spec, "training"), view).exact
    assert draw(started(spec), view).exact


def test_below_the_reach_of_float64_the_grid_has_the_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_snapshot: Snapshot, view: View, _layer: int) -> Picture:
        raise BelowReach(view.window)

    monkeypatch.setattr(module, "exact_picture", refuse)
    assert draw(started(SMALL), View(pixels=31)).why_grid == "reach"


# --- before the kernels are there ---------------------------------------------------------------


@pytest.fixture
def cold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm, "done", lambda: False)


@pytest.mark.usefixtures("cold")
@pytest.mark.parametrize("mode", ["cells", "regions", "classes", "confidence"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "identity"])
def test_a_plain_picture_is_the_dense_one_up_to_its_colours(mode: str, activation: str) -> None:
    snapshot = started(Spec(width=7, depth=4, activation=activation, seed=2))
    view = View(layer=3, pixels=61, mode=mode)
    plain = draw(snapshot, view)
    if (activation, mode) == ("identity", "regions"):  # nothing is left to be compiled for
        assert (plain.count, plain.exact) == (1, True)
        return
    dense = grid_picture(snapshot, view, 3, "budget")
    assert (plain.exact, plain.why_grid) == (False, "warming")
    assert plain.count == dense.count
    if mode == "classes":
        assert np.array_equal(plain.indices, dense.indices)
    elif mode == "confidence":
        assert (plain.indices != dense.indices).mean() < 1e-2  # float32 against float64
    else:
        assert is_function_of(
            plain.indices, patterns_on_grid(snapshot, view, joint=mode != "cells")
        )
