import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.datasets import Data, make_data
from cellscope.model.init import initial_weights
from cellscope.model.moments import measure
from cellscope.model.spec import Spec
from cellscope.model.theory.one_network import stable_factors
from cellscope.model.theory.prediction import LayerPrediction, Prediction, has_theory, predict
from cellscope.model.theory.verdict import Verdict, measured_verdict, predicted_verdict

Float = NDArray[np.float64]
SPEC = Spec(samples=40, width=30, depth=11, bias="zero")


def layers_of(spec: Spec) -> tuple[LayerPrediction, ...]:
    prediction = predict(spec, make_data(spec))
    assert prediction is not None
    return prediction.layers


def points(x: Float) -> Data:
    labels = np.zeros(len(x), np.int64)
    return Data(x, labels, x, labels)


@pytest.mark.parametrize(
    ("changes", "first", "inner", "last"),  # q_1, then q_l = inner[0] q_{l-1} + inner[1], …
    [
        ({"init": "he"}, 2.0, (1.0, 0.0), (1.0, 0.0)),
        ({"init": "he", "bias": "fixed"}, 2.25, (1.0, 0.25), (1.0, 0.25)),
        ({"init": "lecun", "bias": "like-weights"}, 1.5, (0.5, 1 / 30), (0.5, 1 / 30)),
        ({"init": "normal", "weight_variance": 0.3}, 0.6, (4.5, 0.0), (4.5, 0.0)),
        ({"init": "xavier"}, 4 / 32, (0.5, 0.0), (15 / 16, 0.0)),
        ({"init": "pytorch"}, 1 / 3 + 1 / 6, (1 / 6, 1 / 90), (1 / 6, 1 / 90)),
        ({"init": "he", "activation": "leaky_relu"}, 2 / 1.0001, (1.0, 0.0), (1.0, 0.0)),
        ({"init": "orthogonal"}, 4 / 30, (1.0, 0.0), (1.0, 0.0)),
        ({"init": "zeros", "bias": "fixed"}, 0.25, (0.0, 0.25), (0.0, 0.25)),
        ({"init": "xavier", "activation": "identity"}, 4 / 32, (1.0, 0.0), (60 / 32, 0.0)),
        ({"init": "orthogonal", "activation": "identity"}, 2 / 30, (1.0, 0.0), (1.0, 0.0)),
    ],
)
def test_q_follows_the_recursion_written_out_by_hand(
    changes: dict[str, Any],
    first: float,
    inner: tuple[float, float],
    last: tuple[float, float],
):
    q, expected = [layer.pre_variance for layer in layers_of(SPEC.but(**changes))], [first]
    for gain, offset in [inner] * 9 + [last]:
        expected.append(gain * expected[-1] + offset)
    assert q == pytest.approx(expected, rel=1e-12)


def test_the_gain_is_the_ratio_of_successive_q_and_layer_1_has_none():
    layers = layers_of(SPEC.but(bias="fixed"))
    assert layers[0].gain is None
    assert layers[1].gain == pytest.approx(2.5 / 2.25)
    assert layers[1].scale_gain == pytest.approx(1.0)
    assert layers[0].scale_gain == pytest.approx(2.0)  # 2 v: the input is not halved
    zeros = layers_of(SPEC.but(init="zeros"))
    assert (zeros[1].pre_variance, zeros[1].gain) == (0.0, None)
    assert math.isnan(zeros[1].data_share)


def test_the_mean_after_a_relu_uses_kappa_of_the_actual_points():
    x = np.array([[3.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -1.0]])  # |x| = 3, 1, 2, 1
    spec = SPEC.but(init="normal", weight_variance=0.3)
    prediction = predict(spec, points(x))
    assert prediction is not None
    kappa = 1.75 / math.sqrt(15 / 4)
    assert prediction.kappa == pytest.approx(kappa)
    for layer in prediction.layers[:-1]:
        mean = kappa * math.sqrt(layer.pre_variance / (2 * math.pi))
        assert layer.post_mean == pytest.approx(mean)
        assert layer.post_mean_square == pytest.approx(layer.pre_variance / 2)
        assert layer.post_variance == pytest.approx(layer.pre_variance / 2 - mean**2)


