"""How much of a layer's variance is over the *data*: the arc-cosine recursion over its own pairs.

The variance pooled over units and points says how large the signal is. The variance over the
points, for each unit, says how different two inputs still look. Under ReLU the second shrinks
relative to the first in every layer: all inputs are mapped to ever more similar vectors.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cellscope.model.jit import njit

Float = NDArray[np.float64]
DEGREE = 18


def arc_cosine(cosine: float) -> float:
    """The correlation after a ReLU: E[h h'] / √(E[h²] E[h'²]) of two points.

    For jointly Gaussian y, y' of mean 0 and correlation c = cos θ,

        E[relu(y) relu(y')] = √(q q') (sin θ + (π − θ) cos θ) / 2π,

    Cho & Saul, "Kernel Methods for Deep Learning", NIPS 2009, eq. 6 (n = 1). Its fixed point is 1.

    >>> [abs(round(arc_cosine(c), 4)) for c in (-1.0, 0.0, 1.0)]
    [0.0, 0.3183, 1.0]
    """
    theta = math.acos(max(-1.0, min(1.0, cosine)))
    return (math.sin(theta) + (math.pi - theta) * math.cos(theta)) / math.pi


def input_data_variance(x: Float) -> float:
    """The data variance of the input: over the points (ddof 0), averaged over its coordinates."""
    return float(np.var(x, axis=0).mean())


def linear_data_variance(fan_in: int, weight_variance: float, below: float) -> float:
    """E[data variance of y] = n v · (data variance of h below), exactly, for any biases.

    A difference of two points passes a linear layer as a point passes one without bias.
    """
    return fan_in * weight_variance * below


def relu_data_variances(
    x: Float, q: Sequence[float], signal_shares: Sequence[float], *, slope: float = 0.0
) -> tuple[list[float], list[float]]:
    """Expected data variance of every layer before and after its ReLU, for these points.

    The data variance of a unit is ½ the mean, over all n² ordered pairs of points, of
    (y(x) − y(x'))². Its expectation D over the weights follows a recursion in which the biases
    cancel, layer by layer, for every pair:

        D_y = n v D_h of the layer below,     D_h = ½ D_y − √(q q') (sin θ − θ cos θ) / π,

    the arc-cosine kernel of Cho & Saul (2009), eq. 6, written for differences: exact also where
    all inputs look alike to 15 digits. θ is the angle of y and y', so
    4 √(q q') sin²(θ/2) = D_y − (√q − √q')².

    A leaky ReLU is a y + (1 − a) relu(y). As E[relu(y) relu(−y')] + E[relu(−y) relu(y')] is twice
    the kernel less E[y y'], its D_h is (1 − a)² times that of the ReLU plus a D_y.

    Assumes independent zero-mean weights and biases, and Gaussian y: exact in layers 1 and 2 for
    Gaussian weights, in deeper layers in the limit of wide ones.

    Parameters
    ----------
    x : (n, 2) array
        The points.
    q : (L,) sequence
        E[y²] of every layer, over these points.
    signal_shares : (L,) sequence
        The share of q that comes from the layer below, the rest from the biases.
    slope : float
        a, below 0: 0 for ReLU.

    Returns
    -------
    (pre, post)
        The expected data variances of layers 1…L; the last post is as if it had a ReLU, too.
    """
    x = np.ascontiguousarray(x, np.float64)
    square_norms = (x * x).sum(axis=1)
    unit = float(square_norms.mean())
    if unit == 0.0:
        return [0.0] * len(q), [0.0] * len(q)
    # Each layer in units of its own q, so that products of four roots stay near 1.
    sums = _pair_sums(x / math.sqrt(unit), square_norms / unit, np.array(signal_shares), slope)
    # Each pair i < j stands for two, and ½ of the mean of all is due.
    pre, post = sums / len(x) ** 2 * np.array(q)
    return [float(value) for value in pre], [float(value) for value in post]


def _series() -> Float:
    """Polynomial p(t), t = 4u − 1, with sin θ − θ cos θ = u^{3/2} p where u = sin²(θ/2) ≤ ½.

    d(sin θ − θ cos θ)/du = 2 θ = 4 arcsin √u, so the power series is that of the arcsine,
    integrated: Σ 8 a_k/(2k + 3) u^k, a_k = C(2k, k)/(4^k (2k + 1)). Interpolated at Chebyshev's
    points, 18 degrees give 14 digits.
    """
    t = np.polynomial.chebyshev.chebpts1(DEGREE + 1)
    k = np.arange(80)
    arcsine = np.cumprod(np.concatenate([[1.0], (2 * k[1:] - 1) / (2 * k[1:])])) / (2 * k + 1)
    values = (((t + 1) / 4)[:, None] ** k) @ (8 * arcsine / (2 * k + 3))
    fit = np.polynomial.chebyshev.chebfit(t, values, DEGREE)
    return np.asarray(np.polynomial.chebyshev.cheb2poly(fit), np.float64)


_SERIES = _series()  # frozen into the kernel as constants
_TINY = 1e-300  # makes 0/0 of a point at the origin 0


@njit(nogil=True, cache=True)
def _pair_sums(x: Float, square_norms: Float, signal_shares: Float, leak: float) -> Float:
    """Sums of D_y and D_h over the pairs i < j, (2, L), of each layer in units of its mean q.

    `x` is scaled so that the mean of `square_norms` is 1.
    """
    n, layers = len(x), len(signal_shares)
    sums = np.zeros((2, layers))
    roots = np.empty((layers, n))  # √q_l(x): q_l is linear in |x|²
    slope = 1.0
    for layer in range(layers):
        slope *= signal_shares[layer]
        for i in range(n):
            roots[layer, i] = math.sqrt(slope * square_norms[i] + (1.0 - slope))
    D = np.empty(n)
    for i in range(n - 1):
        for j in range(i + 1, n):
            D[j] = (x[i, 0] - x[j, 0]) ** 2 + (x[i, 1] - x[j, 1]) ** 2
        slope = 1.0
        for layer in range(layers):
            slope *= signal_shares[layer]
            # n v in these units, where (1 + a²)/2 is what the activation leaves of q
            step = signal_shares[layer] * (1.0 if layer == 0 else 2.0 / (1.0 + leak * leak))
            pre, post = _through_layer(
                D[i + 1 :],
                roots[layer, i + 1 :],
                square_norms[i + 1 :],
                (roots[layer, i], square_norms[i], step, slope, leak),
            )
            sums[0, layer] += pre
            sums[1, layer] += post
    return sums


@njit(
    nogil=True,
    cache=True,
    error_model="numpy",
    fastmath={"reassoc", "contract", "nsz", "arcp", "nnan"},
)
def _through_layer(
    D: Float, roots: Float, square_norms: Float, one: tuple[float, float, float, float, float]
) -> tuple[float, float]:
    """D_h → D_h of the next layer, in place, for the pairs of one point with many; their sums.

    Without a branch or a library call, so that it vectorises: 2.7 ns a pair, where numpy's
    arcsine and sine take 25.
    """
    root, square_norm, step, slope, leak = one
    pre = post = 0.0
    for j in range(len(D)):
        d = step * D[j]
        product = root * roots[j]
        total = (root + roots[j]) * (root + roots[j])
        # √q − √q' = (q − q') / (√q + √q'), without cancellation; one division for both.
        radial = slope * (square_norm - square_norms[j])
        u = 0.25 * (d * total - radial * radial) / (total * product + _TINY)
        u = max(0.0, min(1.0, u))
        w = min(u, 1.0 - u)
        t = 4.0 * w - 1.0
        p = _SERIES[DEGREE]
        for k in range(DEGREE - 1, -1, -1):
            p = p * t + _SERIES[k]
        # Beyond 90°: the same of π − θ, plus π |cos θ|.
        f = w * math.sqrt(w) * p + math.pi * max(0.0, 2.0 * u - 1.0)
        after = (1.0 - leak) ** 2 * (0.5 * d - product * f / math.pi) + leak * d
        pre += d
        post += after
        D[j] = after
    return pre, post
