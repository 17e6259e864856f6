"""Breakpoints along a straight line: where the network's affine map changes.

The one-dimensional sister of `model.cells.exact.complex`: a segment is cut by layer 1, the pieces
by layer 2, and so on. A network at initialisation has about as many breakpoints along a line as
units (Hanin & Rolnick, "Complexity of Linear Regions in Deep Networks", ICML 2019,
arXiv:1901.09021).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.kernels import FLOOR, RELATIVE_ZERO, row_sums
from cellscope.model.cells.exact.origin import scaled_layers
from cellscope.model.cells.exact.split import Bend, split
from cellscope.model.cells.grid.patterns import Float, Weights

Signs = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Breakpoints:
    """The K points of a segment p + t (q − p), 0 < t < 1, where the joint pattern changes.

    Attributes
    ----------
    t : (K,) float64
        Ascending.
    points : (K, 2) float64
        In data units.
    units : tuple of K tuples of (layer, unit)
        Which units change their sign there; layers 1-based, units 0-based.
    """

    t: Float
    points: Float
    units: tuple[tuple[tuple[int, int], ...], ...]


@dataclass(slots=True)
class _Stop:
    """A point of the segment: its pre-activations in the current layer, minus the biases."""

    t: float
    delta: Float
    size: float
    signs: Signs


@dataclass(slots=True)
class _Piece:
    """What lies between a stop and the next one."""

    patterns: list[NDArray[np.bool_]]


def breakpoints(
    weights: Weights,
    p: tuple[float, float],
    q: tuple[float, float],
    *,
    layer: int,
    activation: str = "relu",
) -> Breakpoints:
    """Where the joint pattern of layers 1 … `layer` changes along a segment.

    A unit whose value touches 0 without changing sign makes no breakpoint. O(K · weights)

    Parameters
    ----------
    weights : sequence of ``(W (fan_out, fan_in), b (fan_out,))``
    p, q : (x, y)
        The ends, in data units.
    layer : int
        1-based.
    activation : str
        As of `model.cells.exact.complex.build`.

    Raises
    ------
    ValueError
        Weights, layer or activation that do not fit, or p = q.
    """
    network = split(weights, activation)
    if not 1 <= layer <= len(network.layers):
        raise ValueError(f"layer: must be 1 to {len(network.layers)}, not {layer}")
    start, end = np.array(p, dtype=np.float64), np.array(q, dtype=np.float64)
    if np.array_equal(start, end):
        raise ValueError("p, q: a segment has two different ends")
    t, h = np.array([0.0, 1.0]), np.stack([start, end])
    pieces = [_Piece([])]
    reach = np.abs(h).max(axis=0)
    reach = np.where(reach > 0.0, reach, reach.max())
    scaled, axes = scaled_layers(network.layers[:layer], network.bends, (reach[0], reach[1]))
    h *= axes
    size = np.abs(h).max(axis=1)
    for (W, b), bend in zip(scaled, (*network.bends, None), strict=False):
        zero = row_sums(W, b, RELATIVE_ZERO)
        stops = _stops(t, h @ W.T, size, b, zero)
        stops, pieces = _cut(stops, pieces, b, zero)
        t, h, size = _next_layer(stops, b, zero, bend)
    return _changes(t, pieces, start, end, network.kinks)


def _stops(t: Float, delta: Float, size: Float, b: Float, zero: tuple[Float, Float]) -> list[_Stop]:
    y = delta + b
    near = np.abs(y) <= zero[0] * size[:, None] + zero[1]
    delta[near] = np.broadcast_to(-b, delta.shape)[near]
    signs = np.where(near, 0, np.sign(y)).astype(np.int8)
    return [_Stop(float(t[i]), delta[i], float(size[i]), signs[i]) for i in range(len(t))]


def _cut(
    stops: list[_Stop], pieces: list[_Piece], b: Float, zero: tuple[Float, Float]
) -> tuple[list[_Stop], list[_Piece]]:
    done, waiting = [stops[0]], stops[:0:-1]
    cut: list[_Piece] = []
    piece = 0
    ends = {id(stop) for stop in stops}
    while waiting:
        a, c = done[-1], waiting[-1]
        crossing = np.flatnonzero(a.signs * c.signs < 0)
        if len(crossing):
            waiting.append(_between(a, c, int(crossing[0]), b, zero))
            continue
        active = (a.signs > 0) | (c.signs > 0)
        cut.append(_Piece([*pieces[piece].patterns, active]))
        done.append(waiting.pop())
        piece += id(c) in ends
    return done, cut


def _between(a: _Stop, c: _Stop, unit: int, b: Float, zero: tuple[Float, Float]) -> _Stop:
    """The stop where a unit is 0, measured from the nearer end as in the plane."""
    y_a, y_c = a.delta[unit] + b[unit], c.delta[unit] + b[unit]
    near, far = (a, c) if abs(y_a) <= abs(y_c) else (c, a)
    part = min(abs(y_a), abs(y_c)) / abs(y_a - y_c)
    delta = near.delta + part * (far.delta - near.delta)
    size = near.size + part * (far.size - near.size)
    doubt = a.signs * c.signs < 0
    y = delta + b
    is_zero = (doubt & (np.abs(y) <= zero[0] * size + zero[1])) | ((a.signs == 0) & (c.signs == 0))
    is_zero[unit] = True
    signs = np.where(doubt, np.sign(y), np.sign(a.signs + c.signs)).astype(np.int8)
    signs[is_zero] = 0
    delta[is_zero] = -b[is_zero]
    return _Stop(near.t + part * (far.t - near.t), delta, size, signs)


def _next_layer(
    stops: list[_Stop], b: Float, zero: tuple[Float, Float], bend: Bend | None
) -> tuple[Float, Float, Float]:
    y = np.stack([stop.delta for stop in stops]) + b
    h = y if bend is None else bend(y)
    before = np.array([stop.size for stop in stops])
    size = np.abs(h).max(axis=1)
    floor = FLOOR * zero[0].max() * before
    return np.array([stop.t for stop in stops]), h, np.where(size > 0, np.maximum(size, floor), 0)


def _changes(
    t: Float, pieces: list[_Piece], start: Float, end: Float, kinks: Sequence[int]
) -> Breakpoints:
    kept: list[float] = []
    units: list[tuple[tuple[int, int], ...]] = []
    for i in range(1, len(pieces)):
        flips = [
            (number, int(line) // kinks[number - 1])
            for number, (a, b) in enumerate(
                zip(pieces[i - 1].patterns, pieces[i].patterns, strict=True), start=1
            )
            for line in np.flatnonzero(a != b)
        ]
        if flips:
            kept.append(float(t[i]))
            units.append(tuple(flips))
    where = np.array(kept).reshape(-1)
    return Breakpoints(where, start + where[:, None] * (end - start), tuple(units))
