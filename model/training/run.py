"""Training without a thread: so many steps of a spec, and how it ended."""

import time
from math import isfinite
from typing import Any

import torch

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from cellscope.model.training.learner import Learner, with_ones


def train(spec: Spec, steps: int) -> dict[str, Any]:
    """Train for `steps` updates or until it diverges.

    Returns
    -------
    dict
        ``status`` ("finished" or "diverged"), ``step`` (updates made), ``loss`` (mean
        cross-entropy on all training points), ``train_accuracy``, ``test_accuracy`` (None with a
        loss that is not finite),
        ``diverged_step``, ``first_nonfinite_layer`` (None unless diverged) and
        ``steps_per_second``. Losses may be inf or nan.
    """
    data = make_data(spec)
    with torch.inference_mode():
        learner = Learner(spec, initial_weights(spec, data), data)
        start = time.perf_counter()
        healthy = all(learner.step() for _ in range(steps)) and learner.finite()
        elapsed = time.perf_counter() - start
        loss, train_accuracy = learner.evaluate(with_ones(data.train_x), torch.tensor(data.train_y))
        _, test_accuracy = learner.evaluate(with_ones(data.test_x), torch.tensor(data.test_y))
        if not isfinite(loss):  # nan logits have no largest one
            train_accuracy = test_accuracy = None
        return {
            "status": "finished" if healthy else "diverged",
            "step": learner.step_count,
            "loss": loss,
            "train_accuracy": train_accuracy,
            "test_accuracy": test_accuracy,
            "diverged_step": None if healthy else learner.step_count,
            "first_nonfinite_layer": None if healthy else learner.first_nonfinite_layer(),
            "steps_per_second": learner.step_count / elapsed if learner.step_count else None,
        }
