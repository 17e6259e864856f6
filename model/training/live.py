"""`LiveNetwork`: one network in training, with its scores and where it ended."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from cellscope.model.datasets import Data, make_data
from cellscope.model.init import initial_weights
from cellscope.model.inputs import held_out_inputs, train_inputs
from cellscope.model.spec import Spec, check_layers
from cellscope.model.training.edits import Edit, Edits, Places, Wish, edit_of, holds_of
from cellscope.model.training.history import History, Score
from cellscope.model.training.learner import Learner, layer_blocks, rms_of_weights, with_ones
from cellscope.model.training.snapshot import Parameters, Snapshot, Status
from cellscope.model.training.still import StillLearner


@dataclass(frozen=True, slots=True)
class Change:
    """Settings that a network has from a step on; of the same start, or the start's own.

    With an edit, what hands did to it then.
    """

    step: int
    spec: Spec
    edit: Edit | None = None


@dataclass(frozen=True, slots=True)
class SavedNetwork:
    """Everything with which a network of the same settings goes on as this one would have."""

    step: int
    theta: Tensor
    previous: Tensor
    moments: tuple[Tensor, ...]
    history: History
    diverged: bool
    nonfinite_layer: int | None
    step_1: float | None

    @property
    def nbytes(self) -> int:
        """Bytes of its numbers."""
        return sum(each.nbytes for each in (self.theta, self.previous, *self.moments))


class LiveNetwork:
    """What one network of an experiment has: a learner, a curve, and its end if it diverged.

    **Threads**: none of its own; the trainer's thread owns it.
    """

    def __init__(self, spec: Spec) -> None:
        data = make_data(spec)
        self.spec = spec
        self.learner = _learner(spec, data)
        self.history = History()
        self.diverged = False
        self.nonfinite_layer: int | None = None
        self._trained_with: set[tuple[object, ...]] = set()  # up to the last change on the way
        self._changed_at = 0
        self.edits: Edits = ()  # so far
        self._places = Places(spec)
        self._stale = False  # whether the newest score is of other weights or points
        self.step_1: float | None = None  # by which factor it changed the weights' rms
        self._look_at(data)
        self.record()

    def _look_at(self, data: Data) -> None:
        """Score on these points."""
        x, x_test = train_inputs(self.spec, data), held_out_inputs(self.spec, data)
        self._train: tuple[Tensor, Tensor] = with_ones(x), torch.tensor(data.train_y)
        self._test: tuple[Tensor, Tensor] = with_ones(x_test), torch.tensor(data.test_y)

    def advance(self) -> bool:
        """One step, and a score where one is due; False if it has diverged."""
        before = rms_of_weights(self.learner.theta, self.spec.sizes) if self._at_start() else None
        healthy = self.learner.step()
        if before is not None and before > 0.0 and self.learner.step_count == 1:
            self.step_1 = rms_of_weights(self.learner.theta, self.spec.sizes) / before
        if not healthy:
            self._diverge()
            return False
        if self.history.due(self.learner.step_count):
            self.record()
        return True

    def _at_start(self) -> bool:
        return self.learner.step_count == 0

    def check(self) -> None:
        """Notice a divergence that only the next step would have met."""
        if not self.diverged and not self.learner.finite():
            self._diverge()

    @property
    def reproducible(self) -> bool:
        """Whether the settings of now, from the start, lead to just this state."""
        return self._trained_with <= {self.learner.live} and not self.edits

    def take_live(self, spec: Spec) -> None:
        """Go on with settings of the same start."""
        step = self.learner.step_count
        if step > self._changed_at:
            self._trained_with.add(self.learner.live)
        self._changed_at = step
        self.learner.take_live(spec)
        if spec.own != self.spec.own:
            self._look_at(make_data(spec))
            self._stale = True
        self.spec = spec

    def edit_of(self, wish: Wish) -> Edit:
        """What a wish does to it as it is now; a `SpecError` if it can't be."""
        check_layers(self.spec, "unit")
        return edit_of(wish, self.spec, self.learner.theta.numpy(), self.edits)

    def take_edit(self, edit: Edit) -> None:
        """Be as an edit leaves it; once or several times is the same."""
        self.learner.put([(place, now) for place, _, now in edit.values])
        self.learner.hold(self._places.held(edit.holds))
        self._stale = True

    def take_edits(self, edits: Edits) -> None:
        """What was done to it so far."""
        self.edits = edits
        self.learner.hold(self._places.held(holds_of(edits)))

    def score_anew(self) -> None:
        """The newest score is of the network as it is, also after an edit."""
        if self._stale and not self.diverged:
            points = self.history.points
            last = points[-1] if points[-1].step == self.learner.step_count else None
            self.history.points = points if last is None else points[:-1]
            self.record(() if last is None else last.ratios)  # hands are no update

    def save(self) -> SavedNetwork:
        """Its state, for good."""
        learner = self.learner
        return SavedNetwork(
            step=learner.step_count,
            theta=learner.theta.clone(),
            previous=learner.previous.clone(),
            moments=tuple(moment.clone() for moment in learner.moments),
            history=self.history.copy(),
            diverged=self.diverged,
            nonfinite_layer=self.nonfinite_layer,
            step_1=self.step_1,
        )

    def restore(self, saved: SavedNetwork) -> None:
        """Be where a network of the same settings was."""
        self.learner.restart(saved.theta, saved.moments, saved.step, previous=saved.previous)
        self.history = saved.history.copy()
        self.diverged, self.nonfinite_layer = saved.diverged, saved.nonfinite_layer
        self.step_1 = saved.step_1
        self._trained_with, self._changed_at = set(), 0
        self._stale = False

    def stand_at(
        self, step: int, theta: Tensor, moments: Sequence[Tensor], changes: Sequence[Change]
    ) -> None:
        """Be where a network of the same start was at a step, after these changes."""
        self._trained_with, self._changed_at = set(), 0
        for change in changes:
            if change.step <= step:
                self.learner.step_count = change.step
                self.take_live(change.spec)
        self.take_edits(edits_until(changes, step))
        self.learner.restart(theta, moments, step)
        self.diverged, self.nonfinite_layer = False, None

    def take_up(self, saved: SavedNetwork, changes: Sequence[Change]) -> None:
        """Be where a network of the same start was saved, after these changes."""
        self.stand_at(saved.step, saved.theta, saved.moments, changes)
        trained_with, changed_at = self._trained_with, self._changed_at
        self.restore(saved)
        self._trained_with, self._changed_at = trained_with, changed_at

    def record(self, ratios: tuple[float, ...] | None = None) -> None:
        """Add the score of the present step to the curve, once."""
        step = self.learner.step_count
        if self.history.points and self.history.points[-1].step == step:
            return
        train_loss, train_accuracy = self.learner.evaluate(*self._train)
        test_loss, test_accuracy = self.learner.evaluate(*self._test)
        self.history.add(
            Score(
                step,
                train_loss,
                test_loss,
                train_accuracy,
                test_accuracy,
                self._ratios() if ratios is None else ratios,
            )
        )
        self._stale = False

    def _ratios(self) -> tuple[float, ...]:
        """How large the last update was beside the weights, layer by layer; () at step 0."""
        learner = self.learner
        if learner.step_count == 0:
            return ()
        change = layer_blocks(learner.theta - learner.previous, self.spec.sizes)
        blocks = layer_blocks(learner.theta, self.spec.sizes)
        norms = [[float(block[:, :-1].norm()) for block in each] for each in (change, blocks)]
        return tuple(
            update / size if size > 0.0 else 0.0 for update, size in zip(*norms, strict=True)
        )

    def snapshot(
        self,
        *,
        version: int,
        run: int,
        status: Status,
        rate: float,
        error: str | None,
        goal: int | None = None,
        other: Snapshot | None = None,
        later: tuple[Score, ...] = (),
        recalled: bool = False,
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
            theta=_frozen(learner.shown(learner.theta if finite else learner.previous)),
            shown_step=learner.step_count - (0 if finite else 1),
            optimizer_state=tuple(_frozen(moment) for moment in learner.moments),
            history=self.history.points,
            nonfinite_layer=self.nonfinite_layer,
            steps_per_second=rate,
            published=time.time(),
            error=error,
            step_1=self.step_1,
            diverged=self.diverged,
            reproducible=self.reproducible and (other is None or other.reproducible),
            goal=goal,
            other=other,
            later=later,
            recalled=recalled,
            edits=self.edits,
        )

    def _diverge(self) -> None:
        self.diverged = True
        self.nonfinite_layer = self.learner.first_nonfinite_layer()
        self.record()


def _learner(spec: Spec, data: Data) -> Learner:
    if spec.graph is not None:
        return StillLearner(spec, data)
    return Learner(spec, initial_weights(spec, data), data)


def edits_until(changes: Sequence[Change], step: int) -> Edits:
    """What was done up to a step."""
    return tuple((c.step, c.edit) for c in changes if c.edit is not None and c.step <= step)


def _frozen(vector: Tensor) -> Parameters:
    copy: Parameters = vector.numpy().copy()
    copy.flags.writeable = False
    return copy
