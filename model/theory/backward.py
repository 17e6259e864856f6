"""How gradients pass back through the layers: δ_l = ∂loss/∂y_l, of each sample's own loss."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.theory.expectation import Prediction
from cellscope.model.theory.forward import kept_share
from cellscope.model.theory.mean_field import tanh_square_slopes


def delta_gain(
    fan_out_above: int, weight_variance_above: float, *, activation: str
) -> float | None:
    """E[δ_l²] / E[δ_{l+1}²] = n_{l+1} v_{l+1}, halved by a ReLU: the factor of one layer back.

    Glorot & Bengio 2010, eq. 6; He et al. 2015, arXiv:1502.01852, eq. 13. Assumes that δ_{l+1} is
    independent of W_{l+1} and of which units are active (half of them): exact in the limit of wide
    layers. Biases do not enter. None for activations whose slope depends on the scale.
    """
    share = kept_share(activation)
    return None if share is None else fan_out_above * weight_variance_above * share


def tanh_delta_gain(
    fan_out_above: int, weight_variance_above: float, q: NDArray[np.float64]
) -> float:
    """E[δ_l²] / E[δ_{l+1}²] = n_{l+1} v_{l+1} E[tanh'(y_l)²], averaged over the points' q_l (n,).

    Schoenholz et al. 2017, arXiv:1611.01232, eq. 9, with δ independent of the point.
    """
    return fan_out_above * weight_variance_above * float(tanh_square_slopes(q).mean())


def delta_mean_squares(gains: Sequence[float], last: float) -> list[float]:
    """E[δ_l²] of the layers 1…L, from that of the last and the L − 1 `delta_gain`s below it.

    >>> delta_mean_squares([0.5, 3.0], 2.0)
    [3.0, 6.0, 2.0]
    """
    result = [last]
    for gain in reversed(gains):
        result.append(gain * result[-1])
    return result[::-1]


def weight_gradient_mean_square(delta_mean_square: float, post_mean_square_below: float) -> float:
    """E[(∂loss/∂W_l)²] = E[δ_l²] E[h_{l-1}²], per example.

    He et al. 2015, section 2.2. Forward and backward factors cancel: with b = 0 and equal widths it
    is the same for all inner layers, whatever the scale, although δ explodes or vanishes. The
    gradient of a *batch* is the mean of these matrices, which is smaller where they disagree.
    """
    return delta_mean_square * post_mean_square_below


@dataclass(frozen=True, slots=True)
class ExpectedGradients:
    """Mean squares of the layers 1…L, in the unit that the last layer sets."""

    delta: tuple[float, ...]
    per_example: tuple[float, ...]  # of a sample's own ∂loss/∂W


def expected_gradients(
    prediction: Prediction, *, delta: float, per_example: float
) -> ExpectedGradients | None:
    """Theory's lines back from the last layer, which are given as `delta` and `per_example` there.

    The loss sets the size of δ_L, about which theory says nothing; from there δ_l is a product of
    `delta_gain`s, and the gradient per example one of δ_l² with the r_{l-1} that is predicted.
    None where a layer has no gain.
    """
    gains = [layer.delta_gain for layer in prediction.layers[:-1]]
    known = [gain for gain in gains if gain is not None]
    if len(known) < len(gains):
        return None
    deltas = delta_mean_squares(known, delta)
    below = [prediction.input_mean_square, *(p.post_mean_square for p in prediction.layers[:-1])]
    products = [weight_gradient_mean_square(d, r) for d, r in zip(deltas, below, strict=True)]
    unit = per_example / products[-1] if products[-1] > 0.0 else float("nan")
    return ExpectedGradients(tuple(deltas), tuple(unit * product for product in products))
