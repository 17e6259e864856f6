"""`LiveNetwork`: one network in training, with its scores and where it ended."""

import time

import torch
from torch import Tensor

from model.datasets import make_data
from model.init import initial_weights
from model.spec import Spec
from model.training.history import History, Score
from model.training.learner import Learner, with_ones
from model.training.snapshot import Parameters, Snapshot, Status


class LiveNetwork:
    """What one network of an experiment has: a learner, a curve, and its end if it diverged.

    **Threads**: none of its own; the trainer's thread owns it.
    """

    def __init__(self, spec: Spec) -> None:
        data = make_data(spec)
        self.spec = spec
        self.learner = Learner(spec, initial_weights(spec, data), data)
        self.history = History()
        self.diverged = False
        self.nonfinite_layer: int | None = None
        self._train: tuple[Tensor, Tensor] = with_ones(data.train_x), torch.tensor(data.train_y)
        self._test: tuple[Tensor, Tensor] = with_ones(data.test_x), torch.tensor(data.test_y)
        self.record()

    def advance(self) -> bool:
        """One step, and a score where one is due; False if it has diverged."""
        if not self.learner.step():
            self._diverge()
            return False
        if self.history.due(self.learner.step_count):
            self.record()
        return True

    def check(self) -> None:
        """Notice a divergence that only the next step would have met."""
        if not self.diverged and not self.learner.finite():
            self._diverge()

    def take_live(self, spec: Spec) -> None:
        """Go on with settings of the same start."""
        self.learner.learning_rate = spec.learning_rate
        if spec.batch_size != self.spec.batch_size:
            self.learner.set_batch_size(spec.batch_size)
        self.spec = spec

    def record(self) -> None:
        """Add the score of the present step to the curve, once."""
        step = self.learner.step_count
        if self.history.points and self.history.points[-1].step == step:
            return
        train_loss, train_accuracy = self.learner.evaluate(*self._train)
        test_loss, test_accuracy = self.learner.evaluate(*self._test)
        self.history.add(Score(step, train_loss, test_loss, train_accuracy, test_accuracy))

    def snapshot(
        self,
        *,
        version: int,
        run: int,
        status: Status,
        rate: float,
        error: str | None,
        other: Snapshot | None = None,
    ) -> Snapshot:
        """Its state, for good; what is not its own is given."""
        learner = self.learner
        finite = learner.finite_parameters()
        return Snapshot(
            version=version,
            run=run,
            spec=self.spec,
            step=learner.step_count,
            status=status,
            theta=_frozen(learner.theta if finite else learner.previous),
            shown_step=learner.step_count - (0 if finite else 1),
            optimizer_state=tuple(_frozen(moment) for moment in learner.moments),
            history=self.history.points,
            nonfinite_layer=self.nonfinite_layer,
            steps_per_second=rate,
            published=time.time(),
            error=error,
            diverged=self.diverged,
            other=other,
        )

    def _diverge(self) -> None:
        self.diverged = True
        self.nonfinite_layer = self.learner.first_nonfinite_layer()
        self.record()


def _frozen(vector: Tensor) -> Parameters:
    copy: Parameters = vector.numpy().copy()
    copy.flags.writeable = False
    return copy
