"""Other branches and states on the way outlive a restart, and cost what is new of them."""

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from cellscope.app.cli.commands import main
from cellscope.app.session.keeping import Keeping, Living
from cellscope.app.session.store import MIGRATIONS, News, Past, Row, Store
from cellscope.app.session.written_past import with_past
from cellscope.model.recording.kept_run import MOST_BYTES, MOST_STATES, states_of
from cellscope.model.recording.recording import Keyframe, Recording
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.edits import Edit, Wish
from cellscope.model.training.held import Held, pack
from cellscope.model.training.trainer import Trainer
from tests.trainers import Trainers

SPEC = Spec(width=4, depth=3, samples=60, batch_size=8, optimizer="adam", learning_rate=0.01)
SETTINGS: dict[str, Any] = {"speed": "max", "differences": "", "revision": 0}


class Counting(Store):
    """What was written, each time."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.written: list[News] = []

    def write(self, rows: Iterable[Row], news: Iterable[News] = ()) -> None:
        told = list(news)
        super().write(rows, told)
        self.written += told


def run_to(trainer: Trainer, step: int) -> None:
    trainer.run_to(step)
    while trainer.settle().status == "training":
        pass


def write(store: Store, trainer: Trainer, keeping: Keeping | None = None) -> Keeping:
    """As the server does every few seconds."""
    kept = keeping or Keeping(store, lambda: [Living("one", (), SETTINGS, trainer, True)])
    kept._attempt()  # pyright: ignore[reportPrivateUsage]
    assert kept.problem == ""
    return kept


def back(store: Store) -> Trainer:
    found = Keeping(store, list).back("one")
    assert found is not None
    held = found[1]
    return Trainer(held.specs_at_start[0], held=held)


def states(recordings: Iterable[Recording], steps: Iterable[int]) -> list[bytes]:
    seen: list[bytes] = []
    for recording in recordings:
        for step in steps:
            found = Replayer().snapshot(recording, min(step, recording.last))
            assert found is not None
            seen += [part.tobytes() for layer in found.full_weights for part in layer]
    return seen


def branched(start: Trainers) -> Trainer:
    """A run of 700 steps, edited on the way; a branch of 500 from step 300, and one of that."""
    trainer = start(SPEC)
    run_to(trainer, 400)
    trainer.edit(Wish(values={3: 0.5}))
    trainer.rebuild(SPEC.but(learning_rate=0.02))
    run_to(trainer, 700)
    for left, step, end in ((0, 300, 500), (1, 450, 900)):
        trainer.stand_at(left, step)
        run_to(trainer, end)
    return trainer


def test_all_branches_are_back_and_every_step_of_them_bit_for_bit(tmp_path: Path, start: Trainers):
    trainer, store = branched(start), Store(tmp_path)
    write(store, trainer)
    again = back(store)
    start.started.append(again)
    before, after = trainer.recorder.branches, again.recorder.branches
    told = [(one.run, one.parent, one.last, one.changes(), one.edited()) for one in after]
    assert told == [(one.run, one.parent, one.last, one.changes(), one.edited()) for one in before]
    steps = (0, 1, 299, 300, 301, 399, 400, 401, 512, 699, 900)
    assert states(after, steps) == states(before, steps)
    assert again.settle().run == trainer.latest.run
    scores = [one.track(0).history.points for one in after]
    assert scores == [one.track(0).history.points for one in before]
    again.stand_at(0, 650)
    assert again.settle().run == 3, "a further branch is another run"
    assert [one.parent for one in again.recorder.branches] == [None, (0, 300), (1, 450), (0, 650)]


def test_a_run_of_two_networks_of_which_one_diverged_is_back(tmp_path: Path, start: Trainers):
    wild = SPEC.but(width=16, depth=6, init="normal", weight_variance=1.0)
    wild = wild.but(optimizer="sgd", learning_rate=1.0)
    trainer, store = start(SPEC, other=wild), Store(tmp_path)
    run_to(trainer, 300)
    trainer.stand_at(0, 200)
    trainer.settle()
    write(store, trainer)
    again = back(store)
    start.started.append(again)
    left, right = trainer.recorder.branches[0], again.recorder.branches[0]
    assert left.track(1).end == right.track(1).end is not None
    assert states([right], (0, 1, 250, 300)) == states([left], (0, 1, 250, 300))


def test_runs_of_two_networks_are_back_beside_one_that_goes_on_alone(
    tmp_path: Path, start: Trainers
):
    trainer, store = start(SPEC, other=SPEC.but(seed=9)), Store(tmp_path)
    run_to(trainer, 80)
    trainer.rewind()
    trainer.rebuild(SPEC)
    run_to(trainer, 70)
    write(store, trainer)
    again = back(store)
    start.started.append(again)
    assert [len(one.tracks) for one in again.recorder.branches] == [2, 1]
    assert states(again.recorder.branches, (7, 80)) == states(trainer.recorder.branches, (7, 80))


def test_what_is_written_once_is_not_written_again(tmp_path: Path, start: Trainers):
    trainer, store = branched(start), Counting(tmp_path)
    keeping = write(store, trainer)
    run_to(trainer, 1100)
    write(store, trainer, keeping)
    first, second = store.written
    assert sorted(first.new.runs) == [0, 1]
    assert second.new.runs == {}
    assert {step for _, _, step in second.new.states} == {962, 1026, 1090}
    assert {run for run, *_ in second.new.states} == {2}
    assert (second.gone_runs, second.gone_states) == (set(), set())


def test_another_server_goes_on_with_what_is_there(tmp_path: Path, start: Trainers):
    trainer, store = branched(start), Counting(tmp_path)
    write(store, trainer)
    again = back(store)
    start.started.append(again)
    write(store, again)
    assert store.written[1].new.states == {}, "they are the same"
    again.rebuild(SPEC.but(seed=5))  # another start: nothing of the past belongs to it
    again.settle()
    write(store, again)
    assert store.places("one") == (set(), set())


def test_what_hands_did_and_took_back_while_it_was_written_is_not_there(
    tmp_path: Path, start: Trainers
):
    trainer, store = start(SPEC), Store(tmp_path)
    run_to(trainer, 640)  # where a state is kept
    told: list[Any] = []
    trainer.edit(Wish(values={3: 0.5}), done=told.append)
    keeping = write(store, trainer)
    trainer.edit(told[0].back())
    run_to(trainer, 700)
    write(store, trainer, keeping)
    again = back(store)
    start.started.append(again)
    steps = (640, 641, 700)
    assert states(again.recorder.branches, steps) == states(trainer.recorder.branches, steps)
    straight = start(SPEC)
    run_to(straight, 641)
    assert states(again.recorder.branches, [641]) == states(straight.recorder.branches, [641])


def test_a_branch_that_goes_on_has_the_states_of_the_one_it_was(tmp_path: Path, start: Trainers):
    trainer, store = branched(start), Store(tmp_path)
    kept = trainer.hold()
    trainer.stand_at(0, 100)
    keeping = write(store, trainer)
    trainer.take_back(kept, lambda _held: None)
    trainer.settle()
    write(store, trainer, keeping)
    again = back(store)
    start.started.append(again)
    pairs = [(one.run, one.parent) for one in trainer.recorder.branches]
    assert [(one.run, one.parent) for one in again.recorder.branches] == pairs
    assert store.places("one")[0] == {one.run for one in trainer.recorder.branches[:-1]}


def test_the_list_counts_what_lies_beside_an_experiment(
    tmp_path: Path, start: Trainers, capsys: pytest.CaptureFixture[str]
):
    write(Store(tmp_path), branched(start))
    assert main(["data", "list", "--data", str(tmp_path), "--json"]) == 0
    (listed,) = json.loads(capsys.readouterr().out)["experiments"]
    with closing(sqlite3.connect(tmp_path / "cellscope.sqlite")) as connection:
        lengths = "LENGTH(words) + LENGTH(numbers)"
        row = connection.execute(f"SELECT {lengths} FROM experiments").fetchone()[0]
        runs = connection.execute("SELECT SUM(LENGTH(words)) FROM runs").fetchone()[0]
        states = connection.execute("SELECT SUM(LENGTH(numbers)) FROM states").fetchone()[0]
    assert listed["bytes"] == row + runs + states


def test_what_is_deleted_or_expires_leaves_nothing(tmp_path: Path, start: Trainers):
    store = Store(tmp_path)
    trainer = branched(start)
    for delete in (lambda: store.forget("one"), lambda: store.expire(1e12)):
        write(store, trainer)
        assert store.places("one")[1]
        assert delete() == 1
        assert store.places("one") == (set(), set())


def test_data_of_the_first_version_are_brought_up_to_date(tmp_path: Path, start: Trainers):
    trainer, store = start(SPEC), Store(tmp_path)
    run_to(trainer, 90)
    words, numbers = pack(trainer.hold())
    words = words.replace('"run": 0, "parent": null', '"of": "then"')  # it did not know
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(MIGRATIONS[0])
        connection.execute("PRAGMA user_version = 1")
        row = ("one", 0.0, 0.0, "{}", words, numbers)
        connection.execute("INSERT INTO experiments VALUES (?, ?, ?, ?, ?, ?)", row)
        connection.commit()
    again = back(store)
    start.started.append(again)
    assert (again.settle().step, again.latest.run) == (90, 0)


@pytest.mark.parametrize("words", ["", "{}", "[]", '{"tracks": [1]}', '{"tracks": [{}]}'])
def test_a_damaged_run_is_left_out_and_the_others_are_back(
    tmp_path: Path, start: Trainers, words: str
):
    trainer, store = branched(start), Store(tmp_path)
    write(store, trainer)
    past = store.past("one")
    held = with_past(trainer.hold(), Past({**past.runs, 0: words}, {(1, 0, 64): b"abc"}))
    assert [one.run for one in held.past] == [1]


@pytest.mark.parametrize("size", [100, 100_000])
def test_of_a_long_run_a_bounded_number_of_states_is_kept_and_they_stay(size: int):
    recording = Recording.of_start(0, (SPEC,))
    track, before = recording.tracks[0], set[tuple[int, int]]()
    stayed = most = 0
    for step in range(64, 200_000, 64):
        track.keyframes.append(Keyframe(step, np.zeros(size, np.float32)))
        if step % (64 * 50):
            continue
        found = states_of(recording)
        assert len(found) <= MOST_STATES
        assert sum(state.nbytes for state in found.values()) <= MOST_BYTES
        stayed += before <= found.keys()
        before, most = set(found), max(most, len(found))
    assert most > min(MOST_STATES, MOST_BYTES / size / 4) / 3, "but not far fewer"
    assert stayed >= 45, "only when they are thinned do some go"


class History:
    """What may happen to an experiment, at random, while it is written down now and then."""

    def __init__(self, seed: int, store: Store, start: Trainers) -> None:
        self.chance, self.store, self.start = Random(seed), store, start
        self.spec = SPEC.but(optimizer=self.chance.choice(["sgd", "momentum", "adam"]))
        other = self.chance.choice([None, self.spec.but(seed=9)])
        self.trainer = start(self.spec, other=other)
        self.keeping: Keeping | None = None
        self.done: list[Edit] = []
        self.left: list[Held] = []

    def happens(self) -> None:
        deeds = [self.run, self.edit, self.undo, self.set, self.branch, self.rewind, self.take_back]
        self.chance.choice([*deeds, self.run, self.write, self.write])()
        self.trainer.settle()

    def run(self) -> None:
        step = self.trainer.settle().experiment_step
        run_to(self.trainer, step + self.chance.randint(1, 400))

    def edit(self) -> None:
        def done(edit: Edit | SpecError) -> None:
            self.done += [edit] if isinstance(edit, Edit) else []

        self.trainer.edit(Wish(values={self.chance.randint(0, 5): self.chance.random()}), done=done)

    def undo(self) -> None:
        if self.done:
            self.trainer.edit(self.done.pop().back())

    def set(self) -> None:
        self.trainer.rebuild(self.spec.but(learning_rate=self.chance.choice([0.01, 0.02])))

    def branch(self) -> None:
        left = self.chance.choice(self.trainer.recorder.branches)
        self.trainer.stand_at(left.run, self.chance.randint(0, left.last), self.left.append)

    def rewind(self) -> None:
        self.trainer.rewind(self.left.append)

    def take_back(self) -> None:
        if self.left:
            self.trainer.take_back(self.left.pop(), lambda _held: None)

    def write(self) -> None:
        self.keeping = write(self.store, self.trainer, self.keeping)

    def restart(self) -> tuple[Trainer, Trainer]:
        """The trainer before and after."""
        self.write()
        before, self.trainer = self.trainer, back(self.store)
        self.start.started.append(self.trainer)
        self.keeping, self.done, self.left = None, [], []
        return before, self.trainer


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happened_all_of_it_is_back(tmp_path: Path, start: Trainers, seed: int):
    history = History(seed, Store(tmp_path), start)
    for _ in range(3):
        for _ in range(7):
            history.happens()
        before, after = (trainer.recorder.branches for trainer in history.restart())
        marks = [(one.run, one.parent, one.changes(), one.edited()) for one in after]
        assert marks == [(one.run, one.parent, one.changes(), one.edited()) for one in before]
        steps = sorted(history.chance.randint(0, 800) for _ in range(4))
        assert states(after, (0, *steps, 10**6)) == states(before, (0, *steps, 10**6))
