"""What the first step of an optimiser does to a network. Exercise 1.2 (b)."""

import math
from dataclasses import dataclass
from functools import lru_cache

import torch

from model.datasets import make_data
from model.init import initial_weights
from model.spec import Spec
from model.training.learner import Learner
from model.training.replay import FIRST_STEPS, replay
from model.training.run import train

STEPS = 400


@dataclass(frozen=True, slots=True)
class FirstStep:
    """Before and after the first update."""

    max_logit: float  # the largest |logit| on the training points, before
    loss: float
    gradient_norm: float  # of the mean loss on the training points
    finite: bool  # whether all of these and the values of every layer are
    rms_before: float  # of all weights and biases
    rms_after: float
    diverged: int | None  # the step at which a number is not finite any more


def first_step(spec: Spec) -> FirstStep:
    """The first step from the spec's own start."""
    return _first_step(spec)


@lru_cache(maxsize=32)
def _first_step(spec: Spec) -> FirstStep:
    data = make_data(spec)
    start = replay(spec, FIRST_STEPS - 1).records[0]
    numbers = (start.max_logit, start.loss, start.gradient_norm)
    with torch.inference_mode():
        learner = Learner(spec, initial_weights(spec, data), data)
        before = _rms(learner.theta)
        learner.step()
        after = _rms(learner.theta)
    return FirstStep(
        *numbers,
        finite=all(map(math.isfinite, numbers)) and start.nonfinite_layer is None,
        rms_before=before,
        rms_after=after,
        diverged=train(spec, STEPS)["diverged_step"],
    )


def _rms(theta: torch.Tensor) -> float:
    return float(theta.double().square().mean().sqrt())
