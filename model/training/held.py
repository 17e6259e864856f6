"""`Held`: an experiment as it is kept for another day, and as bytes that hold nothing to run."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any, cast

import numpy as np
import torch

from cellscope.model.opened import Opened
from cellscope.model.own.opening import cut
from cellscope.model.own_data import OwnData, unpacked
from cellscope.model.recording.recording import Keyframe, Recording
from cellscope.model.spec import Spec
from cellscope.model.training.edits import read, written
from cellscope.model.training.history import History, Score
from cellscope.model.training.live import Change, SavedNetwork
from cellscope.model.training.lockstep import Specs
from cellscope.model.training.snapshot import Status


@dataclass(frozen=True, slots=True)
class HeldNetwork:
    """One network: its settings from the start on, and its state."""

    changes: tuple[Change, ...]  # the first is of step 0
    state: SavedNetwork
    keyframes: tuple[Keyframe, ...] = ()  # states on the way, where they are at hand

    @property
    def spec(self) -> Spec:
        """The settings of now."""
        return self.changes[-1].spec


@dataclass(frozen=True, slots=True)
class Held:
    """All of them, and what they were doing."""

    networks: tuple[HeldNetwork, ...]
    status: Status
    playing: bool
    until: int | None
    error: str | None
    stop: int | None = None  # the step at which every run pauses
    elsewhere: bool = False  # whether it comes from a file: another processor may have trained it
    run: int | None = None  # of the trainer that left it; another one's means nothing
    parent: tuple[int, int] | None = None  # the run that it left, and at which step
    past: tuple[Recording, ...] = ()  # the runs that were left, where they are at hand

    @property
    def specs_at_start(self) -> Specs:
        return tuple(network.changes[0].spec for network in self.networks)

    @property
    def step(self) -> int:
        return max(network.state.step for network in self.networks)


def pack(held: Held) -> tuple[str, bytes]:
    """Words, as JSON, and numbers, as float32 one after the other."""
    words = {
        "networks": [_words(network) for network in held.networks],
        "status": held.status,
        "playing": held.playing,
        "until": held.until,
        "error": held.error,
        "stop": held.stop,
        "run": held.run,
        "parent": held.parent,
    }
    rows = [row for network in held.networks for row in _rows(network.state)]
    return json.dumps(words), b"".join(row.numpy().tobytes() for row in rows)


def unpack(words: str, numbers: bytes) -> Held:
    """What was packed; a ValueError or KeyError if it is something else."""
    read = json.loads(words)
    values = np.frombuffer(numbers, dtype="<f4").astype(np.float32)
    networks: list[HeldNetwork] = []
    begin = 0
    for told in read["networks"]:
        end = begin + told["rows"] * told["size"]
        rows = values[begin:end].reshape(told["rows"], told["size"])
        networks.append(_network(told, rows))
        begin = end
    if begin != len(values) or not networks:
        raise ValueError("there are other numbers than the words say")
    doing = (read["status"], read["playing"], read["until"], read["error"], read.get("stop"))
    run, parent = read.get("run"), read.get("parent")
    left = None if parent is None else (int(parent[0]), int(parent[1]))
    return Held(tuple(networks), *doing, elsewhere=True, run=run, parent=left)


def _rows(state: SavedNetwork) -> tuple[torch.Tensor, ...]:
    return (state.theta, state.previous, *state.moments)


def _words(network: HeldNetwork) -> dict[str, Any]:
    state = network.state
    return {
        **written_changes(network.changes),
        "opened": None if network.spec.opened is None else network.spec.opened.packed(),
        "step": state.step,
        "rows": 2 + len(state.moments),
        "size": len(state.theta),
        **written_history(state.history),
        "diverged": state.diverged,
        "nonfinite_layer": state.nonfinite_layer,
        "step_1": state.step_1,
    }


def _network(told: Mapping[str, Any], rows: np.ndarray[Any, Any]) -> HeldNetwork:
    theta, previous, *moments = (torch.from_numpy(row.copy()) for row in rows)
    state = SavedNetwork(
        step=told["step"],
        theta=theta,
        previous=previous,
        moments=tuple(moments),
        history=read_history(told),
        diverged=told["diverged"],
        nonfinite_layer=told["nonfinite_layer"],
        step_1=told["step_1"],
    )
    packed = told.get("opened")
    opened = None if packed is None else Opened.unpacked(packed)
    return HeldNetwork(read_changes(told, opened), state)


def written_changes(changes: Sequence[Change]) -> dict[str, Any]:
    """A network's settings from the start on, and the points of one's own among them, each once."""
    own = {change.spec.own for change in changes if change.spec.own is not None}
    return {
        "changes": [
            [c.step, written_settings(c.spec), *([] if c.edit is None else [written(c.edit)])]
            for c in changes
        ],
        "own": {each.digest: each.packed() for each in own},
    }


def read_changes(told: Mapping[str, Any], opened: Opened | None) -> tuple[Change, ...]:
    """What `written_changes` has written, of a network from a file or of none."""
    own = {digest: unpacked(each) for digest, each in told.get("own", {}).items()}
    return tuple(
        Change(step, read_settings(values, opened, own), *map(read, edit))
        for step, values, *edit in told["changes"]
    )


def written_history(history: History) -> dict[str, Any]:
    """The scores of a run."""
    scores = [astuple(score) for score in history.points]
    return {"scores": scores, "interval": history.interval}


def read_history(told: Mapping[str, Any]) -> History:
    """What `written_history` has written."""
    scores = tuple(
        Score(*score[:5], ratios=tuple(score[5]) if len(score) > 5 else ())
        for score in told["scores"]
    )
    return History.of(scores, told["interval"])


def written_settings(spec: Spec) -> dict[str, Any]:
    """The settings, and the plane as it is written; what is in a file is told once."""
    found = spec.values()
    if spec.cut is not None:
        found["cut"] = spec.cut.written
    if spec.own is not None:
        found["own"] = spec.own.digest
    return found


def read_settings(
    values: Mapping[str, Any], opened: Opened | None, own: Mapping[str, OwnData]
) -> Spec:
    """What `written_settings` has written; own points by their digest."""
    hidden, written = values["hidden"], values.get("cut")
    seen = None if opened is None or written is None else cut(opened, written)
    kept = {**values, "hidden": None if hidden is None else tuple(hidden)}
    drawn = own[values["own"]] if "own" in values else None
    return Spec(**cast(Any, kept | {"opened": opened, "cut": seen, "own": drawn}))
