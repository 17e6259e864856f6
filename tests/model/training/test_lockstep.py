"""Two networks in lockstep: each is bitwise what it is alone, and they are published together."""

from typing import Any

import numpy as np
import pytest
import torch

from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from cellscope.model.training import live
from cellscope.model.training.learner import Learner
from cellscope.model.training.lockstep import Lockstep
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.training.trainer import Trainer
from tests.trainers import PATIENCE_S, Trainers, theta_after, wait

SPEC = Spec(hidden=(8, 8), batch_size=10, samples=100)
OTHERS = {
    "another scheme": SPEC.but(init="normal", weight_variance=0.3),
    "another size": SPEC.but(hidden=(5,)),
    "another optimiser": SPEC.but(optimizer="adam", learning_rate=0.01),
    "another batch size": SPEC.but(batch_size=7),
    "another activation": SPEC.but(activation="tanh", seed=3),
}
HE = Spec(width=16, depth=11, bias="zero", bias_variance=0.0)
NORMAL = HE.but(init="normal")  # diverges at step 2


def pair(trainer: Trainer) -> tuple[Snapshot, Snapshot]:
    """Both states after all commands so far."""
    first = trainer.settle()
    assert first.other is not None
    return first, first.other


@pytest.fixture
def both(start: Trainers) -> Trainer:
    return start(SPEC, other=OTHERS["another scheme"])


@pytest.fixture
def apart(start: Trainers) -> Trainer:
    """N(0, 1) and He: one of them diverges."""
    return start(NORMAL, other=HE)


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_every_step_of_both_is_the_step_each_takes_alone(start: Trainers, other: Spec):
    together, one, two = start(SPEC, other=other), start(SPEC), start(other)
    for step in range(1, 26):
        for trainer in (together, one, two):
            trainer.step()
        first, second = pair(together)
        assert (first.step, second.step) == (step, step)
        for snapshot, alone in ((first, one.settle()), (second, two.settle())):
            np.testing.assert_array_equal(snapshot.theta, alone.theta)
            assert snapshot.history == alone.history
            assert snapshot.spec == alone.spec
            for mine, its in zip(snapshot.optimizer_state, alone.optimizer_state, strict=True):
                np.testing.assert_array_equal(mine, its)


def test_flat_out_both_arrive_where_each_arrives_alone(both: Trainer):
    both.play()
    wait(both, lambda s: s.step >= 300)
    both.pause()
    first, second = pair(both)
    assert first.step == second.step >= 300
    np.testing.assert_array_equal(first.theta, theta_after(first.spec, first.step))
    np.testing.assert_array_equal(second.theta, theta_after(second.spec, second.step))


def test_equal_specs_stay_bitwise_equal_side_by_side(start: Trainers):
    # The same Z, the same data, the same batches: nothing else makes a difference.
    twins = start(SPEC, other=SPEC.but())
    twins.play()
    wait(twins, lambda s: s.step >= 100)
    first, second = pair(twins)
    np.testing.assert_array_equal(first.theta, second.theta)
    assert first.history == second.history


def test_every_published_pair_is_of_one_step_and_one_version(both: Trainer):
    both.play()
    seen = both.latest
    for _ in range(200):
        newer = both.newer(seen.version, PATIENCE_S)
        assert newer is not None
        assert newer.other is not None
        assert newer.other.other is None
        assert (newer.other.version, newer.other.run) == (newer.version, newer.run)
        assert newer.other.step == newer.step == newer.experiment_step
        assert newer.version > seen.version
        seen = newer
    assert seen.step > 100


def test_one_that_diverges_stays_and_the_other_goes_on_untouched(apart: Trainer):
    apart.play()
    seen = wait(apart, lambda s: s.experiment_step >= 60)
    assert seen.other is not None
    assert (seen.status, seen.own_status, seen.step) == ("training", "diverged", 2)
    assert (seen.other.own_status, seen.other.diverged) == ("training", False)
    assert seen.steps_per_second > 0
    apart.pause()
    first, second = pair(apart)
    assert (first.status, first.own_status, second.own_status) == ("paused", "diverged", "paused")
    assert (first.step, first.nonfinite_layer in range(1, 12)) == (2, True)
    assert second.step == second.experiment_step == first.experiment_step >= 60
    assert second.nonfinite_layer is None
    np.testing.assert_array_equal(second.theta, theta_after(HE, second.step))
    np.testing.assert_array_equal(first.theta, theta_after(NORMAL, first.shown_step))
    assert [score.step for score in first.history] == [0, 1, 2]


def test_the_second_may_be_the_one_that_diverges(start: Trainers):
    trainer = start(HE, other=NORMAL)
    first = trainer.latest
    for step in range(1, 6):
        trainer.step()
        first, second = pair(trainer)
        assert (first.step, second.step) == (step, min(step, 2))
        assert (first.own_status, second.diverged) == ("paused", step >= 2)
        assert first.experiment_step == step
    np.testing.assert_array_equal(first.theta, theta_after(HE, 5))


