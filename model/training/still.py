"""What stands for a learner where a network is only looked at: a graph from a file."""

import numpy as np
import torch
from torch import Tensor

from cellscope.model.datasets import Data
from cellscope.model.moments import right_share, scored
from cellscope.model.own.on_page.scene import outputs_of
from cellscope.model.spec import Spec
from cellscope.model.training.learner import Learner


class StillLearner(Learner):
    """A graph at step 0, where it stays: no parameters of its own, a score on its points."""

    def __init__(self, spec: Spec, data: Data) -> None:
        self.spec = spec
        self.step_count = 0
        self.learning_rate = spec.learning_rate
        self.momentum, self.l1, self.l2 = spec.momentum, spec.l1, spec.l2
        self.theta = torch.zeros(0)
        self.previous, self.grad = self.theta.clone(), self.theta.clone()
        self.moments = []
        self.points = len(data.train_x)
        self.batch_size = min(spec.batch_size, self.points)

    def set_batch_size(self, batch_size: int) -> None:
        """It takes no batches."""
        self.batch_size = min(batch_size, self.points)

    def _take_data(self, data: Data) -> None:
        self.points = len(data.train_x)

    def step(self) -> bool:
        """There is none: a trainer does not ask for one."""
        raise RuntimeError("a graph is only looked at")

    def finite(self) -> bool:
        return True

    def finite_parameters(self) -> bool:
        return True

    def first_nonfinite_layer(self) -> int | None:
        return None

    def evaluate(self, x: Tensor, wanted: Tensor) -> tuple[float, float]:
        """(loss, accuracy) on points with ones, (n, inputs + 1), in float64."""
        assert self.spec.opened is not None
        logits = outputs_of(self.spec.opened, x[:, :-1].double().numpy()).T
        classes = wanted.numpy()
        with np.errstate(all="ignore"):
            return scored(logits, classes)[0], right_share(logits, classes)

    def shown(self, theta: Tensor) -> Tensor:
        return theta