def test_with_biases_each_point_has_its_own_q():
    x = np.array([[3.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -1.0]])
    prediction = predict(SPEC.but(init="lecun", bias="fixed"), points(x))
    assert prediction is not None
    q = np.array([4.5, 0.5, 2.0, 0.5]) + 0.25
    assert prediction.layers[0].post_mean == pytest.approx(np.mean(np.sqrt(q / (2 * np.pi))))
    q = q / 2 + 0.25
    assert prediction.layers[1].post_mean == pytest.approx(np.mean(np.sqrt(q / (2 * np.pi))))


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_the_last_layer_has_no_activation(activation: str):
    last = layers_of(SPEC.but(activation=activation, bias="fixed"))[-1]
    assert last.post_mean == 0.0
    assert last.post_variance == last.post_mean_square == last.pre_variance
    assert last.post_data_variance == last.pre_data_variance
    assert last.delta_gain is None


def test_linear_networks_keep_the_share_of_the_data_except_for_biases():
    layers = layers_of(SPEC.but(activation="identity", init="lecun"))
    assert [layer.data_share for layer in layers] == pytest.approx([1.0] * 11)
    biased = layers_of(SPEC.but(activation="identity", init="lecun", bias="fixed"))
    assert biased[10].data_share == pytest.approx(1.0 / (1.0 + 11 * 0.25))


def test_pytorchs_default_leaves_no_data_in_deep_layers():
    shares = [layer.data_share for layer in layers_of(SPEC.but(init="pytorch"))]
    assert shares[0] == pytest.approx(2 / 3)
    assert shares[10] < 1e-6


def test_the_band_is_given_where_its_assumptions_hold():
    # Trap 3: τ² = Σ 5/n_k + 2/n_l.
    layers = layers_of(SPEC.but(hidden=(20, 50, 40)))
    tau = math.sqrt(5 / 20 + 5 / 50 + 2 / 40)
    assert layers[2].band == pytest.approx(
        [2 * math.exp(-tau * tau / 2 - tau), 2 * math.exp(-tau * tau / 2 + tau)]
    )
    assert layers[2].median == pytest.approx(2 * math.exp(-tau * tau / 2))
    for init in ("pytorch", "orthogonal"):
        assert all(layer.band is None for layer in layers_of(SPEC.but(init=init)))
        assert layers_of(SPEC.but(init=init))[3].pre_variance > 0


def test_lsuv_has_no_formula_for_q():
    spec = SPEC.but(init="lsuv")
    assert not has_theory(spec)
    assert predict(spec, make_data(spec)) is None


def test_tanh_has_the_mean_field_integral_of_every_point_s_own_q():
    x = np.array([[3.0, 0.0], [-1.0, 0.0], [0.0, 2.0], [0.0, -1.0]])  # |x|²/2 = 4.5, .5, 2, .5
    spec = SPEC.but(activation="tanh", init="normal", weight_variance=0.05, bias="fixed")
    prediction = predict(spec, points(x))
    assert prediction is not None
    layers = prediction.layers
    z, weight = np.polynomial.hermite_e.hermegauss(80)
    q = 0.1 * np.array([4.5, 0.5, 2.0, 0.5]) + 0.25
    for layer in layers[:-1]:
        assert layer.pre_variance == pytest.approx(q.mean(), rel=1e-6)
        r = (np.tanh(np.sqrt(q)[:, None] * z) ** 2 @ weight) / math.sqrt(2 * math.pi)
        assert layer.post_variance == layer.post_mean_square == pytest.approx(r.mean(), rel=1e-6)
        q = 30 * 0.05 * r + 0.25
    assert layers[3].gain == pytest.approx(layers[3].pre_variance / layers[2].pre_variance)
    assert layers[-1].post_variance == layers[-1].pre_variance
    assert {(p.post_mean, p.band, p.pre_data_variance) for p in layers} == {(0.0, None, None)}


