"""A run as a file: the weights of some of its steps, and all it takes to go on from the last one.

An .npz, so that numpy reads it: `steps`, and for every network (suffix _a and _b where there are
two) `theta`, one row of parameters a step, flat, in the order of `net.parameters()`, `shapes`,
`activation` and `spec`. What Cellscope itself goes on from lies beside: `log.json`, the settings,
changes and scores; `state`, float32, the last step's parameters, those before, and the optimiser's
moments; `kept_steps` and `kept`, such states on the way.

What is read is untrusted: it is held to the sizes that its own settings ask for, tried in a network
of its own, and never run.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO
from math import isfinite
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np
import torch
from numpy.typing import NDArray

from cellscope.model.files.opened_beside import packed_beside, put_beside
from cellscope.model.files.reading import MAX_BYTES, read_npy
from cellscope.model.own.opening import checked
from cellscope.model.own_code.code_file import module_names
from cellscope.model.recording.recording import Keyframe, Recording, keyframe_of
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.edits import Holds, Places
from cellscope.model.training.held import Held, HeldNetwork, pack, unpack
from cellscope.model.training.history import MOST_POINTS, Score
from cellscope.model.training.live import LiveNetwork, SavedNetwork
from cellscope.model.training.lockstep import Lockstep
from cellscope.model.training.snapshot import Snapshot

FIELD = "recording"
FORMAT = 1
LOG = "log.json"
MOST_LOG = 8 * 2**20  # bytes; as JSON of nothing but brackets it takes 25 times as much
MOST_PARTS = 1_000_000  # lists and objects in it; a score's list has 25 bytes
MOST_KEPT = 8 * 2**20  # bytes of states on the way, of all networks
MOST_FRAMES = 16 * 2**20  # bytes of weights
MOST_STEPS = 10**12


def frames_that_fit(specs: Sequence[Spec]) -> int:
    """Of how many steps the weights fit into a file."""
    return max(2, MOST_FRAMES // (4 * sum(spec.parameters for spec in specs)))


def parameters_of(snapshot: Snapshot) -> NDArray[np.float32]:
    """Flat, in the order of `net.parameters()`."""
    parts = [part.ravel() for layer in snapshot.full_weights for part in layer]
    return np.concatenate(parts).astype(np.float32)


def weights_of(snapshot: Snapshot) -> list[NDArray[np.float32]]:
    """Of one network, or of both."""
    return [parameters_of(one) for one in (snapshot, snapshot.other) if one is not None]


# Writing.


def run_file(recording: Recording, step: int) -> bytes:
    """A recording up to a step, with the weights of its two ends."""
    replayer, steps = Replayer(), sorted({0, step})
    found = [replayer.snapshot(recording, one) for one in steps]
    frames = [weights_of(one) for one in found if one is not None]
    return written(recording, step, steps, list(zip(*frames, strict=True)))


def written(
    recording: Recording, last: int, steps: Sequence[int], frames: Sequence[Sequence[Any]]
) -> bytes:
    """The file of a recording up to a step; `frames` has of every network a row for each step."""
    arrays: dict[str, Any] = {"steps": np.array(steps)}
    for k, rows in enumerate(frames):
        spec = recording.specs[k]
        arrays |= {
            _named("theta", k, frames): np.stack(rows),
            _named("shapes", k, frames): np.array([*zip(spec.sizes, spec.sizes[1:], strict=False)]),
            _named("activation", k, frames): np.array(module_names(spec)),
            _named("spec", k, frames): np.array(json.dumps(spec.values())),
        }
    held = held_at(recording, last)
    words, numbers = pack(held)
    arrays["state"] = np.frombuffer(numbers, "<f4")
    for k, network in enumerate(held.networks):
        arrays[_named("kept_steps", k, held.networks)] = np.array(
            [one.step for one in network.keyframes], np.int64
        )
        rows = [one.state for one in network.keyframes]
        arrays[_named("kept", k, held.networks)] = np.array(rows, np.float32)
    stream = BytesIO()
    np.savez_compressed(stream, **arrays)
    with ZipFile(stream, "a", ZIP_DEFLATED) as archive:
        _write_log(archive, words)
    return stream.getvalue()


def _write_log(archive: ZipFile, words: str) -> None:
    """The log; a network from a file, which may be large, beside it."""
    run = json.loads(words)
    first = run["networks"][0]
    if first["opened"] is not None:
        first["opened"] = put_beside(archive, first["opened"])
    log = json.dumps({"format": FORMAT, "run": run})
    if len(log) > MOST_LOG:
        raise SpecError(FIELD, "file_large", LOG, high=MOST_LOG // 2**20)
    archive.writestr(LOG, log)


def _read_log(archive: ZipFile) -> str:
    """The words of the run."""
    words = archive.read(LOG)
    if words.count(b"[") + words.count(b"{") > MOST_PARTS:
        raise ValueError("lists of nothing")  # of 8 MiB: 200 MB and 2 s, in nobody's file
    told = json.loads(words)
    if told["format"] != FORMAT:
        raise SpecError(FIELD, "experiment_version", told["format"], known=FORMAT)
    first = told["run"]["networks"][0]
    if first["opened"] is not None:
        first["opened"] = packed_beside(archive, first["opened"])
    return json.dumps(told["run"])


def _named(name: str, k: int, of: Sequence[Any]) -> str:
    return name if len(of) == 1 else f"{name}_{'ab'[k]}"


def held_at(recording: Recording, step: int) -> Held:
    """The networks as they were at a step, with states on the way there."""
    lockstep = Replayer().lockstep(recording, step)
    most = MOST_KEPT // sum(keyframe_of(network).nbytes for network in lockstep.networks)
    networks: list[HeldNetwork] = []
    states = _with_previous(recording, step, lockstep.save())
    for k, (network, state) in enumerate(zip(lockstep.networks, states, strict=True)):
        changes = recording.way(k, step).changes
        kept = [one for one in recording.states(k) if one.step <= network.learner.step_count]
        thinned = kept[:: max(1, -(-len(kept) // most))] if most else []
        networks.append(HeldNetwork(changes, state, tuple(thinned)))
    status = "diverged" if lockstep.diverged else "paused"
    return Held(tuple(networks), status, playing=False, until=None, error=None)


def _with_previous(
    recording: Recording, step: int, states: Sequence[SavedNetwork]
) -> Sequence[SavedNetwork]:
    """With the parameters of the step before, which no state on the way has."""
    on_the_way = [not s.diverged and torch.equal(s.theta, s.previous) for s in states]
    if step == 0 or not any(on_the_way):
        return states
    before = Replayer().lockstep(recording, step - 1).save()
    return [
        replace(state, previous=then.theta) if missing else state
        for state, then, missing in zip(states, before, on_the_way, strict=True)
    ]


# Reading.


def is_recording(data: bytes) -> bool:
    """Whether a file claims to be one."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            return LOG in archive.namelist()
    except (BadZipFile, ValueError, OSError, NotImplementedError):
        return False


