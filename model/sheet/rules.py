"""What a weight variance does to the signal of ReLU layers, measured. Exercise 1.3."""

import math
from dataclasses import dataclass
from functools import lru_cache

from cellscope.model.batch_norm import drawn_network
from cellscope.model.datasets import make_data
from cellscope.model.inputs import train_inputs
from cellscope.model.moments import measure
from cellscope.model.spec import Spec


@dataclass(frozen=True, slots=True)
class PerLayer:
    """Factors per layer over the hidden layers: geometric means."""

    before: float  # of E[y²], before the activation
    after: float  # of Var(h), after the activation


@lru_cache(maxsize=64)
def measured_per_layer(spec: Spec, weight_variance: float) -> PerLayer:
    """The factors at the start of the spec's own draw under N(0, v)."""
    drawn = spec.but(init="normal", weight_variance=weight_variance)
    data = make_data(drawn)
    weights = drawn_network(drawn, data)
    x = train_inputs(drawn, data)
    layers = measure(weights, drawn.activation, x, data.train_y, backward=False).layers
    hidden = layers[:-1]
    steps = len(hidden) - 1
    return PerLayer(
        _geometric(hidden[0].pre.mean_square, hidden[-1].pre.mean_square, steps),
        _geometric(hidden[0].post.variance, hidden[-1].post.variance, steps),
    )


def _geometric(first: float, last: float, steps: int) -> float:
    """The factor per step; nan where nothing is left to begin with."""
    return (last / first) ** (1.0 / steps) if first > 0.0 else math.nan
