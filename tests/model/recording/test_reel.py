"""A recording as a file: read again it is the same run; what is broken or hostile is refused."""

import json
import re
import tracemalloc
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest

from cellscope.model.opened import Inputs, Opened
from cellscope.model.own.opening import spec_of
from cellscope.model.own_data import OwnData
from cellscope.model.recording.recording import FIRST_SPACING
from cellscope.model.recording.reel import (
    LOG,
    frames_that_fit,
    is_recording,
    parameters_of,
    read_recording,
    written,
)
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.edits import Wish
from cellscope.model.training.held import Held
from cellscope.model.training.trainer import Trainer
from tests.trainers import Trainers

SMALL = Spec(samples=60, width=4, depth=3, batch_size=10)


def run_of(start: Trainers, spec: Spec, steps: int, other: Spec | None = None) -> Trainer:
    trainer = start(spec, other=other)
    for _ in range(steps):
        trainer.step()
    trainer.settle()
    return trainer


def file_of(trainer: Trainer) -> bytes:
    now, shown = trainer.recorder.now, trainer.latest
    frames = [[parameters_of(one)] for one in (shown, shown.other) if one is not None]
    return written(now, now.last, [now.last], frames)


def taken_up(start: Trainers, held: Held) -> Trainer:
    """Another experiment, in which the recording is opened."""
    trainer = start(Spec(samples=40))
    trainer.take_back(held, lambda _: None)
    trainer.settle()
    return trainer


def from_a_file() -> Spec:
    rng = np.random.default_rng(0)
    sizes = ((3, 3), (2, 3))
    layers = tuple((rng.standard_normal(size), rng.standard_normal(size[0])) for size in sizes)
    x = np.random.default_rng(1).standard_normal((30, 3))
    points = Inputs(x, np.arange(30) % 2, "p.csv")
    return spec_of(Opened("n.npz", layers, "relu", points), Spec(batch_size=10))