def test_it_ends_only_when_both_have_diverged(start: Trainers):
    trainer = start(NORMAL, other=HE.but(learning_rate=30.0))
    trainer.play()
    end = wait(trainer, lambda s: s.status == "diverged")
    assert end.other is not None
    assert end.diverged
    assert end.other.diverged
    assert end.steps_per_second == 0
    trainer.play()
    trainer.step()
    assert trainer.settle().status == "diverged"  # until a rewind
    trainer.rewind()
    first, second = pair(trainer)
    assert (first.status, first.step, second.step) == ("paused", 0, 0)
    assert (first.diverged, second.diverged) == (False, False)


def test_a_rewind_takes_both_back(both: Trainer):
    both.play()
    run = wait(both, lambda s: s.step >= 50).run
    both.rewind()
    first, second = pair(both)
    assert (first.step, second.step, first.status, first.run) == (0, 0, "paused", run + 1)
    np.testing.assert_array_equal(first.theta, theta_after(first.spec, 0))
    np.testing.assert_array_equal(second.theta, theta_after(second.spec, 0))


def test_live_settings_act_on_the_one_they_are_given_to(both: Trainer):
    for _ in range(5):
        both.step()
    other = OTHERS["another scheme"]
    both.rebuild(SPEC.but(learning_rate=0.02), other=other.but(batch_size=7))
    both.step()
    first, second = pair(both)
    assert (first.step, second.step, first.run) == (6, 6, 0)
    assert (first.spec.learning_rate, second.spec.learning_rate) == (0.02, other.learning_rate)
    assert (first.spec.batch_size, second.spec.batch_size) == (10, 7)


def test_a_second_network_starts_both_anew_and_leaving_it_out_does_not(start: Trainers):
    trainer = start(SPEC)
    for _ in range(5):
        trainer.step()
    trainer.rebuild(SPEC, other=OTHERS["another size"])
    first, second = pair(trainer)
    assert (first.step, second.step, first.run) == (0, 0, 1)  # from one start, or it were no race
    for _ in range(4):
        trainer.step()
    trainer.rebuild(SPEC)
    alone = trainer.settle()
    assert (alone.step, alone.run, alone.other) == (4, 1, None)
    trainer.step()
    np.testing.assert_array_equal(trainer.settle().theta, theta_after(SPEC, 5))


def test_leaving_out_the_one_that_went_on_shows_the_divergence(apart: Trainer):
    apart.play()
    wait(apart, lambda s: s.experiment_step >= 10)
    apart.rebuild(NORMAL)
    alone = apart.settle()
    assert (alone.status, alone.step, alone.other) == ("diverged", 2, None)


def test_an_error_in_one_is_published_for_both(both: Trainer, monkeypatch: pytest.MonkeyPatch):
    step = Learner.step

    def boom(learner: Learner) -> bool:
        if learner.spec != SPEC and learner.step_count == 3:
            raise RuntimeError("out of paper")
        return step(learner)

    monkeypatch.setattr(Learner, "step", boom)
    both.play()
    failed = wait(both, lambda s: s.status == "failed")
    assert failed.other is not None
    assert (failed.own_status, failed.other.own_status) == ("failed", "failed")
    assert failed.other.error == failed.error == "RuntimeError: out of paper"
    assert failed.other.version == failed.version


def test_a_second_network_that_cannot_start_changes_nothing(
    start: Trainers, monkeypatch: pytest.MonkeyPatch
):
    trainer = start(SPEC)
    trainer.step()

    def boom(spec: Spec, data: Any) -> Any:
        if spec.width == 33:
            raise MemoryError("no room")
        return initial_weights(spec, data)

    monkeypatch.setattr(live, "initial_weights", boom)
    trainer.rebuild(SPEC.but(width=3), other=SPEC.but(hidden=None, width=33))
    failed = trainer.settle()
    assert (failed.status, failed.spec, failed.other) == ("failed", SPEC, None)
    trainer.rewind()
    assert trainer.settle().status == "paused"


def test_a_snapshot_is_asked_for_one_of_the_two(both: Trainer):
    first, second = pair(both)
    assert (first.of("a"), first.of("b")) == (first, second)
    assert second.of("b") is second  # the only one it knows of


def test_the_leading_network_is_one_that_goes_on():
    with torch.inference_mode():
        lockstep = Lockstep((NORMAL, HE))
        steps: list[int] = []
        for _ in range(6):
            lockstep.advance()
            steps.append(lockstep.step)
    assert steps == [1, 2, 3, 4, 5, 6]
    assert [network.diverged for network in lockstep.networks] == [True, False]
    assert not lockstep.diverged
