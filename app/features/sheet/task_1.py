"""What task 1 asks, measured: the signal of the network at hand, and many draws of it."""

from math import sqrt

from cellscope.app.features.sheet.parts import Facts
from cellscope.app.features.sheet.unmeasured import Unmeasured
from cellscope.app.features.sheet.wording import percent_of
from cellscope.model.datasets import make_data
from cellscope.model.inputs import train_inputs
from cellscope.model.moments import Signal, measure
from cellscope.model.sheet.draws import DRAWS, MANY, below_line, next_draws
from cellscope.model.sheet.first_step import STEPS, FirstStep, first_step
from cellscope.model.sheet.rules import measured_per_layer
from cellscope.model.sheet.trainable import SLOW_RATE, failing_depths, lower_losses
from cellscope.model.theory.forward import (
    mistaken_relu_weight_variance,
    scale_gain,
    stable_weight_variance,
)
from cellscope.model.theory.overflow import rms_overflow_layer
from cellscope.model.theory.prediction import Prediction, predict
from cellscope.model.theory.verdict import measured_verdict, predicted_verdict
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import Window

ASKED_LAYER = 3  # of 1.1
# Of 1.3, the weight variance times n: linear layers', He's, Var(h) for E[h²], and ¼ for ½.
RULES = {"one": 1.0, "two": 2.0, "r293": mistaken_relu_weight_variance(1), "four": 4.0}
SHALLOW = 3  # layers, of 1.4's second part


def linear_growth(snapshot: Snapshot, _window: Window) -> Facts:
    """1.1: the variance of layer 3, and the factor of each layer."""
    signal, prediction = _signal(snapshot)
    spec = snapshot.spec
    if spec.layers < ASKED_LAYER or spec.activation != "identity":
        raise Unmeasured
    layer = prediction.layers[ASKED_LAYER - 1]
    first, gain = _gain(prediction, 1), _gain(prediction, ASKED_LAYER)
    return {
        "step": snapshot.shown_step,
        "n": layer.fan_in,
        "s": layer.weight_variance,
        "measured": signal.layers[ASKED_LAYER - 1].pre.variance,
        "theory": layer.pre_variance,
        "first": first,
        "gain": gain,
        "stable": stable_weight_variance(layer.fan_in, below="identity") or 0.0,
        "deviation": sqrt(layer.pre_variance),
    }


def mean_and_variance(snapshot: Snapshot, _window: Window) -> Facts:
    """1.2a: means and variances of three layers, and the next five draws of the last one."""
    signal, prediction = _signal(snapshot)
    spec = snapshot.spec
    if spec.layers < 3:
        raise Unmeasured
    first, last, out = (signal.layers[k].pre for k in (0, -2, -1))
    draws = next_draws(spec, spec.layers)
    variances = [draw.variance for draw in draws]
    logits = prediction.layers[-1]
    return {
        "step": snapshot.shown_step,
        "hidden": spec.layers - 1,
        "mean_first": first.shown_mean,
        "mean_last": last.shown_mean,
        "mean_out": out.shown_mean,
        "variance_first": first.variance,
        "variance_last": last.variance,
        "variance_out": out.variance,
        "square_first": first.mean_square,
        "square_last": last.mean_square,
        "square_out": out.mean_square,
        "gain": _gain(prediction, 2),
        "n": prediction.layers[1].fan_in,
        "s": prediction.layers[1].weight_variance,
        "layer": spec.layers,
        "low": min(variances),
        "high": max(variances),
        "ratio": max(variances) / max(min(variances), 1e-300),
        "seed": draws[0].seed,
        "last_seed": draws[-1].seed,
        "draws": DRAWS,
        **{f"draw_{k}": variance for k, variance in enumerate(variances, start=1)},
        "theory": logits.pre_variance,
        "outputs": logits.fan_out,
        "expected": logits.expected_variance or logits.pre_variance,
    }


