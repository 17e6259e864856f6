import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.integrate import quad

from cellscope.model.theory.mean_field import (
    tanh_fixed_point,
    tanh_mean_square,
    tanh_pre_mean_squares,
    tanh_square_slope,
)


def gaussian_integral(f: Callable[[float], float], q: float) -> float:
    def density(y: float) -> float:
        return f(y) * math.exp(-y * y / (2 * q)) / math.sqrt(2 * math.pi * q)

    reach = 12 * math.sqrt(q)
    # In pieces, or the quadrature may miss where tanh bends far inside a wide Gaussian.
    ends = [0.0, *(end for end in (2.0, 6.0, 20.0) if end < reach), reach]
    return 2 * sum(
        quad(density, a, b, epsabs=1e-15, limit=500)[0] for a, b in itertools.pairwise(ends)
    )


@pytest.mark.parametrize("q", [1e-8, 0.03, 0.99, 1.01, 7.0, 300.0, 1e6])
def test_the_integrals_are_those_of_adaptive_quadrature(q: float):
    assert tanh_mean_square(q) == pytest.approx(
        gaussian_integral(lambda y: math.tanh(y) ** 2, q), rel=1e-10
    )
    assert tanh_square_slope(q) == pytest.approx(
        gaussian_integral(lambda y: (1 - math.tanh(y) ** 2) ** 2, q), rel=1e-8
    )


def test_without_signal_tanh_is_the_identity():
    assert tanh_mean_square(0.0) == 0.0
    assert tanh_square_slope(0.0) == 1.0


def test_a_wide_tanh_network_has_the_predicted_mean_squares():
    # One input, 5 layers of 1,000 units, n v = 2.5 (v = 0.0025), σ_b² = 0.3: standard error 5 %.
    rng = np.random.default_rng(0)
    h = np.array([1.0, -1.0])
    measured: list[float] = []
    for fan_in in (2, 1000, 1000, 1000):
        W = math.sqrt(2.5 / fan_in) * rng.standard_normal((1000, fan_in))
        y = W @ h + math.sqrt(0.3) * rng.standard_normal(1000)
        measured.append(float(np.mean(y**2)))
        h = np.tanh(y)
    assert measured == pytest.approx(
        tanh_pre_mean_squares([2.5] * 4, [0.3] * 4, np.ones(1))[:, 0], rel=0.15
    )


def test_deep_layers_settle_at_the_fixed_point():
    squares = tanh_pre_mean_squares([2.5] * 60, [0.3] * 60, np.ones(1))[:, 0]
    assert squares[-1] == pytest.approx(tanh_fixed_point(2.5, 0.3), rel=1e-9)
    assert tanh_fixed_point(0.9, 0.0) == 0.0
    chaotic = tanh_fixed_point(1.5, 0.0)
    assert 1.5 * tanh_mean_square(chaotic) == pytest.approx(chaotic)
    assert chaotic > 0.1


def test_the_edge_of_chaos_without_bias_is_at_weight_variance_one_over_n():
    # χ₁ = n v E[tanh'²] at q* = 0; above it χ₁ > 1: nearby inputs part.
    assert 1.0 * tanh_square_slope(tanh_fixed_point(1.0, 0.0)) == 1.0
    assert 1.5 * tanh_square_slope(tanh_fixed_point(1.5, 0.0)) > 1.0
