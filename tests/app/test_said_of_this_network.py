"""What is said of networks to which a sentence of the usual ones does not apply.

One layer without any after it, units of two kinks, several activations, a network from a file.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cellscope.app.features.linear_map.message import collapse_study
from cellscope.app.features.picture.film_strip import encode_survey, funnel_rows
from cellscope.app.features.picture.story import stories
from cellscope.app.features.signal.inside import updates_part
from cellscope.app.features.signal.measured import Look, measured_networks
from cellscope.app.features.signal.profile import profile_part
from cellscope.app.features.signal.tables import gains_text
from cellscope.app.features.signal.verdict import headline, measured_text, verdict_text
from cellscope.app.features.undo.message import hands_message
from cellscope.app.session.deeds import Deeds
from cellscope.app.settings.readouts import readouts
from cellscope.app.stream.frames import note_text, status_text
from cellscope.app.stream.study_request import StudyRequest
from cellscope.app.text.network_names import network_text
from cellscope.app.text.texts import text
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.cells.count.film_strip import survey
from cellscope.model.cells.exact.units import IdleUnits
from cellscope.model.cells.picture.render import draw
from cellscope.model.datasets import make_data
from cellscope.model.opened import Opened
from cellscope.model.own.opening import spec_of
from cellscope.model.spec import Spec
from cellscope.model.theory.prediction import has_theory, predict
from cellscope.model.training.edits import Edit, Holds
from cellscope.model.training.live import LiveNetwork
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View
from tests.snapshots import holding, started


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("batch_norm", [False, True])
def test_one_layer_has_neither_gain_per_layer_nor_activation_nor_normalisation(
    activation: str, batch_norm: bool
) -> None:
    spec = Spec(depth=1, init="normal", activation=activation, batch_norm=batch_norm)
    said = readouts(spec, "en")
    assert said["weight-variance-readout"] == "σ = √s = 1 · 2·s = 2 in the one layer"
    assert said["network-also"] == " · linear"
    assert "2 → 2, linear, N(0, 1)" in network_text(spec, 0, "en")
    assert (
        "gain 2 in the one layer" in readouts(spec.but(init="he"), "en")["weight-variance-readout"]
    )


def test_where_nothing_is_normalised_theory_is_what_it_is_without() -> None:
    plain, spec = Spec(depth=1), Spec(depth=1, batch_norm=True)
    assert has_theory(spec)
    found, expected = (predict(one, make_data(one)) for one in (spec, plain))
    assert found is not None
    assert expected is not None
    assert found.layers[0].pre_variance == expected.layers[0].pre_variance
    assert not has_theory(Spec(depth=2, batch_norm=True))


def colours(spec: Spec, view: View) -> str:
    return stories(started(spec), view, CountRecord(), "en")["start"]


@pytest.mark.parametrize("activation", ["relu6", "hardtanh"])
def test_of_units_with_two_kinks_a_colour_is_a_pattern(activation: str) -> None:
    spec = Spec(width=4, depth=3, activation=activation)
    assert "same pattern of layer 2" in colours(spec, View(layer=2))
    assert "same patterns of the layers 1…2" in colours(spec, View(layer=2, mode="regions"))
    assert "same pattern of layer 1" in colours(spec, View(layer=1, mode="regions"))
    assert "same units of layer 3 are active" in colours(spec, View(layer=3))  # the logits' signs
    mixed = spec.but(activation=f"relu,{activation}")
    assert "same units of layer 1 are active" in colours(mixed, View(layer=1))
    assert "same pattern of layer 2" in colours(mixed, View(layer=2))


@pytest.mark.parametrize(
    ("activation", "said"),
    [
        ("relu,identity", "ReLU makes it another affine map"),
        ("relu,abs", "ReLU, |y| make it another affine map"),
        ("relu,tanh", "tanh bends it everywhere"),
        ("tanh,gelu", "tanh, GELU bend it everywhere"),
    ],
)
def test_what_bends_the_network_is_named_and_nothing_else(activation: str, said: str) -> None:
    snapshot = started(Spec(width=4, depth=3, activation=activation))
    looking = StudyRequest(View(layer=1), None, "en", 0)
    head = collapse_study(snapshot, looking).decode("utf-8", "ignore")
    assert f": {said}" in head


def edited(snapshot: Snapshot) -> str:
    free = Holds(frozenset(), frozenset())
    shown = replace(snapshot, edits=((0, Edit(((0, 1.0, 2.0),), free, free)),))
    return hands_message(Deeds(), shown, "en")["edited"][-1]


def test_of_edits_theory_is_spoken_of_where_there_is_one_and_links_that_open_the_network() -> None:
    assert edited(started(Spec())).startswith("Theory is that of the network as it was drawn")
    assert "heory" not in edited(started(Spec(activation="gelu")))
    draw = np.random.default_rng(0).standard_normal
    layers = ((draw((4, 2)), draw(4)), (draw((2, 4)), draw(2)))
    spec = spec_of(Opened("net.npz", layers, "relu", None), Spec())
    assert edited(holding(layers, spec)).startswith("The link holds neither the network")


def test_what_s_changes_is_said_of_the_start_and_of_cells_and_classes() -> None:
    for key in ("zero", "zero_first", "fixed", "like-weights"):
        assert "at the start" in text(f"sweep.answer.{key}", "en")
        assert "Am Anfang" in text(f"sweep.answer.{key}", "de")
    assert "of cells and classes" in text("sweep.answer.zero", "en")  # confidence does change


NET = Spec(width=8, depth=4)
Line = tuple[tuple[float, float], tuple[float, float]]


def along(spec: Spec, line: Line) -> tuple[str, set[tuple[str, str]]]:
    """The caption, and (shade, layer) of every breakpoint."""
    part = profile_part(measured_networks(started(spec)), Look(tab="line", line=line))
    trace = part.figures["profile"]["data"][0]
    shades = zip(trace["marker"]["color"], trace["text"], strict=True)
    return part.texts["profile-caption"], {(shade, said) for shade, said in shades if said}


def test_a_breakpoints_shade_is_that_of_its_layer_on_every_line() -> None:
    whole: Line = ((-5.0, -4.0), (5.0, 3.0))
    caption, shades = along(NET, whole)
    assert "pale: layer 1, full: the last" in caption
    assert len(shades) == 3
    ends = [(k / 4, 0.7 * k / 4 - 0.5) for k in range(-20, 21)]
    parts = pairwise(ends)
    assert set[tuple[str, str]]().union(*(along(NET, part)[1] for part in parts)) == shades
    assert along(Spec(width=8, depth=2), whole)[0].startswith("Breakpoints of layer 1: ")
    assert "full" not in along(Spec(width=8, depth=2), whole)[0]


@pytest.mark.parametrize(
    ("changes", "scope", "layers"),
    [
        ({}, "per layer", "Inner layers: "),
        ({"init": "xavier"}, "in layer 2", "Inner layers: "),  # the last one's gain is another
        ({"hidden": (16, 4, 64)}, "per layer", "Layer 2: "),  # He's is 1 whatever the widths
        ({"hidden": (16, 4, 64), "init": "xavier"}, "in layer 2", "Layer 2: "),
        ({"depth": 2}, "per layer", "Layer 2: "),  # the last one, no inner one
    ],
)
def test_a_gain_is_said_of_the_layers_that_have_it(
    changes: dict[str, object], scope: str, layers: str
) -> None:
    spec = Spec(width=16, depth=4).but(**changes)
    assert scope in readouts(spec, "en")["weight-variance-readout"]
    assert gains_text(predict(spec, make_data(spec)), spec, "en").startswith(layers)


def test_a_run_that_ends_late_is_not_told_by_a_step_1_that_did_nothing() -> None:
    late = replace(started(Spec(width=4, depth=3)), status="diverged", step=400, shown_step=399)
    said = {by: status_text(replace(late, step_1=by), "en") for by in (None, 1.01, 0.9, 1e5)}
    assert said[1.01] == said[0.9] == said[None] == "diverged at step 400: weights not finite"
    assert said[1e5] == "diverged at step 400: weights × 10⁵ in step 1"


def test_signs_are_said_to_draw_lines_where_there_is_one() -> None:
    linear = started(Spec(width=3, depth=2, activation="identity"))
    for window, lines in (((-5.0, 5.0, -5.0, 5.0), True), ((0.5, 0.50001, 0.5, 0.50001), False)):
        picture = draw(linear, View(layer=1, window=window))
        assert ("draw lines" in note_text(linear, picture, window, "en")) == lines


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "abs", "relu6"])
def test_only_a_relu_is_called_dead(activation: str) -> None:
    spec = Spec(width=6, depth=3, activation=activation)
    found = survey(started(spec), View(layer=2))
    for idle in (IdleUnits((2,), (3,)), IdleUnits((), ())):
        body = encode_survey(started(spec), replace(found, idle=idle), "en").decode(
            "utf-8", "ignore"
        )
        said = "dead on the data 2; always on 3" if idle.dead else "every unit switches"
        assert (f"Layer 2: {said}" in body) == (activation == "relu")
        others = "below their kinks 2; above 3" if idle.dead else "no unit is below or above"
        assert (others in body) == (activation != "relu")


def test_what_is_typical_is_one_at_least_and_of_nothing_there_is_no_bound() -> None:
    one = survey(started(Spec(width=1, depth=2)), View(layer=1)).funnel
    assert one.typical is None
    features = Spec(width=4, depth=2, features=("x2",))
    row = {
        row["key"]: row
        for row in funnel_rows(survey(started(features), View(layer=1)).funnel, "en")
    }
    assert (row["plane_at_least"]["label"], row["plane_at_least"]["count"]) == ("whole plane", "–")


def test_where_both_agree_the_activation_is_not_said_to_make_a_difference() -> None:
    looking = StudyRequest(View(layer=1), None, "en", 0)
    for spec, same in ((Spec(init="zeros", bias="zero", depth=3), True), (Spec(depth=3), False)):
        head = collapse_study(started(spec), looking).decode("utf-8", "ignore")
        assert ("In this window the network is one affine map" in head) == same
        assert ("makes no difference here" in head) == same
        assert ("No single matrix" in head) == ("makes the difference: remove" in head) != same


def test_from_nothing_there_is_no_factor() -> None:
    for width in (4, 16):  # narrow ones may lose all by chance
        spec = Spec(init="zeros", bias="zero", depth=3, width=width)
        nothing = measured_networks(started(spec))[0]
        assert headline(nothing.signal, spec, "en") == "Vanishes: × 0 per layer"
    weights = [(W * 0, b * 0) for W, b in started(Spec(depth=2)).weights]
    weights[1] = (weights[1][0], weights[1][1] + 1)
    late = measured_networks(holding(weights, Spec(depth=2)))[0]
    assert headline(late.signal, late.spec, "en") == "No signal in layer 1"
    said = "No signal in layer 1: its mean square is 0, that of layer 2 1."
    assert measured_text(late.signal, late.spec, "en") == said


def test_a_layer_that_stands_still_has_the_smallest_update() -> None:
    network = LiveNetwork(Spec(width=2, depth=3, samples=10, test_share=0.9, batch_size=1))
    for _ in range(40):  # one point, on which two layers are dead
        network.advance()
    snapshot = network.snapshot(version=1, run=1, status="paused", rate=0.0, error=None)
    assert 0.0 in snapshot.history[-1].ratios
    part = updates_part(measured_networks(snapshot), Look(tab="signal"))
    assert "from −∞ (layer 1) to " in part.texts["updates-caption"]


@pytest.mark.parametrize("activation", ["tanh", "gelu", "relu6", "leaky_relu"])
def test_one_layer_has_the_theory_of_a_straight_line_whatever_is_set(activation: str) -> None:
    spec = Spec(depth=1, samples=40, activation=activation)
    data = make_data(spec)
    predicted = predict(spec, data)
    assert predicted is not None
    assert predicted.phase is None
    (layer,) = predicted.layers
    squares = np.square(data.train_x.astype(np.float64)).mean()
    expected = 2 * layer.weight_variance * squares + layer.bias_variance
    assert layer.pre_variance == pytest.approx(expected, rel=1e-12)
    assert (layer.post_mean, layer.post_variance) == (0.0, layer.pre_variance)
    (network,) = measured_networks(started(spec))
    said = verdict_text(network.signal, predicted, spec, "en")
    assert said.endswith("Theory at the start: grows, × 2.25 per layer.")
