"""Sign patterns as packed bits, and what a network of float64 arrays must look like.

Unit j of a layer is active iff y_j > 0. Its bit is bit j % 64 of word j // 64, so a layer of n
units takes ceil(n / 64) uint64 words, and the joint pattern of layers 1 … i is their
concatenation. Bits from n on are 0. Patterns are compared by these bits, never by a hash.
"""

from collections.abc import Sequence
from math import isfinite

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Words = NDArray[np.uint64]
Weights = Sequence[tuple[Float, Float]]


class NoPolygons(ValueError):
    """A network that has none: smooth, of other inputs than the plane's, or beyond float64."""


def checked_weights(weights: Weights, inputs: int = 2) -> tuple[tuple[Float, Float], ...]:
    """The layers as contiguous float64 arrays, ``(W (fan_out, fan_in), b (fan_out,))`` each.

    Raises
    ------
    ValueError
        No layer; a shape that does not follow the one before.
    NoPolygons
        A first fan-in that is not `inputs`; a weight or bias that is not finite.
    """
    if not weights:
        raise ValueError("weights: a network has at least one layer")
    layers: list[tuple[Float, Float]] = []
    fan_in = inputs
    for number, (W, b) in enumerate(weights, start=1):
        W = np.ascontiguousarray(W, dtype=np.float64)
        b = np.ascontiguousarray(b, dtype=np.float64)
        if b.ndim != 1 or not len(b) or W.shape != (len(b), fan_in):
            other_inputs = number == 1 and W.shape[:1] == b.shape
            raise (NoPolygons if other_inputs else ValueError)(
                f"weights: layer {number} takes {fan_in} inputs: "
                f"W {W.shape} and b {b.shape} do not fit"
            )
        if not (_all_finite(W) and _all_finite(b)):
            raise NoPolygons(f"weights: layer {number} has a weight or bias that is not finite")
        layers.append((W, b))
        fan_in = len(b)
    return tuple(layers)


def _all_finite(array: Float) -> bool:
    """Whether no entry is NaN or infinite. A finite sum says so, five times faster."""
    with np.errstate(over="ignore", invalid="ignore"):
        return isfinite(array.sum()) or bool(np.isfinite(array).all())


def word_offsets(widths: Sequence[int]) -> NDArray[np.int64]:
    """Where each layer's words start in a joint pattern, and the total. (len(widths) + 1,)

    >>> word_offsets([64, 65, 3])
    array([0, 1, 3, 4])
    """
    return np.concatenate([[0], np.cumsum([-(-n // 64) for n in widths])]).astype(np.int64)


def pack_signs(active: NDArray[np.bool_]) -> Words:
    """Boolean patterns ``(n, units)`` as words ``(n, ceil(units / 64))``.

    >>> pack_signs(np.array([[False, True, False, True]]))
    array([[10]], dtype=uint64)
    """
    count, units = active.shape
    packed = np.zeros((count, 8 * -(-units // 64)), dtype=np.uint8)
    packed[:, : -(-units // 8)] = np.packbits(active, axis=1, bitorder="little")
    return packed.view("<u8").astype(np.uint64)


def unpack_signs(words: Words, units: int) -> NDArray[np.bool_]:
    """The inverse of `pack_signs`: ``(n, ceil(units / 64))`` words to ``(n, units)`` booleans."""
    flat = np.ascontiguousarray(words.astype("<u8")).view(np.uint8)
    return np.unpackbits(flat, axis=1, count=units, bitorder="little").astype(np.bool_)
