"""Initialisation with common random numbers: every weight is derived from one fixed Z.

Z(seed, layer, row, column) does not depend on the scheme, the scale or the network's size. So a
dragged slider shows ONE network changing: moving s or switching N(0, 1) to He only rescales it, a
wider layer keeps its first units, a deeper network its first layers.
"""

from functools import lru_cache
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray

from cellscope.model.activations import Activation, activation_of
from cellscope.model.datasets import Data
from cellscope.model.inputs import train_inputs
from cellscope.model.spec import Spec

Array = NDArray[np.float64]
Weights = tuple[tuple[Array, Array], ...]  # (W (fan_out, fan_in), b (fan_out,)), first to last
LSUV_TOLERANCE = 0.1  # of the variance, Mishkin & Matas 2015, section 3
LSUV_STEPS = 20
ROUNDING = 1e-12  # of the largest |y|: a smaller deviation is none
LARGEST = float(np.finfo(np.float32).max)  # training holds weights in float32


def initial_weights(spec: Spec, data: Data) -> Weights:
    """Weights and biases of a spec, in float64; equal specs give bitwise equal ones.

    `data` is used by ``lsuv`` only, which rescales each layer on the training points.
    """
    if spec.opened is not None:
        return spec.opened.layers
    layers: list[tuple[Array, Array]] = []
    h = train_inputs(spec, data)
    for layer, (fan_in, fan_out) in enumerate(layer_shapes(spec), start=1):
        W, b = layer_weights(spec, layer, fan_in, fan_out)
        if spec.init == "lsuv":
            W = unit_variance(W, b, h)
            if layer < spec.layers:
                h = spec.activations[layer - 1].value(h @ W.T + b)
        layers.append((W, b))
    return tuple(layers)


def layer_shapes(spec: Spec) -> list[tuple[int, int]]:
    """(fan_in, fan_out) of the layers 1…L."""
    return list(pairwise(spec.sizes))


def weight_variance(spec: Spec, fan_in: int, fan_out: int, layer: int = 2) -> float:
    """Var(W_ij) of one layer under the spec's scheme.

    - ``normal``: s itself, N(0, s).
    - ``he``: 2/fan_in, He et al. 2015, arXiv:1502.01852, eq. 10; 2/((1 + a²) fan_in) for
      leaky ReLU, eq. 15.
    - ``xavier``: 2/(fan_in + fan_out), Glorot & Bengio 2010, eq. 16 (as a normal distribution).
    - ``lecun``: 1/fan_in, LeCun et al. 1998, "Efficient BackProp", eq. 16.
    - ``pytorch``: U(±1/√fan_in), so 1/(3 fan_in): the default of `torch.nn.Linear`.
    - ``orthogonal``: gain²/max(fan_in, fan_out), Saxe et al. 2014, arXiv:1312.6120; the gain is
      √2 for ReLU, √(2/(1 + a²)) for leaky ReLU and 1 else.
    - ``lsuv``: of the orthonormal matrix before it is rescaled, Mishkin & Matas 2015,
      arXiv:1511.06422.
    - ``zeros``: 0.

    `layer` counts where layers have several activations.
    """
    rectified = _rectified(_fed_by(spec, layer))
    return {
        "normal": spec.weight_variance,
        "he": (rectified or 2.0) / fan_in,
        "xavier": 2.0 / (fan_in + fan_out),
        "lecun": 1.0 / fan_in,
        "pytorch": 1.0 / (3.0 * fan_in),
        "orthogonal": (rectified or 1.0) / max(fan_in, fan_out),
        "lsuv": 1.0 / max(fan_in, fan_out),
        "zeros": 0.0,
    }[spec.init]


def _fed_by(spec: Spec, layer: int) -> Activation:
    """The activation before a layer; the first one, which has none, is drawn as the second.

    Behind the last one a deeper network would go on with that.
    """
    if spec.one_activation is not None:
        return activation_of(spec.one_activation)
    return spec.activations[min(max(0, layer - 2), len(spec.activations) - 1)]


def _rectified(row: Activation) -> float | None:
    """What makes up for a rectifier of slope a below 0: 2/(1 + a²). None where it is none."""
    return 2.0 / (1.0 + row.below**2) if row.bends and row.below is not None else None


