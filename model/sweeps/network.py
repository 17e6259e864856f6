"""One network of a sweep: drawn, measured, trained, and measured again."""

from collections.abc import Callable
from dataclasses import dataclass

import torch

from cellscope.model.cells.count.film_strip import PLANE_FACES
from cellscope.model.cells.count.whole_plane import PlaneCounts, plane_counts
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.counts import Counts, count_cells
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.picture.complex_of import complex_of
from cellscope.model.cells.picture.picture import workspace
from cellscope.model.datasets import make_data
from cellscope.model.inputs import held_out_inputs, train_inputs
from cellscope.model.moments import Signal, measure
from cellscope.model.spec import Spec
from cellscope.model.sweeps.work import Work
from cellscope.model.training.live import LiveNetwork
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import Window

WINDOW_FACES = 60_000  # 64 × 5 has about 50,000; more would not hear of a cancellation in time


@dataclass(frozen=True, slots=True)
class State:
    """What is measured of a network at one moment; None where it cannot be counted.

    Counts are those of one layer i: patterns and connected regions of the layer alone, linear
    regions of the layers 1…i together. Loss and accuracy are those of all points.
    """

    patterns: int | None  # in the window, exact
    connected_regions: int | None
    linear_regions: int | None
    plane_patterns: int | None  # in the whole plane
    plane_linear_regions: int | None
    plane_exact: bool  # False: at least so many
    first_variance: float  # of the pre-activations of layer 1, pooled, on the training points
    last_variance: float  # of the logits
    train_loss: float  # mean cross-entropy, natural logarithm
    train_accuracy: float  # 0…1; of a regression R²
    test_loss: float
    test_accuracy: float


@dataclass(frozen=True, slots=True)
class Network:
    """One point of the grid with one of its seeds."""

    point: int
    k: int  # the k-th seed of the point
    spec: Spec
    layer: int  # whose cells are counted
    start: State
    end: State | None  # after the steps; None once diverged: then there is no network to measure
    step: int  # updates made
    diverged_step: int | None

    @property
    def diverged(self) -> bool:
        """Whether it was given up as not finite."""
        return self.diverged_step is not None


def trained(spec: Spec, steps: int, tick: Callable[[], None]) -> tuple[Snapshot, Snapshot]:
    """The network before and after so many steps; `tick` is called before each of them.

    Once diverged it goes no further: the second one is of the last finite parameters.
    """
    with torch.inference_mode():
        network = LiveNetwork(spec)
        start = _at_rest(network)
        for _ in range(steps):
            tick()
            if not network.learner.step():
                break
        network.check()
        return start, _at_rest(network)


def _at_rest(network: LiveNetwork) -> Snapshot:
    return network.snapshot(version=0, run=0, status="paused", rate=0.0, error=None)


def state_of(snapshot: Snapshot, layer: int, window: Window, work: Work) -> State:
    """Counts, variances, loss and accuracy of one snapshot."""
    spec, data = snapshot.spec, make_data(snapshot.spec)
    weights = snapshot.full_weights
    train = measure(
        weights, spec.activation, train_inputs(spec, data), data.train_y, backward=False
    )
    test = measure(
        weights, spec.activation, held_out_inputs(spec, data), data.test_y, backward=False
    )
    work.tick()
    inside = _in_window(snapshot, layer, window)
    work.tick()
    return _state(train, test, inside, _in_plane(snapshot, layer, work))


def _state(train: Signal, test: Signal, inside: Counts | None, plane: PlaneCounts | None) -> State:
    return State(
        patterns=inside.patterns if inside else None,
        connected_regions=inside.regions if inside else None,
        linear_regions=inside.linear_regions if inside else None,
        plane_patterns=plane.counts.patterns if plane else None,
        plane_linear_regions=plane.counts.linear_regions if plane else None,
        plane_exact=plane is not None and plane.exact,
        first_variance=train.layers[0].pre.variance,
        last_variance=train.layers[-1].pre.variance,
        train_loss=train.loss,
        train_accuracy=train.accuracy,
        test_loss=test.loss,
        test_accuracy=test.accuracy,
    )


def _in_window(snapshot: Snapshot, layer: int, window: Window) -> Counts | None:
    if not snapshot.spec.is_exact:
        return None
    try:
        complex = complex_of(snapshot, window, layer, WINDOW_FACES)
    except (BudgetExceeded, BelowReach):
        return None
    return count_cells(complex)


def _in_plane(snapshot: Snapshot, layer: int, work: Work) -> PlaneCounts | None:
    if not snapshot.spec.is_exact:
        return None
    try:
        return plane_counts(
            snapshot.weights,
            layer=layer,
            activation=snapshot.spec.activation,
            budget=PLANE_FACES,
            workspace=workspace(),
            between=work.tick,
        )
    except BudgetExceeded:
        return None
