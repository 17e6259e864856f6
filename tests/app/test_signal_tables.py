"""Tables and sentences of the signal tab say what was computed."""

import numpy as np
import pytest

from cellscope.app.features.signal.init_advice import lesson
from cellscope.app.features.signal.measured import Measured
from cellscope.app.features.signal.sentences import few_units_text, precision_text, spread_text
from cellscope.app.features.signal.tables import gains_table, gains_text, health_table
from cellscope.model import warm
from cellscope.model.precision import Break
from cellscope.model.spec import Spec
from cellscope.model.theory.one_network import one_network
from cellscope.model.theory.prediction import Prediction
from tests.snapshots import holding, started

DEEP = Spec(width=16, depth=11, init="normal", bias="zero", samples=100)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(warm, "done", lambda: True)


def prediction_of(spec: Spec) -> Prediction:
    found = Measured(started(spec)).prediction
    assert found is not None
    return found


def gains(spec: Spec) -> tuple[list[list[str]], frozenset[tuple[int, int]]]:
    measured = Measured(started(spec))
    table = gains_table(measured.signal, measured.prediction, spec, "en")
    return [list(row) for row in table.rows], table.marked


def test_gains_are_ratios_of_measured_mean_squares_beside_theory_and_the_stable_choice():
    rows, marked = gains(DEEP)
    signal = Measured(started(DEEP)).signal
    squares = [layer.pre.mean_square for layer in signal.layers]
    assert rows[0][:4] == ["1", "2", "1", "0.5"]
    assert rows[0][5] == "2"  # to the input, whose fan-in is 2 and which nothing has halved
    assert rows[3][:4] == ["4", "16", "1", "0.125"]
    assert float(rows[3][4]) == pytest.approx(squares[3] / squares[2], rel=5e-3)
    assert rows[3][5] == "8"
    assert marked == frozenset()


def test_the_stable_choice_is_marked_where_it_is_made():
    _, he = gains(DEEP.but(init="he"))
    assert he == {(k, 2) for k in range(1, 11)}  # not layer 1: 2/2 = 1 is twice its stable 1/2
    _, lecun = gains(DEEP.but(init="lecun", activation="identity"))
    assert lecun == {(k, 2) for k in range(11)}
    _, tanh = gains(DEEP.but(activation="tanh"))
    assert tanh == frozenset()


def test_the_choice_is_said_in_words_and_biases_are_counted_in():
    said = gains_text(prediction_of(DEEP), DEEP, "en")
    assert "2/n_in = 0.125; here 1, gain 8" in said
    assert "σ_b²" not in said
    biased = DEEP.but(init="he", bias="fixed", bias_variance=0.25)
    assert "σ_b² = 0.25" in gains_text(prediction_of(biased), biased, "en")
    tanh = DEEP.but(activation="tanh")
    assert "no single Var(W)" in gains_text(prediction_of(tanh), tanh, "en")
    flat = Spec(depth=1, samples=40)
    assert gains_text(prediction_of(flat), flat, "en") == ""


def health_of(measured: Measured) -> dict[str, str]:
    return {
        row[0]: row[1]
        for row in health_table(measured.signal, measured.spec.sizes[1:-1], "en").rows
    }


def test_health_counts_dead_units_and_names_the_layer_with_most():
    spec = Spec(hidden=(3, 2), samples=40)
    weights = [
        (np.zeros((3, 2)), np.array([1.0, 1.0, -1.0])),
        (np.ones((2, 3)), np.array([-9.0, -9.0])),
        (np.zeros((2, 2)), np.array([30.0, 0.0])),
    ]
    rows = health_of(Measured(holding(weights, spec), backward=True))
    assert rows["dead units"] == "3 of 5; layer 2: 2 of 2"
    assert rows["largest |logit|"] == "30"
    assert rows["saturated softmax"] == "100\u202f%"
    assert rows["‖∇‖ of the loss"] not in ("–", "0")
    linear = Measured(started(DEEP.but(activation="identity")), backward=True)
    assert health_of(linear)["dead units"] == "none without ReLU"
    alive = Measured(started(Spec(width=40, depth=2, samples=400, bias="zero")))
    assert health_of(alive)["dead units"] == "none of 40"


def test_the_spread_is_computed_for_the_network_at_hand():
    he = DEEP.but(depth=12, init="he")
    prediction = prediction_of(he)
    said = spread_text(one_network(he, prediction, after=False), prediction, he, "en")
    assert "Layer 11, for one input: the median of single networks is 0.18 × the mean" in said
    assert "81\u202f% lie below" in said
    assert "simulated" in said
    assert "= 0.688" in said  # 11/16: the hidden layers alone
    wide = he.but(width=100)
    prediction = prediction_of(wide)
    said = spread_text(one_network(wide, prediction, after=False), prediction, wide, "en")
    assert "simulated" not in said
    assert "= 0.11," in said
    assert "no band" in spread_text(None, prediction, wide, "en")


