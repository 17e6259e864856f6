"""The trainer records while it trains, and goes on from any step of what it has recorded."""

from collections.abc import Iterator

import pytest

from cellscope.model.recording.replay import Replayer
from cellscope.model.recording.room import Room
from cellscope.model.spec import Spec
from cellscope.model.training.course import Courses
from cellscope.model.training.held import Held
from cellscope.model.training.snapshot import Parameters, Snapshot
from cellscope.model.training.trainer import Trainer

SPEC = Spec(samples=60, width=5, depth=3, batch_size=7, learning_rate=0.05, optimizer="adam")


@pytest.fixture
def trainer() -> Iterator[Trainer]:
    trainer = Trainer(SPEC, room=Room())
    yield trainer
    trainer.close()


def run_to(trainer: Trainer, step: int, courses: Courses | None = None) -> Snapshot:
    trainer.run_to(step, courses)
    while trainer.settle().status == "training":
        trainer.newer(trainer.latest.version, 0.2)
    return trainer.latest


def theta(trainer: Trainer, run: int, step: int) -> Parameters:
    recording = trainer.recorder.find(run)
    assert recording is not None
    shown = Replayer().snapshot(recording, step)
    assert shown is not None
    return shown.theta


def test_a_rate_changed_on_the_way_is_in_the_recording(trainer: Trainer) -> None:
    first = run_to(trainer, 100)
    trainer.rebuild(SPEC.but(learning_rate=0.2))
    second = run_to(trainer, 180)
    assert trainer.recorder.now.changes() == (100,)
    assert (theta(trainer, first.run, 100) == first.theta).all()
    assert (theta(trainer, second.run, 180) == second.theta).all()


def test_training_on_from_a_step_leaves_the_old_branch_as_it_was(trainer: Trainer) -> None:
    old = run_to(trainer, 150)
    trainer.rebuild(SPEC.but(learning_rate=0.2))  # what is set now goes for the branch
    trainer.train_on_from(old.run, 70)
    trainer.pause()
    assert trainer.settle().run == old.run + 1
    assert trainer.latest.spec.learning_rate == 0.2
    new = run_to(trainer, max(120, trainer.latest.step))
    assert [branch.run for branch in trainer.recorder.branches] == [old.run, new.run]
    assert (theta(trainer, old.run, 150) == old.theta).all()
    assert (theta(trainer, new.run, 70) == theta(trainer, old.run, 70)).all()
    assert (theta(trainer, new.run, new.step) == new.theta).all()
    assert not (theta(trainer, new.run, 100) == theta(trainer, old.run, 100)).all()


def test_a_branch_that_was_left_comes_back_once_with_its_states(trainer: Trainer) -> None:
    held: list[Held] = []
    old = run_to(trainer, 300)
    kept = trainer.recorder.now.keyframes
    assert kept > 2
    trainer.stand_at(old.run, 70, held.append)
    branch = trainer.settle()
    trainer.take_back(held[0], held.append)
    again = trainer.settle()
    assert (again.step, again.theta.tobytes()) == (300, old.theta.tobytes())
    assert trainer.recorder.now.keyframes == kept
    assert [one.run for one in trainer.recorder.branches] == [branch.run, again.run]
    assert trainer.recorder.branches[0].parent == (again.run, 70)
    assert (theta(trainer, again.run, 70) == branch.theta).all()
    further = run_to(trainer, 500)
    assert trainer.recorder.now.keyframes > kept
    assert (theta(trainer, further.run, 300) == old.theta).all()
    assert (theta(trainer, further.run, 500) == further.theta).all()


def test_going_on_from_the_last_step_is_no_branch(trainer: Trainer) -> None:
    old = run_to(trainer, 50)
    trainer.train_on_from(old.run, 50)
    assert trainer.settle().run == old.run


def test_a_rewind_keeps_the_run_and_another_start_lets_it_go(trainer: Trainer) -> None:
    old = run_to(trainer, 50)
    trainer.rewind()
    assert trainer.settle().step == 0
    assert [branch.run for branch in trainer.recorder.branches] == [old.run, old.run + 1]
    trainer.rebuild(SPEC.but(seed=4))
    assert trainer.settle().run == old.run + 2
    assert [branch.run for branch in trainer.recorder.branches] == [old.run + 2]


def test_a_run_on_the_way_of_others_is_recorded_too(trainer: Trainer) -> None:
    seen = run_to(trainer, 400, Courses())
    assert (theta(trainer, seen.run, 400) == seen.theta).all()
    bare = Trainer(SPEC)
    try:
        assert (run_to(bare, 150).theta == theta(trainer, seen.run, 150)).all()
    finally:
        bare.close()


def test_a_run_that_nobody_knows_is_left_alone(trainer: Trainer) -> None:
    seen = run_to(trainer, 20)
    trainer.train_on_from(seen.run + 5, 3)
    assert (trainer.settle().run, trainer.latest.step) == (seen.run, 20)
