"""One network beside the mean line: its median, its band, and how far a stable one may drift.

The numbers to draw: simulated where layers are narrow, the spread law where they are not.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cellscope.model.spec import Spec
from cellscope.model.theory.expectation import Prediction
from cellscope.model.theory.forward import kept_share
from cellscope.model.theory.spread import (
    GAUSSIAN_INITS,
    kurtosis_factor,
    log_variances,
    median_factor,
    one_network_band,
    simulated_mean_squares,
)

Float = NDArray[np.float64]
NARROW = 30  # hidden units below which the log-normal is too rough
QUANTILES = (0.16, 0.5, 0.84)
CHANCE_NETWORKS = 10_000
CHANCE = (0.025, 0.975)  # 19 of 20
NETWORKS = 40_000  # medians are right to 1 % at 11 layers of width 16


@dataclass(frozen=True, slots=True)
class Spread:
    """Single networks' mean squares of one layer, for one input, absolute."""

    low: float  # 16 %
    median: float
    high: float  # 84 %
    below: float  # share of the networks that lie below the mean line


@dataclass(frozen=True, slots=True)
class OneNetwork:
    """The spread of every layer 1…L; `simulated` says how it is known."""

    layers: tuple[Spread, ...]
    simulated: bool


def one_network(spec: Spec, prediction: Prediction, *, after: bool) -> OneNetwork | None:
    """How single networks lie about the theory, before or after the activation.

    From 30 hidden units a layer on by the spread law (`spread.one_network_band`), below by
    simulation. None where the weights are not Gaussian, and for tanh.
    """
    if spec.init not in GAUSSIAN_INITS or kurtosis_factor(spec.activation) is None:
        return None
    means = tuple(
        layer.post_mean_square if after else layer.pre_variance for layer in prediction.layers
    )
    if min(spec.sizes[1:-1], default=NARROW) < NARROW:
        shares = tuple(_signal_shares(prediction))
        spreads = _simulated(spec.sizes[1:], spec.activation, shares, after)
        return OneNetwork(tuple(map(_scaled, spreads, means)), simulated=True)
    spread = _log_variances_of(spec, prediction, after=after)
    return OneNetwork(tuple(map(_log_normal, means, spread)), simulated=False)


def stable_factors(
    widths: Sequence[int], activation: str, first: int, last: int
) -> tuple[float, float] | None:
    """Where 19 of 20 *stable* networks have q_last / q_first: what a drift by chance looks like.

    Layer 0 is the input. Gaussian weights of the stable variance, no biases, one input, simulated.
    None for tanh, whose scale settles by itself.
    """
    kept = kept_share(activation)
    if kept is None or kurtosis_factor(activation) is None:
        return None
    return _stable_factors(tuple(widths[:last]), activation, first, last)


def _log_variances_of(spec: Spec, prediction: Prediction, *, after: bool) -> list[float]:
    """τ² before the activation, or after it: the layer's own units count c/n instead of 2/n."""
    factor = kurtosis_factor(spec.activation)
    assert factor is not None, "one_network asks first"
    own = factor - 2.0 if after else 0.0
    shares = _signal_shares(prediction)
    widths = spec.sizes[1:]
    before = log_variances(widths, spec.activation, signal_shares=shares)
    inner = [t + own / n for t, n in zip(before[:-1], widths[:-1], strict=True)]
    return [*inner, before[-1]]  # the last layer has no activation


def _signal_shares(prediction: Prediction) -> list[float]:
    """The share of q_l that comes from the layer below and not from the biases."""
    below = [prediction.input_mean_square, *(p.post_mean_square for p in prediction.layers[:-1])]
    return [
        p.fan_in * p.weight_variance * r / p.pre_variance if p.pre_variance > 0.0 else 0.0
        for p, r in zip(prediction.layers, below, strict=True)
    ]


def _log_normal(mean: float, log_variance: float) -> Spread:
    low, high = one_network_band(mean, log_variance)
    share = 0.5 * (1.0 + math.erf(math.sqrt(log_variance / 8.0)))  # Φ(τ/2)
    return Spread(low, mean * median_factor(log_variance), high, share)


def _scaled(spread: Spread, mean: float) -> Spread:
    return Spread(mean * spread.low, mean * spread.median, mean * spread.high, spread.below)


@lru_cache(maxsize=64)
def _simulated(
    widths: tuple[int, ...], activation: str, shares: tuple[float, ...], after: bool
) -> tuple[Spread, ...]:
    """The spread of every layer in units of its own mean, whatever the weights' scale is.

    So a dragged scale is answered from the cache, if biases are zero. The last layer, which has no
    activation, is the same after as before.
    """
    kept = kept_share(activation)
    assert kept is not None, "one_network asks first"
    gains = [share if k == 0 else share / kept for k, share in enumerate(shares)]
    pre, post = simulated_mean_squares(
        widths,
        activation,
        scales=gains,
        offsets=[1.0 - share for share in shares],
        networks=NETWORKS,
    )
    if after:
        pre = np.concatenate([post[:, :-1] / kept, pre[:, -1:]], axis=1)
    low, median, high = np.quantile(pre, QUANTILES, axis=0)
    rows = zip(low, median, high, (pre < 1.0).mean(axis=0), strict=True)
    return tuple(Spread(*map(float, row)) for row in rows)


@lru_cache(maxsize=64)
def _stable_factors(
    widths: tuple[int, ...], activation: str, first: int, last: int
) -> tuple[float, float]:
    kept = kept_share(activation)
    assert kept is not None, "stable_factors asks first"
    scales = [1.0] + [1.0 / kept] * (len(widths) - 1)
    pre, _ = simulated_mean_squares(
        widths, activation, scales=scales, offsets=[0.0] * len(widths), networks=CHANCE_NETWORKS
    )
    start = pre[:, first - 1] if first > 0 else np.ones(CHANCE_NETWORKS)
    low, high = np.quantile(pre[:, last - 1] / start, CHANCE)
    return float(low), float(high)
