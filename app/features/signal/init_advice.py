"""What a reader should be told where they meet it: when N(0, s) fails, and who trains it anyway."""

from math import sqrt

from cellscope.app.text.numbers import number
from cellscope.app.text.texts import text
from cellscope.model.spec import Spec
from cellscope.model.theory.prediction import Prediction

# Of the logits' predicted rms. At width 16 and N(0, 1) it is 32 with 4 layers, which plain SGD
# trains, 90 with 5, a coin toss, and 256 with 6, which fail (measured: two moons, rate 0.1).
TRAINS, FAILS = 50.0, 150.0


def lesson(spec: Spec, prediction: Prediction | None, language: str) -> str:
    """One sentence about N(0, s) with a gain above 1, for this depth and optimiser; else nothing.

    The logits' size decides: it becomes the gradients' and so the first step's. That was measured
    with cross-entropy; a regression is told nothing.
    """
    if spec.is_regression or prediction is None or spec.init != "normal" or spec.layers < 2:
        return ""
    gain = prediction.layers[1].scale_gain
    if gain is None or gain <= 1.0:
        return ""
    size = sqrt(prediction.layers[-1].pre_variance)
    if size < TRAINS:
        return text("lesson.shallow", language)
    if spec.optimizer == "adam":
        return text("lesson.adam", language, logit=number(size, language, 2))
    key = "lesson.toss" if size < FAILS else "lesson.sgd"
    return text(key, language, logit=number(size, language, 2))
