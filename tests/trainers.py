"""Trainers for tests."""

from cellscope.model.spec import Spec
from cellscope.model.training.trainer import Trainer


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
