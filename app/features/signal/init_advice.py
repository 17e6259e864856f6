"""What a reader should be told where they meet it: when N(0, s) fails, and who trains it anyway."""

from math import sqrt

from cellscope.app.text.numbers import number
from cellscope.app.text.texts import text
from cellscope.model.spec import Spec
from cellscope.model.theory.prediction import Prediction

# Of the logits' predicted rms. At width 16 and N(0, 1) it is 32 with 4 layers, which plain SGD
# trains, 90 with 5, a coin toss, and 256 with 6, which fail (measured: two moons, rate 0.1).
# At a tenth of the rate six layers train and eleven fail, at ten times the rate four fail; with
# momentum four are a coin toss. Without an activation, or with |y|, fewer layers fail.
TRAINS, FAILS, FAILS_SLOWLY = 50.0, 150.0, 1e4
SLOW, MEASURED, FAST, ADAM_FAST = 0.01, 0.05, 0.2, 0.01  # learning rates
RECTIFIERS = ("relu", "leaky_relu")


def lesson(
    spec: Spec, prediction: Prediction | None, language: str, *, edited: bool = False
) -> str:
    """One sentence about N(0, s) with a gain above 1, where it was measured to hold; else nothing.

    The logits' size decides: it becomes the gradients' and so the first step's. That was measured
    with cross-entropy, rectifiers and the page's data; others are told nothing.
    """
    if spec.is_regression or prediction is None or spec.init != "normal" or spec.layers < 2:
        return ""
    if edited or spec.own is not None or spec.activation not in RECTIFIERS:
        return ""
    gain = prediction.layers[1].scale_gain
    if gain is None or gain <= 1.0:
        return ""
    size = sqrt(prediction.layers[-1].pre_variance)
    key = _of_adam(spec, size) if spec.optimizer == "adam" else _of_sgd(spec, size)
    return text(f"lesson.{key}", language, logit=number(size, language, 2)) if key else ""


def _of_adam(spec: Spec, size: float) -> str:
    if spec.learning_rate > ADAM_FAST:
        return ""
    return "shallow" if size < TRAINS else "adam" if size >= FAILS else ""


def _of_sgd(spec: Spec, size: float) -> str:
    """With or without momentum, which makes the steps longer."""
    rate = spec.learning_rate
    if size >= FAILS:
        return "sgd" if rate >= MEASURED or (rate >= SLOW and size >= FAILS_SLOWLY) else ""
    if spec.optimizer != "sgd" or not SLOW <= rate <= FAST:
        return ""
    return "shallow" if size < TRAINS else "toss" if rate >= MEASURED else ""
