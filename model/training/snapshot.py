"""`Snapshot`: one consistent state of a run, never changed after it is published."""

import time
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cellscope.model.spec import Spec, check_layers
from cellscope.model.training.edits import Edits, Holds, holds_of
from cellscope.model.training.history import Score

Status = Literal["paused", "training", "diverged", "failed"]
Which = Literal["a", "b"]  # of two networks side by side
Parameters = NDArray[np.float32]  # all layers' blocks [W | b], flat, read-only


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What readers see of a trainer. Everything on one panel comes from one of these.

    Of two networks trained in lockstep the second is the first one's `other`: the same version,
    and the same step unless one of them has diverged.
    """

    version: int  # counts up for ever, also across rewinds and rebuilds
    run: int  # counts the starts: a rewind, a reseed, a rebuild each begin a new run
    spec: Spec  # with the live settings as they are now
    step: int  # updates made
    status: Status  # of the experiment: "diverged" once all its networks have
    theta: Parameters  # finite: those of `shown_step`
    shown_step: int  # differs from `step` only if the last update made a parameter non-finite
    optimizer_state: tuple[Parameters, ...]
    history: tuple[Score, ...]
    nonfinite_layer: int | None  # where the first non-finite number arose, once diverged
    steps_per_second: float  # over the last second or so; 0 while nothing moves
    published: float  # seconds since the epoch
    error: str | None = None  # of status "failed"
    step_1: float | None = None  # by which factor it changed the weights' rms; None: not known
    diverged: bool = False  # this network, whatever the other does
    reproducible: bool = True  # the settings of now, from the start, lead to just this state
    goal: int | None = None  # the step to which a link has the experiment trained, while it does
    other: "Snapshot | None" = None  # the second network's
    paired: bool = False  # the second network is this one at an earlier step
    later: tuple[Score, ...] = ()  # of a recalled state: what the run came to after it
    recalled: bool = False  # from the recording; the version is then below 0
    changed_since: bool = False  # recalled: its own settings lead to it, those of now do not
    edits: Edits = ()  # what hands did to it so far

    @property
    def holds(self) -> Holds:
        """The units that do not train."""
        return holds_of(self.edits)

    @property
    def own_status(self) -> Status:
        """What this network does: one that diverged stays so while the other trains on."""
        return "diverged" if self.diverged and self.status != "failed" else self.status

    @property
    def experiment_step(self) -> int:
        """The step that the experiment has come to: of two networks, of the one further on."""
        return self.step if self.other is None else max(self.step, self.other.step)

    def of(self, which: Which) -> "Snapshot":
        """Network "a", the first, or "b"; the first one where there is no second."""
        return self.other if which == "b" and self.other is not None else self

    @property
    def weights(self) -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
        """The layers as (W (fan_out, fan_in), b (fan_out,)), those of the picture's plane."""
        cut = self.spec.cut
        return self.full_weights if cut is None else cut.compose(self.full_weights)

    @property
    def full_weights(self) -> tuple[tuple[NDArray[Any], NDArray[Any]], ...]:
        """The layers of the network itself: read-only views of `theta`, or as a file has them.

        Raises
        ------
        SpecError
            Field ``network``: it is a graph.
        """
        check_layers(self.spec, "network")
        if self.spec.opened is not None and self.shown_step == 0 and not self.edits:
            return self.spec.opened.layers  # float64: `theta` is rounded
        layers: list[tuple[NDArray[Any], NDArray[Any]]] = []
        start = 0
        for fan_in, fan_out in pairwise(self.spec.sizes):
            block = self.theta[start : start + fan_out * (fan_in + 1)].reshape(fan_out, fan_in + 1)
            layers.append((block[:, :-1], block[:, -1]))
            start += block.size
        return tuple(layers)


def failed(snapshot: Snapshot, version: int, error: str) -> Snapshot:
    """The same state, of an experiment whose thread met an error."""
    return replace(
        snapshot,
        version=version,
        status="failed",
        error=error,
        steps_per_second=0.0,
        published=time.time(),
        other=None if snapshot.other is None else failed(snapshot.other, version, error),
    )
