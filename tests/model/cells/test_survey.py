from dataclasses import replace
from typing import NoReturn

import numpy as np
import pytest
import torch

from cellscope.model.cells.count import film_strip as module
from cellscope.model.cells.count.bounds import geometric_maximum, serra_bound
from cellscope.model.cells.count.film_strip import THUMB, survey, whole_plane
from cellscope.model.cells.count.whole_plane import plane_counts
from cellscope.model.cells.exact.complex import BudgetExceeded, build
from cellscope.model.cells.exact.counts import count_cells, filled_by
from cellscope.model.cells.picture import exact_picture
from cellscope.model.cells.picture.render import draw, grid_picture
from cellscope.model.datasets import make_data, seen_data
from cellscope.model.inputs import with_features
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.model.cells.families import random_net, sawtooth, zero_bias
from tests.snapshots import chosen, layers_at, started

SHEET = Spec(width=16, depth=3)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)


# --- the funnel ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("s", [0.01, 1.0, 16.0])
def test_sixteen_lines_make_137_cells_in_the_plane_whatever_the_weights(
    seed: int, s: float
) -> None:
    spec = SHEET.but(init="normal", weight_variance=s, seed=seed)
    funnel = survey(started(spec), View(layer=1)).funnel
    assert (funnel.sign_vectors, funnel.maximum, funnel.typical) == (65_536, 137, 128.0)
    assert (funnel.plane, funnel.plane_exact) == (137, True)
    assert funnel.window is not None
    assert funnel.filled is not None
    assert funnel.filled.patterns <= min(funnel.window, funnel.filled.points)
    assert funnel.window <= 137


def test_sixteen_lines_through_the_origin_make_32_cells() -> None:
    funnel = survey(started(SHEET.but(bias="zero")), View(layer=1)).funnel
    assert (funnel.maximum, funnel.plane, funnel.window, funnel.pieces) == (32, 32, 32, 32)
    assert funnel.plane_exact


def test_the_funnel_counts_what_the_engine_counts() -> None:
    snapshot, points = started(SHEET), make_data(SHEET).train_x
    for layer in (1, 2, 3):
        counts = count_cells(build(snapshot.weights, View().window, layer=layer))
        filled = filled_by(snapshot.weights, points, View().window, layer=layer)
        cells = survey(snapshot, View(layer=layer)).funnel
        regions = survey(snapshot, View(layer=layer, mode="regions")).funnel
        assert (cells.window, cells.pieces) == (counts.patterns, counts.regions)
        assert (regions.window, regions.pieces) == (counts.linear_regions, None)
        assert cells.filled == regions.filled == filled


def test_data_fill_the_patterns_that_a_forward_pass_gives_them() -> None:
    snapshot = started(SHEET)
    data = make_data(SHEET).train_x
    patterns = np.unique(layers_at(snapshot, data)[1] > 0, axis=0)
    funnel = survey(snapshot, View(layer=2)).funnel
    assert funnel.filled is not None
    assert funnel.filled.patterns == len(patterns)
    assert funnel.filled.points == len(data)


def test_only_points_of_the_window_fill_cells() -> None:
    found = survey(started(SHEET), View(layer=1, window=(100.0, 101.0, 100.0, 101.0))).funnel
    assert found.filled is not None
    assert (found.filled.points, found.filled.patterns) == (0, 0)


def test_deep_layers_have_their_own_bounds() -> None:
    view = View(layer=2)
    cells = survey(started(SHEET), view).funnel
    regions = survey(started(SHEET), replace(view, mode="regions")).funnel
    assert (cells.sign_vectors, cells.maximum) == (2**16, geometric_maximum((16, 16)))
    assert (regions.sign_vectors, regions.maximum) == (2**32, serra_bound((16, 16)))
    assert cells.typical == regions.typical == 32**2 / 2


def test_an_identity_network_has_lines_in_every_layer() -> None:
    spec = Spec(width=16, depth=4, activation="identity")
    for layer in (1, 2, 3):
        funnel = survey(started(spec), View(layer=layer)).funnel
        assert (funnel.maximum, funnel.plane, funnel.plane_exact) == (137, 137, True)
    regions = survey(started(spec), View(layer=2, mode="regions")).funnel
    assert regions.maximum == 1 + 32 + 32 * 31 // 2
    assert regions.plane is not None
    assert regions.plane <= regions.maximum


def test_counts_of_the_plane_wait_until_training_pauses() -> None:
    funnel = survey(started(SHEET, "training"), View(layer=1)).funnel
    assert (funnel.plane, funnel.plane_exact) == (None, False)
    assert funnel.window is not None


def test_two_patterns_may_come_in_many_pieces() -> None:
    weights, window = sawtooth(6)
    funnel = survey(chosen(weights), View(layer=6, window=window)).funnel
    counts = count_cells(build(weights, window, layer=6))
    assert (funnel.window, funnel.pieces) == (counts.patterns, counts.regions)
    assert counts.patterns < counts.regions


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_every_layer_is_counted_at_once(layer: int) -> None:
    spec = Spec(width=9, depth=3)
    snapshot, points = started(spec), make_data(spec).train_x
    found = survey(snapshot, View(layer=layer))
    assert [counts.layer for counts in found.layers] == ([1, 2, 3] if layer == 3 else [1, 2])
    for counts in found.layers:
        expected = count_cells(build(snapshot.weights, View().window, layer=counts.layer))
        filled = filled_by(snapshot.weights, points, View().window, layer=counts.layer)
        assert counts.patterns == expected.patterns
        assert counts.linear_regions == expected.linear_regions
        assert counts.filled == filled
        assert counts.of("cells") == (expected.patterns, filled.patterns)
        assert counts.of("regions") == (expected.linear_regions, filled.linear_regions)


