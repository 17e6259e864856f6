"""Rows of the charts over the layers: what was measured, what theory expects, what draws gave."""

from collections.abc import Sequence
from typing import Any

from cellscope.app.features.signal.backward_figure import GradientRow
from cellscope.app.features.signal.forward_figure import SignalRow
from cellscope.app.figures.layers import Quantiles
from cellscope.model.moments import Moments, Signal
from cellscope.model.moments_over_draws import ManyDraws
from cellscope.model.precision import InFormat
from cellscope.model.theory.backward import expected_gradients
from cellscope.model.theory.one_network import OneNetwork
from cellscope.model.theory.prediction import LayerPrediction, Prediction

Path = tuple[str, ...]
GRADIENTS: tuple[Path, ...] = (
    ("delta_mean_square",),
    ("weight_gradient_mean_square", "per_example"),
    ("weight_gradient_mean_square", "batch"),
)


def signal_rows(
    signal: Signal,
    prediction: Prediction | None,
    side: str,
    *,
    spread: OneNetwork | None = None,
    draws: ManyDraws | None = None,
    held: InFormat | None = None,
) -> list[SignalRow]:
    """The input and the layers 1…L, measured and predicted, before or after the activation.

    `spread` is that of single networks, `held` what a format other than float64 held.
    """
    before = side == "pre"
    at_input = None if prediction is None else signal.input.variance
    rows = [SignalRow(0, signal.input, at_input, None)]
    for k, layer in enumerate(signal.layers):
        moments = _moments(layer.pre if before else layer.post, held, k, before=before)
        drawn = tuple(quantiles(draws, k, (side, v)) for v in ("variance", "data_variance"))
        drawn = drawn if draws is not None else ()
        if prediction is None:
            rows.append(SignalRow(layer.layer, moments, None, None, draws=drawn))
            continue
        expected = prediction.layers[k]
        low, median, high = _spread(spread, k, _unit(expected, before=before))
        rows.append(
            SignalRow(
                layer=layer.layer,
                moments=moments,
                theory=expected.pre_variance if before else expected.post_variance,
                band=None if low is None or high is None else (low, high),
                median=median,
                data_theory=expected.pre_data_variance if before else expected.post_data_variance,
                draws=drawn,
            )
        )
    return rows


def gradient_rows(
    signal: Signal, prediction: Prediction | None, draws: ManyDraws | None = None
) -> list[GradientRow]:
    """The layers 1…L; needs a signal that was measured backward, too."""
    last = signal.layers[-1]
    theory = (
        expected_gradients(
            prediction,
            delta=_number(last.delta_mean_square),
            per_example=_number(last.per_example),
        )
        if prediction is not None
        else None
    )
    return [
        GradientRow(
            layer=layer.layer,
            delta=_number(layer.delta_mean_square),
            per_example=_number(layer.per_example),
            batch=_number(layer.batch),
            delta_theory=None if theory is None else theory.delta[k],
            per_example_theory=None if theory is None else theory.per_example[k],
            draws=()
            if draws is None
            else tuple(quantiles(draws, k, gradient) for gradient in GRADIENTS),
        )
        for k, layer in enumerate(signal.layers)
    ]


def quantiles(draws: ManyDraws | None, layer: int, path: Sequence[str]) -> Quantiles:
    """What many draws gave for one number of a layer's report (0-based)."""
    if draws is None:
        return Quantiles(None, None, None)
    low, _, high = (_at(report, layer, path) for report in draws.quantiles)
    return Quantiles(_at(draws.mean, layer, path), low, high)


def _at(report: dict[str, Any], layer: int, path: Sequence[str]) -> float | None:
    value: Any = report["layers"][layer]
    for key in path:
        value = value[key]
    return value


def _moments(measured: Moments, held: InFormat | None, k: int, *, before: bool) -> Moments:
    if held is None:
        return measured
    return (held.pre if before else held.post)[k]


def _unit(expected: LayerPrediction, *, before: bool) -> float:
    """What makes a variance of a mean square: after the activation their mean is not 0."""
    if before or not expected.post_mean_square:
        return 1.0
    return expected.post_variance / expected.post_mean_square


def _spread(spread: OneNetwork | None, k: int, unit: float) -> tuple[float | None, ...]:
    if spread is None:
        return None, None, None
    layer = spread.layers[k]
    return unit * layer.low, unit * layer.median, unit * layer.high


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
