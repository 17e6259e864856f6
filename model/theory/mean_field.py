"""tanh: no fixed factor, but an integral per layer (mean-field theory of wide networks).

Poole, Lahiri, Raghu, Sohl-Dickstein & Ganguli, "Exponential expressivity in deep neural networks
through transient chaos", NIPS 2016, arXiv:1606.05340.
"""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]


def tanh_mean_square(q: float) -> float:
    """r = E[tanh(y)²] for y ~ N(0, q): ∫ Dz tanh(√q z)² of eq. 3.

    By the trapezoidal rule, which is exact to 1e-14 at any q; Gauss–Hermite with 100 nodes errs
    by 4 % at q = 100, where tanh is almost a step.

    >>> tanh_mean_square(0.0), round(tanh_mean_square(1e-6) * 1e6, 5)
    (0.0, 1.0)
    """
    if q > 1.0:  # 1 − sech² has no cancellation here, and sech² needs a short grid only
        return 1.0 - _gaussian_mean(_sech_square, q)
    return _gaussian_mean(lambda y: np.tanh(y) ** 2, q)


def tanh_square_slope(q: float) -> float:
    """E[tanh'(y)²] for y ~ N(0, q); times n v at the fixed point it is χ₁.

    χ₁ < 1: inputs become alike (order); > 1: small differences grow (chaos); 1: edge of chaos.
    """
    return _gaussian_mean(lambda y: _sech_square(y) ** 2, q)


def tanh_pre_mean_squares(
    scales: list[float], offsets: list[float], input_mean_square: float
) -> list[float]:
    """q_l = n v ∫ Dz tanh(√q_{l-1} z)² + σ_b², eq. 3, for the layers 1…L.

    `scales` are n_{l-1} v_l, `offsets` σ_b². Layer 1 sees the input itself. Exact in layers 1 and,
    for points of equal norm and Gaussian weights, 2; the limit of wide layers beyond.
    """
    result: list[float] = []
    r = input_mean_square
    for scale, offset in zip(scales, offsets, strict=True):
        result.append(scale * r + offset)
        r = tanh_mean_square(result[-1])
    return result


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


def _sech_square(y: Float) -> Float:
    e = np.exp(-2.0 * np.abs(y))
    return 4.0 * e / (1.0 + e) ** 2


def _gaussian_mean(f: Callable[[Float], Float], q: float) -> float:
    """E[f(y)], y ~ N(0, q), for f with poles at ±iπ/2 that decays like sech² if q > 1.

    The trapezoidal rule converges exponentially for analytic functions (Trefethen & Weideman 2014,
    doi:10.1137/130932132): errors of e^(−2π · (π/2)/step) from the poles and of
    e^(−2π² q/step²) from the Gaussian are both below 1e-16 with this step.
    """
    if q == 0.0:
        return float(f(np.zeros(1))[0])
    deviation = math.sqrt(q)
    step = min(1.0, deviation) / 4.0
    reach = min(12.0 * deviation, 25.0)
    nodes = math.ceil(reach / step)
    y = np.linspace(-nodes * step, nodes * step, 2 * nodes + 1)
    density = np.exp(-0.5 * (y / deviation) ** 2) / (deviation * math.sqrt(2.0 * math.pi))
    return float((f(y) * density).sum()) * step
