"""How many cells hold data while a network trains. Exercise 2.7."""

from dataclasses import dataclass
from functools import lru_cache

import torch

from cellscope.model.cells.count.whole_plane import plane_counts
from cellscope.model.cells.exact.counts import filled_by
from cellscope.model.datasets import make_data, seen_data
from cellscope.model.init import Weights, initial_weights
from cellscope.model.inputs import train_inputs
from cellscope.model.sheet.regions import PLANE_FACES
from cellscope.model.spec import Spec
from cellscope.model.training.learner import Learner, layer_blocks, with_ones
from cellscope.model.view import Window

STEPS = (0, 100, 1000)  # at the start, during training, trained


@dataclass(frozen=True, slots=True)
class Moment:
    """Layer 1 after so many steps."""

    step: int
    filled: int  # cells that hold a training point of the window
    plane: int  # cells in the whole plane
    accuracy: float  # of the training points


@lru_cache(maxsize=32)
def filled_while_training(spec: Spec, window: Window) -> tuple[Moment, ...]:
    """Layer 1 at each of `STEPS`, of the spec's own run; fewer where it diverges."""
    data, seen = make_data(spec), seen_data(spec)
    x, classes = with_ones(train_inputs(spec, data)), torch.tensor(data.train_y)
    moments: list[Moment] = []
    with torch.inference_mode():
        learner = Learner(spec, initial_weights(spec, data), data)
        for step in STEPS:
            while learner.step_count < step:
                if not learner.step():
                    return tuple(moments)
            if not learner.finite():
                return tuple(moments)
            weights = _weights(learner, spec)
            activation = spec.activation
            filled = filled_by(weights, seen.train_x, window, layer=1, activation=activation)
            plane = plane_counts(weights, layer=1, activation=activation, budget=PLANE_FACES)
            _, accuracy = learner.evaluate(x, classes)
            moments.append(Moment(step, filled.patterns, plane.counts.patterns, accuracy))
    return tuple(moments)


def _weights(learner: Learner, spec: Spec) -> Weights:
    """Of the picture's plane."""
    blocks = [
        block.numpy().copy() for block in layer_blocks(learner.shown(learner.theta), spec.sizes)
    ]
    layers = tuple((block[:, :-1], block[:, -1]) for block in blocks)
    return layers if spec.cut is None else spec.cut.compose(layers)
