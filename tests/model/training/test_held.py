"""What is held goes on as if nothing had happened."""

import numpy as np
import pytest

from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import Spec
from cellscope.model.training.held import pack, unpack
from cellscope.model.training.trainer import Trainer
from tests.trainers import Trainers

SPEC = Spec(width=6, depth=3, samples=100, batch_size=16)


def to(trainer: Trainer, step: int) -> Trainer:
    trainer.run_to(step)
    while trainer.settle().status == "training":
        pass
    return trainer


def again(start: Trainers, trainer: Trainer) -> Trainer:
    """Another one, from the bytes."""
    made = Trainer(SPEC, held=unpack(*pack(trainer.hold())))
    start.started.append(made)
    return made


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("at", [0, 1, 137])
def test_the_steps_after_it_are_the_same_bit_for_bit(start: Trainers, optimizer: str, at: int):
    first = to(start(SPEC.but(optimizer=optimizer)), at)
    second = to(again(start, first), at + 90)
    to(first, at + 90)
    assert np.array_equal(first.latest.theta, second.latest.theta)
    assert first.latest.history == second.latest.history
    assert first.latest.spec == second.latest.spec
    assert first.latest.reproducible == second.latest.reproducible


def test_every_step_before_it_is_replayed_with_the_changes_on_the_way(start: Trainers):
    first = to(start(SPEC), 40)
    first.rebuild(SPEC.but(learning_rate=0.02, batch_size=7))
    to(first, 100)
    second = again(start, first)
    assert not second.latest.reproducible
    for step in (0, 39, 41, 100):
        one = Replayer().snapshot(first.recorder.now, step)
        other = Replayer().snapshot(second.recorder.now, step)
        assert one is not None
        assert other is not None
        assert np.array_equal(one.theta, other.theta)
    assert second.recorder.now.changes() == (40,)


def test_two_networks_come_back_together_and_a_diverged_one_stays_so(start: Trainers):
    wild = SPEC.but(depth=16, init="normal", weight_variance=1e6)
    first = to(start(SPEC, other=wild), 60)
    second = again(start, first)
    one, other = first.latest, second.latest
    assert one.other is not None
    assert other.other is not None
    assert other.other.diverged
    assert (one.step, one.other.step) == (other.step, other.other.step)
    assert np.array_equal(one.other.theta, other.other.theta)
    assert one.other.shown_step == other.other.shown_step


def test_one_that_trained_trains_on(start: Trainers):
    first = start(SPEC, speed=500.0)
    first.play()
    held = first.hold()
    assert held.playing
    second = again(start, first)
    before = second.latest.step
    while second.settle().step <= before + 3:
        pass
    assert second.latest.status == "training"


def test_other_bytes_are_refused(start: Trainers):
    words, numbers = pack(start(SPEC).hold())
    for broken in (numbers[:-4], numbers + b"\0\0\0\0", b"", numbers[:-1]):
        with pytest.raises(ValueError):  # noqa: PT011
            unpack(words, broken)
