"""Training on points of one's own, also while they are being drawn."""

import math

import numpy as np
import pytest
import torch

from cellscope.model.datasets import make_data, own_scales, split_of
from cellscope.model.formula import classes_of
from cellscope.model.own_data import OwnData, unpacked
from cellscope.model.recording.recorder import Recorder
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import OWN, Spec, SpecError
from cellscope.model.training.held import Held, HeldNetwork, pack, unpack
from cellscope.model.training.live import Change
from cellscope.model.training.lockstep import Lockstep
from tests.trainers import Trainers


def drawn(count: int, seed: int = 0) -> OwnData:
    rng = np.random.default_rng(seed)
    return OwnData("drawn", rng.uniform(-3, 3, (count, 2)), np.arange(count) % 2)


def spec_of(own: OwnData, **settings: object) -> Spec:
    return Spec(dataset=OWN, own=own, width=6, depth=3, batch_size=8, **settings)  # pyright: ignore[reportArgumentType]


def test_the_points_are_taken_as_they_are():
    own = drawn(40)
    data = make_data(spec_of(own))
    assert (len(data.train_x), len(data.test_x)) == split_of(spec_of(own)) == (30, 10)
    both = np.concatenate([data.train_x, data.test_x])
    assert {tuple(p) for p in both} == {tuple(p) for p in own.x}


def test_one_more_point_moves_at_most_one_other_to_the_test_points():
    few, more = drawn(40), drawn(41)
    assert np.array_equal(few.x, more.x[:40])
    first = {tuple(p) for p in make_data(spec_of(few)).test_x}
    second = {tuple(p) for p in make_data(spec_of(more)).test_x}
    assert len(first ^ second) <= 2


def test_standardised_points_have_mean_0_and_deviation_1_and_it_is_said_how():
    own = OwnData("file", drawn(60).x * 1e7 + 5e8, np.arange(60) * 3.0, standardise=True)
    spec = spec_of(own, task="regression")
    data = make_data(spec)
    np.testing.assert_allclose(data.train_x.mean(axis=0), 0, atol=1e-7)
    np.testing.assert_allclose(data.train_y.std(), 1)
    x1, _, target = own_scales(spec)
    back = np.sort(np.concatenate([data.train_y, data.test_y]) * target.deviation + target.mean)
    np.testing.assert_allclose(back, own.y)
    assert x1.mean == pytest.approx(5e8, rel=0.1)
    with pytest.raises(SpecError) as caught:
        spec_of(own.but(standardise=False))
    assert caught.value.rule == "own_far"


def test_a_formula_gives_classes_or_targets():
    own = OwnData("formula", np.empty((0, 2)), np.empty(0), name="x*y")
    data = make_data(spec_of(own, noise=0.0))
    np.testing.assert_array_equal(data.train_y, data.train_x.prod(axis=1) > 0)
    data = make_data(spec_of(own, noise=0.0, task="regression"))
    np.testing.assert_allclose(data.train_y, data.train_x.prod(axis=1))
    assert classes_of("(x > 0) + (y > 0)") == 3
    assert classes_of("x") == classes_of("x > 0") == 2


def test_without_points_there_is_no_own_data_set():
    with pytest.raises(SpecError) as caught:
        Spec(dataset=OWN)
    assert (caught.value.field, caught.value.rule) == ("dataset", "own_missing")
    assert spec_of(drawn(9)).but(dataset="moons").own is None


def test_many_numbers_are_no_classes_but_targets():
    own = OwnData("file", drawn(20).x, np.arange(20) / 3)
    with pytest.raises(SpecError) as caught:
        spec_of(own)
    assert caught.value.rule == "own_classes"
    assert spec_of(own, task="regression").outputs == 1


