"""What is taken along: a script that trains the same network, weights that others read."""

import json
import re
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
import torch

from cellscope.model.files.experiment import (
    Experiment,
    experiment_zip,
    read_experiment,
    was_changed,
    weights_safetensors,
)
from cellscope.model.files.networks import read_network
from cellscope.model.files.reading import MAX_BYTES
from cellscope.model.own.opening import File, cut, opened, spec_of
from cellscope.model.own_data import OwnData
from cellscope.model.spec import OWN, Spec, SpecError
from cellscope.model.training.edits import FREE, Edit, Places
from cellscope.model.training.live import Change, LiveNetwork
from cellscope.model.training.run import train
from tests import programs
from tests.snapshots import started

SPEC = Spec(samples=200, width=8, depth=4, batch_size=20, learning_rate=0.1, seed=3)


def run(
    experiment: Experiment, folder: Path, *, alone: bool = False
) -> dict[int, tuple[float, float]]:
    """The script's own words: step -> (loss, training accuracy)."""
    with ZipFile(BytesIO(experiment_zip(experiment, "A test"))) as archive:
        archive.extractall(folder)
    script = str(folder / "train.py")
    if alone:
        command = [sys.executable, "-W", "error", script]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=300)
    else:
        program = f"import runpy\nrunpy.run_path({script!r}, run_name='__main__')"
        # What torch.optim imports for its first step is two thirds of the time.
        done = programs.run(program, folder=Path("/"), strict=True, first="torch._dynamo")
    assert done.returncode == 0, done.stderr
    said = re.findall(r"step (\d+): loss (\S+), (?:accuracy|R2) (\S+),", done.stdout)
    return {int(step): (float(loss), float(accuracy)) for step, loss, accuracy in said}


def ours(spec: Spec, changes: list[Change], steps: int) -> tuple[Experiment, dict[int, float]]:
    """The run as the trainer makes it, with the loss at every step."""
    losses: dict[int, float] = {}
    with torch.inference_mode():
        network = LiveNetwork(spec)
        for step in range(steps + 1):
            for change in changes:
                if change.step == step:
                    network.take_live(change.spec)
                    if change.edit is not None:
                        network.take_edit(change.edit)
            losses[step] = network.learner.evaluate(*network._train)[0]  # pyright: ignore[reportPrivateUsage]
            if step < steps:
                network.learner.step()
        snapshot = network.snapshot(version=1, run=0, status="paused", rate=0.0, error=None)
    return Experiment([Change(0, spec), *changes], snapshot), losses


@pytest.mark.parametrize(
    ("optimizer", "activation"), [("sgd", "relu"), ("momentum", "leaky_relu"), ("adam", "tanh")]
)
def test_the_script_has_the_same_losses_for_a_hundred_steps(
    optimizer: str, activation: str, tmp_path: Path
):
    spec = SPEC.but(optimizer=optimizer, activation=activation, learning_rate=0.02)
    later = spec.but(learning_rate=0.01, batch_size=33)
    experiment, losses = ours(spec, [Change(40, later)], 100)
    told = run(experiment, tmp_path)
    assert sorted(told) == list(range(101))
    for step, (loss, _) in told.items():
        assert loss == pytest.approx(losses[step], rel=1e-6)


HOT = [
    ("adam", 0.01, {"activation": "silu"}),
    ("momentum", 0.05, {"activation": "gelu"}),
    ("adam", 0.01, {"activation": "relu,abs,tanh,gelu", "l1": 0.001, "l2": 0.01}),
    ("adam", 0.01, {"activation": "sigmoid,relu6,silu,hardtanh", "width": 13, "batch_size": 31}),
    ("sgd", 0.1, {"dataset": "spirals", "classes": 4, "batch_size": 800, "activation": "gelu"}),
    ("momentum", 0.05, {"task": "regression", "dataset": "plane"}),
]


