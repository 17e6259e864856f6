"""How far single draws lie apart: one network is one draw. Exercise 1.2 (a)."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cellscope.model.batch_norm import drawn_network
from cellscope.model.datasets import make_data
from cellscope.model.inputs import train_inputs
from cellscope.model.moments import measure
from cellscope.model.spec import MAX_SEED, Spec

DRAWS = 5
MANY = 400


@dataclass(frozen=True, slots=True)
class Draw:
    """One initialisation."""

    seed: int
    variance: float  # pooled Var(y) of the layer asked for


@lru_cache(maxsize=32)
def next_draws(spec: Spec, layer: int) -> tuple[Draw, ...]:
    """A layer's variance at the start for the five seeds after the spec's own.

    Those that the page draws when a new draw is asked for five times.
    """
    seeds = ((spec.seed + k) % (MAX_SEED + 1) for k in range(1, DRAWS + 1))
    return tuple(Draw(seed, _variance(spec.but(seed=seed), layer)) for seed in seeds)


@dataclass(frozen=True, slots=True)
class Below:
    """Where single networks' variances of a layer lie beside a line, over `MANY` draws."""

    share: float  # of the networks that lie below it
    median: float  # of their variances


@lru_cache(maxsize=32)
def below_line(spec: Spec, layer: int, line: float) -> Below:
    """Over the seeds from the spec's own on, at the start. Exercise 1.4"""
    seeds = ((spec.seed + k) % (MAX_SEED + 1) for k in range(MANY))
    variances = np.array([_variance(spec.but(seed=seed), layer) for seed in seeds])
    return Below(float((variances < line).mean()), float(np.median(variances)))


def _variance(spec: Spec, layer: int) -> float:
    data = make_data(spec)
    weights = drawn_network(spec, data)
    signal = measure(
        weights, spec.activation, train_inputs(spec, data), data.train_y, backward=False
    )
    return signal.layers[layer - 1].pre.variance
