"""Batch normalisation as it is shown: folded into the weights before it.

y = γ (z − μ)/√(σ² + ε) + β of z = W h + b is affine in h once μ and σ² are numbers (Ioffe &
Szegedy 2015, arXiv:1502.03167). Here they are mean and variance of all training points at the step
shown, layer after layer. So the network shown is one of plain layers, and its cells are exact.
Running averages are never used: they are 0 and 1 at the start.

Then β is 0, so all folds of layer 1 go through the points' mean. Points that are standardised have
it at 0 but for their own rounding, and that must not decide how many cells there are: it is 0.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import Activation
from cellscope.model.datasets import Data
from cellscope.model.init import Weights, initial_weights
from cellscope.model.inputs import train_inputs
from cellscope.model.spec import Spec

Float = NDArray[np.float64]
EPSILON = 1e-5  # torch.nn.BatchNorm1d's default


def folded(
    weights: Weights,
    scales: Sequence[Float],
    shifts: Sequence[Float],
    x: Float,
    rows: Sequence[Activation],
) -> Weights:
    """The layers with their normalisation folded in.

    Parameters
    ----------
    weights : sequence of ``(W (fan_out, fan_in), b (fan_out,))``
    scales, shifts : sequence of (fan_out,) arrays
        γ and β of each hidden layer.
    x : (n, fan_in) array
        The inputs whose statistics are meant, in the precision in which they are used.
    rows : sequence of Activation
        After each hidden layer.
    """
    layers: list[tuple[Float, Float]] = []
    h, centre = np.asarray(x, np.float64), _centre(x)
    with np.errstate(all="ignore"):  # overflow is a result here
        for (W, b), scale, shift, row in zip(weights, scales, shifts, rows, strict=False):
            W, b = np.asarray(W, np.float64), np.asarray(b, np.float64)
            factor = scale / np.sqrt((h @ W.T + b).var(axis=0) + EPSILON)
            normal = factor[:, None] * W
            layers.append((normal, shift - normal @ centre))  # μ − b is W times the mean of h
            h = row.value(h @ normal.T + layers[-1][1])
            centre = h.mean(axis=0)
    return (*layers, weights[-1])


def _centre(x: Float) -> Float:
    """The mean of points, 0 where it is within their own rounding."""
    mean = np.asarray(x, np.float64).mean(axis=0)
    rounding = np.finfo(x.dtype).eps * np.abs(x).max(axis=0)
    return np.where(np.abs(mean) <= rounding, 0.0, mean)


def drawn_network(spec: Spec, data: Data) -> Weights:
    """The network at the start as it is shown: `initial_weights`, normalised where it is to be."""
    weights = initial_weights(spec, data)
    if not spec.normalised:
        return weights
    ones = [np.ones(n) for n in spec.normalised]
    zeros = [np.zeros(n) for n in spec.normalised]
    x = train_inputs(spec, data)
    return folded(weights, ones, zeros, x, spec.activations)
