"""In which layer a floating-point format would overflow, were the network deep enough.

11 layers do not overflow the forward pass of float32: they fail because huge logits make huge
gradients. These are the layers where it really would.
"""

import math
from functools import lru_cache

import numpy as np

from cellscope.model.init import bias_variance, weight_variance
from cellscope.model.spec import Spec
from cellscope.model.theory.forward import kept_share

MAXIMA = {  # the largest finite number
    "float64": float(np.finfo(np.float64).max),
    "float32": float(np.finfo(np.float32).max),
    "bfloat16": (2.0 - 2.0**-7) * 2.0**127,
    "float16": float(np.finfo(np.float16).max),
}
SMALLEST = {  # the smallest positive number, subnormals included
    "float64": 2.0**-1074,
    "float32": 2.0**-149,
    "bfloat16": 2.0**-133,
    "float16": 2.0**-24,
}
FARTHEST = 10_000  # layers; later is never
SETTLED = 1e-13  # of ln q from layer to layer: rounding


def rms_overflow_layer(spec: Spec, precision: str, *, input_mean_square: float = 1.0) -> int | None:
    """First layer where √q passes the largest number of `precision`; None if that never happens.

    N(0, 1), n = 100: float32 at 40 (linear) or 47 (ReLU), float16 at 6 or 7. The largest of many
    activations overflows about a layer earlier.
    """
    return _first_layer(spec, input_mean_square, 2.0 * math.log(MAXIMA[precision]))


def variance_overflow_layer(
    spec: Spec, precision: str, *, input_mean_square: float = 1.0
) -> int | None:
    """First layer where q itself passes it: why statistics are computed in float64 (21 and 24)."""
    return _first_layer(spec, input_mean_square, math.log(MAXIMA[precision]))


def exp_overflow_layer(spec: Spec, precision: str, *, input_mean_square: float = 1.0) -> int | None:
    """First layer whose √q, taken as a logit, overflows a naive exp: ln(max) is 88.7 in float32."""
    return _first_layer(spec, input_mean_square, 2.0 * math.log(math.log(MAXIMA[precision])))


def rms_underflow_layer(
    spec: Spec, precision: str, *, input_mean_square: float = 1.0
) -> int | None:
    """First layer where √q falls below the smallest number of `precision`; never with biases."""
    limit = 2.0 * math.log(SMALLEST[precision])
    return _first_layer(spec, input_mean_square, limit, falling=True)


@lru_cache(maxsize=256)  # each panel asks for every format
def _first_layer(
    spec: Spec, input_mean_square: float, log_limit: float, *, falling: bool = False
) -> int | None:
    """First layer with ln q beyond a limit, in a network that goes on as wide as it is.

    The layers beyond the spec's last hidden one are as wide as that one, so that the answer does
    not depend on the depth chosen. Logarithms: q itself would overflow float64 on the way.
    """
    one = spec.one_activation
    share = None if one is None or spec.normalised or spec.features else kept_share(one)
    hidden = spec.sizes[1:-1] or (spec.sizes[-1],)
    if share is None or spec.init == "lsuv":
        return None
    log_r = _log(input_mean_square)
    log_share, log_factor, log_offset = math.log(share), math.nan, math.nan
    fan_in, previous, shape = spec.sizes[0], math.nan, (0, 0)
    for layer in range(1, FARTHEST):
        fan_out = hidden[min(layer, len(hidden)) - 1]
        if (fan_in, fan_out) != shape:  # thousands of layers have that of the one before
            shape = fan_in, fan_out
            log_factor = _log(fan_in * weight_variance(spec, *shape))
            log_offset = _log(bias_variance(spec, *shape))
        log_q = _log_of_sum(log_factor + log_r, log_offset)
        if (log_q < log_limit) if falling else (log_q > log_limit):
            return layer
        if layer > len(hidden) and abs(log_q - previous) < SETTLED:
            return None
        fan_in, log_r, previous = fan_out, log_q + log_share, log_q
    return None


def _log_of_sum(one: float, other: float) -> float:
    """ln(e^one + e^other)."""
    high, low = max(one, other), min(one, other)
    return high if low == -math.inf else high + math.log1p(math.exp(low - high))


def _log(value: float) -> float:
    return math.log(value) if value > 0.0 else -math.inf
