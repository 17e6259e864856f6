"""`Measured`: one snapshot, what is measured and expected of it, each made when first asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from math import inf
from typing import Any

from cellscope.app.features.signal.jobs import Deeper, Results, same_network
from cellscope.model import warm
from cellscope.model.datasets import Data, make_data
from cellscope.model.inputs import held_out_inputs, train_inputs
from cellscope.model.moments import Signal, measure
from cellscope.model.moments_over_draws import ManyDraws
from cellscope.model.own.on_page.signal import graph_signal
from cellscope.model.precision import PRECISIONS, Break, InFormat, measure_in
from cellscope.model.spec import Spec
from cellscope.model.theory.one_network import OneNetwork, one_network
from cellscope.model.theory.prediction import Prediction, predict
from cellscope.model.training.history import Score
from cellscope.model.training.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How charts and texts are to be made for a viewer."""

    theme: str = "light"
    side: str = "pre"  # of the activation
    precision: str = "float64"
    tab: str = "overview"
    which: str = "a"  # of two networks
    line: tuple[tuple[float, float], tuple[float, float]] | None = None  # over the picture
    histogram: str = "post"  # what is counted in the layers' histograms
    loss_x: str = "linear"  # axes of the loss
    loss_y: str = "auto"
    language: str = "en"


def measured_networks(
    snapshot: Snapshot, *, backward: bool = False, results: Results | None = None
) -> "tuple[Measured, ...]":
    """Those of the experiment's networks, one or two."""
    shown = (snapshot,) if snapshot.other is None else (snapshot, snapshot.other)
    return tuple(Measured(one, backward=backward, results=results) for one in shown)


def of_each(said: Sequence[str]) -> str:
    """A text of one network as it is; of two, a line for each that has something to say."""
    if len(said) == 1:
        return said[0]
    return "\n".join(f"{name}: {one}" for name, one in zip("AB", said, strict=True) if one)


class Measured:
    """What the charts of one snapshot share. **Threads**: for one at a time."""

    def __init__(
        self, snapshot: Snapshot, *, backward: bool = False, results: Results | None = None
    ) -> None:
        self.snapshot = snapshot
        backward = backward and snapshot.spec.labelled  # no class, no loss
        self._backward = backward  # gradients take as long again: only where they are shown
        self._results = results or Results()
        self.in_format = cache(self._in_format)

    @property
    def spec(self) -> Spec:
        return self.snapshot.spec

    @property
    def diverged(self) -> bool:
        return self.snapshot.own_status == "diverged"

    @cached_property
    def data(self) -> Data:
        return make_data(self.spec)

    @cached_property
    def signal(self) -> Signal:
        """On the training points, in float64."""
        if self.spec.graph is not None:
            return self._of_graph(self.data.train_x, self.data.train_y, backward=self._backward)
        x, y = train_inputs(self.spec, self.data), self.data.train_y
        return measure(
            self.snapshot.full_weights, self.spec.activation, x, y, backward=self._backward
        )

    @cached_property
    def test(self) -> Signal:
        """Loss and accuracy on the test points."""
        if self.spec.graph is not None:
            return self._of_graph(self.data.test_x, self.data.test_y, backward=False)
        x, y = held_out_inputs(self.spec, self.data), self.data.test_y
        return measure(self.snapshot.full_weights, self.spec.activation, x, y, backward=False)

    def _of_graph(self, x: Any, y: Any, *, backward: bool) -> Signal:
        assert self.spec.opened is not None
        return graph_signal(self.spec.opened, x, y, backward=backward)

    @cached_property
    def history(self) -> tuple[Score, ...]:
        """The recorded curve up to the snapshot's own step.

        Once diverged the record has the last word: it is in the precision that overflowed.
        """
        snapshot, train = self.snapshot, self.signal
        if snapshot.history and snapshot.history[-1].step >= snapshot.step:
            return snapshot.history
        test = self.test
        now = Score(snapshot.step, train.loss, test.loss, train.accuracy, test.accuracy)
        return (*snapshot.history, now)

    @cached_property
    def prediction(self) -> Prediction | None:
        """Theory at the start; None without a formula, and before its kernels are compiled."""
        return predict(self.spec, self.data) if warm.done() else None

    def spread(self, side: str) -> OneNetwork | None:
        """How single networks lie about the theory, before or after the activation."""
        if self.prediction is None:
            return None
        return one_network(self.spec, self.prediction, after=side == "post")

    @property
    def average(self) -> ManyDraws | None:
        """Averages over many draws, if they are of these settings."""
        found = self._results.average
        return found if found and same_network(found.spec, self.spec) else None

    @property
    def deeper(self) -> Deeper | None:
        """Where a network that goes on like this one breaks, if that was asked for."""
        found = self._results.deeper
        return found if found and same_network(found.spec, self.spec) else None

    def broken_in(self, precision: str) -> Break | None:
        """Where a format loses the signal; of float64 the statistics mostly know without it."""
        if self.spec.graph is not None:  # a format's rounding is that of layers
            return None
        if precision == PRECISIONS[0] and all(
            0.0 < layer.pre.mean_square < inf for layer in self.signal.layers
        ):
            return None
        return self.in_format(precision).broken

    def _in_format(self, precision: str) -> InFormat:
        """The forward pass as a floating-point format computes it."""
        weights = self.snapshot.full_weights
        return measure_in(
            precision, weights, self.spec.activation, train_inputs(self.spec, self.data)
        )