def bias_variance(spec: Spec, fan_in: int, fan_out: int, layer: int = 2) -> float:
    """Var(b_i) of one layer; ``pytorch`` brings its own, U(±1/√fan_in)."""
    if spec.init == "pytorch":
        return 1.0 / (3.0 * fan_in)
    if spec.bias == "zero":
        return 0.0
    if spec.bias == "like-weights":
        return weight_variance(spec, fan_in, fan_out, layer)
    return spec.bias_variance


@lru_cache(maxsize=128)
def standard_normals(seed: int, layer: int, rows: int, columns: int) -> Array:
    """Z of one layer, (rows, columns), read-only; an entry does not depend on the shape asked for.

    The stream is laid out in square shells: entry (r, c) lies in shell m = max(r, c), at m² + c in
    its last row (r = m) and at m² + m + 1 + r in its last column. So a larger matrix begins with
    the numbers of a smaller one.
    """
    side = max(rows, columns)
    stream = np.random.default_rng([seed, layer, 0]).standard_normal(side * side)
    r, c = np.arange(rows)[:, None], np.arange(columns)[None, :]
    shell = np.maximum(r, c)
    Z = stream[shell * shell + np.where(r == shell, c, shell + 1 + r)]
    Z.flags.writeable = False
    return Z


def _bias_normals(seed: int, layer: int, rows: int) -> Array:
    return np.random.default_rng([seed, layer, 1]).standard_normal(rows)


def layer_weights(spec: Spec, layer: int, fan_in: int, fan_out: int) -> tuple[Array, Array]:
    """(W, b) of one layer as drawn; ``lsuv`` is still to be rescaled on data."""
    Z = standard_normals(spec.seed, layer, fan_out, fan_in)
    z = _bias_normals(spec.seed, layer, fan_out)
    if spec.init == "pytorch":
        return _uniform(Z) / np.sqrt(fan_in), _uniform(z) / np.sqrt(fan_in)
    b = np.sqrt(bias_variance(spec, fan_in, fan_out, layer)) * z
    variance = weight_variance(spec, fan_in, fan_out, layer)
    if spec.init in ("orthogonal", "lsuv"):
        gain = np.sqrt(variance * max(fan_in, fan_out))
        return gain * _orthonormal(Z), b
    return np.sqrt(variance) * Z, b


def _uniform(Z: Array) -> Array:
    """U(-1, 1) from N(0, 1) through its distribution function."""
    return 2.0 * torch.special.ndtr(torch.tensor(Z)).numpy() - 1.0


def _orthonormal(Z: Array) -> Array:
    """Rows (or columns, whichever are fewer) orthonormal, uniformly distributed.

    The signs of R's diagonal make the QR factors unique and Q uniform (Mezzadri 2007,
    arXiv:math-ph/0609050).
    """
    tall = Z if Z.shape[0] >= Z.shape[1] else Z.T
    Q, R = np.linalg.qr(tall)
    Q = Q * np.where(np.diag(R) < 0, -1.0, 1.0)
    return np.ascontiguousarray(Q if Z.shape[0] >= Z.shape[1] else Q.T)


def unit_variance(W: Array, b: Array, h: Array) -> Array:
    """W rescaled until the layer's pooled pre-activation variance is 1 within the tolerance.

    Where the biases alone have variance ≥ 1 no scale reaches 1, and the steps would shrink W to
    nothing: there W h is brought to variance 1 instead. The steps are bounded, as in the paper.
    Where the units before are dead, W h varies by rounding errors at most: these are not magnified
    (a tenth of networks with 1 to 3 units a layer became inf by that). W stays within float32.
    """
    if np.var(b) >= 1.0:
        b = np.zeros_like(b)
    for _ in range(LSUV_STEPS):
        y = h @ W.T
        nothing = (ROUNDING * (np.abs(y).max() + np.abs(b).max())) ** 2
        variance = float(np.var(y + b))
        if abs(variance - 1.0) < LSUV_TOLERANCE or np.var(y) <= nothing:
            break
        with np.errstate(over="ignore"):
            scaled = W / np.sqrt(variance)
        if not np.abs(scaled).max() <= LARGEST:
            break
        W = scaled
    return W