@pytest.mark.parametrize(("optimizer", "rate", "others"), HOT)
def test_where_training_magnifies_rounding_the_script_has_the_same_losses_too(
    optimizer: str, rate: float, others: dict[str, Any], tmp_path: Path
):
    # Rounded otherwise anywhere, these part by 3e-6 to 0.1 within a hundred steps.
    spec = Spec(optimizer=optimizer, learning_rate=rate, **others)
    experiment, losses = ours(spec, [], 100)
    told = run(experiment, tmp_path)
    for step, (loss, _) in told.items():
        assert loss == pytest.approx(losses[step], rel=2e-7)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_the_script_knows_momentum_and_penalties_and_when_they_changed(
    optimizer: str, tmp_path: Path
):
    spec = SPEC.but(optimizer=optimizer, learning_rate=0.02, momentum=0.6, l2=0.02)
    changes = [Change(30, spec.but(l1=0.003, momentum=0.8)), Change(60, spec.but(l2=0.0))]
    experiment, losses = ours(spec, changes, 100)
    told = run(experiment, tmp_path)
    for step, (loss, _) in told.items():
        assert loss == pytest.approx(losses[step], rel=1e-6)
    plain, _ = ours(spec.but(momentum=0.9, l2=0.0), [], 100)
    assert abs(plain.snapshot.history[0].train_loss - losses[0]) < 1e-9
    assert abs(losses[100] - ours(spec.but(l2=0.0), [], 100)[1][100]) > 1e-4  # they act


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_script_does_what_hands_did(optimizer: str, tmp_path: Path):
    spec = SPEC.but(optimizer=optimizer, learning_rate=0.01)
    places, off = Places(spec), FREE.but((1, 2), "off")
    silent = tuple((place, 9.0, 0.0) for place in sorted(places.silent(off.off)))
    edits = [
        Edit(((places.bias((2, 1)), 0.0, 0.75), (places.weight((1, 0), 1), 0.0, -1.5))),
        Edit(silent, FREE, off),
        Edit((), off, off.but((2, 3), "frozen")),
    ]
    changes = [Change(step, spec, edit) for step, edit in zip((0, 20, 50), edits, strict=True)]
    experiment, losses = ours(spec, changes, 100)
    told = run(experiment, tmp_path)
    assert abs(losses[20] - ours(spec, [], 100)[1][20]) > 1e-3  # they act
    for step, (loss, _) in told.items():
        assert loss == pytest.approx(losses[step], rel=1e-6)


def test_the_script_of_a_regression_has_its_losses_and_r_squared(tmp_path: Path):
    spec = SPEC.but(task="regression", dataset="plane", learning_rate=0.02)
    experiment, losses = ours(spec, [], 100)
    told = run(experiment, tmp_path, alone=True)
    for step, (loss, _) in told.items():
        assert loss == pytest.approx(losses[step], rel=1e-6)
    assert told[100][1] == pytest.approx(train(spec, 100)["train_r2"], abs=1e-3)


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_the_script_normalises_and_takes_further_inputs(optimizer: str, tmp_path: Path):
    spec = SPEC.but(optimizer=optimizer, learning_rate=0.01, batch_norm=True, l2=0.01)
    spec = spec.but(features=("x2", "xy", "siny"), depth=3)
    experiment, losses = ours(spec, [], 100)
    told = run(experiment, tmp_path)
    for step, (loss, _) in told.items():
        assert loss == pytest.approx(losses[step], rel=1e-5 if step > 20 else 1e-6)


def test_the_weights_are_read_again_with_their_activation(tmp_path: Path):
    snapshot = started(SPEC.but(activation="leaky_relu"))
    path = tmp_path / "weights.safetensors"
    path.write_bytes(weights_safetensors(snapshot))
    network = read_network(str(path))
    assert (network.activation, network.assumed) == ("leaky_relu", False)
    for (W, b), (ours_W, ours_b) in zip(network.weights, snapshot.weights, strict=True):
        assert np.array_equal(W, ours_W)
        assert np.array_equal(b, ours_b)


def test_the_script_trains_on_the_points_that_were_drawn_on_its_way(tmp_path: Path):
    rng = np.random.default_rng(0)
    sets = [
        OwnData("drawn", rng.uniform(-2, 2, (count, 2)), np.arange(count) % 2)
        for count in (60, 70, 50)
    ]
    spec = SPEC.but(dataset=OWN, own=sets[0], learning_rate=0.02)
    changes = [Change(30, spec.but(own=sets[1])), Change(100, spec.but(own=sets[2]))]
    experiment, losses = ours(spec, changes, 100)
    told = run(experiment, tmp_path)
    for step, (loss, _) in told.items():
        assert loss == pytest.approx(losses[step], rel=1e-6)


