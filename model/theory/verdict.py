"""Grows, holds or vanishes: decided from the mean squares themselves, never from a gain alone.

With biases a gain of 1 is not stable (q rises by σ_b² in every layer), and a gain below 1 does not
vanish (q settles where the biases make up for the loss).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cellscope.model.theory.expectation import Prediction
from cellscope.model.theory.one_network import stable_factors

Kind = Literal["grows", "rises", "holds", "falls", "vanishes"]
PREDICTED_TOLERANCE = 1.01  # factor over all layers that still holds: theory is exact
MEASURED_TOLERANCE = 1.5  # the same for one network: "stable" never stands beside a rising line


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens to the mean square before the activation from layer `first` to layer `last`.

    Layer 1 sees the input, whose fan-in is 2 and which no ReLU has halved, and the logits have
    their own width. So the verdict is on the hidden layers where there are at least two, else from
    layer 1 to the logits, or from the input (layer 0) in a network of one layer.
    """

    kind: Kind  # the direction; `rises` and `falls` (measured only): no more than chance may do
    first: int
    last: int
    total: float  # factor from `first` to `last`; inf if it left float64
    per_layer: float  # the geometric mean of the factors
    increment: float | None = None  # what q gains per layer where the biases alone make it grow
    limit: float | None = None  # where q settles in a deeper network of the last gain and bias
    chance: tuple[float, float] | None = None  # of the total: 19 of 20 stable networks


def predicted_verdict(prediction: Prediction) -> Verdict:
    """The verdict of theory, from q_l = gain · q_{l-1} + σ_b²."""
    squares = [prediction.input_mean_square, *(p.pre_variance for p in prediction.layers)]
    verdict = _verdict(squares, (1.0 / PREDICTED_TOLERANCE, PREDICTED_TOLERANCE))
    end = prediction.layers[verdict.last - 1]
    if end.bias_variance == 0.0 or end.layer == 1 or end.scale_gain is None:
        return verdict
    if math.isclose(end.scale_gain, 1.0, rel_tol=1e-9):
        return replace(verdict, increment=end.bias_variance)
    if end.scale_gain < 1.0:
        return replace(verdict, limit=end.bias_variance / (1.0 - end.scale_gain))
    return verdict


def measured_verdict(
    mean_squares: Sequence[float], widths: Sequence[int], activation: str | None
) -> Verdict:
    """The verdict on measured mean squares before the activation, of layers 0 (the input) … L.

    `widths` are those of the layers 1…L. It holds if the whole way is a factor of 2/3 … 3/2 and
    one that a stable network of these widths may have by chance. A larger factor that chance may
    have still rises or falls; beyond chance it grows or vanishes.
    """
    first, last = _range(mean_squares)
    chance = None if activation is None else stable_factors(widths, activation, first, last)
    modest = (1.0 / MEASURED_TOLERANCE, MEASURED_TOLERANCE)
    if chance is None:
        return _verdict(mean_squares, modest)
    verdict = replace(_verdict(mean_squares, chance), chance=chance)
    if verdict.kind == "holds" and not modest[0] <= verdict.total <= modest[1]:
        return replace(verdict, kind="rises" if verdict.total > 1.0 else "falls")
    return verdict


def _range(mean_squares: Sequence[float]) -> tuple[int, int]:
    depth = len(mean_squares) - 1
    if depth >= 3:
        return 1, depth - 1
    return (1, 2) if depth == 2 else (0, 1)


def _verdict(mean_squares: Sequence[float], holding: tuple[float, float]) -> Verdict:
    """Holds if the factor over all layers lies within these bounds."""
    first, last = _range(mean_squares)
    start, end = mean_squares[first], mean_squares[last]
    if not math.isfinite(end):
        total = math.inf  # nan comes from inf − inf
    else:
        total = end / start if start > 0.0 and end > 0.0 else 0.0
    per_layer = total ** (1.0 / (last - first)) if math.isfinite(total) else math.inf
    if total > holding[1]:
        return Verdict("grows", first, last, total, per_layer)
    kind = "holds" if total >= holding[0] else "vanishes"
    return Verdict(kind, first, last, total, per_layer)
