"""What the first step of an optimiser does to a network. Exercise 1.2 (b)."""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch

from cellscope.model.batch_norm import drawn_network
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.inputs import train_inputs
from cellscope.model.moments import Moments, measure
from cellscope.model.spec import Spec
from cellscope.model.training.learner import Learner, rms_of_weights
from cellscope.model.training.replay import FIRST_STEPS, replay

STEPS = 400


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Before and after the first update, and how the run ends."""

    last: Moments  # of the logits, before
    max_logit: float  # the largest |logit| on the training points, before
    loss: float
    gradient_norm: float  # of the mean loss on all training points
    batch_gradient_norm: float  # of the mean loss on the first batch: what the step follows
    finite: bool  # whether all of these and the values of every layer are
    rms_before: float  # of the weights, without the biases
    rms_after: float
    diverged: int | None  # the step after which a number is not finite
    parameters_finite: bool  # whether weights and biases are at the end
    rms_end: float


def first_step(spec: Spec) -> FirstStep:
    """The first step from the spec's own start, and `STEPS` steps in all."""
    return _first_step(spec)


@lru_cache(maxsize=32)
def _first_step(spec: Spec) -> FirstStep:
    data = make_data(spec)
    start = replay(spec, FIRST_STEPS - 1).records[0]
    weights, shown = initial_weights(spec, data), drawn_network(spec, data)
    signal = measure(shown, spec.activation, train_inputs(spec, data), data.train_y, backward=False)
    numbers = (start.max_logit, start.loss, start.gradient_norm)
    with torch.inference_mode():
        learner = Learner(spec, weights, data)
        before = rms_of_weights(learner.theta, spec.sizes)
        healthy = learner.step()
        after = rms_of_weights(learner.theta, spec.sizes)
        gradient = float(learner.grad.double().norm())
        healthy = healthy and all(learner.step() for _ in range(STEPS - 1)) and learner.finite()
        return FirstStep(
            signal.layers[-1].pre,
            *numbers,
            batch_gradient_norm=gradient,
            finite=all(map(math.isfinite, numbers)) and start.nonfinite_layer is None,
            rms_before=before,
            rms_after=after,
            diverged=None if healthy else learner.step_count,
            parameters_finite=learner.finite_parameters(),
            rms_end=rms_of_weights(learner.theta, spec.sizes),
        )
