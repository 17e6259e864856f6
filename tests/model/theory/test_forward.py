import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.theory.forward import (
    expected_pooled_variance,
    glorot_weight_variance,
    kappa,
    kept_share,
    mistaken_relu_weight_variance,
    pre_mean_square,
    relu_mean,
    relu_mean_over,
    relu_variance,
    scale_gain,
    stable_backward_weight_variance,
    stable_weight_variance,
)

Float = NDArray[np.float64]
GAUSS = np.random.default_rng(0).standard_normal(1_000_000)  # standard errors of about 0.1 %


def test_a_linear_layer_multiplies_the_mean_square_by_fan_in_times_weight_variance():
    # 20,000 layers of 7 inputs, s = 0.3, bias variance 0.4; not the deviations.
    rng = np.random.default_rng(1)
    h = rng.uniform(-1, 3, (20_000, 7))
    W = math.sqrt(0.3) * rng.standard_normal((20_000, 7))
    y = (W * h).sum(axis=1) + math.sqrt(0.4) * rng.standard_normal(20_000)
    expected = pre_mean_square(
        7, weight_variance=0.3, below=float(np.mean(h**2)), bias_variance=0.4
    )
    assert np.mean(y**2) == pytest.approx(expected, rel=0.05)  # standard error 1 %


def leaky(y: Float) -> Float:
    return np.where(y > 0, y, 0.2 * y)


def relu(y: Float) -> Float:
    return np.maximum(y, 0)


@pytest.mark.parametrize(
    ("activation", "slope", "function"),
    [
        ("identity", 0.0, np.array),
        ("relu", 0.0, relu),
        ("leaky_relu", 0.2, leaky),
    ],
)
def test_the_share_an_activation_keeps_is_that_of_a_gaussian_sample(
    activation: str, slope: float, function: Callable[[Float], Float]
):
    share = kept_share(activation, slope=slope)
    assert np.mean(function(GAUSS) ** 2) / np.mean(GAUSS**2) == pytest.approx(share, rel=0.01)


def test_a_tanh_has_no_fixed_share_and_no_stable_variance():
    assert kept_share("tanh") is None
    assert scale_gain(10, 0.1, below="tanh") is None
    assert stable_weight_variance(10, below="tanh") is None


def test_relu_moments_are_those_of_a_gaussian_sample():
    h = np.maximum(math.sqrt(0.3) * GAUSS, 0)
    assert np.mean(h) == pytest.approx(relu_mean(0.3), rel=0.01)
    assert np.var(h) == pytest.approx(relu_variance(0.3), rel=0.01)
    assert relu_variance(1.0) == pytest.approx(0.3408, abs=5e-5)


def test_the_mean_after_a_leaky_relu_is_that_of_a_gaussian_sample():
    h = leaky(math.sqrt(0.3) * GAUSS)
    assert np.mean(h) == pytest.approx(relu_mean_over(np.array([0.3]), slope=0.2), rel=0.01)
    assert relu_mean_over(np.array([0.3]), slope=1.0) == 0.0  # a linear layer


def test_the_stable_variances_are_those_of_glorot_and_he():
    assert stable_weight_variance(50, below="identity") == pytest.approx(1 / 50)
    assert stable_weight_variance(50, below="relu") == pytest.approx(2 / 50)
    assert stable_weight_variance(2, below=None) == 0.5  # the input is not halved
    assert stable_backward_weight_variance(30, activation="relu") == pytest.approx(2 / 30)
    assert glorot_weight_variance(50, 30) == pytest.approx(2 / 80)
    assert stable_weight_variance(50, below="leaky_relu", slope=0.2) == pytest.approx(2 / 52)


def test_with_the_mistaken_variance_the_signal_grows_1_47_fold_per_layer():
    assert mistaken_relu_weight_variance(10) == pytest.approx(0.293, abs=5e-4)
    gain = scale_gain(10, mistaken_relu_weight_variance(10), below="relu")
    assert gain == pytest.approx(1.47, abs=5e-3)


def test_kappa_is_one_on_a_circle_and_0_886_for_gaussian_points():
    angle = np.linspace(0, 6, 50)
    circle = 3.0 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    assert kappa(circle) == pytest.approx(1.0)
    assert kappa(GAUSS.reshape(-1, 2)) == pytest.approx(math.sqrt(math.pi) / 2, abs=1e-3)
    assert kappa(np.zeros((4, 2))) == 1.0


def test_in_two_dimensions_he_gives_a_mean_of_0_500_and_a_variance_of_0_750():
    square_norms = np.square(GAUSS.reshape(-1, 2)).sum(axis=1)
    q = 2 * 1.0 * square_norms / 2  # He per fan-in: weights of variance 2/2, r_0(x) = |x|²/2
    mean = relu_mean_over(q)
    assert mean == pytest.approx(0.500, abs=1e-3)  # and not 0.564
    assert relu_mean(2.0) == pytest.approx(0.564, abs=1e-3)
    assert np.mean(q) / 2 - mean**2 == pytest.approx(0.750, abs=2e-3)


def test_two_logits_read_a_pooled_variance_of_about_0_6_q():
    # Units of data share 0.3: y = √0.7 u + √0.3 e, u constant over the data; 20,000 networks.
    rng = np.random.default_rng(2)
    u, e = rng.standard_normal((20_000, 2, 1)), rng.standard_normal((20_000, 2, 40))
    y = 2.0 * (math.sqrt(0.7) * u + math.sqrt(0.3) * e)
    data_variance = np.var(y, axis=2).mean()
    expected = expected_pooled_variance(4.0, float(data_variance), 2)
    assert np.var(y.reshape(20_000, -1), axis=1).mean() == pytest.approx(expected, rel=0.02)
    assert 0.6 < expected / 4.0 < 0.7
