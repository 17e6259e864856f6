"""Networks as the exact engine takes them: units with one kink each, at 0.

A unit whose activation has p kinks c_1 < … < c_p becomes p units y − c_m, one a kink: with slopes
s_0 … s_p from left to right,

    a(y) = a(c_1) + b_1(y − c_1) + … + b_p(y − c_p),

where b_1 has the slopes s_0 and s_1 on both sides of 0, and b_m the slopes 0 and s_m − s_{m−1}.
The next layer takes all of them with the weights of the one, and a(c_1) goes into its biases. So
everything that knows lines, signs and patterns knows such activations, too: a unit's piece is the
number of its signs that are positive. Activations with one kink at 0 stay as they are.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import Activation, between_layers, exact_names
from cellscope.model.cells.grid.patterns import (
    Float,
    NoPolygons,
    Weights,
    Words,
    checked_weights,
    pack_signs,
)

UNEVEN = float("nan")  # no one factor; not None, so that kernels see one type


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """What each of a layer's split units does: ``left · y`` below 0, ``right · y`` above.

    `factor` is their common `left` where every `right` is 1, and NaN else.
    """

    left: Float
    right: Float
    factor: float

    def __call__(self, y: Float) -> Float:
        """The activations of pre-activations (…, units)."""
        if self.factor == self.factor:
            return np.where(y > 0, y, self.factor * y)
        return np.where(y > 0, self.right * y, self.left * y)


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """A network and its split form.

    Attributes
    ----------
    weights, activation
        The network itself.
    layers : tuple of ``(W, b)``
        Of the split units: unit j's kink m (both from 0) is row ``j · kinks + m``.
    bends : tuple of Bend
        After each layer but the last.
    rows : tuple of Activation
        After each layer but the last.
    kinks : tuple of int
        Kinks a unit, of each layer; the last one's is 1: its signs.
    """

    weights: tuple[tuple[Float, Float], ...]
    activation: str
    layers: tuple[tuple[Float, Float], ...]
    bends: tuple[Bend, ...]
    rows: tuple[Activation, ...]
    kinks: tuple[int, ...]

    @property
    def widths(self) -> tuple[int, ...]:
        """Split units of every layer."""
        return tuple(len(b) for _, b in self.layers)


NO_NETWORK = Split((), "relu", (), (), (), ())  # of cells that another engine has cut


def split(weights: Weights, activation: str, inputs: int = 2) -> Split:
    """The split form of a network.

    Parameters
    ----------
    weights : sequence of ``(W (fan_out, fan_in), b (fan_out,))``
    activation : str
        A name, or a comma list with one for each hidden layer.
    inputs : int
        The first layer's fan-in: another than the picture's two where points are to be run through.

    Raises
    ------
    ValueError
        Weights that do not fit; an activation that is unknown.
    NoPolygons
        One that is not piecewise linear; see `checked_weights`.
    """
    given = checked_weights(weights, inputs)
    rows = between_layers(activation, len(given) - 1)
    for row in rows:
        if not row.exact:
            known = ", ".join(exact_names())
            raise NoPolygons(f"activation: exact cells need one of {known}, not {row.name!r}")
    layers: list[tuple[Float, Float]] = []
    before: Activation | None = None
    for (W, b), row in zip(given, (*rows, None), strict=True):
        W, b = (W, b) if before is None else _after(before, W, b)
        layers.append((W, b) if row is None else _lines(row, W, b))
        before = row
    bends = tuple(_bend(row, len(b)) for row, (_, b) in zip(rows, given, strict=False))
    kinks = (*(len(row.kinks) for row in rows), 1)
    return Split(given, activation, tuple(layers), bends, rows, kinks)


def _lines(row: Activation, W: Float, b: Float) -> tuple[Float, Float]:
    """A line for each kink of each unit."""
    if row.kinks == (0.0,):
        return W, b
    kinks = np.tile(row.kinks, len(b))
    return np.repeat(W, len(row.kinks), axis=0), np.repeat(b, len(row.kinks)) - kinks


def _after(row: Activation, W: Float, b: Float) -> tuple[Float, Float]:
    """The layer after split units."""
    if row.start:
        b = b + row.start * W.sum(axis=1)
    return (W if len(row.kinks) == 1 else np.repeat(W, len(row.kinks), axis=1)), b


@lru_cache(maxsize=256)
def _bend(row: Activation, units: int) -> Bend:
    s = row.slopes
    left = np.tile([s[0], *[0.0] * (len(s) - 2)], units)
    right = np.tile([s[1], *np.diff(s[1:])], units)
    left.flags.writeable = right.flags.writeable = False
    return Bend(left, right, s[0] if s[1:] == (1.0,) else UNEVEN)


def forward_patterns(
    network: Split | Weights, points: Float, *, layer: int, activation: str = "relu"
) -> Words:
    """Joint patterns of layers 1 … `layer` at points, by a plain float64 forward pass.

    Parameters
    ----------
    network : Split, or sequence of ``(W (fan_out, fan_in), b (fan_out,))`` with an `activation`
    points : (n, 2) array
    layer : int
        1-based; the last layer's signs are those of the logits.

    Returns
    -------
    (n, words) uint64
        A point on a line (y exactly 0) is on the inactive side.
    """
    net = network if isinstance(network, Split) else split(network, activation)
    h, words, exponent = points, list[Words](), 0
    for number, (W, b) in enumerate(net.layers[:layer], start=1):
        W, h, exponent = _in_range(W, h, exponent)
        y = h @ W.T + (np.ldexp(b, exponent) if exponent else b)
        words.append(pack_signs(y > 0))
        if number < layer:
            h = net.bends[number - 1](y)
    return np.concatenate(words, axis=1)


def pieces(signs: NDArray[np.bool_], kinks: int) -> NDArray[np.int64]:
    """The piece each unit is on, from 0, of split units' signs (…, units · kinks)."""
    return signs.reshape(*signs.shape[:-1], -1, kinks).sum(axis=-1)


def _in_range(W: Float, h: Float, exponent: int) -> tuple[Float, Float, int]:
    """W and h divided by powers of two where W h might leave float64; the signs stay.

    h is 2^exponent times the true values, which is what the biases are multiplied with.
    """
    for_W, for_h = (np.frexp(np.abs(part).max(initial=0.0))[1].item() for part in (W, h))
    if max(for_W, for_h) < 400:
        return W, h, exponent
    return np.ldexp(W, -for_W), np.ldexp(h, -for_h), exponent - for_W - for_h