def test_wide_tanh_networks_agree_with_the_mean_field_theory():
    spec = Spec(samples=40, width=200, depth=6, activation="tanh", init="normal")
    spec = spec.but(weight_variance=0.01, bias_variance=0.1, classes=2)
    data = make_data(spec)
    prediction = predict(spec, data)
    assert prediction is not None
    rows = []
    for seed in range(60):
        weights = initial_weights(spec.but(seed=seed), data)
        signal = measure(weights, "tanh", data.train_x, data.train_y)
        rows.append([(p.pre.mean_square, p.post.mean_square) for p in signal.layers])
        deltas = [p.delta_mean_square or 0.0 for p in signal.layers]
        rows[-1] += [(deltas[i] / deltas[i + 1], 0.0) for i in range(4)]
    # 60 networks of 200 units: a standard error of about 1.5 % per layer's mean.
    expected = [(p.pre_variance, p.post_mean_square) for p in prediction.layers]
    expected += [(p.delta_gain or 0.0, 0.0) for p in prediction.layers[:4]]
    assert np.mean(rows, axis=0) == pytest.approx(np.array(expected), rel=0.07)


def test_the_prediction_does_not_depend_on_seed_or_training():
    data = make_data(SPEC)
    assert predict(SPEC, data) is predict(SPEC.but(seed=7, learning_rate=0.3), data)


@pytest.mark.parametrize(
    "changes",
    [
        {"init": "normal", "weight_variance": 0.1, "hidden": (60, 25, 90)},
        {"init": "he", "bias": "fixed", "hidden": (100, 40)},
        {"init": "he", "activation": "leaky_relu", "hidden": (60, 25, 90)},
        {"init": "orthogonal", "bias": "fixed", "hidden": (60, 60)},
        {"init": "pytorch", "hidden": (80, 60)},
        {"init": "xavier", "activation": "identity", "hidden": (60, 25, 90), "bias": "fixed"},
    ],
)
def test_200_networks_agree_on_average_with_every_exact_prediction(changes: dict[str, Any]):
    # E over draws of what is exact at any width: 5 standard errors, taken from the draws.
    spec = SPEC.but(classes=2).but(**changes)
    data = make_data(spec)
    prediction = predict(spec, data)
    assert prediction is not None
    rows = []
    for seed in range(200):
        weights = initial_weights(spec.but(seed=seed), data)
        signal = measure(weights, spec.activation, data.train_x, data.train_y)
        rows.append(
            [
                (layer.pre.mean, layer.pre.mean_square, layer.post.mean_square)
                for layer in signal.layers
            ]
            + [(layer.pre.variance, 0.0, 0.0) for layer in signal.layers[:2]]
        )
    mean, error = np.mean(rows, axis=0), np.std(rows, axis=0) / math.sqrt(200)
    expected = [(0.0, p.pre_variance, p.post_mean_square) for p in prediction.layers]
    expected += [(p.expected_variance, 0.0, 0.0) for p in prediction.layers[:2]]
    assert np.all(np.abs(mean - expected) <= 5 * error + 1e-9)