def test_nothing_is_switched_off_without_an_activation() -> None:
    linear = started(SHEET.but(activation="identity"))
    assert survey(linear, View(layer=1)).idle is None
    assert survey(started(SHEET), View(layer=3)).idle is None  # the logits
    assert survey(started(SHEET), View(layer=2)).idle is not None


def test_the_whole_plane_is_counted_for_all_hidden_layers_at_once() -> None:
    snapshot = started(Spec(width=8, depth=4))
    planes = whole_plane(snapshot, 2)
    assert [found.counts.layer for found in planes] == [1, 2, 3]
    for found in planes:
        alone = plane_counts(snapshot.weights, layer=found.counts.layer)
        assert found.exact
        assert alone.exact
        assert found.counts == alone.counts
    assert [found.counts.layer for found in whole_plane(snapshot, 4)] == [1, 2, 3, 4]


def test_what_is_beyond_the_budget_leaves_the_layer_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = started(Spec(width=16, depth=6))
    monkeypatch.setattr(module, "PLANE_FACES", 600)
    (alone,) = whole_plane(snapshot, 1)
    assert (alone.counts.layer, alone.counts.patterns, alone.exact) == (1, 137, True)
    assert whole_plane(snapshot, 5) == ()


# --- the small pictures -------------------------------------------------------------------------


@pytest.mark.parametrize("spec", [SHEET, Spec(depth=1), Spec(width=5, depth=6, bias="zero")])
def test_every_layer_has_a_small_picture_with_its_own_count(spec: Spec) -> None:
    snapshot = started(spec)
    found = survey(snapshot, View(layer=1))
    assert found.exact
    assert [t.layer for t in found.thumbs] == list(range(1, spec.layers + 1))
    assert [t.mode for t in found.thumbs] == ["cells"] * (spec.layers - 1) + ["classes"]
    for thumb in found.thumbs[:-1]:
        complex = build(snapshot.weights, View().window, layer=thumb.layer)
        assert thumb.count == count_cells(complex).patterns


@pytest.mark.parametrize("weights", [random_net((9, 7, 6), 3, outputs=3), zero_bias(1)[0]])
def test_small_pictures_have_the_colours_of_the_large_one(
    weights: list[tuple[np.ndarray, np.ndarray]],
) -> None:
    snapshot = chosen(weights)
    for thumb in survey(snapshot, View(layer=2)).thumbs:
        mode = "classes" if thumb.layer == snapshot.spec.layers else "cells"
        large = draw(snapshot, View(layer=thumb.layer, pixels=THUMB, mode=mode))
        assert np.array_equal(thumb.indices, large.indices)
        assert thumb.count == large.count


# --- what is not exact --------------------------------------------------------------------------


def test_tanh_has_small_pictures_but_no_exact_counts() -> None:
    snapshot = started(SHEET.but(activation="tanh"))
    found = survey(snapshot, View(layer=2))
    assert not found.exact
    assert found.idle is None
    assert (found.funnel.window, found.funnel.pieces) == (None, None)
    assert len(found.thumbs) == 3
    view = View(layer=2, pixels=THUMB)
    assert np.array_equal(
        found.thumbs[1].indices, grid_picture(snapshot, view, 2, "activation").indices
    )


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_beyond_the_budget_the_grid_has_the_word(
    monkeypatch: pytest.MonkeyPatch, layer: int
) -> None:
    monkeypatch.setattr(module, "REST_FACES", 60)
    monkeypatch.setattr(exact_picture, "REST_FACES", 60)
    found = survey(started(SHEET), View(layer=layer))
    assert not found.exact
    assert found.funnel.window is None
    assert found.funnel.filled is not None
    assert (found.idle is None) == (layer == 3)  # the logits are never switched off


def test_logits_beyond_the_budget_leave_the_word_to_the_grid(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise BudgetExceeded(1, 3)

    monkeypatch.setattr(module, "complex_of", refuse)  # not `build_classes`, which comes first
    assert survey(started(SHEET), View(layer=2)).exact
    assert not survey(started(SHEET), View(layer=3)).exact


def test_what_holds_data_is_known_of_smooth_activations_and_further_inputs_too() -> None:
    for spec in (Spec(activation="gelu", depth=3), Spec(features=("x2", "sinx"), depth=3)):
        snapshot = started(spec)
        points = torch.tensor(with_features(seen_data(spec).train_x, spec.features))
        pairs = snapshot.weights[:2]
        (W0, b0), (W1, b1) = [[torch.tensor(part).double() for part in pair] for pair in pairs]
        activate = torch.nn.GELU() if spec.activation == "gelu" else torch.nn.ReLU()
        first = points.double() @ W0.T + b0
        second = activate(first) @ W1.T + b1
        filled = survey(snapshot, View(layer=2)).funnel.filled
        assert filled is not None
        assert filled.points == len(points)
        assert filled.patterns == len(torch.unique(second > 0, dim=0))
        assert filled.linear_regions == len(torch.unique(torch.hstack([first, second]) > 0, dim=0))


def test_what_is_typical_is_never_more_than_what_is_possible() -> None:
    logits = survey(started(SHEET), View(layer=3)).funnel  # two of them, after 32 units
    assert (logits.sign_vectors, logits.maximum, logits.typical) == (4, 4, None)
    lines = survey(started(SHEET.but(activation="identity")), View(layer=2)).funnel
    assert (lines.maximum, lines.typical) == (137, None)
