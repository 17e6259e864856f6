"""Training without a thread: so many steps of a spec, and how it ended."""

import time
from math import isfinite
from typing import Any

import torch

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.inputs import held_out_inputs, train_inputs
from cellscope.model.spec import Spec
from cellscope.model.training.learner import Learner, with_ones


def train(spec: Spec, steps: int) -> dict[str, Any]:
    """Train for `steps` updates or until it diverges.

    Returns
    -------
    dict
        ``status`` ("finished" or "diverged"), ``step`` (updates made), ``loss`` (mean
        cross-entropy or squared error on all training points), ``train_accuracy``,
        ``test_accuracy`` (of classes; None with a loss that is not finite), ``train_r2``,
        ``test_r2`` (the same of a regression),
        ``diverged_step``, ``first_nonfinite_layer`` (None unless diverged) and
        ``steps_per_second``. Losses may be inf or nan.
    """
    data = make_data(spec)
    with torch.inference_mode():
        learner = Learner(spec, initial_weights(spec, data), data)
        start = time.perf_counter()
        healthy = all(learner.step() for _ in range(steps)) and learner.finite()
        elapsed = time.perf_counter() - start
        loss, train = learner.evaluate(
            with_ones(train_inputs(spec, data)), torch.tensor(data.train_y)
        )
        _, test = learner.evaluate(
            with_ones(held_out_inputs(spec, data)), torch.tensor(data.test_y)
        )
        good = (train, test) if isfinite(loss) else (None, None)  # nan logits have no largest one
        accuracies, r2 = ((None, None), good) if spec.is_regression else (good, (None, None))
        return {
            "status": "finished" if healthy else "diverged",
            "step": learner.step_count,
            "loss": loss,
            "train_accuracy": accuracies[0],
            "test_accuracy": accuracies[1],
            "train_r2": r2[0],
            "test_r2": r2[1],
            "diverged_step": None if healthy else learner.step_count,
            "first_nonfinite_layer": None if healthy else learner.first_nonfinite_layer(),
            "steps_per_second": learner.step_count / elapsed if learner.step_count else None,
        }
