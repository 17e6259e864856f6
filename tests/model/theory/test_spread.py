import math

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.theory.spread import (
    hanin_beta,
    kurtosis_factor,
    log_variances,
    median_factor,
    one_network_band,
    root_factor,
    second_moment_ratio,
    simulated_quantiles,
)

Float = NDArray[np.float64]


def one_input_mean_squares(
    widths: list[int],
    activation: str,
    *,
    scales: list[float],
    offset: float = 0.0,
    networks: int = 4000,
    seed: int = 0,
) -> tuple[Float, Float]:
    """M_l before and after the activation, (networks, L), of one input with r_0 = 1.

    Given the layer below, the units of a layer are independent N(0, Q), so no matrix is drawn.
    """
    rng = np.random.default_rng(seed)
    r = np.ones(networks)
    pre: list[Float] = []
    post: list[Float] = []
    for n, scale in zip(widths, scales, strict=True):
        Q = scale * r + offset
        y = np.sqrt(Q)[:, None] * rng.standard_normal((networks, n))
        h = np.maximum(y, 0) if activation == "relu" else y
        pre.append(np.mean(y**2, axis=1))
        r = np.mean(h**2, axis=1)
        post.append(r)
    return np.array(pre).T, np.array(post).T


def theory(
    widths: list[int], activation: str, *, scales: list[float], offset: float = 0.0
) -> tuple[list[float], list[float]]:
    r = 1.0
    q: list[float] = []
    shares: list[float] = []
    for scale in scales:
        q.append(scale * r + offset)
        shares.append(scale * r / q[-1])
        r = q[-1] / 2 if activation == "relu" else q[-1]
    return q, log_variances(widths, activation, signal_shares=shares)


@pytest.mark.parametrize(("activation", "scale"), [("relu", 2.0), ("identity", 1.0)])
def test_the_second_moment_is_the_product_of_one_factor_a_layer(activation: str, scale: float):
    widths = [40, 25, 60]
    pre, post = one_input_mean_squares(widths, activation, scales=[scale] * 3, networks=100_000)
    for after, sample in ((False, pre[:, 2]), (True, post[:, 2])):
        ratio = np.mean(sample**2) / np.mean(sample) ** 2
        expected = second_moment_ratio(widths, activation, after=after)
        assert ratio - 1 == pytest.approx(expected - 1, rel=0.05)  # standard error 1.5 %


def test_without_biases_tau_is_that_of_trap_3():
    widths = [16, 32, 64]
    relu = log_variances(widths, "relu")
    assert relu == pytest.approx([2 / 16, 5 / 16 + 2 / 32, 5 / 16 + 5 / 32 + 2 / 64])
    linear = log_variances(widths, "identity")
    assert linear[2] == pytest.approx(2 / 16 + 2 / 32 + 2 / 64)
    low, high = one_network_band(3.0, relu[2])
    tau = math.sqrt(0.5)
    assert low == pytest.approx(3.0 * math.exp(-0.25 - tau))
    assert high == pytest.approx(3.0 * math.exp(-0.25 + tau))


def test_the_spread_of_a_leaky_relu_lies_between_those_of_relu_and_linear():
    z = np.random.default_rng(2).standard_normal((100_000, 10))
    h = np.where(z > 0, z, 0.3 * z)
    M = np.mean(h**2, axis=1)
    ratio = 10 * (np.mean(M**2) / np.mean(M) ** 2 - 1)
    assert ratio == pytest.approx(kurtosis_factor("leaky_relu", slope=0.3), rel=0.05)
    low, high = simulated_quantiles(
        [16] * 6, "leaky_relu", scales=[2.0] * 6, offsets=[0.0] * 6, probabilities=[0.16, 0.84]
    )
    assert np.all(low < high)


@pytest.mark.parametrize("offset", [0.0, 0.25])
@pytest.mark.parametrize("width", [30, 100])
@pytest.mark.parametrize(
    ("activation", "scale"), [("relu", 2.0), ("relu", 1.0), ("identity", 1.0), ("identity", 1.3)]
)
def test_the_band_holds_55_to_80_percent_of_networks(
    activation: str, scale: float, width: int, offset: float
):
    # 4,000 networks, one input, every layer of 11: standard error of a share 0.8 %.
    widths, scales = [width] * 11, [scale] * 11
    pre, _ = one_input_mean_squares(widths, activation, scales=scales, offset=offset)
    q, log_variance = theory(widths, activation, scales=scales, offset=offset)
    for layer in range(11):
        low, high = one_network_band(q[layer], log_variance[layer])
        held = np.mean((pre[:, layer] > low) & (pre[:, layer] < high))
        assert 0.60 < held < 0.76  # nominal 0.68; the issue allows 0.55 … 0.80


def test_at_11_layers_of_width_16_the_median_is_0_18_of_the_mean_and_4_of_5_lie_below():
    pre, _ = one_input_mean_squares([16] * 11, "relu", scales=[2.0] * 11, networks=20_000)
    assert np.median(pre[:, -1]) / 2 == pytest.approx(0.18, abs=0.01)
    assert np.mean(pre[:, -1] < 2) == pytest.approx(0.81, abs=0.01)
    # The log-normal is rough at this width.
    assert median_factor(log_variances([16] * 11, "relu")[-1]) == pytest.approx(0.197, abs=1e-3)


def test_below_width_30_quantiles_are_simulated():
    low, median, high = simulated_quantiles(
        [16] * 11, "relu", scales=[2.0] * 11, offsets=[0.0] * 11, probabilities=[0.16, 0.5, 0.84]
    )
    pre, _ = one_input_mean_squares([16] * 11, "relu", scales=[2.0] * 11, networks=20_000)
    for quantiles, share in ((low, 0.16), (median, 0.5), (high, 0.84)):
        below = np.mean(pre < quantiles, axis=0)
        assert below == pytest.approx(share, abs=0.025)  # 3 standard errors of 4,000 networks


def test_the_mean_after_a_relu_is_less_than_the_root_of_the_mean_square_by_the_root_factor():
    widths = [50] * 8
    rng = np.random.default_rng(1)
    _, post = one_input_mean_squares(widths[:-1], "relu", scales=[2.0] * 7, networks=20_000)
    Q = 2.0 * post[:, -1]
    mean = np.mean(np.maximum(np.sqrt(Q) * rng.standard_normal(len(Q)), 0))
    tau2 = log_variances(widths, "relu")[-1] - 2 / 50  # of Q: without the last layer's own units
    assert root_factor(tau2) < 0.95
    assert mean == pytest.approx(math.sqrt(2 / (2 * math.pi)) * root_factor(tau2), rel=0.03)


def test_beta_sums_the_inverse_widths():
    assert hanin_beta((10, 20, 5)) == pytest.approx(0.35)


def test_the_spread_of_tanh_is_not_known():
    assert kurtosis_factor("tanh") is None
    with pytest.raises(ValueError, match="no spread is known"):
        log_variances([4, 4], "tanh")
