"""One thread everywhere, set before numpy and torch are imported; trainers that end."""
# ruff: noqa: E402

import gc
import os

# On shared cores more threads make small matrix products 10-100 times slower, and which sum comes
# first depends on how many there are.
for _name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"

from collections.abc import Iterator

import hypothesis
import pytest
import torch

from cellscope.model.spec import Spec
from cellscope.model.training.trainer import Trainer

torch.set_num_threads(1)
gc.disable()  # until all tests are there: what is made until then stays
# Repeatable, and no failure because the machine was busy for a moment.
hypothesis.settings.register_profile("cellscope", deadline=None, derandomize=True)
hypothesis.settings.load_profile("cellscope")


def pytest_collection_finish() -> None:
    """What is there by now stays: the collector of garbage need not look at it again and again."""
    gc.freeze()
    gc.enable()


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


@pytest.fixture
def start() -> Iterator[Trainers]:
    trainers = Trainers()
    yield trainers
    for trainer in trainers.started:
        trainer.close()
