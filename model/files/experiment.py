"""An experiment to take along: its weights as .safetensors, and a PyTorch script that trains it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellscope.model.activations import Activation
from cellscope.model.datasets import make_data
from cellscope.model.files.opened_beside import opened_beside, put_beside
from cellscope.model.files.script_text import (
    DATA,
    DRAW,
    HANDS,
    OF_ABS,
    OF_ALL,
    OF_END,
    OF_TASK,
    OPTIMIZERS,
    PENALTY,
    TEMPLATE,
)
from cellscope.model.init import Weights, initial_weights
from cellscope.model.inputs import held_out_inputs, train_inputs
from cellscope.model.own.opening import checked, cut
from cellscope.model.own_data import unpacked
from cellscope.model.spec import FIELD_NAMES, Spec, SpecError
from cellscope.model.training.edits import Places
from cellscope.model.training.live import Change
from cellscope.model.training.snapshot import Snapshot

SCRIPT, SETTINGS, RUN = "train.py", "experiment.json", "run.npz"
FORMAT = "cellscope-experiment-1"
FIELD = "own_file"
MOST_SETTINGS_BYTES = 4 * 2**20
MOST_RUN_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Experiment:
    """A run up to a step: its settings at the start, what was changed, where it is now."""

    changes: Sequence[Change]
    snapshot: Snapshot

    @property
    def spec(self) -> Spec:
        return self.changes[0].spec


def weights_safetensors(snapshot: Snapshot) -> bytes:
    """The state dict of an `nn.Sequential` of Linear and activation, as .safetensors."""
    arrays = _state(snapshot.full_weights)
    return save(arrays, metadata={"activation": snapshot.spec.activation})


def script(experiment: Experiment, named: str) -> str:
    """A PyTorch script of ordinary style that trains the same network with the same batches."""
    spec, snapshot = experiment.spec, experiment.snapshot
    trained = [change for change in experiment.changes if change.step < snapshot.step]
    penalised = any(change.spec.l1 or change.spec.l2 for change in trained)
    start = _settings(spec, penalised)
    changes: dict[int, dict[str, float]] = {}
    before = start
    for change in trained[1:]:
        now = _settings(change.spec, penalised)
        other = {name: value for name, value in now.items() if value != before[name]}
        if change.edit is None:
            changes[change.step] = changes.get(change.step, {}) | other
        before = now
    hands, drawn = _hands(experiment), _drawn(experiment)
    outputs = "outputs" if spec.normalised else "net"
    of_task = {name: part.format(outputs=outputs) for name, part in OF_TASK[spec.task].items()}
    return TEMPLATE.format(
        named=named,
        data=DATA,
        settings=start,
        changes=changes,
        steps=snapshot.step,
        seed=spec.seed,
        layers="\n".join(_modules(spec)),
        optimizer=OPTIMIZERS[spec.optimizer],
        penalty=PENALTY if penalised else "",
        penalised=" + penalty" if penalised else "",
        draw=DRAW.format(steps=sorted(drawn)) if drawn else "",
        hands=hands,
        edit="    edit(step)\n" if hands else "",
        take="take_step()" if hands else "optimizer.step()",
        last=(OF_END if snapshot.step in drawn else "") + ("edit(STEPS)\n" if hands else ""),
        **of_task,
        of_all=OF_ALL if spec.normalised else "",
        copying="from copy import deepcopy\n" if spec.normalised else "",
        of_abs=OF_ABS if any(row.name == "abs" for row in spec.activations) else "",
        outputs=outputs,
    )


def _hands(experiment: Experiment) -> str:
    """What was changed by hand, as a part of the script; nothing where nothing was."""
    places = Places(experiment.spec)
    edits: dict[int, list[Any]] = {}
    held: dict[int, list[Any]] = {}
    for change in experiment.changes:
        if change.edit is not None:
            values = [(*_parameter(places, place), now) for place, _, now in change.edit.values]
            edits.setdefault(change.step, []).extend(values)
            if change.edit.holds != change.edit.before:
                still = places.held(change.edit.holds)
                held[change.step] = [_parameter(places, place) for place in still]
    return HANDS.format(edits=edits, held=held) if edits or held else ""


def _parameter(places: Places, place: int) -> tuple[str, tuple[int, ...]]:
    """A parameter as `nn.Sequential` names it, and the place in it."""
    (layer, row), column = places.unit_of(place)
    name = f"{2 * (layer - 1)}.{'bias' if column is None else 'weight'}"
    return name, (row,) if column is None else (row, column)


def _settings(spec: Spec, penalised: bool) -> dict[str, float]:
    """What can be changed on the way, as far as it acts in this run."""
    found: dict[str, float] = {"lr": spec.learning_rate, "batch": spec.batch_size}
    if spec.optimizer == "momentum":
        found["momentum"] = spec.momentum
    return found | ({"l1": spec.l1, "l2": spec.l2} if penalised else {})


def _modules(spec: Spec) -> list[str]:
    lines: list[str] = []
    for k, (fan_in, fan_out) in enumerate(zip(spec.sizes, spec.sizes[1:], strict=False)):
        after = "" if k == spec.layers - 1 else f" {_module(spec.activations[k])}(),"
        if k < len(spec.normalised):  # a bias would change nothing before a normalisation
            norm = f"nn.BatchNorm1d({fan_out}, track_running_stats=False)"
            lines.append(f"    Linear({fan_in}, {fan_out}, bias=False), {norm},{after}")
        else:
            lines.append(f"    Linear({fan_in}, {fan_out}),{after}")
    return lines


def _module(row: Activation) -> str:
    return row.module if row.name == "abs" else f"nn.{row.module}"


def _start(spec: Spec, weights: Weights) -> dict[str, NDArray[np.float32]]:
    """The script's state at the start: γ = 1 and β = 0 where it normalises."""
    if not spec.normalised:
        return _state(weights)
    state: dict[str, NDArray[np.float32]] = {}
    for k, (W, _) in enumerate(weights[:-1]):
        state[f"{3 * k}.weight"] = W.astype(np.float32)
        state[f"{3 * k + 1}.weight"] = np.ones(len(W), np.float32)
        state[f"{3 * k + 1}.bias"] = np.zeros(len(W), np.float32)
    W, b = weights[-1]
    last = 3 * len(spec.normalised)
    return state | {f"{last}.weight": W.astype(np.float32), f"{last}.bias": b.astype(np.float32)}


