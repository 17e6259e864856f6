"""Sentences beside the signal charts: single networks, few units, formats, many draws."""

from cellscope.app.features.signal.measured import Measured
from cellscope.app.text.numbers import number, percent
from cellscope.app.text.texts import text
from cellscope.model.init import bias_variance, weight_variance
from cellscope.model.moments_over_draws import ManyDraws
from cellscope.model.precision import Break
from cellscope.model.spec import Spec
from cellscope.model.theory.one_network import OneNetwork
from cellscope.model.theory.overflow import rms_overflow_layer, rms_underflow_layer
from cellscope.model.theory.prediction import Prediction, has_theory

WHOLE = 0.995  # a share that reads 1


def spread_text(
    spread: OneNetwork | None, prediction: Prediction | None, spec: Spec, language: str
) -> str:
    """How far one network lies from the mean line, at the last hidden layer, in numbers."""
    if prediction is None or spec.layers < 2:
        return ""
    if spread is None:
        return text("spread.none", language)
    layer = spec.layers - 1
    one, expected = spread.layers[layer - 1], prediction.layers[layer - 1]
    if not expected.pre_variance > 0.0:
        return ""
    return text(
        "spread.simulated" if spread.simulated else "spread.law",
        language,
        layer=layer,
        median=number(one.median / expected.pre_variance, language, 2),
        below=percent(one.below, language),
        beta=number(prediction.beta, language),
    )


def few_units_text(prediction: Prediction | None, language: str) -> str:
    """Trap of the few logits: their pooled mean takes variance away, where they have one."""
    if prediction is None:
        return ""
    last = prediction.layers[-1]
    if last.expected_variance is None or not last.pre_variance > 0.0:
        return ""
    share = last.expected_variance / last.pre_variance
    if share > WHOLE:  # a linear network's without biases have the mean of the data, which is 0
        return ""
    key = "signal.few" if last.fan_out > 1 else "signal.few.one"
    return text(key, language, units=last.fan_out, share=number(share, language, 2))


def precision_text(network: Measured, precision: str, language: str) -> str:
    """Where a format breaks: in this network as measured, and where theory expects it."""
    broken = network.broken_in(precision)
    measured = (
        text("precision.holds", language, layers=network.spec.layers)
        if broken is None
        else break_text(broken, language)
    )
    expected = expected_text(network.spec, precision, network.prediction, language)
    return text(
        "precision.measured", language, format=precision, measured=measured, predicted=expected
    )


def expected_text(spec: Spec, precision: str, prediction: Prediction | None, language: str) -> str:
    """Where theory expects a format to break, in words."""
    if not has_theory(spec):
        return text("precision.no_formula", language)
    return break_text(predicted_break(spec, precision, prediction), language)


def predicted_break(spec: Spec, precision: str, prediction: Prediction | None) -> Break | None:
    """Where the rms leaves the format in a network that goes on like this one's start."""
    if spec.opened is not None:
        return None
    start = 1.0 if prediction is None else prediction.input_mean_square
    first = spec.sizes[0], spec.sizes[1], 1
    if weight_variance(spec, *first) == 0.0 == bias_variance(spec, *first):
        return Break("zero", 1)
    over = rms_overflow_layer(spec, precision, input_mean_square=start)
    if over is not None:
        return Break("overflow", over)
    under = rms_underflow_layer(spec, precision, input_mean_square=start)
    return None if under is None else Break("underflow", under)


def break_text(broken: Break | None, language: str) -> str:
    """overflow in layer 7; or that there is none."""
    if broken is None:
        return text("precision.never", language)
    return text(f"precision.{broken.event}", language, layer=broken.layer)


def short_break(broken: Break | None, none: str, language: str) -> str:
    """As `break_text`, for a table: ∞ in 7."""
    return none if broken is None else text(f"formats.{broken.event}", language, layer=broken.layer)


def average_text(draws: ManyDraws | None, language: str) -> str:
    """What the circles are."""
    return "" if draws is None else text("average.shown", language, draws=draws.draws)


def stays_as_deep(spec: Spec) -> str:
    """Why further layers can't be drawn like the first: an id of `error`; nothing if they can."""
    if spec.opened is not None:
        return "opened"
    if spec.batch_norm:
        return "normalised"
    return "fitted" if spec.init == "lsuv" else ""