def read_recording(data: bytes, name: str) -> Held:
    """Networks that go on where a recording ends; each step before can be replayed.

    Raises
    ------
    SpecError
        Field ``recording``: of another version, broken, too large, or not what its own settings
        ask for; or the field of a setting that can't be.
    """
    try:
        with ZipFile(BytesIO(data)) as archive:
            _check_sizes(archive)
            words = _read_log(archive)
            state = _numbers(archive, "state")
            held = unpack(words, state.astype("<f4").tobytes())
            held = _with_kept(archive, held)
        _check(held)
        _try(held)
        return replace(
            held,
            status="diverged" if all(n.state.diverged for n in held.networks) else "paused",
            playing=False,
            until=None,
            error=None,
            stop=None,
            run=None,
            parent=None,
        )
    except SpecError:
        raise
    except Exception:  # too many kinds to list: a zip, JSON and numbers of whatever bytes there are
        raise SpecError(FIELD, "recording_broken", name) from None


def _check_sizes(archive: ZipFile) -> None:
    """Before anything is unpacked: a small file may claim to hold much."""
    if archive.getinfo(LOG).file_size > MOST_LOG:
        raise SpecError(FIELD, "file_large", LOG, high=MOST_LOG // 2**20)
    if sum(one.file_size for one in archive.infolist()) > 2 * MAX_BYTES:
        raise SpecError(FIELD, "file_large", "npz", high=2 * MAX_BYTES // 2**20)


def _numbers(archive: ZipFile, name: str) -> NDArray[np.float64]:
    return read_npy(FIELD, name, archive.read(f"{name}.npy"))


def _with_kept(archive: ZipFile, held: Held) -> Held:
    networks: list[HeldNetwork] = []
    for k, network in enumerate(held.networks):
        steps = _numbers(archive, _named("kept_steps", k, held.networks))
        rows = _numbers(archive, _named("kept", k, held.networks)).astype(np.float32)
        size = len(network.state.theta) * (1 + len(network.state.moments))
        states = rows.reshape(len(steps), size) if len(steps) else []
        kept = [Keyframe(int(a), row.copy()) for a, row in zip(steps, states, strict=True)]
        networks.append(replace(network, keyframes=tuple(kept)))
    return replace(held, networks=tuple(networks))


def _must(holds: bool) -> None:
    if not holds:
        raise ValueError("it contradicts itself")


def _check(held: Held) -> None:
    """What no part of it can tell alone."""
    _must(1 <= len(held.networks) <= 2)
    going = {one.state.step for one in held.networks if not one.state.diverged}
    _must(len(going) <= 1 and all(one.state.step <= held.step for one in held.networks))
    _must(not going or held.step in going)
    for network in held.networks:
        _check_network(network)


def _check_network(network: HeldNetwork) -> None:
    state, first = network.state, network.changes[0]
    steps = [change.step for change in network.changes]
    _must(all(_is_step(step) for step in (*steps, state.step)))
    _must(steps[0] == 0 and first.edit is None and steps == sorted(steps))
    _must(steps[-1] <= state.step)
    _must(all(first.spec.same_start(change.spec) for change in network.changes))
    if first.spec.opened is not None:
        checked(first.spec.opened)
    for change in network.changes:
        if change.edit is not None:
            _must(not change.spec.normalised)
            places = Places(change.spec)
            _must(all(0 <= p < places.starts[-1] for p, _, _ in change.edit.values))
            _must(all(isfinite(v) for _, *values in change.edit.values for v in values))
            _check_units(change.edit.before, change.spec)
            _check_units(change.edit.holds, change.spec)
    _must(isinstance(state.diverged, bool))
    rows = [state.previous] if state.diverged else [state.theta, state.previous, *state.moments]
    _must(all(bool(torch.isfinite(row).all()) for row in rows))
    _must(state.nonfinite_layer is None or state.nonfinite_layer in range(1, first.spec.layers + 1))
    _must(state.step_1 is None or isinstance(state.step_1, float | int))
    _check_scores(state.history.points, state.history.interval, state.step, first.spec.layers)
    kept = [one.step for one in network.keyframes]
    _must(kept == sorted(set(kept)) and all(0 <= step <= state.step for step in kept))
    _must(all(bool(np.isfinite(one.state).all()) for one in network.keyframes))


def _is_step(step: object) -> bool:
    return type(step) is int and 0 <= step <= MOST_STEPS


def _check_units(holds: Holds, spec: Spec) -> None:
    for layer, unit in holds.frozen | holds.off:
        _must(1 <= layer <= spec.layers and 0 <= unit < spec.sizes[layer])


def _check_scores(points: Sequence[Score], interval: object, last: int, layers: int) -> None:
    steps = [point.step for point in points]
    _must(type(interval) is int and 1 <= interval <= MOST_STEPS)
    _must(1 <= len(points) <= 2 * MOST_POINTS and steps == sorted(set(steps)))
    _must(all(_is_step(step) and step <= last for step in steps))
    for point in points:
        told = (point.train_loss, point.test_loss, point.train_accuracy, point.test_accuracy)
        _must(all(type(each) in (float, int) for each in (*told, *point.ratios)))
        _must(len(point.ratios) in (0, layers))


def _try(held: Held) -> None:
    """Whether networks of these settings can be there, as the trainer's will be."""
    with torch.inference_mode():
        networks = tuple(map(LiveNetwork, held.specs_at_start))
        for network, one in zip(networks, held.networks, strict=True):
            _must(network.learner.theta.shape == one.state.theta.shape)
            _must(len(network.learner.moments) == len(one.state.moments))
            network.take_up(one.state, one.changes)
        Lockstep.of(networks).snapshot(version=0, run=0, status="paused", rate=0.0, error=None)