SCHEMES = [("he", 1.0), ("normal", 0.3), ("xavier", 1.0), ("lecun", 1.0), ("pytorch", 1.0)]


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "identity"])
@pytest.mark.parametrize(("init", "s"), SCHEMES)
def test_variances_of_11_layers_agree_with_theory_pooled_and_over_the_data(
    init: str, s: float, activation: str
):
    # 40 networks of 100 units on 15 points; 5 standard errors of the mean, taken from the draws.
    spec = Spec(samples=20, width=100, depth=11, activation=activation, init=init, bias="zero")
    spec = spec.but(weight_variance=s)
    data = make_data(spec)
    rows: list[list[tuple[float, float]]] = []
    for seed in range(40):
        weights = initial_weights(spec.but(seed=seed), data)
        signal = measure(weights, activation, data.train_x, data.train_y, backward=False)
        rows.append([(layer.pre.variance, layer.pre.data_variance) for layer in signal.layers])
    mean, error = np.mean(rows, axis=0), np.std(rows, axis=0) / math.sqrt(40)
    expected = np.array([(p.expected_variance, p.pre_data_variance) for p in layers_of(spec)])
    assert np.all(np.abs(mean - expected) <= 5 * error)


def test_delta_shrinks_or_grows_backwards_by_the_predicted_factor():
    # Exact for wide layers only (width 100: the last layer's δ depends on its own W a little).
    spec = SPEC.but(init="normal", weight_variance=0.012, width=100, depth=5)
    data = make_data(spec)
    prediction = predict(spec, data)
    assert prediction is not None
    deltas = [
        [
            layer.delta_mean_square
            for layer in measure(
                initial_weights(spec.but(seed=seed), data), "relu", data.train_x, data.train_y
            ).layers
        ]
        for seed in range(60)
    ]
    means = np.mean(np.array(deltas, float), axis=0)
    for i, layer in enumerate(prediction.layers[:-1]):
        assert means[i] / means[i + 1] == pytest.approx(layer.delta_gain, rel=0.08)
    assert prediction.layers[2].delta_gain == pytest.approx(0.6)


def test_narrow_networks_have_the_expected_lower_mean_after_a_relu():
    data = make_data(SPEC)
    layers = layers_of(SPEC)
    means = [
        [
            layer.post.mean
            for layer in measure(
                initial_weights(SPEC.but(seed=seed), data),
                "relu",
                data.train_x,
                data.train_y,
                backward=False,
            ).layers
        ]
        for seed in range(300)
    ]
    measured = np.mean(means, axis=0)[:-1]
    limit = np.array([layer.post_mean for layer in layers[:-1]])
    expected = np.array([layer.expected_post_mean for layer in layers[:-1]], float)
    assert np.all(measured[5:] < 0.93 * limit[5:])
    assert measured == pytest.approx(expected, rel=0.06)  # standard error 2 %


# The verdict


def verdict_of(spec: Spec) -> Verdict:
    prediction = predict(spec, make_data(spec))
    assert isinstance(prediction, Prediction)
    return predicted_verdict(prediction)


def test_he_without_biases_holds():
    verdict = verdict_of(SPEC)
    assert (verdict.kind, verdict.first, verdict.last) == ("holds", 1, 10)
    assert verdict.total == pytest.approx(1.0)
    assert (verdict.increment, verdict.limit) == (None, None)


def test_he_with_biases_grows_by_the_bias_variance_per_layer_although_its_gain_is_1():
    verdict = verdict_of(SPEC.but(bias="fixed"))
    assert verdict.kind == "grows"
    assert verdict.increment == 0.25
    assert verdict.total == pytest.approx(4.5 / 2.25)


def test_n01_grows_by_half_the_width_per_layer():
    verdict = verdict_of(SPEC.but(init="normal", weight_variance=1.0))
    assert verdict.kind == "grows"
    assert verdict.per_layer == pytest.approx(15.0)
    assert verdict.increment is None


def test_lecun_with_relu_vanishes_or_settles_where_the_biases_hold_it():
    verdict = verdict_of(SPEC.but(init="lecun"))
    assert (verdict.kind, verdict.limit) == ("vanishes", None)
    assert verdict.per_layer == pytest.approx(0.5)
    assert verdict_of(SPEC.but(init="lecun", bias="fixed")).limit == pytest.approx(0.5)
    assert verdict_of(SPEC.but(init="pytorch")).limit == pytest.approx(0.4 / 30)
    assert verdict_of(SPEC.but(init="zeros")).kind == "vanishes"