def test_drawn_points_change_a_run_on_its_way_and_others_begin_a_new_one():
    one, other = spec_of(drawn(20)), spec_of(drawn(21))
    assert one.same_start(other)
    assert not one.same_beginning(other)
    formula = OwnData("formula", np.empty((0, 2)), np.empty(0), name="x*y")
    assert not one.same_start(spec_of(formula))
    assert not one.same_start(one.but(dataset="moons"))


def recorded() -> tuple[Recorder, Lockstep]:
    """A run whose points were drawn on at steps 40 and 90."""
    recorder, specs = Recorder(), (spec_of(drawn(20), init="lsuv"),)
    with torch.inference_mode():
        lockstep = Lockstep(specs)
        recorder.begin(0, specs)
        for step in range(200):
            if step in (40, 90):
                now = (specs[0].but(own=drawn(20 + step)),)
                assert lockstep.same_start(now)
                lockstep.take_live(now)
                recorder.now.change(step, now)
            lockstep.advance()
            if lockstep.step >= recorder.now.next_at:
                recorder.go_on(lockstep)
        recorder.note(lockstep)
    return recorder, lockstep


def test_a_run_that_was_drawn_on_is_replayed_bit_for_bit():
    recorder, lockstep = recorded()
    for step in (200, 10, 100, 60, 200):
        fresh = Lockstep((spec_of(drawn(20), init="lsuv"),))
        with torch.inference_mode():
            for k in range(step):
                if k in (40, 90):
                    fresh.take_live((fresh.specs[0].but(own=drawn(20 + k)),))
                fresh.advance()
        seen = Replayer().snapshot(recorder.now, step)
        assert seen is not None
        assert np.array_equal(seen.theta, fresh.networks[0].learner.theta.numpy())
        assert seen.spec.own == fresh.specs[0].own if step not in (40, 90) else True
    assert not lockstep.networks[0].reproducible


def test_a_run_with_points_of_ones_own_is_kept_as_bytes():
    recorder, lockstep = recorded()
    changes = tuple(recorder.now.track(0).changes)
    network = HeldNetwork(changes, lockstep.save()[0])
    held = unpack(*pack(Held((network,), "paused", False, None, None)))
    assert [c.spec for c in held.networks[0].changes] == [c.spec for c in changes]
    assert isinstance(held.networks[0].changes[0], Change)
    own = drawn(7)
    assert unpacked(own.packed()) == own
    assert own != own.but(standardise=True)


def test_points_drawn_at_the_same_step_are_one_change():
    recorder = Recorder()
    specs = (spec_of(drawn(20)),)
    recorder.begin(0, specs)
    for count in (21, 22, 23):
        recorder.now.change(5, (specs[0].but(own=drawn(count)),))
    assert [c.step for c in recorder.now.track(0).changes] == [0, 5]
    assert recorder.now.own_bytes == (20 + 23) * 24


def test_one_point_of_each_is_enough_to_train_on():
    with torch.inference_mode():
        lockstep = Lockstep((spec_of(drawn(2)),))
        lockstep.advance()
    assert math.isfinite(lockstep.networks[0].history.points[0].train_loss)


def test_points_drawn_into_a_paused_run_change_its_scores_at_once(start: Trainers):
    few, more = spec_of(drawn(40)), spec_of(drawn(60, seed=1))
    run = start(few)
    for _ in range(3):
        run.step()
    before = run.settle().history[-1]
    run.rebuild(more)
    now = run.settle()
    data = make_data(more)
    h = data.train_x
    for W, b in now.weights[:-1]:
        h = np.maximum(h @ W.T + b, 0.0)
    W, b = now.weights[-1]
    logits = h @ W.T + b
    shares = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(h)), data.train_y]
    assert now.history[-1].step == before.step == 3
    assert now.history[-1].train_loss == pytest.approx(shares.mean(), rel=1e-5)
    right = (logits.argmax(axis=1) == data.train_y).mean()
    assert now.history[-1].train_accuracy == pytest.approx(right)
    assert abs(now.history[-1].train_loss - before.train_loss) > 1e-2
