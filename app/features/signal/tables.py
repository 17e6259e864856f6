"""Tables beside the signal charts: gains, all measured values, health, and what broke."""

from collections.abc import Sequence
from math import isclose, isfinite

from cellscope.app.features.signal.backward_figure import GradientRow
from cellscope.app.features.signal.forward_figure import SignalRow
from cellscope.app.text.numbers import number, percent
from cellscope.app.text.tables import Table
from cellscope.app.text.texts import text
from cellscope.model.moments import Signal
from cellscope.model.spec import Spec
from cellscope.model.theory.forward import stable_weight_variance
from cellscope.model.theory.prediction import Prediction
from cellscope.model.training.replay import Replay

OVER_FLOAT32 = 3.4028234663852886e38


def gains_table(signal: Signal, prediction: Prediction | None, spec: Spec, language: str) -> Table:
    """q_l / q_{l-1} of every layer, measured and expected, beside its v and the stable one.

    Layer 1 stands first and apart: its fan-in is 2 and nothing has halved its input.
    """
    squares = [signal.input.mean_square, *(layer.pre.mean_square for layer in signal.layers)]
    rows: list[list[str]] = []
    marked: set[tuple[int, int]] = set()
    for k, layer in enumerate(signal.layers):
        expected = None if prediction is None else prediction.layers[k]
        v = None if expected is None else expected.weight_variance
        stable = stable_weight_variance(
            layer.fan_in, below=spec.activations[k - 1].name if k else None
        )
        if v is not None and stable is not None and isclose(v, stable, rel_tol=1e-9):
            marked.add((k, 2))
        rows.append(
            [
                str(layer.layer),
                str(layer.fan_in),
                number(v, language),
                number(stable, language),
                number(_ratio(squares[k + 1], squares[k]), language),
                number(_expected_gain(prediction, k), language),
            ]
        )
    head = [text(f"gains.{name}", language) for name in GAIN_COLUMNS]
    return Table(head, rows, frozenset(marked))


GAIN_COLUMNS = ("layer", "fan_in", "v", "stable", "measured", "theory")


def gains_text(prediction: Prediction | None, spec: Spec, language: str) -> str:
    """The stable choice for the inner layers, what it is here, and what biases add."""
    if prediction is None or len(prediction.layers) < 2:
        return ""
    layer, *others = prediction.layers[1:-1] or prediction.layers[1:]
    stable = stable_weight_variance(layer.fan_in, below=spec.activation)
    if stable is None or layer.scale_gain is None:
        return text("gains.no_stable", language)
    alike = spec.layers > 2 and all(
        (one.fan_in, one.weight_variance) == (layer.fan_in, layer.weight_variance) for one in others
    )
    sentence = text(
        "gains.choice" if alike else "gains.choice.one",
        language,
        layer=layer.layer,
        formula=text(_FORMULAS.get(stable * layer.fan_in, "gains.formula.slope"), language),
        stable=number(stable, language),
        v=number(layer.weight_variance, language),
        gain=number(layer.scale_gain, language),
    )
    if layer.bias_variance == 0.0:
        return sentence
    return f"{sentence} {text('gains.bias', language, b=number(layer.bias_variance, language))}"


# Of the stable weight variance, by what makes up for the activation.
_FORMULAS = {1.0: "gains.formula.linear", 2.0: "gains.formula.half"}


def forward_table(rows: Sequence[SignalRow], language: str) -> Table:
    """All measured moments of one side of the activation."""
    names = ("layer", "mean", "variance", "data_variance", "mean_square")
    body = [
        [str(row.layer), number(row.moments.shown_mean, language)]
        + [number(getattr(row.moments, name), language) for name in names[2:]]
        for row in rows
    ]
    return Table([text(f"values.{name}", language) for name in names], body)


def backward_table(rows: Sequence[GradientRow], signal: Signal, language: str) -> Table:
    """δ and weight gradients of every layer, and its share of dead units."""
    names = ("layer", "delta", "per_example", "batch", "dead")
    body = [
        [
            str(row.layer),
            *(number(value, language) for value in row.measured),
            percent(layer.dead_share, language),
        ]
        for row, layer in zip(rows, signal.layers, strict=True)
    ]
    return Table([text(f"values.{name}", language) for name in names], body)


def health_table(signal: Signal, widths: Sequence[int], language: str) -> Table:
    """What tells that training will fail, or has: one row each, name and value.

    `widths` are those of the hidden layers.
    """
    saturated, largest = signal.saturated_share, number(signal.max_logit, language)
    values = [("dead", _dead(signal, widths, language))]
    if saturated is None:  # a regression has no softmax
        values.append(("output", largest))
    else:
        values += [("logit", largest), ("saturated", percent(_finite(saturated), language))]
    if signal.gradient_norm is not None or signal.layers[-1].delta_mean_square is None:
        values.append(("gradient", number(signal.gradient_norm, language)))
    return Table([], [[text(f"health.{name}", language), value] for name, value in values])


def broken_table(replay: Replay, language: str, *, regression: bool = False) -> Table:
    """Loss, largest logit or output and gradient of the steps that led to the end."""
    names = ("step", "loss", "output" if regression else "logit", "gradient", "float32")
    rows: list[list[str]] = []
    marked: set[tuple[int, int]] = set()
    for k, record in enumerate(replay.records):
        layer = record.nonfinite_layer
        values = (record.loss, record.max_logit, record.gradient_norm)
        marked |= {(k, i) for i, value in enumerate(values, 1) if not abs(value) < OVER_FLOAT32}
        rows.append(
            [
                str(record.step),
                *(number(value, language) for value in values),
                text("broken.holds", language)
                if layer is None
                else text("broken.layer", language, layer=layer),
            ]
        )
    return Table([text(f"broken.{name}", language) for name in names], rows, frozenset(marked))


def _dead(signal: Signal, widths: Sequence[int], language: str) -> str:
    """Dead units of all hidden layers with ReLU, and the layer that has most."""
    found = [
        (layer.dead_share, n, layer.layer)
        for layer, n in zip(signal.layers[:-1], widths, strict=True)
        if layer.dead_share is not None
    ]
    if not found:
        return text("health.no_relu", language)
    shares, units, layers = zip(*found, strict=True)
    counts = [round(share * n) for share, n in zip(shares, units, strict=True)]
    worst = max(range(len(counts)), key=lambda k: shares[k])
    key = "health.dead_none" if not any(counts) else "health.dead_some"
    return text(
        key,
        language,
        dead=sum(counts),
        units=sum(units),
        layer=layers[worst],
        most=counts[worst],
        of=units[worst],
    )


def _expected_gain(prediction: Prediction | None, k: int) -> float | None:
    if prediction is None:
        return None
    layer = prediction.layers[k]
    return _ratio(layer.pre_variance, prediction.input_mean_square) if k == 0 else layer.gain


def _ratio(value: float, below: float) -> float | None:
    return value / below if below > 0.0 and isfinite(below) else None


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None