def _drawn(experiment: Experiment) -> dict[int, Spec]:
    """The settings at the steps from which on the run has other points than before."""
    found: dict[int, Spec] = {}
    before = experiment.spec
    for change in experiment.changes:
        if change.step <= experiment.snapshot.step and change.spec.own != before.own:
            found[change.step] = change.spec
        before = change.spec
    return found


def kept_settings(spec: Spec) -> dict[str, Any]:
    """All settings, and what no link holds: points of one's own, the plane that is seen."""
    own = None if spec.own is None else spec.own.packed()
    seen = None if spec.cut is None else spec.cut.written
    return {"format": FORMAT, "settings": spec.values(), "own": own, "cut": seen}


def read_experiment(data: bytes) -> Spec:
    """The settings of a saved experiment; a `SpecError` if it is none. Nothing in it is run."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            member = archive.getinfo(SETTINGS)
            if member.file_size > MOST_SETTINGS_BYTES:
                raise SpecError(FIELD, "file_large", SETTINGS, high=MOST_SETTINGS_BYTES // 2**20)
            told = json.loads(archive.read(member))
            words = told.get("opened")
            opened = None if words is None else checked(opened_beside(archive, words))
        if told["format"] != FORMAT:
            raise SpecError(FIELD, "experiment_version", told["format"], known=FORMAT)
        given = {name: told["settings"][name] for name in FIELD_NAMES if name in told["settings"]}
        values: dict[str, Any] = {
            name: tuple(cast(list[Any], value)) if isinstance(value, list) else value
            for name, value in given.items()
        }
        own = None if told["own"] is None else unpacked(told["own"])
        seen = None if opened is None or told["cut"] is None else cut(opened, told["cut"])
        return Spec(**values, own=own, opened=opened, cut=seen)
    except SpecError:
        raise
    except Exception:  # too many kinds to list: a zip, JSON and numbers of whatever bytes there are
        raise SpecError(FIELD, "experiment_broken", SETTINGS) from None


def run_in(data: bytes) -> bytes | None:
    """The run in a saved experiment, as a recording; None where there is none, or no zip."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            if RUN not in archive.namelist():
                return None
            if archive.getinfo(RUN).file_size > MOST_RUN_BYTES:
                raise SpecError(FIELD, "file_large", RUN, high=MOST_RUN_BYTES // 2**20)
            return archive.read(RUN)
    except SpecError:
        raise
    except Exception:  # too many kinds to list: a zip of whatever bytes there are
        return None


def was_changed(data: bytes) -> bool:
    """Whether a saved experiment was changed on its way, which its settings do not say."""
    with ZipFile(BytesIO(data)) as archive:
        return json.loads(archive.read(SETTINGS)).get("changed") is True


def experiment_zip(experiment: Experiment, named: str, run: bytes | None = None) -> bytes:
    """The script with points and initial weights beside it, and the weights it came to.

    With the run, a recording, it opens where it was; without, at its step 0.
    """
    spec = experiment.spec
    data = make_data(spec)
    arrays: dict[str, Any] = {
        "x_train": train_inputs(spec, data),
        "y_train": data.train_y,
        "x_test": held_out_inputs(spec, data),
        "y_test": data.test_y,
        **_start(spec, initial_weights(spec, data)),
    }
    for step, later in _drawn(experiment).items():
        drawn = make_data(later)
        arrays |= {
            f"x_train_{step}": train_inputs(later, drawn),
            f"y_train_{step}": drawn.train_y,
            f"x_test_{step}": held_out_inputs(later, drawn),
            f"y_test_{step}": drawn.test_y,
        }
    beside, stream = BytesIO(), BytesIO()
    np.savez_compressed(beside, **arrays)
    with ZipFile(stream, "w", ZIP_DEFLATED) as archive:
        archive.writestr(SCRIPT, script(experiment, named))
        archive.writestr(DATA, beside.getvalue())
        archive.writestr("weights.safetensors", weights_safetensors(experiment.snapshot))
        kept = kept_settings(experiment.snapshot.spec)
        kept["changed"] = any(c.step > 0 or c.edit for c in experiment.changes)
        if run is not None:
            archive.writestr(RUN, run, ZIP_STORED)
        elif spec.opened is not None:
            kept["opened"] = put_beside(archive, spec.opened.packed())
        archive.writestr(SETTINGS, json.dumps(kept))
    return stream.getvalue()


def _state(
    weights: Sequence[tuple[NDArray[Any], NDArray[Any]]],
) -> dict[str, NDArray[np.float32]]:
    """As `nn.Sequential` names them: between two Linear there is an activation."""
    state: dict[str, NDArray[np.float32]] = {}
    for k, (W, b) in enumerate(weights):
        state[f"{2 * k}.weight"] = np.ascontiguousarray(W, dtype=np.float32)
        state[f"{2 * k}.bias"] = np.ascontiguousarray(b, dtype=np.float32)
    return state
