"""One network is one draw: how far its mean squares lie from the expectation.

With M_l the mean square of layer l for one input, M_l is a product of many independent factors,
one a layer, so nearly log-normal: skewed, with the median far below the mean. Only for Gaussian
weights and biases; orthogonal matrices keep norms better, and uniform biases differ.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import slope_below
from cellscope.model.theory.forward import kept_share

Float = NDArray[np.float64]
GAUSSIAN_INITS = frozenset({"normal", "he", "xavier", "lecun", "zeros"})  # zeros: N(0, 0)


def hanin_beta(hidden: Sequence[int]) -> float:
    """β = Σ 1/n_l over the hidden layers: how strongly networks differ from draw to draw.

    Hanin, "Which Neural Net Architectures Give Rise to Exploding and Vanishing Gradients?", 2018,
    arXiv:1801.03744: the fluctuations of the gradients grow like exp(β), whatever the weights'
    scale.
    """
    return sum(1.0 / n for n in hidden)


def kurtosis_factor(activation: str | None, *, slope: float | None = None) -> float | None:
    """n (E[M²]/E[M]² − 1) of one layer of n units: 2 linear (or None), 5 after a ReLU.

    Given the layer below, y_i are independent N(0, Q). E[y⁴] = 3 Q², so the mean of y² varies by
    2/n. After a ReLU E[h⁴] = 3/2 Q² and E[h²] = Q/2, so (3/2 − 1/4)/(1/4) = 5; after a leaky one
    E[h⁴] = 3/2 (1 + a⁴) Q² and E[h²] = (1 + a²) Q/2, so 6 (1 + a⁴)/(1 + a²)² − 1.

    >>> kurtosis_factor("leaky_relu", slope=0.0), kurtosis_factor("leaky_relu", slope=1.0)
    (5.0, 2.0)
    """
    a = slope if slope is not None and activation == "leaky_relu" else slope_below(activation)
    return None if a is None else 6.0 * (1.0 + a**4) / (1.0 + a**2) ** 2 - 1.0


def second_moment_ratio(widths: Sequence[int], activation: str | None, *, after: bool) -> float:
    """E[M_l²]/E[M_l]² of the last of these layers, for one input and without biases: exact.

    Π_{k<l} (1 + c/n_k) · (1 + 2/n_l) before the activation, (1 + c/n_l) as last factor after it,
    with c = 5 for ReLU and 2 for linear networks (`kurtosis_factor`). In the limit exp(c Σ 1/n):
    Hanin & Nica 2018, arXiv:1812.05994.

    >>> second_moment_ratio([5, 2], "relu", after=False)
    4.0
    """
    factor = _known(activation)
    last = factor if after else 2.0
    return math.prod(1.0 + factor / n for n in widths[:-1]) * (1.0 + last / widths[-1])


def log_variances(
    widths: Sequence[int],
    activation: str | None,
    *,
    signal_shares: Sequence[float] | None = None,
) -> list[float]:
    """τ_l² of every layer, before its activation: Σ_{k<l} c/n_k + 2/n_l (c as above).

    Biases dilute what the layers below contribute: a relative change of r_{l-1} changes q_l by the
    share w_l = n v r_{l-1}/q_l of it only, so

        τ_l² = T_l + 2/n_l,    T_1 = 0,    T_l = w_l² (T_{l-1} + c/n_{l-1}).

    Without biases w = 1. To first order in 1/n; Gaussian weights and biases.
    """
    factor = _known(activation)
    shares = [1.0] * len(widths) if signal_shares is None else signal_shares
    result: list[float] = []
    carried = 0.0
    for i, (n, share) in enumerate(zip(widths, shares, strict=True)):
        if i > 0:
            carried = share * share * (carried + factor / widths[i - 1])
        result.append(carried + 2.0 / n)
    return result


def one_network_band(mean_square: float, log_variance: float) -> tuple[float, float]:
    """Where 68 % of single networks lie: theory · exp(−τ²/2 ± τ), τ² = `log_variance`.

    A log-normal with mean 1 and log-variance τ² has its median at exp(−τ²/2). For widths below 30
    it is rough: use simulated quantiles there.
    """
    tau = math.sqrt(log_variance)
    centre = median_factor(log_variance)
    return mean_square * centre * math.exp(-tau), mean_square * centre * math.exp(tau)


def median_factor(log_variance: float) -> float:
    """Median over mean of a log-normal: exp(−τ²/2). At 11 layers of width 16 about 0.2."""
    return math.exp(-log_variance / 2.0)


def simulated_mean_squares(
    widths: Sequence[int],
    activation: str | None,
    *,
    scales: Sequence[float],
    offsets: Sequence[float],
    input_mean_square: float = 1.0,
    networks: int = 4000,
    seed: int = 0,
) -> tuple[Float, Float]:
    """Mean squares of y_l and h_l of many single networks, for one input: two (networks, L).

    Given the layer below, the n units of a layer are independent N(0, Q): about half of them are
    positive, k ~ Binomial(n, ½), and Σ y² over those is Q χ²_k, over the others Q χ²_{n-k}. So
    neither matrices nor units are drawn, and the distribution is exact at any width. `scales` are
    n_{l-1} v_l, `offsets` σ_b²; Gaussian weights and biases. Every layer has its activation.
    """
    _known(activation)
    negative = (slope_below(activation) or 0.0) ** 2  # what it leaves of the negative half
    rng = np.random.default_rng(seed)
    r = np.full(networks, input_mean_square)
    pre: list[Float] = []
    post: list[Float] = []
    for n, scale, offset in zip(widths, scales, offsets, strict=True):
        Q = scale * r + offset
        positive = rng.binomial(n, 0.5, networks)
        above, below = (2.0 * rng.standard_gamma(k / 2.0) for k in (positive, n - positive))
        pre.append(Q * (above + below) / n)
        r = Q * (above + negative * below) / n
        post.append(r)
    return np.stack(pre, axis=1), np.stack(post, axis=1)


def simulated_quantiles(
    widths: Sequence[int],
    activation: str | None,
    *,
    scales: Sequence[float],
    offsets: Sequence[float],
    probabilities: Sequence[float],
    input_mean_square: float = 1.0,
    networks: int = 4000,
    seed: int = 0,
) -> Float:
    """Quantiles of one network's mean square of y_l for one input, (probabilities, L).

    What to draw instead of `one_network_band` below a width of about 30.
    """
    pre, _ = simulated_mean_squares(
        widths,
        activation,
        scales=scales,
        offsets=offsets,
        input_mean_square=input_mean_square,
        networks=networks,
        seed=seed,
    )
    return np.asarray(np.quantile(pre, probabilities, axis=0), np.float64)


def root_factor(log_variance: float) -> float:
    """E[√M] / √E[M] of a log-normal: exp(−τ²/8).

    What narrow networks take off the mean after a ReLU, which is a root of the layer's own mean
    square: 19 % after 10 layers of width 30.
    """
    return math.exp(-log_variance / 8.0)


def _known(activation: str | None) -> float:
    factor = kurtosis_factor(activation)
    if factor is None or kept_share(activation) is None:
        raise ValueError(f"no spread is known for activation {activation!r}")
    return factor