def test_few_logits_are_said_to_read_less():
    # Two independent units: their mean takes half of what the points have in common.
    assert "2 logits" in few_units_text(prediction_of(DEEP), "en")
    assert "On average over draws" in few_units_text(prediction_of(DEEP), "en")
    assert few_units_text(None, "en") == ""
    # A linear network's without biases have the mean of the data, 0: there is nothing to say.
    assert few_units_text(prediction_of(DEEP.but(activation="identity")), "en") == ""


@pytest.mark.parametrize(
    ("activation", "here", "predicted"), [("relu", "6", "7"), ("identity", "6", "6")]
)
def test_float16_breaks_as_measured_beside_the_prediction(
    activation: str, here: str, predicted: str
):
    measured = Measured(started(DEEP.but(width=100, activation=activation)))
    said = precision_text(measured, "float16", "en")
    assert f"float16: overflow in layer {here}; " in said
    assert f"overflow in layer {predicted}." in said
    assert "holds all 11 layers" in precision_text(measured, "float32", "en")


def test_a_network_of_zeros_is_0_in_every_format_and_underflows_in_none():
    measured = Measured(started(DEEP.but(init="zeros", bias="zero", depth=3)))
    said = precision_text(measured, "float16", "en")
    assert said.count("exactly 0 from layer 1 on") == 2  # measured, predicted
    assert "underflow" not in said


def test_float64_breaks_where_its_statistics_say():
    x = Spec(hidden=(2, 2, 2), samples=40, bias="zero")
    ones = (np.ones((2, 2)), np.zeros(2))

    def broken(*weights: tuple[np.ndarray, np.ndarray]) -> Break | None:
        return Measured(holding(weights, x)).broken_in("float64")

    assert broken(ones, ones, ones, ones) is None
    negative = (-np.ones((2, 2)), np.zeros(2))
    assert broken(ones, negative, ones, ones) == Break("dead", 3)
    faint = (1e-37 * np.ones((2, 2)), np.zeros(2))
    deep = Spec(hidden=(2,) * 11, samples=40, bias="zero")
    assert Measured(holding([faint] * 12, deep)).broken_in("float64") == Break("underflow", 9)
    huge = (1e38 * np.ones((2, 2)), np.zeros(2))
    assert Measured(holding([huge] * 12, deep)).broken_in("float64") == Break("overflow", 9)


def test_a_scheme_that_is_fitted_to_data_has_no_predicted_break():
    said = precision_text(Measured(started(DEEP.but(init="lsuv"))), "float16", "en")
    assert "no formula" in said


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"optimizer": "sgd"}, "Adam trains this anyway"),
        ({"optimizer": "momentum"}, "Adam trains this anyway"),
        ({"optimizer": "adam", "learning_rate": 0.01}, "Adam trains this anyway, although"),
        ({"depth": 3}, "can beat He"),
        ({"depth": 5}, "coin toss"),
        ({"depth": 6}, "destroy"),
    ],
)
def test_adam_s_exception_and_the_shallow_one_are_told_where_one_meets_them(
    changes: dict[str, str | float], words: str
):
    spec = DEEP.but(**changes)
    assert words in lesson(spec, prediction_of(spec), "en")


@pytest.mark.parametrize("changes", [{"init": "he"}, {"weight_variance": 0.1}, {"depth": 1}])
def test_networks_that_do_not_explode_get_no_lesson(changes: dict[str, str | float]):
    spec = DEEP.but(**changes)
    assert lesson(spec, prediction_of(spec), "en") == ""
    assert lesson(spec, None, "en") == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"learning_rate": 0.01, "depth": 6},  # trains: accuracy 0.98
        {"learning_rate": 1.0, "depth": 4},  # diverges
        {"optimizer": "momentum", "depth": 4},  # every other seed is dead
        {"optimizer": "adam", "learning_rate": 0.1},
        {"activation": "identity"},
        {"activation": "abs", "depth": 5},
    ],
)
def test_a_lesson_is_told_only_where_it_was_measured(changes: dict[str, str | float]):
    spec = DEEP.but(**changes)
    assert lesson(spec, prediction_of(spec), "en") == ""


def test_nothing_is_foretold_of_a_network_that_hands_have_changed():
    assert lesson(DEEP, prediction_of(DEEP), "en")
    assert lesson(DEEP, prediction_of(DEEP), "en", edited=True) == ""
