"""y_1 … y_L in plain float64, as a student's own code computes them."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import between_layers

Float = NDArray[np.float64]
Net = Sequence[tuple[NDArray[Any], NDArray[Any]]]


def pre_activations(weights: Net, activation: str, x: NDArray[Any]) -> Iterator[Float]:
    """y_l = W_l h_(l−1) + b_l at points (n, 2), layer by layer, (n, units) each."""
    h, rows = np.asarray(x, np.float64), between_layers(activation, len(weights) - 1)
    for number, (W, b) in enumerate(weights):
        with np.errstate(all="ignore"):  # what overflows is nan or inf, as it is in torch
            y = h @ W.T.astype(np.float64) + b
            yield y
            h = rows[number].value(y) if number < len(rows) else y


def rounding_decides(
    weights: Net, activation: str, x: NDArray[Any], *, layers: range, epsilon: float
) -> NDArray[np.bool_]:
    """Whether a sign in one of the `layers` (1-based) is within rounding at points (n, 2). (n,)

    Rounding errors add up like independent ones: e² goes through a layer as W² e², and each term
    of the sum brings ε² (W h)² of its own. A sign is in doubt within `DOUBT` such errors. Where y
    is a sum of zeros it is 0 without error, and nothing is in doubt.
    """
    h, rows = np.asarray(x, np.float64), between_layers(activation, len(weights) - 1)
    square = (epsilon * h) ** 2  # of the error of h
    doubtful = np.zeros(len(h), np.bool_)
    for number, (W, b) in enumerate(weights, start=1):
        if number >= layers.stop:
            break
        W = W.astype(np.float64)
        with np.errstate(all="ignore"):
            y = h @ W.T + b
            own = h**2 @ (W**2).T + b.astype(np.float64) ** 2 + y**2
            square = square @ (W**2).T + epsilon**2 * own
            near = np.abs(y) < DOUBT * np.sqrt(square)
            doubtful |= near.any(axis=1) & (number in layers)
            if number <= len(rows):
                h = rows[number - 1].value(y)
                if rows[number - 1].below == 0.0:
                    square = np.where((y > 0) | near, square, 0.0)
    return doubtful


DOUBT = 8.0  # standard errors: two ways to sum differ by less in all of 10⁶ pixels
