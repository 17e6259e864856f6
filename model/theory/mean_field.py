"""tanh: no fixed factor, but an integral per layer (mean-field theory of wide networks).

Poole, Lahiri, Raghu, Sohl-Dickstein & Ganguli, "Exponential expressivity in deep neural networks
through transient chaos", NIPS 2016, arXiv:1606.05340.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Regime = Literal["order", "edge", "chaos"]
EDGE = 1e-3  # |χ₁ − 1| of what is called the edge
# The trapezoidal rule in steps of ¼ min(1, √q): 100 of them reach 25 (or 25 √q), where sech² and
# the Gaussian have long vanished. The integrands are even: half of the nodes do.
_NODES = np.arange(101) / 4.0
_WEIGHTS = np.where(_NODES == 0.0, 1.0, 2.0) / 4.0


@dataclass(frozen=True, slots=True)
class Phase:
    """Where deep layers of one scale and offset settle, and what becomes of differences there."""

    fixed_point: float  # q*
    chi: float  # χ₁: the factor per layer of small differences, and of δ²
    regime: Regime


def tanh_mean_squares(q: Float) -> Float:
    """r = E[tanh(y)²] for y ~ N(0, q), for every q: ∫ Dz tanh(√q z)² of eq. 3.

    By the trapezoidal rule, which is exact to 1e-14 at any q; Gauss–Hermite with 100 nodes errs
    by 4 % at q = 100, where tanh is almost a step.
    """
    # 1 − sech² has no cancellation beyond 1, and sech² is short; below it would have.
    return np.where(
        q > 1.0,
        1.0 - _gaussian_means(_sech_square, q),
        _gaussian_means(lambda y: np.tanh(y) ** 2, np.minimum(q, 1.0)),
    )


def tanh_square_slopes(q: Float) -> Float:
    """E[tanh'(y)²] for y ~ N(0, q), for every q; times n v at the fixed point it is χ₁.

    χ₁ < 1: inputs become alike (order); > 1: small differences grow (chaos); 1: edge of chaos.
    """
    return _gaussian_means(lambda y: _sech_square(y) ** 2, q)


def tanh_mean_square(q: float) -> float:
    """`tanh_mean_squares` of one q.

    >>> tanh_mean_square(0.0), round(tanh_mean_square(1e-6) * 1e6, 5)
    (0.0, 1.0)
    """
    return float(tanh_mean_squares(np.array([q]))[0])


def tanh_square_slope(q: float) -> float:
    """`tanh_square_slopes` of one q."""
    return float(tanh_square_slopes(np.array([q]))[0])


def tanh_pre_mean_squares(
    scales: list[float], offsets: list[float], input_mean_squares: Float
) -> Float:
    """q_l = n v ∫ Dz tanh(√q_{l-1} z)² + σ_b², eq. 3, of the layers 1…L for every point, (L, n).

    `scales` are n_{l-1} v_l, `offsets` σ_b². Layer 1 sees the input itself. Exact in layer 1 and,
    for Gaussian weights, 2; the limit of wide layers beyond.
    """
    result: list[Float] = []
    r = input_mean_squares
    for scale, offset in zip(scales, offsets, strict=True):
        result.append(scale * r + offset)
        r = tanh_mean_squares(result[-1])
    return np.array(result)


def tanh_fixed_point(scale: float, offset: float) -> float:
    """q* with q* = n v E[tanh²] + σ_b², where deep layers settle. By bisection.

    0 for n v ≤ 1 without bias: the signal dies out, though slower than exponentially at 1.
    """
    if offset == 0.0 and scale <= 1.0:
        return 0.0
    low, high = (offset, scale + offset)
    if offset == 0.0:
        low = 1e-12  # above the fixed point 0, which is unstable for n v > 1
    for _ in range(200):
        middle = 0.5 * (low + high)
        if scale * tanh_mean_square(middle) + offset > middle:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def tanh_phase(scale: float, offset: float) -> Phase:
    """The fixed point of deep layers, its χ₁ = n v E[tanh'²] and what that means.

    Poole et al. 2016, eq. 5-6, and Schoenholz et al. 2017, arXiv:1611.01232: χ₁ is also the factor
    of E[δ²] per layer back, so gradients vanish in order and explode in chaos.

    >>> tanh_phase(1.0, 0.0).regime, tanh_phase(3.0, 0.1).regime, tanh_phase(0.8, 0.1).regime
    ('edge', 'chaos', 'order')
    """
    fixed_point = tanh_fixed_point(scale, offset)
    chi = scale * tanh_square_slope(fixed_point)
    if abs(chi - 1.0) <= EDGE:
        return Phase(fixed_point, chi, "edge")
    return Phase(fixed_point, chi, "chaos" if chi > 1.0 else "order")


def _sech_square(y: Float) -> Float:
    e = np.exp(-2.0 * np.abs(y))
    return 4.0 * e / (1.0 + e) ** 2


def _gaussian_means(f: Callable[[Float], Float], q: Float) -> Float:
    """E[f(y)], y ~ N(0, q), for even f with poles at ±iπ/2 that decay like sech² if q > 1.

    The trapezoidal rule converges exponentially for analytic functions (Trefethen & Weideman 2014,
    doi:10.1137/130932132): errors of e^(−2π · (π/2)/step) from the poles and of
    e^(−2π² q/step²) from the Gaussian are both below 1e-16 with these steps.
    """
    deviation = np.sqrt(q)[:, None]
    step = np.minimum(1.0, deviation)
    density = np.exp(-0.5 * (_NODES * np.minimum(1.0, 1.0 / _positive(deviation))) ** 2)
    density *= step / (_positive(deviation) * math.sqrt(2.0 * math.pi))
    means = (f(_NODES * step) * density) @ _WEIGHTS
    return np.where(q > 0.0, means, f(np.zeros_like(q)))


def _positive(values: Float) -> Float:
    return np.where(values > 0.0, values, 1.0)
