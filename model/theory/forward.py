"""How mean squares pass through a layer: one function per statement.

Notation: h_0 = x, y_l = W_l h_{l-1} + b_l before, h_l = a(y_l) after the activation; n_{l-1} the
fan-in, v = Var(W_ij), σ_b² = Var(b_i), q_l = E[y_l²], r_l = E[h_l²].
"""

import math

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import slope_below


def pre_mean_square(
    fan_in: int, *, weight_variance: float, below: float, bias_variance: float = 0.0
) -> float:
    """q_l = n_{l-1} v_l r_{l-1} + σ_b².

    He et al. 2015, arXiv:1502.01852, eq. 6-7, with a bias. Needs independent weights of mean 0 and
    equal variance, independent of h and b; exact at any width. Entries that are merely
    uncorrelated, as those of an orthogonal matrix, will do.

    >>> pre_mean_square(100, weight_variance=0.3, below=0.5, bias_variance=0.25)
    15.25
    """
    return fan_in * weight_variance * below + bias_variance


def kept_share(activation: str | None, *, slope: float | None = None) -> float | None:
    """E[a(y)²] / E[y²] for symmetric y: what the activation leaves of the mean square.

    1 for ``identity`` (and for None, no activation), exactly ½ for ``relu`` (He et al. 2015,
    eq. 8-9), (1 + a²)/2 where the slope below 0 is a (He et al. 2015, eq. 15); `slope` is
    another a for the leaky ReLU. None where it depends on the scale, as for ``tanh``. Exact
    whenever y is symmetric about 0, whatever its distribution: with zero-mean symmetric weights
    and biases it is.
    """
    a = slope if slope is not None and activation == "leaky_relu" else slope_below(activation)
    return None if a is None else (1.0 + a * a) / 2.0


def scale_gain(
    fan_in: int, weight_variance: float, *, below: str | None, slope: float | None = None
) -> float | None:
    """The factor of the weights alone, q_l / q_{l-1} without biases: n v, halved by a ReLU below.

    `below` is the activation between the two layers; None for layer 1, whose input is not halved,
    so that its gain is 2 v on the plane. None where the activation has no fixed share.
    """
    share = kept_share(below, slope=slope)
    return None if share is None else fan_in * weight_variance * share


def stable_weight_variance(
    fan_in: int, *, below: str | None, slope: float | None = None
) -> float | None:
    """The Var(W) whose `scale_gain` is 1: 1/n_in linear, 2/n_in after a ReLU.

    Sheet 1.1 and 1.3. Linear: Glorot & Bengio 2010, eq. 5 and 10; ReLU: He et al. 2015, eq. 10.
    With σ_b² > 0 even this rises by σ_b² per layer.

    >>> stable_weight_variance(16, below="relu"), stable_weight_variance(2, below=None)
    (0.125, 0.5)
    """
    share = kept_share(below, slope=slope)
    return None if share is None else 1.0 / (fan_in * share)


def stable_backward_weight_variance(
    fan_out: int, *, activation: str | None, slope: float | None = None
) -> float | None:
    """The Var(W) that keeps δ: 1/n_out linear, 2/n_out with ReLU.

    Glorot & Bengio 2010, eq. 11; He et al. 2015, eq. 14. `activation` is the one below the layer,
    whose derivative δ passes after W.
    """
    return stable_weight_variance(fan_out, below=activation, slope=slope)


def glorot_weight_variance(fan_in: int, fan_out: int) -> float:
    """2/(n_in + n_out), between forward 1/n_in and backward 1/n_out of a linear network.

    Glorot & Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks", eq. 12. With unequal widths it keeps neither exactly.
    """
    return 2.0 / (fan_in + fan_out)


def relu_mean(q: float) -> float:
    """E[relu(y)] = √(q/2π) for Gaussian y of mean 0 and variance q.

    Over data, y is Gaussian for each point only: average over the points (`relu_mean_over`).
    """
    return math.sqrt(q / (2.0 * math.pi))


def relu_mean_over(q: NDArray[np.float64], *, slope: float = 0.0) -> float:
    """E[relu(y)] over points whose q_l(x) differ: the mean of √(q_l(x)/2π). (n,)

    Without biases √(q/2π) times `kappa`: 0.886 for N(0, I) in the plane, so He gives 0.500, not
    0.564. Assumes Gaussian y at every point: exact in layer 1 for Gaussian weights, in deeper
    layers the limit of wide ones (narrow networks spread, and the mean of a root is less than the
    root of the mean). Uniform or orthogonal weights in layer 1, whose fan-in is 2, are off by up to
    2.5 %. A leaky ReLU takes `slope` of the negative half off again: 1 − slope times as much.
    """
    return (1.0 - slope) * float(np.sqrt(q / (2.0 * math.pi)).mean())


def relu_variance(q: float) -> float:
    """Var(relu(y)) = q (½ − 1/2π) = 0.3408 q for Gaussian y of mean 0 and variance q.

    >>> round(relu_variance(1.0), 4)
    0.3408
    """
    return q * (0.5 - 0.5 / math.pi)


def mistaken_relu_weight_variance(fan_in: int) -> float:
    """2.93/n_in, a *wrong* answer to sheet 1.3: 1/(n_in · 0.3408).

    It puts Var(h) instead of E[h²] into the recursion. Then q grows 1.47-fold per layer.

    >>> round(mistaken_relu_weight_variance(1), 2)
    2.93
    """
    return 1.0 / (fan_in * relu_variance(1.0))


def kappa(x: NDArray[np.float64]) -> float:
    """κ = E|x| / √E|x|² of these points (n, 2): 1 on a circle, 0.886 for N(0, I) in the plane."""
    square_norms = np.square(x).sum(axis=1)
    mean_square = float(square_norms.mean())
    return float(np.sqrt(square_norms).mean()) / math.sqrt(mean_square) if mean_square else 1.0


def expected_pooled_variance(mean_square: float, data_variance: float, units: int) -> float:
    """E[variance about the pooled mean] = q (1 − (1 − d)/n), d the data-only share of q.

    The pooled mean of n units takes E[mean²] = (q − data variance)/n away, because the units'
    means over the data have mean 0 and are uncorrelated. Two logits read about 0.6 q for that
    reason. Before the activation; exact at any width for the expected `data_variance`.
    """
    return mean_square - (mean_square - data_variance) / units