def what_breaks(snapshot: Snapshot, _window: Window) -> Facts:
    """1.2b: the first step, and how many seeds fail at each depth."""
    spec = snapshot.spec
    prediction = _prediction(snapshot)
    step, failures = first_step(spec), failing_depths(spec.but(seed=0))
    inner = prediction.layers[min(2, spec.layers) - 1]
    return {
        "end": f"sheet.seen.1.2b.{_end(step)}",
        "steps": STEPS,
        "layers": spec.layers,
        "n": inner.fan_in,
        "s": inner.weight_variance,
        "gain": _gain(prediction, inner.layer),
        "rate": spec.learning_rate,
        "theory": prediction.layers[-1].pre_variance,
        "logit": step.max_logit,
        "loss": step.loss,
        "gradient": step.gradient_norm,
        "batch": min(spec.batch_size, len(make_data(spec).train_x)),
        "batch_gradient": step.batch_gradient_norm,
        "mean": step.last.mean,
        "deviation": sqrt(step.last.variance),
        "finite": int(step.finite),
        "rms_before": step.rms_before,
        "rms_after": step.rms_after,
        "rms_end": step.rms_end,
        "diverged": step.diverged or 0,
        "overflow": rms_overflow_layer(spec, "float32") or 0,
        "from_depth": failures.first or 0,
        **{f"failed_{depth}": failures.at(depth) for depth in (3, 4, 5, 6, 7)},
    }


def _end(step: FirstStep) -> str:
    if step.diverged is None:
        return "stays"
    return "logits" if step.parameters_finite else "weights"


def relu_rule(snapshot: Snapshot, _window: Window) -> Facts:
    """1.3: the factor per layer of four rules, measured and expected, and of this network."""
    spec = snapshot.spec
    if spec.activation != "relu":
        raise Unmeasured
    shown = relu_factor(snapshot, _window)
    n = int(shown["n"])
    measured = {k: measured_per_layer(spec, v / n) for k, v in RULES.items()}
    return {
        **shown,
        "stable": stable_weight_variance(n, below="relu") or 0.0,
        **{f"gain_{k}": scale_gain(n, v / n, below="relu") or 0.0 for k, v in RULES.items()},
        **{f"measured_{k}": each.before for k, each in measured.items()},
        **{f"after_{k}": each.after for k, each in measured.items()},
    }


def relu_factor(snapshot: Snapshot, _window: Window) -> Facts:
    """1.3, of one network: its factor per layer, as the line and the bars have it."""
    signal, prediction = _signal(snapshot)
    spec = snapshot.spec
    if spec.layers < 4:
        raise Unmeasured
    inner = prediction.layers[1]
    squares = [signal.input.mean_square, *(layer.pre.mean_square for layer in signal.layers)]
    return {
        "step": snapshot.shown_step,
        "n": inner.fan_in,
        "s": inner.weight_variance,
        "last": spec.layers - 1,
        "measured": measured_verdict(squares, spec.sizes[1:], spec.activation).per_layer,
        "theory": predicted_verdict(prediction).per_layer,
    }


def he_scheme(snapshot: Snapshot, _window: Window) -> Facts:
    """1.4: how many networks' bars lie below the line, and He beside N(0, 1) at depth 3."""
    signal, prediction = _signal(snapshot)
    spec = snapshot.spec
    if spec.layers < 2:
        raise Unmeasured
    layer = spec.layers - 1  # the logits are few: their mean takes variance away
    theory = prediction.layers[layer - 1].pre_variance
    if theory == 0.0:
        raise Unmeasured
    below = below_line(spec, layer, theory)
    shallow = spec.but(hidden=None, depth=SHALLOW, learning_rate=SLOW_RATE, init="he", seed=0)
    return {
        "step": snapshot.shown_step,
        "layer": layer,
        "draws": MANY,
        "share": percent_of(below.share),
        "of_five": round(5.0 * below.share),
        "median": below.median / theory,
        "measured": signal.layers[layer - 1].pre.variance,
        "theory": theory,
        "wins": lower_losses(shallow, shallow.but(init="normal", weight_variance=1.0)),
        "rate": SLOW_RATE,
    }


def _signal(snapshot: Snapshot) -> tuple[Signal, Prediction]:
    """As the charts show it: of the training points, in float64."""
    spec, data = snapshot.spec, make_data(snapshot.spec)
    prediction = _prediction(snapshot)
    weights, x = snapshot.full_weights, train_inputs(spec, data)
    signal = measure(weights, spec.activation, x, data.train_y, backward=False)
    return signal, prediction


def _gain(prediction: Prediction, layer: int) -> float:
    gain = prediction.layers[layer - 1].scale_gain
    if gain is None:  # tanh: it depends on the scale
        raise Unmeasured
    return gain


def _prediction(snapshot: Snapshot) -> Prediction:
    prediction = predict(snapshot.spec, make_data(snapshot.spec))
    if prediction is None:
        raise Unmeasured
    return prediction