def test_a_saved_experiment_opens_again_with_its_own_data():
    own = OwnData("file", np.ones((5, 2)) * 3.25, np.arange(5) % 2, name="a.csv", words=("a", "b"))
    spec = SPEC.but(dataset=OWN, own=own, hidden=(5, 4), test_share=0.5)
    saved = experiment_zip(Experiment([Change(0, spec)], started(spec)), "A test")
    assert read_experiment(saved) == spec
    plain = experiment_zip(Experiment([Change(0, SPEC)], started(SPEC)), "A test")
    assert read_experiment(plain) == SPEC


RNG = np.random.default_rng(2)


def own_network(inputs: int, outputs: int) -> Spec:
    """From a file, with points, of inputs seen in a plane where they are more than two."""
    stream = BytesIO()
    W = [RNG.normal(size=shape) for shape in ((6, inputs), (outputs, 6))]
    np.savez(stream, W0=W[0], b0=np.zeros(6), W1=W[1], b1=np.ones(outputs))
    rows = [[*RNG.normal(size=inputs), k % outputs] for k in range(2 * outputs)]
    points = "\n".join(",".join(map(str, row)) for row in rows).encode()
    network = opened([File("net.npz", stream.getvalue()), File("points.csv", points)])
    return spec_of(network, SPEC)


@pytest.mark.parametrize(("inputs", "outputs"), [(2, 3), (5, 2), (3, 30)])
def test_a_saved_experiment_opens_again_with_the_network_it_began_with(inputs: int, outputs: int):
    spec = own_network(inputs, outputs)
    seen = spec.but(cut=cut(cast(Any, spec.opened), "inputs 1,2"))
    saved = experiment_zip(Experiment([Change(0, seen)], started(seen)), "A test")
    again = read_experiment(saved)
    assert again == seen
    assert again.cut == seen.cut
    assert started(again).weights[0][0] == pytest.approx(started(seen).weights[0][0])


def test_a_network_that_claims_to_be_huge_is_not_unpacked():
    spec = own_network(2, 2)
    saved = experiment_zip(Experiment([Change(0, spec)], started(spec)), "A test")
    inner, stream = BytesIO(), BytesIO()
    with ZipFile(inner, "w", ZIP_DEFLATED) as arrays:
        arrays.writestr("0.npy", b"\0" * (MAX_BYTES + 1))
    with ZipFile(BytesIO(saved)) as old, ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, inner.getvalue() if name == "network.npz" else old.read(name))
    with pytest.raises(SpecError, match="experiment_broken"):
        read_experiment(stream.getvalue())


@pytest.mark.parametrize(
    "told",
    [
        b"",
        b"{}",
        b"[1, 2]",
        b'{"format": "cellscope-experiment-9", "settings": {}, "own": null}',
        b'{"format": "cellscope-experiment-1", "settings": {"width": -1}, "own": null}',
        b'{"format": "cellscope-experiment-1", "settings": {}, "own": {"kind": "x"}}',
        b" " * 5 * 2**20,
    ],
)
def test_a_broken_or_foreign_experiment_is_one_error(told: bytes):
    stream = BytesIO()
    with ZipFile(stream, "w") as archive:
        archive.writestr("experiment.json", told)
    for data in (stream.getvalue(), stream.getvalue()[:40]):
        with pytest.raises(SpecError):
            read_experiment(data)


def test_a_saved_experiment_knows_whether_it_was_changed_on_its_way():
    faster = Change(20, SPEC.but(learning_rate=0.5))
    for changes, changed in (([Change(0, SPEC)], False), ([Change(0, SPEC), faster], True)):
        saved = experiment_zip(Experiment(changes, started(SPEC)), "A test")
        assert was_changed(saved) == changed
    older = BytesIO()
    with ZipFile(BytesIO(saved)) as archive, ZipFile(older, "w") as copy:
        told = json.loads(archive.read("experiment.json"))
        copy.writestr("experiment.json", json.dumps({"format": told["format"]}))
    assert not was_changed(older.getvalue()), "one of before, which did not say"
