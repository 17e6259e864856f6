"""The verdict says grows, holds or vanishes, as measured and in theory."""

import pytest

from cellscope.app.features.signal.verdict import headline, verdict_text
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.moments import measure
from cellscope.model.spec import Spec
from cellscope.model.theory.prediction import predict

DEEP = Spec(width=64, depth=11, bias="zero", bias_variance=0.0)


def verdict(spec: Spec) -> str:
    data = make_data(spec)
    weights = initial_weights(spec, data)
    signal = measure(weights, spec.activation, data.train_x, data.train_y, backward=False)
    return verdict_text(signal, predict(spec, data), spec, "en")


@pytest.mark.parametrize(
    ("spec", "measured", "theory"),
    [
        (DEEP.but(init="normal"), "Grows", "grows"),
        (DEEP.but(init="normal", weight_variance=1e-3), "Vanishes", "vanishes"),
        (DEEP.but(init="he"), "Holds", "holds"),
        (DEEP.but(init="lecun"), "Vanishes", "vanishes"),
        (DEEP.but(init="zeros"), "Vanishes", "vanishes"),
    ],
    ids=["N(0,1)", "tiny", "He", "LeCun", "zeros"],
)
def test_the_known_cases_have_their_known_verdict(spec: Spec, measured: str, theory: str):
    seen, predicted = verdict(spec).split(". ", 1)
    assert seen.startswith(measured)
    assert theory in predicted


def test_the_factor_per_layer_is_the_gain():
    # n·s/2 = 64 · 0.125 / 2 = 4
    assert "× 4 per layer" in verdict(DEEP.but(init="normal", weight_variance=0.125))


def test_biases_keep_a_signal_that_would_vanish():
    spec = DEEP.but(init="lecun", bias="fixed", bias_variance=0.5)
    assert "settles at 1." in verdict(spec)  # 0.5 / (1 − 1/2)


def test_where_there_is_no_formula_it_is_said():
    assert "No formula for LSUV" in verdict(DEEP.but(init="lsuv"))


@pytest.mark.parametrize(
    ("s", "words"), [(0.5, "vanish"), (1.0, "edge of chaos"), (3.0, "chaos, small differences")]
)
def test_tanh_is_told_by_its_phase(s: float, words: str):
    spec = DEEP.but(activation="tanh", init="normal", weight_variance=s / 64)
    assert words in verdict(spec)


def test_before_the_kernels_are_there_no_theory_is_denied():
    data = make_data(DEEP)
    signal = measure(initial_weights(DEEP, data), "relu", data.train_x, data.train_y)
    assert "follows" in verdict_text(signal, None, DEEP, "en")


@pytest.mark.parametrize("seed", range(8))
def test_a_narrow_stable_network_that_drifts_is_not_called_stable(seed: int):
    seen = verdict(DEEP.but(width=10, seed=seed)).split(". Theory")[0]
    total = float(seen.split("× ")[1].split(" ")[0].replace("·10⁻", "e-"))
    assert seen.startswith("Holds") == (2 / 3 <= total <= 3 / 2)
    if not seen.startswith("Holds"):
        assert "within chance for these widths" in seen or "per layer" in seen


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_shallow_networks_have_a_verdict(depth: int):
    assert verdict(DEEP.but(depth=depth))


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (DEEP.but(init="normal", weight_variance=0.125), "Explodes: × 4.02 per layer"),
        (DEEP.but(init="normal", weight_variance=1e-3), "Vanishes: × 0.0"),
        (DEEP.but(init="he"), "Stable: × "),
    ],
)
def test_at_one_glance_there_is_one_verdict(spec: Spec, said: str):
    data = make_data(spec)
    weights = initial_weights(spec, data)
    signal = measure(weights, spec.activation, data.train_x, data.train_y, backward=False)
    assert headline(signal, spec, "en").startswith(said)
