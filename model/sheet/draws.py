"""How far single draws lie apart: one network is one draw. Exercise 1.2 (a)."""

from functools import lru_cache

from model.datasets import make_data
from model.init import initial_weights
from model.moments import measure
from model.sheet.trainable import draws
from model.spec import Spec


@lru_cache(maxsize=32)
def variances_of_draws(spec: Spec, layer: int) -> tuple[float, ...]:
    """Pooled Var(y) of a layer at the start, for five seeds from the spec's own on."""
    return tuple(_variance(drawn, layer) for drawn in draws(spec))


def _variance(spec: Spec, layer: int) -> float:
    data = make_data(spec)
    weights = initial_weights(spec, data)
    signal = measure(weights, spec.activation, data.train_x, data.train_y, backward=False)
    return signal.layers[layer - 1].pre.variance
