"""Trainers for tests."""

import time
from collections.abc import Callable

import torch

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from cellscope.model.training.learner import Learner
from cellscope.model.training.snapshot import Parameters, Snapshot
from cellscope.model.training.trainer import Trainer

PATIENCE_S = 30.0  # on a busy machine; nothing waits for it in vain


class Trainers:
    """Starts trainers; they are closed at the end of the test, and must have ended by then."""

    def __init__(self) -> None:
        self.started: list[Trainer] = []

    def __call__(
        self, spec: Spec, *, other: Spec | None = None, speed: float | None = None
    ) -> Trainer:
        trainer = Trainer(spec, other=other, speed=speed)
        self.started.append(trainer)
        return trainer


def wait(trainer: Trainer, until: Callable[[Snapshot], bool]) -> Snapshot:
    """The first state seen for which `until` holds."""
    deadline = time.monotonic() + PATIENCE_S
    snapshot = trainer.latest
    while not until(snapshot):
        assert time.monotonic() < deadline, snapshot
        snapshot = trainer.newer(snapshot.version, 0.5) or trainer.latest
    return snapshot


def theta_after(spec: Spec, steps: int) -> Parameters:
    """What the bare learner arrives at, alone."""
    data = make_data(spec)
    with torch.inference_mode():
        learner = Learner(spec, initial_weights(spec, data), data)
        for _ in range(steps):
            learner.step()
        return learner.theta.numpy().copy()
