"""The network seen from a point c of the window: y_l(x) = y_l(c) + δ_l(x).

Zooming to 1e-6 of a window leaves 10 of float64's 16 digits if points are measured from (0, 0).
Measured from a point c of the window, all 16 stay: x = c + u, and layer by layer

    δ_1 = W_1 u,    y_l = y_l(c) + δ_l,    δh_l = a(y_l(c) + δ_l) − a(y_l(c)),    δ_{l+1} = W δh_l,

where only y_l(c) is a small difference of large numbers. It is computed once per picture in
double-double arithmetic (106 bits, Dekker 1971), so a line's place relative to c is right to 16
digits however small the window is. A wide window is better served by the plain form, δh = h and
y_l = b + W h: where a layer is dead, h is 0 and y is exactly b, whatever it is elsewhere.

What counts as 0 is a share of Σ_k |W_jk| times the largest |h_k|. That says nothing where units of
one layer are 10^12 apart, and a unit's fold does not depend on its row's scale. So there every unit
is divided by a power of two of its own, which rounds nothing, and the next layer's column
multiplied by it; x and y likewise, where all units take much more of one than of the other.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.split import Bend, Split
from cellscope.model.cells.grid.patterns import Float, NoPolygons, Weights
from cellscope.model.jit import njit

SAFE_EXPONENT = 300  # beyond 2^±300 layers are rescaled: products of two such values are finite
ZOOMED = 1 / 64  # side / distance from (0, 0) below which the window has its own origin
UNEVEN = 8  # binary digits that units of one layer may be apart without being rescaled
SIDE_IN_ULPS = 4096.0  # a smaller window has fewer distinct points than a picture has pixels

Window = tuple[float, float, float, float]


class BelowReach(NoPolygons):
    """A window so small that float64 has no separate numbers for the pixels of a picture."""

    def __init__(self, window: Window) -> None:
        super().__init__(f"window: {window} is below the reach of float64")
        self.window = window

    def __reduce__(self) -> tuple[type["BelowReach"], tuple[Window]]:
        """So that another process can raise it."""
        return type(self), (self.window,)


@dataclass(frozen=True, slots=True)
class Origin:
    """A network prepared for pictures around a point.

    Attributes
    ----------
    point : (2,) float64
        c, in data units; (0, 0) unless the window is small.
    relative : bool
        Whether hidden values are measured from those at c (a small window) or from 0.
    layers : tuple of ``(W (n, k), kink (n,))``
        Unit j is active iff δ_j > kink_j: −y(c), or −b in the plain form. They are in the
        network's own units unless its values leave 2^±300 or are far apart in one layer; then y is
        divided by powers of two, which leaves all signs as they are: a(c y) = c a(y) for c > 0.
    axes : (2,) float64
        What layer 1 takes are x and y, measured from c, times these powers of two.
    """

    point: Float
    relative: bool
    layers: tuple[tuple[Float, Float], ...]
    axes: Float


def origin_of(network: Split, window: Window, *, layer: int) -> Origin:
    """The layers 1 … `layer` as seen from a point of the window.

    Raises
    ------
    ValueError
        A window that is not finite with x0 < x1 and y0 < y1.
    BelowReach
        A side below 4096 steps between neighbouring floats.
    """
    check_window(window)
    x0, x1, y0, y1 = window
    layers, bends = network.layers[:layer], network.bends
    reach = max(abs(x0), abs(x1)), max(abs(y0), abs(y1))
    if max(x1 - x0, y1 - y0) > ZOOMED * max(reach):
        scaled, axes = scaled_layers(layers, bends, reach)
        return Origin(np.zeros(2), False, tuple((W, -b) for W, b in scaled), axes)
    point = np.array([x0 + (x1 - x0) / 2, y0 + (y1 - y0) / 2])
    scaled, axes = scaled_layers(layers, bends, reach, (x1 - x0, y1 - y0))
    return Origin(point, True, tuple(_seen_from(point * axes, scaled, bends)), axes)


def check_window(window: Window) -> None:
    """Raise ValueError for a window that is none, BelowReach for one that is too small."""
    x0, x1, y0, y1 = window
    if not all(math.isfinite(v) for v in window) or not (x0 < x1 and y0 < y1):
        raise ValueError(f"window: must be finite with x0 < x1 and y0 < y1, not {window}")
    for low, high in ((x0, x1), (y0, y1)):
        if high - low < SIDE_IN_ULPS * math.ulp(max(abs(low), abs(high))):
            raise BelowReach(window)


def _seen_from(
    point: Float, weights: Sequence[tuple[Float, Float]], bends: Sequence[Bend]
) -> Iterator[tuple[Float, Float]]:
    high, low = point, np.zeros(2)
    for number, (W, b) in enumerate(weights):
        high, low = _affine(W, b, high, low)
        yield W, -high
        if number < len(weights) - 1:
            high, low = _activate(high, low, bends[number].left, bends[number].right)


def scaled_layers(
    weights: Weights,
    bends: Sequence[Bend],
    reach: tuple[float, float],
    sides: tuple[float, float] | None = None,
) -> tuple[list[tuple[Float, Float]], Float]:
    """The layers with y divided by powers of two, and what x and y are multiplied by.

    That is one number where it may leave 2^±300, and one a unit where units of one layer are far
    apart; else there is nothing to do.

    Parameters
    ----------
    bends : sequence of Bend
        After each layer but the network's last one.
    reach : (x, y)
        The largest |x| and |y|.
    sides : (x, y), optional
        Of a window in which values are measured from a point of it.
    """
    own = _own_exponents(weights, bends, reach if sides is None else sides, sides is None)
    if own is None:
        common = _exponents(weights, max(reach))
        if not any(common):
            return list(weights), np.ones(2)
        own = [np.zeros(2, np.int64), *(np.array([exponent]) for exponent in common)]
    layers = list[tuple[Float, Float]]()
    for (W, b), before, after in zip(weights, own, own[1:], strict=False):
        layers.append((np.ldexp(W, before - after[:, None]), np.ldexp(b, -after)))
    return layers, np.ldexp(1.0, -own[0])


def _own_exponents(
    weights: Weights, bends: Sequence[Bend], reach: tuple[float, float], with_bias: bool
) -> list[NDArray[np.int64]] | None:
    """Those of x and y and of the units of every layer; None where none is far from the others."""
    found = [np.log2(reach)]
    axes = -_columns(weights[0][0])
    apart = _spread(axes) > UNEVEN
    for number, (W, b) in enumerate(weights):
        is_last = number == len(weights) - 1
        slopes = (_ONE, _ONE) if is_last else (bends[number].left, bends[number].right)
        found.append(_sizes(W, b, *slopes, found[-1], with_bias))
        apart |= not is_last and _spread(found[-1]) > UNEVEN
    return [np.rint(sizes).astype(np.int64) for sizes in (axes, *found[1:])] if apart else None


_ONE = np.ones(1)


@njit(nogil=True, cache=True)
def _columns(W: Float) -> Float:
    """log₂ of the largest share that x and y have in a unit of layer 1. (2,)"""
    share = np.zeros(2)
    for j in range(W.shape[0]):
        largest = max(abs(W[j, 0]), abs(W[j, 1]))
        if largest > 0.0:
            share[0] = max(share[0], abs(W[j, 0]) / largest)
            share[1] = max(share[1], abs(W[j, 1]) / largest)
    least = 2.0**-SAFE_EXPONENT
    return np.log2(np.maximum(share, least)) if share.min() > 0.0 else np.zeros(2)


@njit(nogil=True, cache=True)
def _spread(sizes: Float) -> float:
    return sizes.max() - sizes.min()


@njit(nogil=True, cache=True)
def _sizes(W: Float, b: Float, left: Float, right: Float, before: Float, with_bias: bool) -> Float:
    """log₂ of what each unit may add to the next layer, its inputs' given.

    A bias adds nothing where it keeps the unit at 0. Units that are always 0 are as the least.
    """
    base = before.max()
    column = np.exp2(before - base)
    sizes, least = np.full(len(b), -np.inf), np.inf
    for j in range(W.shape[0]):
        total = 0.0
        for k in range(W.shape[1]):
            total += abs(W[j, k]) * column[k]
        if total > 0.0:
            sizes[j] = np.log2(total) + base
        slope = right[j % len(right)] if b[j] > 0.0 else left[j % len(left)]
        if with_bias and b[j] != 0.0 and slope != 0.0:
            sizes[j] = max(sizes[j], np.log2(abs(b[j])))
        if sizes[j] > -np.inf:
            least = min(least, sizes[j])
    for j in range(len(b)):
        if sizes[j] == -np.inf:
            sizes[j] = least if least < np.inf else 0.0
    return sizes


def _exponents(weights: Weights, size: float) -> list[int]:
    """Per layer, the power of two that y is divided by: all 0 unless y may leave 2^±300.

    |y_l| ≤ m_l = max_j (Σ_k |W_jk| m_{l−1} + |b_j|), followed as a logarithm: m_32 can be 1e1000.
    """
    log_size, logs = math.log2(size), [0.0]
    for W, b in weights:
        rows = _row_bound(W, b, 2.0 ** min(-log_size, 1000.0))
        log_size += math.log2(rows) if rows > 0 else 0.0
        logs.append(log_size)
    if max(abs(value) for value in logs) < SAFE_EXPONENT:
        return [0] * len(weights)
    return [round(value) for value in logs[1:]]


@njit(nogil=True, cache=True)
def _row_bound(W: Float, b: Float, bias_factor: float) -> float:
    largest = 0.0
    for j in range(W.shape[0]):
        total = abs(b[j]) * bias_factor
        for k in range(W.shape[1]):
            total += abs(W[j, k])
        largest = max(largest, total)
    return largest


@njit(nogil=True, cache=True)
def _affine(W: Float, b: Float, high: Float, low: Float) -> tuple[Float, Float]:
    """W h + b for h = high + low, as such a pair: Dekker's product, Knuth's sum."""
    n = len(b)
    out_high, out_low = b.copy(), np.zeros(n)
    for k in range(len(high)):
        x, rest = high[k], low[k]
        if x == 0.0 and rest == 0.0:
            continue
        c = 134217729.0 * x  # 2^27 + 1 splits 53 bits into 26 + 26
        x1 = c - (c - x)
        x2 = x - x1
        for j in range(n):
            w = W[j, k]
            c = 134217729.0 * w
            w1 = c - (c - w)
            w2 = w - w1
            p = w * x
            e = ((w1 * x1 - p) + w1 * x2 + w2 * x1) + w2 * x2 + w * rest
            s = out_high[j] + p
            t = s - out_high[j]
            e += (out_high[j] - (s - t)) + (p - t) + out_low[j]
            out_high[j] = s + e
            out_low[j] = e - (out_high[j] - s)
    return out_high, out_low


@njit(nogil=True, cache=True)
def _activate(high: Float, low: Float, left: Float, right: Float) -> tuple[Float, Float]:
    """a(high + low): a double-double has the sign of its high part."""
    out_high, out_low = high.copy(), low.copy()
    for j in range(len(high)):
        x = high[j]
        slope = left[j] if x < 0.0 else right[j]
        if slope == 1.0:
            continue
        c = 134217729.0 * slope
        w1 = c - (c - slope)
        w2 = slope - w1
        c = 134217729.0 * x
        x1 = c - (c - x)
        x2 = x - x1
        p = slope * x
        e = ((w1 * x1 - p) + w1 * x2 + w2 * x1) + w2 * x2 + slope * low[j]
        out_high[j] = p + e
        out_low[j] = e - (out_high[j] - p)
    return out_high, out_low
