"""Many independent initialisations: what `cellscope moments` reports and the page draws of them."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from cellscope.model.batch_norm import drawn_network
from cellscope.model.datasets import Data, make_data
from cellscope.model.inputs import train_inputs
from cellscope.model.moments import Signal, measure
from cellscope.model.spec import MAX_SEED, Spec
from cellscope.model.theory.expectation import LayerPrediction
from cellscope.model.theory.prediction import predict

Report = dict[str, Any]
INPUT_KEYS = ("mean", "variance", "mean_square")
THEORY_KEYS = (
    "pre_variance",
    "pre_data_variance",
    "post_mean",
    "post_variance",
    "post_mean_square",
    "gain",
)
DRAWN_S, UNIT_S, PRODUCT_S = 1e-3, 5e-8, 2.4e-10  # of a draw; per point, a unit, a parameter
SLOWER = {"lsuv": 2.5, "orthogonal": 1.5}  # schemes that measure or factorise
QUANTILES = (0.16, 0.5, 0.84)


@dataclass(frozen=True, slots=True)
class ManyDraws:
    """So many draws of one spec: reports as of one draw, but with means or quantiles in them."""

    spec: Spec
    draws: int
    mean: Report  # the measured part of `moments_report`, to the last digit
    quantiles: tuple[Report, ...]  # one for each of QUANTILES


def moments_report(spec: Spec, draws: int) -> Report:
    """Measured moments, averaged over independent initialisations, beside what theory expects.

    The JSON object of ``cellscope moments``: plain floats, None for null and for what is not
    finite. Draw k has the seed `spec.seed` + k (modulo 2³²); the data stay those of the spec, its
    training points. The weights are the float64 ones as drawn, normalised where that is set.
    """
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    data = make_data(spec)
    measured = averaged([report_of_draw(spec, k, data) for k in range(draws)])
    prediction = predict(spec, data)
    for i, layer in enumerate(measured["layers"]):
        layer["theory"] = None if prediction is None else _theory(prediction.layers[i])
    return finite_or_none(measured)


def summary(spec: Spec, reports: list[Report]) -> ManyDraws:
    """The draws so far as one value."""
    mean = finite_or_none(averaged(reports))
    quantiles = tuple(finite_or_none(_quantile(reports, p)) for p in QUANTILES)
    return ManyDraws(spec, len(reports), mean, quantiles)


def report_of_draw(spec: Spec, k: int, data: Data) -> Report:
    """The measured part of the report, of draw k."""
    drawn = spec.but(seed=(spec.seed + k) % (MAX_SEED + 1))
    weights = drawn_network(drawn, data)
    return as_report(measure(weights, spec.activation, train_inputs(spec, data), data.train_y))


def draw_seconds(spec: Spec) -> float:
    """About how long one draw takes: fitted on a busy core to width 16 to 256, depth 3 to 32."""
    forward = UNIT_S * sum(spec.sizes) + PRODUCT_S * spec.parameters
    return SLOWER.get(spec.init, 1.0) * (DRAWN_S + forward * spec.samples)


def averaged(values: list[Any]) -> Any:
    """The mean of equally built reports, number by number; whole numbers and None stay."""
    return _joined(values, lambda numbers: sum(numbers) / len(numbers))


def _quantile(values: list[Any], probability: float) -> Any:
    def of(numbers: list[float]) -> float:
        with np.errstate(all="ignore"):  # inf − inf between two of them
            return float(np.quantile(numbers, probability))

    return _joined(values, of)


def _joined(values: list[Any], join: Callable[[list[float]], float]) -> Any:
    """One report of many, number by number."""
    first = values[0]
    if isinstance(first, dict):
        return {key: _joined([value[key] for value in values], join) for key in first}
    if isinstance(first, list):
        return [_joined(list(column), join) for column in zip(*values, strict=True)]
    return join(values) if isinstance(first, float) else first


def as_report(signal: Signal) -> dict[str, Any]:
    """The measured part of the report, of one draw."""
    return {
        "input": {name: getattr(signal.input, name) for name in INPUT_KEYS},
        "layers": [
            {
                "layer": layer.layer,
                "fan_in": layer.fan_in,
                "pre": asdict(layer.pre),
                "post": asdict(layer.post),
                "delta_mean_square": layer.delta_mean_square,
                "weight_gradient_mean_square": {
                    "per_example": layer.per_example,
                    "batch": layer.batch,
                },
                "dead_share": layer.dead_share,
            }
            for layer in signal.layers
        ],
    }


def _theory(layer: LayerPrediction) -> dict[str, Any]:
    theory: dict[str, Any] = {name: getattr(layer, name) for name in THEORY_KEYS}
    theory["band"] = None if layer.band is None else list(layer.band)
    return theory


def finite_or_none(value: Any) -> Any:
    """JSON has neither NaN nor Infinity."""
    if isinstance(value, dict):
        return {key: finite_or_none(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [finite_or_none(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