DRAWN = OwnData("drawn", np.random.default_rng(2).standard_normal((30, 2)), np.arange(30) % 2)
KINDS = {
    "sgd": SMALL,
    "adam": SMALL.but(optimizer="adam", learning_rate=0.01),
    "normalised": SMALL.but(batch_norm=True),
    "features": SMALL.but(features=("x2", "xy")),
    "regression": SMALL.but(task="regression"),
    "mixed": SMALL.but(activation="tanh,relu6"),
    "drawn": SMALL.but(dataset="own", own=DRAWN),
    "file": from_a_file(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_recording_that_is_opened_is_the_same_run(kind: str, start: Trainers):
    first = run_of(start, KINDS[kind], 30)
    first.rebuild(first.latest.spec.but(learning_rate=0.02))
    for _ in range(50):
        first.step()
    ended = first.settle()
    second = taken_up(start, read_recording(file_of(first), "run.npz"))
    assert second.latest.spec == ended.spec
    assert (second.latest.step, second.latest.status) == (80, "paused")
    assert second.latest.history == ended.history
    assert np.array_equal(second.latest.theta, ended.theta)
    for step in (0, 7, 31, 66, 80):  # FIRST_SPACING lies between
        one, other = (Replayer().snapshot(t.recorder.now, step) for t in (first, second))
        assert one is not None
        assert other is not None
        assert np.array_equal(one.theta, other.theta)
    first.step()
    second.step()
    assert np.array_equal(first.settle().theta, second.settle().theta)


def test_a_run_from_a_file_may_have_been_trained_by_another_processor(start: Trainers):
    first = run_of(start, SMALL, 30)
    second = taken_up(start, read_recording(file_of(first), "run.npz"))
    second.train_on_from(second.latest.run, 10)
    second.pause()
    second.settle()
    third = taken_up(start, second.hold())
    recordings = [*first.recorder.branches, *second.recorder.branches, third.recorder.now]
    assert [one.elsewhere for one in recordings] == [False, True, True, True]


def test_two_networks_edits_and_states_on_the_way_are_in_it(start: Trainers):
    first = run_of(start, SMALL, 2 * FIRST_SPACING + 3, SMALL.but(init="normal"))
    first.edit(Wish(values={3: 0.5}), network=1)
    first.edit(Wish(held=((1, 2), "frozen")))
    for _ in range(5):
        first.step()
    ended = first.settle()
    held = read_recording(file_of(first), "run.npz")
    assert [one.step for one in held.networks[1].keyframes] == [64, 128]
    second = taken_up(start, held)
    assert second.latest.other is not None
    assert ended.other is not None
    assert second.latest.edits == ended.edits
    assert second.latest.other.edits == ended.other.edits
    assert np.array_equal(second.latest.other.theta, ended.other.theta)
    for _ in range(3):
        first.step()
        second.step()
    assert np.array_equal(first.settle().theta, second.settle().theta)


def test_a_run_that_diverged_is_one_again(start: Trainers):
    first = run_of(start, SMALL.but(init="normal", weight_variance=100.0, width=16, depth=12), 5)
    assert first.latest.status == "diverged"
    second = taken_up(start, read_recording(file_of(first), "run.npz"))
    assert second.latest.status == "diverged"
    assert second.latest.nonfinite_layer == first.latest.nonfinite_layer
    assert np.array_equal(second.latest.theta, first.latest.theta)


def test_numpy_reads_the_weights(start: Trainers):
    first = run_of(start, SMALL, 5)
    with np.load(BytesIO(file_of(first))) as file:
        assert np.array_equal(file["theta"][0], parameters_of(first.latest))
        assert file["steps"].tolist() == [5]


def test_the_lines_of_the_document_read_a_file(start: Trainers, tmp_path: Path):
    first = run_of(start, SMALL, 5)
    document = Path("docs/recording.md").read_text("utf-8")
    (lines,) = re.findall(r"```python\n(.+?)```", document, re.DOTALL)
    found: dict[str, Any] = {}
    (tmp_path / "r.npz").write_bytes(file_of(first))
    exec(re.sub(r'"cellscope-.+?"', f'"{tmp_path}/r.npz"', lines), found)
    W, b = first.latest.full_weights[-1]
    assert np.array_equal(found["W"], W)
    assert np.array_equal(found["b"], b)


def test_the_largest_networks_have_fewer_frames():
    assert frames_that_fit([SMALL]) > 1000
    assert frames_that_fit([Spec(width=256, depth=4)]) < 40


# Files that others wrote.


def changed(
    data: bytes,
    words: Callable[[dict[str, Any]], Any] = lambda told: told,
    arrays: Callable[[dict[str, Any]], Any] = lambda found: found,
) -> bytes:
    """The file with other words and other numbers in it."""
    with np.load(BytesIO(data), allow_pickle=True) as file:
        found = {name: file[name] for name in file.files if name != LOG}
    with ZipFile(BytesIO(data)) as archive:
        told = json.loads(archive.read(LOG))
    words(told["run"])
    arrays(found)
    stream = BytesIO()
    np.savez_compressed(stream, **found)
    with ZipFile(stream, "a", ZIP_DEFLATED) as archive:
        archive.writestr(LOG, json.dumps(told))
    return stream.getvalue()


def network_of(run: dict[str, Any]) -> dict[str, Any]:
    return run["networks"][0]


def put(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda run: network_of(run).update({name: value})


def an_edit(**changes: Any) -> Callable[[dict[str, Any]], Any]:
    edit = {"values": [[0, 0.0, 1.0]], "before": [[], []], "holds": [[], []]} | changes

    def add(run: dict[str, Any]) -> None:
        changes = network_of(run)["changes"]
        changes.append([2, changes[0][1], edit])

    return add


def setting(name: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda run: network_of(run)["changes"][0][1].update({name: value})


WORDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no network": lambda run: run.update(networks=[]),
    "three networks": lambda run: run.update(networks=run["networks"] * 3),
    "fewer steps than changes": put("step", -1),
    "a step that is no number": put("step", "5"),
    "a step beyond all": put("step", 10**15),
    "a huge size": put("size", 10**9),
    "rows that are not there": put("rows", 7),
    "no scores": put("scores", []),
    "scores of text": put("scores", [["a", 1, 1, 1, 1]]),
    "scores in disorder": put("scores", [[3, 1.0, 1.0, 1.0, 1.0], [0, 1.0, 1.0, 1.0, 1.0]]),
    "an interval of nothing": put("interval", 0),
    "a truth that is none": put("diverged", "no"),
    "a layer that is none": put("nonfinite_layer", 99),
    "no changes": put("changes", []),
    "a place that is none": an_edit(values=[[10**6, 0.0, 1.0]]),
    "a weight that is not finite": an_edit(values=[[0, 0.0, float("inf")]]),
    "a unit that is none": an_edit(holds=[[[1, 4000]], []]),
    "other sizes than numbers": setting("width", 5),
    "an optimiser that remembers more": setting("optimizer", "adam"),
    "a network that is not there": put("opened", {"name": "x", "notes": []}),
}


@pytest.mark.parametrize("what", WORDS)
def test_words_that_contradict_the_numbers_are_refused(what: str, start: Trainers):
    data = changed(file_of(run_of(start, SMALL, 5)), words=WORDS[what])
    with pytest.raises(SpecError) as refused:
        read_recording(data, "run.npz")
    assert (refused.value.field, refused.value.rule) == ("recording", "recording_broken")


def test_a_setting_that_cannot_be_is_named(start: Trainers):
    data = changed(file_of(run_of(start, SMALL, 5)), words=setting("width", 9999))
    with pytest.raises(SpecError) as refused:
        read_recording(data, "run.npz")
    assert refused.value.field == "width"


NUMBERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "not finite": lambda found: found["state"].__setitem__(3, np.nan),
    "too few": lambda found: found.update(state=found["state"][:-1]),
    "objects": lambda found: found.update(state=np.array([{}], object)),
    "none": lambda found: found.pop("state"),
    "steps without states": lambda found: found.update(kept_steps=np.array([1, 2])),
}


@pytest.mark.parametrize("what", NUMBERS)
def test_numbers_that_cannot_be_are_refused(what: str, start: Trainers):
    data = changed(file_of(run_of(start, SMALL, 5)), arrays=NUMBERS[what])
    with pytest.raises(SpecError) as refused:
        read_recording(data, "run.npz")
    assert refused.value.field == "recording"


def test_a_file_that_is_cut_short_anywhere_is_refused(start: Trainers):
    data = file_of(run_of(start, SMALL, 5))
    for share in np.linspace(0, 0.999, 40):
        cut = data[: int(share * len(data))]
        assert not is_recording(cut)
        with pytest.raises(SpecError):
            read_recording(cut, "run.npz")


def test_one_that_claims_to_hold_gigabytes_is_refused_before_it_is_unpacked(start: Trainers):
    data = file_of(run_of(start, SMALL, 5))
    stream = BytesIO(data)
    whole = ZipFile(stream, "a", ZIP_DEFLATED)
    with whole, whole.open("zeros.npy", "w") as member:
        for _ in range(130):
            member.write(bytes(2**20))
    with pytest.raises(SpecError) as refused:
        read_recording(stream.getvalue(), "run.npz")
    assert refused.value.rule == "file_large"


def test_a_log_of_nothing_but_lists_takes_no_memory(start: Trainers):
    stream = BytesIO()
    with ZipFile(BytesIO(file_of(run_of(start, SMALL, 5)))) as old, ZipFile(stream, "w") as new:
        for one in old.infolist():
            lists = b"[" + b"[]," * 2_700_000 + b"[]]"
            new.writestr(one.filename, lists if one.filename == LOG else old.read(one))
    tracemalloc.start()
    with pytest.raises(SpecError) as refused:
        read_recording(stream.getvalue(), "run.npz")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert refused.value.rule == "recording_broken"
    assert peak < 60e6  # 190 MB where it is read as JSON


def test_a_later_version_is_named(start: Trainers):
    data = file_of(run_of(start, SMALL, 5))
    stream = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(stream, "w") as new:
        for one in old.infolist():
            told = old.read(one)
            new.writestr(one.filename, told.replace(b'"format": 1', b'"format": 2'))
    with pytest.raises(SpecError) as refused:
        read_recording(stream.getvalue(), "run.npz")
    assert refused.value.rule == "experiment_version"


@pytest.mark.parametrize("steps", [5, FIRST_SPACING, 2 * FIRST_SPACING + 1])
@pytest.mark.parametrize("second", [False, True])
def test_one_that_is_written_again_is_the_same(start: Trainers, steps: int, second: bool):
    # The step before the last one is in no state on the way, and the file ends at one of them.
    first = run_of(start, SMALL, steps, SMALL.but(width=5) if second else None)
    told = file_of(first)
    again = file_of(taken_up(start, read_recording(told, "a.npz")))
    states = [np.load(BytesIO(file))["state"] for file in (told, again)]
    assert np.array_equal(*states)
    size = SMALL.parameters
    theta, previous = states[0][:size], states[0][size : 2 * size]
    assert not np.array_equal(theta, previous), "those of the step before"
