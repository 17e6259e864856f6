"""Theory of tanh networks, by the integrals of `mean_field`: the limit of wide layers."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.init import bias_variance, layer_shapes, weight_variance
from cellscope.model.spec import Spec
from cellscope.model.theory.backward import tanh_delta_gain
from cellscope.model.theory.expectation import LayerPrediction
from cellscope.model.theory.mean_field import (
    Phase,
    tanh_mean_squares,
    tanh_phase,
    tanh_pre_mean_squares,
)

Float = NDArray[np.float64]


def tanh_layers(spec: Spec, x: Float) -> tuple[LayerPrediction, ...]:
    """Expectations of every layer, averaged over the points, each of which has its own q_l(x).

    Poole et al. 2016, arXiv:1606.05340, eq. 3; `delta_gain` is n v E[tanh'(y)²], as in Schoenholz
    et al. 2017, arXiv:1611.01232, eq. 9. tanh is odd, so E[h] = 0.
    """
    shapes = layer_shapes(spec)
    variances = [weight_variance(spec, *shape) for shape in shapes]
    offsets = [bias_variance(spec, *shape) for shape in shapes]
    scales = [fan_in * v for (fan_in, _), v in zip(shapes, variances, strict=True)]
    q = tanh_pre_mean_squares(scales, offsets, np.square(x).mean(axis=1))  # (L, n)
    means = [float(row.mean()) for row in q]
    layers: list[LayerPrediction] = []
    for i, (fan_in, fan_out) in enumerate(shapes):
        last = i == len(shapes) - 1
        after = means[i] if last else float(tanh_mean_squares(q[i]).mean())
        layers.append(
            LayerPrediction(
                layer=i + 1,
                fan_in=fan_in,
                fan_out=fan_out,
                weight_variance=variances[i],
                bias_variance=offsets[i],
                scale_gain=scales[0] if i == 0 else None,
                gain=means[i] / means[i - 1] if i > 0 and means[i - 1] > 0 else None,
                pre_variance=means[i],
                pre_data_variance=None,
                expected_variance=None,
                post_mean=0.0,
                expected_post_mean=0.0,
                post_variance=after,
                post_mean_square=after,
                post_data_variance=None,
                log_variance=None,
                band=None,
                median=None,
                delta_gain=None
                if last
                else tanh_delta_gain(shapes[i + 1][1], variances[i + 1], q[i]),
            )
        )
    return tuple(layers)


def last_phase(layers: tuple[LayerPrediction, ...]) -> Phase | None:
    """The phase of a deeper network whose further layers are like the last hidden one.

    None where there is no layer between two activations.
    """
    if len(layers) < 3:
        return None
    layer = layers[-2]
    return tanh_phase(layer.fan_in * layer.weight_variance, layer.bias_variance)