def test_a_wide_jump_to_the_logits_is_not_the_verdict_on_the_depth():
    assert verdict_of(SPEC.but(init="xavier", activation="identity")).kind == "holds"


def test_shallow_networks_have_a_verdict_too():
    two = verdict_of(SPEC.but(depth=2, init="normal", weight_variance=1.0))
    assert (two.kind, two.first, two.last, two.total) == ("grows", 1, 2, pytest.approx(15.0))
    one = verdict_of(SPEC.but(depth=1, init="normal", weight_variance=0.1))
    assert (one.kind, one.first, one.last, one.total) == ("vanishes", 0, 1, pytest.approx(0.2))


def test_measured_values_have_a_verdict_that_survives_overflow():
    wide, relu = (100,) * 4, "relu"
    assert measured_verdict([1.0, 2.0, 2.5, 1.5, 9.0], wide, relu).kind == "holds"
    assert measured_verdict([1.0, 2.0, 30.0, 500.0, 9.0], wide, relu).kind == "grows"
    assert measured_verdict([1.0, 2.0, 0.9, 0.3, 9.0], wide, relu).kind == "vanishes"
    for last in (math.inf, math.nan):
        verdict = measured_verdict([1.0, 2.0, 1e300, last, last], wide, relu)
        assert (verdict.kind, verdict.total) == ("grows", math.inf)
    assert measured_verdict([1.0, 0.0, 0.0, 0.0], wide[1:], relu).kind == "vanishes"


def rising(factor: float) -> list[float]:
    """Mean squares of 11 layers that change by this factor from the first to the tenth."""
    return [1.0, *(factor ** (k / 9) for k in range(10)), 1.0]


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "identity", "tanh"])
@pytest.mark.parametrize("width", [10, 16, 64, 256])
def test_stable_is_never_said_of_a_signal_that_rises_or_falls(width: int, activation: str):
    for factor in (1.6, 3.0, 6.0, 1e3, 1 / 1.6, 1 / 6, 1e-3):
        verdict = measured_verdict(rising(factor), (width,) * 11, activation)
        up, down = ("grows", "rises"), ("vanishes", "falls")
        assert verdict.kind in (up if factor > 1 else down)
        assert verdict.total == pytest.approx(factor)
    assert measured_verdict(rising(1.1), (width,) * 11, activation).kind == "holds"


def test_what_a_stable_network_may_do_by_chance_depends_on_its_width():
    # × 4 over 9 factors: one in 20 networks of 16 units, hardly one of 256.
    assert measured_verdict(rising(4.0), (16,) * 11, "relu").kind == "rises"
    assert measured_verdict(rising(4.0), (256,) * 11, "relu").kind == "grows"
    assert measured_verdict(rising(0.2), (16,) * 11, "relu").kind == "falls"
    assert measured_verdict(rising(0.2), (256,) * 11, "relu").kind == "vanishes"
    assert measured_verdict(rising(4.0), (16,) * 11, "tanh").chance is None


def test_19_of_20_stable_networks_stay_within_what_is_called_chance():
    # An independent draw: 2,000 He networks of 16 units by their matrices, one input.
    rng = np.random.default_rng(11)
    h = np.tile([1.0, -1.0], (2000, 1))
    squares: list[Float] = []
    for fan_in in (2, 16, 16, 16, 16):
        W = math.sqrt(2 / fan_in) * rng.standard_normal((2000, 16, fan_in))
        y = np.einsum("nij,nj->ni", W, h)
        squares.append(np.mean(y**2, axis=1))
        h = np.maximum(y, 0)
    found = stable_factors((16,) * 6, "relu", 1, 5)
    assert found is not None
    ratio = squares[4] / squares[0]
    inside = np.mean((found[0] < ratio) & (ratio < found[1]))
    assert inside == pytest.approx(0.95, abs=0.02)  # standard error 0.5 %
