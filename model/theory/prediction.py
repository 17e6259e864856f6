"""`predict`: what theory expects of every layer of an experiment before its first step."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import slope_below
from cellscope.model.datasets import Data
from cellscope.model.init import bias_variance, layer_shapes, weight_variance
from cellscope.model.spec import Spec
from cellscope.model.theory.backward import delta_gain
from cellscope.model.theory.data_share import (
    input_data_variance,
    linear_data_variance,
    relu_data_variances,
)
from cellscope.model.theory.expectation import LayerPrediction, Prediction
from cellscope.model.theory.forward import (
    expected_pooled_variance,
    kappa,
    kept_share,
    pre_mean_square,
    relu_mean_over,
    scale_gain,
)
from cellscope.model.theory.spread import (
    GAUSSIAN_INITS,
    hanin_beta,
    log_variances,
    median_factor,
    one_network_band,
    root_factor,
)
from cellscope.model.theory.tanh_layers import last_phase, tanh_layers

__all__ = ["LayerPrediction", "Prediction", "has_theory", "predict"]

Float = NDArray[np.float64]


def has_theory(spec: Spec) -> bool:
    """Whether q has a formula: for one rectifier, straight line or tanh, not for ``lsuv``.

    Nor with batch normalisation or further inputs, of which the sheet's formulas know nothing.
    LSUV rescales W until the measured variance is 1 ± 0.1 (or gives up where the biases alone
    exceed that): a target, not an expectation of y². Nor for a network from a file, whose weights
    were drawn nobody knows how.
    """
    one = _in_use(spec)
    has_formula = one is not None and (slope_below(one) is not None or one == "tanh")
    plain = not spec.normalised and not spec.features and spec.opened is None
    return has_formula and plain and spec.init != "lsuv"


def _in_use(spec: Spec) -> str | None:
    """The activation that all hidden layers have: where there are none, none bends the line."""
    return "identity" if spec.layers == 1 else spec.one_activation


def predict(spec: Spec, data: Data) -> Prediction | None:
    """Expected moments of all layers for these training points; None without `has_theory`.

    The seed does not matter, nor do the test points. Equal arguments are answered from a cache of
    the last few; 600 points and 6 layers take about 5 ms else, 7,500 and 11 about 1 s.
    """
    if not has_theory(spec):
        return None
    points = np.ascontiguousarray(data.train_x, np.float64)
    start = spec.untrained.but(seed=0)
    return _predict(start, points.tobytes())


@lru_cache(maxsize=64)
def _predict(spec: Spec, points: bytes) -> Prediction:
    x = np.frombuffer(points, np.float64).reshape(-1, 2)
    tanh = _in_use(spec) == "tanh"
    with np.errstate(all="ignore"):  # a q beyond float64 is inf
        layers = tanh_layers(spec, x) if tanh else _layers(spec, x)
        return Prediction(
            input_mean_square=_input_mean_square(x),
            kappa=kappa(x),
            beta=hanin_beta(spec.sizes[1:-1]),
            layers=layers,
            phase=last_phase(layers) if tanh else None,
        )


def _input_mean_square(x: Float) -> float:
    return float(np.square(x).mean())


def _layers(spec: Spec, x: Float) -> tuple[LayerPrediction, ...]:
    shapes = layer_shapes(spec)
    variances = [weight_variance(spec, *shape) for shape in shapes]
    offsets = [bias_variance(spec, *shape) for shape in shapes]
    q, shares = _mean_squares(spec, x, variances, offsets)
    pre_data, post_data = _data_variances(spec, x, variances, q, shares)
    log_variance = _log_variances(spec, shares)
    means = _post_means(spec, x, variances, offsets)
    layers: list[LayerPrediction] = []
    for i, (fan_in, fan_out) in enumerate(shapes):
        last = i == len(shapes) - 1
        kept = 1.0 if last else _kept(spec)
        tau2 = log_variance[i]
        layers.append(
            LayerPrediction(
                layer=i + 1,
                fan_in=fan_in,
                fan_out=fan_out,
                weight_variance=variances[i],
                bias_variance=offsets[i],
                scale_gain=_scale_gain(spec, i, fan_in, variances[i]),
                gain=q[i] / q[i - 1] if i > 0 and q[i - 1] > 0 else None,
                pre_variance=q[i],
                pre_data_variance=pre_data[i],
                expected_variance=expected_pooled_variance(q[i], pre_data[i], fan_out),
                post_mean=means[i],
                expected_post_mean=None
                if tau2 is None
                else means[i] * root_factor(tau2 - 2.0 / fan_out),
                post_variance=kept * q[i] - means[i] * means[i],
                post_mean_square=kept * q[i],
                post_data_variance=pre_data[i] if last else post_data[i],
                log_variance=tau2,
                band=None if tau2 is None else one_network_band(q[i], tau2),
                median=None if tau2 is None else q[i] * median_factor(tau2),
                delta_gain=None
                if last
                else delta_gain(shapes[i + 1][1], variances[i + 1], activation=_formula(spec)),
            )
        )
    return tuple(layers)


def _formula(spec: Spec) -> str:
    used = _in_use(spec)
    assert used is not None, "has_theory asks first"
    return used


def _kept(spec: Spec) -> float:
    share = kept_share(_formula(spec))
    assert share is not None, "tanh has layers of its own"
    return share


def _scale_gain(spec: Spec, i: int, fan_in: int, variance: float) -> float:
    gain = scale_gain(fan_in, variance, below=_formula(spec) if i > 0 else None)
    assert gain is not None, "tanh has layers of its own"
    return gain


def _mean_squares(
    spec: Spec, x: Float, variances: list[float], offsets: list[float]
) -> tuple[list[float], list[float]]:
    """(q of every layer, share of it that comes from the layer below and not from the biases)."""
    q: list[float] = []
    shares: list[float] = []
    below = _input_mean_square(x)
    for fan_in, v, offset in zip(spec.sizes[:-1], variances, offsets, strict=True):
        q.append(pre_mean_square(fan_in, weight_variance=v, below=below, bias_variance=offset))
        shares.append(fan_in * v * below / q[-1] if q[-1] > 0 else 0.0)
        below = _kept(spec) * q[-1]
    return q, shares


def _post_means(spec: Spec, x: Float, variances: list[float], offsets: list[float]) -> list[float]:
    """E[h] of every layer: 0 without a ReLU, else from each point's own q_l(x)."""
    means: list[float] = []
    below = np.square(x).mean(axis=1)  # r_0(x) = |x|²/2
    for fan_in, v, offset in zip(spec.sizes[:-1], variances, offsets, strict=True):
        q = fan_in * v * below + offset  # (n,)
        slope = slope_below(_formula(spec))
        assert slope is not None, "has_theory asks first"
        means.append(relu_mean_over(q, slope=slope))
        below = _kept(spec) * q
    means[-1] = 0.0  # the last layer has no activation
    return means


def _data_variances(
    spec: Spec, x: Float, variances: list[float], q: list[float], shares: list[float]
) -> tuple[list[float], list[float]]:
    """Expected data variances before and after the activation, of every layer."""
    slope = slope_below(_formula(spec))
    if spec.folding_layers and slope is not None:
        return relu_data_variances(x, q, shares, slope=slope)
    result: list[float] = []
    below = input_data_variance(x)
    for fan_in, v in zip(spec.sizes[:-1], variances, strict=True):
        below = linear_data_variance(fan_in, v, below)
        result.append(below)
    return result, result


def _log_variances(spec: Spec, shares: list[float]) -> list[float | None]:
    if spec.init not in GAUSSIAN_INITS:
        return [None] * len(shares)
    return [*log_variances(spec.sizes[1:], _formula(spec), signal_shares=shares)]
