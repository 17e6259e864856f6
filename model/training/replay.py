"""What broke: a run's first steps once more, with everything that led to the end written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from numpy.typing import NDArray

from cellscope.model.datasets import Data, make_data
from cellscope.model.init import initial_weights
from cellscope.model.inputs import train_inputs
from cellscope.model.moments import measure
from cellscope.model.spec import Spec
from cellscope.model.training.learner import Learner, layer_blocks

FIRST_STEPS = 3  # steps 0, 1 and 2
MOST_STEPS = 1000  # later ends are not replayed


@dataclass(frozen=True, slots=True)
class StepRecord:
    """The network after so many updates, on all training points, measured in float64.

    Numbers are nan or inf where a weight is; float64 holds much that float32 could not.
    """

    step: int
    loss: float
    max_logit: float
    gradient_norm: float
    nonfinite_layer: int | None  # the first that float32 cannot hold, on the next batch


@dataclass(frozen=True, slots=True)
class Replay:
    """The first steps and the last two of a run."""

    records: tuple[StepRecord, ...]
    ended: bool  # whether it broke where it was said to


@lru_cache(maxsize=8)
def replay(spec: Spec, last_step: int) -> Replay:
    """The run of these settings once more, from its initialisation to `last_step` or its end.

    A run whose rate or batch size was changed on the way may take another course, and one of more
    than MOST_STEPS steps is followed no further than its first ones: then `ended` is False.
    """
    data = make_data(spec)
    last = last_step if last_step <= MOST_STEPS else FIRST_STEPS - 1
    records: list[StepRecord] = []
    with torch.inference_mode():
        learner = Learner(spec, initial_weights(spec, data), data)
        while True:
            step = learner.step_count
            if step < FIRST_STEPS or step >= last - 1:
                records.append(_record(learner, spec, data))
            if step >= last or not learner.finite():
                return Replay(tuple(records), step == last_step and not learner.finite())
            learner.step()


def _record(learner: Learner, spec: Spec, data: Data) -> StepRecord:
    x = train_inputs(spec, data)
    seen = measure(_weights(learner, spec), spec.activation, x, data.train_y)
    assert seen.gradient_norm is not None
    return StepRecord(
        step=learner.step_count,
        loss=seen.loss,
        max_logit=seen.max_logit,
        gradient_norm=seen.gradient_norm,
        nonfinite_layer=learner.first_nonfinite_layer(),
    )


def _weights(learner: Learner, spec: Spec) -> Sequence[tuple[NDArray[Any], NDArray[Any]]]:
    blocks = [block.numpy() for block in layer_blocks(learner.shown(learner.theta), spec.sizes)]
    return [(block[:, :-1], block[:, -1]) for block in blocks]
