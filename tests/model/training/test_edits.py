"""Edits: weights set, units frozen and switched off, all of it replayed bit for bit."""

import random
from collections.abc import Generator

import numpy as np
import pytest

from cellscope.model.cells.exact.complex import build
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.edits import Edit, Holding, Places, Wish
from cellscope.model.training.held import Held, pack, unpack
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.training.trainer import Trainer
from cellscope.model.units import fold_of, outputs
from tests.snapshots import chosen

SPEC = Spec(hidden=(6, 5), samples=60, batch_size=8, optimizer="adam", learning_rate=0.01)
PLACES = Places(SPEC)


@pytest.fixture
def trainer() -> Generator[Trainer]:
    made = Trainer(SPEC)
    yield made
    made.close()


def do(trainer: Trainer, wish: Wish) -> Edit | SpecError:
    told: list[Edit | SpecError] = []
    trainer.edit(wish, done=told.append)
    trainer.settle()
    return told[0]


def train(trainer: Trainer, steps: int) -> Snapshot:
    for _ in range(steps):
        trainer.step()
    return trainer.settle()


def again(trainer: Trainer, step: int) -> Snapshot:
    found = Replayer().snapshot(trainer.recorder.now, step)
    assert found is not None
    return found


def test_a_weight_that_is_set_is_just_that_number_in_float32(trainer: Trainer):
    place = PLACES.weight((2, 3), 4)
    do(trainer, Wish({place: 0.1}))
    W, _ = trainer.latest.weights[1]
    assert W[3, 4] == np.float32(0.1)
    assert trainer.latest.theta[place] == np.float32(0.1)
    assert not trainer.latest.reproducible


def test_what_undoes_an_edit_gives_every_bit_back_and_then_nothing_was_edited(trainer: Trainer):
    before = trainer.latest.theta
    done = [do(trainer, Wish({PLACES.bias((1, 0)): v})) for v in (0.5, 0.7)]
    for edit in reversed(done):
        assert isinstance(edit, Edit)
        do(trainer, edit.back())
    assert (trainer.latest.theta == before).all()
    assert trainer.latest.edits == ()
    assert trainer.latest.reproducible


def test_a_drag_at_one_step_is_one_edit(trainer: Trainer):
    for value in np.linspace(0, 1, 20):
        do(trainer, Wish({PLACES.bias((1, 0)): float(value)}))
    assert len(trainer.latest.edits) == 1


def test_a_frozen_unit_keeps_its_weights_and_its_bias_while_all_others_train(trainer: Trainer):
    train(trainer, 3)  # Adam remembers a gradient: without one it would go on
    before = trainer.latest.theta
    do(trainer, Wish(held=((2, 1), "frozen")))
    after = train(trainer, 20).theta
    moved = before != after
    assert not moved[PLACES.incoming((2, 1))].any()
    assert moved[PLACES.incoming((2, 0))].any()
    do(trainer, Wish(held=((2, 1), "free")))
    assert (train(trainer, 5).theta != after)[PLACES.incoming((2, 1))].any()


def test_a_unit_that_is_off_carries_nothing_and_comes_back_as_it_was(trainer: Trainer):
    train(trainer, 5)
    before = trainer.latest.theta
    own = [*PLACES.incoming((1, 2)), *PLACES.outgoing((1, 2))]
    do(trainer, Wish(held=((1, 2), "off")))
    assert not trainer.latest.theta[own].any()
    after = train(trainer, 10).theta
    assert not after[own].any()
    do(trainer, Wish(held=((1, 2), "free")))
    assert (trainer.latest.theta[own] == before[own]).all()


def test_of_two_that_are_off_a_weight_between_them_comes_back_with_the_last(trainer: Trainer):
    between = PLACES.weight((2, 1), 2)
    before = trainer.latest.theta
    for unit in ((1, 2), (2, 1)):
        do(trainer, Wish(held=(unit, "off")))
    do(trainer, Wish(held=((1, 2), "free")))
    assert trainer.latest.theta[between] == 0.0
    do(trainer, Wish(held=((2, 1), "free")))
    assert (trainer.latest.theta == before).all()


def test_the_last_layer_cannot_be_switched_off_and_an_off_unit_not_be_edited(trainer: Trainer):
    refused = do(trainer, Wish(held=((3, 0), "off")))
    assert isinstance(refused, SpecError)
    assert refused.rule == "edit_last"
    do(trainer, Wish(held=((1, 0), "off")))
    refused = do(trainer, Wish({PLACES.bias((1, 0)): 1.0}))
    assert isinstance(refused, SpecError)
    assert refused.rule == "edit_off"


def test_a_fold_drawn_through_a_point_has_the_unit_0_there(trainer: Trainer):
    for unit in ((1, 0), (2, 3), (3, 1)):
        do(trainer, Wish(through=(unit, 0.7, -0.3)))
        h = np.array([0.7, -0.3])
        for layer, (W, b) in enumerate(trainer.latest.weights, start=1):
            y = W.astype(np.float64) @ h + b
            if layer == unit[0]:
                assert abs(y[unit[1]]) < 1e-6
            h = np.maximum(y, 0)


def test_any_step_of_an_edited_run_comes_back_bit_for_bit(trainer: Trainer):
    chance = random.Random(3)
    seen = {0: trainer.latest.theta}
    for _ in range(40):
        unit = chance.choice([(1, 2), (2, 0), (2, 4)])
        wish = chance.choice(
            [
                Wish({PLACES.bias((1, chance.randrange(2))): chance.uniform(-1, 1)}),
                Wish(held=(unit, chance.choice(["free", "frozen", "off"]))),
                Wish(through=((2, 2), chance.uniform(-2, 2), 0.5)),
            ]
        )
        do(trainer, wish)
        seen[trainer.latest.step] = trainer.latest.theta
        for _ in range(chance.randrange(9)):
            snapshot = train(trainer, 1)
            seen[snapshot.step] = snapshot.theta
    assert trainer.recorder.now.keyframes
    replayer = Replayer()
    steps = list(seen)
    chance.shuffle(steps)
    for step in steps:
        found = replayer.snapshot(trainer.recorder.now, step)
        assert found is not None
        assert (found.theta == seen[step]).all(), step
        assert found.step == step


def test_a_branch_from_an_edited_step_goes_on_with_its_edits(trainer: Trainer):
    train(trainer, 4)
    do(trainer, Wish(held=((1, 1), "frozen")))
    train(trainer, 6)
    first = train(trainer, 5).theta
    trainer.train_on_from(trainer.latest.run, 7)
    trainer.pause()
    trainer.settle()
    branched = train(trainer, 15 - trainer.latest.step)
    assert branched.holds.frozen == {(1, 1)}
    assert (branched.theta == first).all()


def test_an_edited_experiment_is_kept_with_its_edits(trainer: Trainer):
    train(trainer, 4)
    do(trainer, Wish({PLACES.bias((1, 0)): 0.25}))
    do(trainer, Wish(held=((2, 2), "off")))
    held = trainer.hold()
    assert unpack(*pack(held)).networks[0].changes == held.networks[0].changes
    other = Trainer(SPEC, held=unpack(*pack(held)))
    try:
        assert other.latest.edits == trainer.latest.edits
        assert (train(other, 5).theta == train(trainer, 5).theta).all()
        assert (again(other, 2).theta == again(trainer, 2).theta).all()
        do(other, Wish(held=((2, 2), "free")))
        do(trainer, Wish(held=((2, 2), "free")))
        assert (other.latest.theta == trainer.latest.theta).all()
    finally:
        other.close()


def undo(trainer: Trainer, edit: Edit | SpecError) -> None:
    assert isinstance(edit, Edit)
    do(trainer, edit.back())


def test_of_two_edits_of_one_step_the_one_that_is_taken_back_is_told_no_more(trainer: Trainer):
    train(trainer, 5)
    do(trainer, Wish({3: 0.5}))
    told, theta = trainer.latest.edits, trainer.latest.theta
    second = do(trainer, Wish({7: 0.25, 9: 1.5}))
    undo(trainer, second)
    assert trainer.latest.edits == told
    assert (trainer.latest.theta == theta).all()
    do(trainer, Wish({7: 0.75}))
    ((_, both),) = trainer.latest.edits
    assert [(place, now) for place, _, now in both.values] == [(3, 0.5), (7, 0.75)]
    assert (again(trainer, 5).theta == trainer.latest.theta).all()


@pytest.mark.parametrize("held", ["off", "frozen", "free"])
def test_edits_taken_back_in_a_run_that_came_back_leave_nothing(trainer: Trainer, held: Holding):
    before = train(trainer, 20)
    done = [do(trainer, Wish({0: 3.0})), do(trainer, Wish(held=((1, 2), held)))]
    edited = trainer.latest
    kept: list[Held] = []
    trainer.rebuild(SPEC.but(seed=3), keep=kept.append)
    assert trainer.settle().step == 0
    trainer.take_back(kept[0], kept.append)
    assert (trainer.settle().edits, trainer.latest.step) == (edited.edits, 20)
    for edit in reversed(done):
        undo(trainer, edit)
        assert (again(trainer, 20).theta == trainer.latest.theta).all()
    assert trainer.latest.edits == ()
    assert trainer.latest.reproducible
    assert (trainer.latest.theta == before.theta).all()
    assert not trainer.recorder.now.edited()
    ahead = train(trainer, 5)
    assert (again(trainer, 25).theta == ahead.theta).all()


@pytest.mark.parametrize("steps", [0, 20])
def test_edits_taken_back_after_settings_of_the_same_step_leave_nothing(
    trainer: Trainer, steps: int
):
    before = train(trainer, steps)
    first = do(trainer, Wish({0: 3.0}))
    trainer.rebuild(SPEC.but(batch_size=7))
    second = do(trainer, Wish(held=((1, 2), "frozen")))
    trainer.rebuild(SPEC.but(batch_size=7, learning_rate=0.2))
    assert len(trainer.settle().edits) == 2
    assert (again(trainer, steps).theta == trainer.latest.theta).all()
    assert again(trainer, steps).spec == trainer.latest.spec
    trainer.rebuild(SPEC.but(batch_size=7))
    undo(trainer, second)
    trainer.rebuild(SPEC)
    undo(trainer, first)
    assert trainer.latest.edits == ()
    assert trainer.latest.reproducible
    assert (trainer.latest.theta == before.theta).all()
    ahead = train(trainer, 5)
    recording = trainer.recorder.now
    assert (recording.changes(), recording.edited()) == ((), ())
    assert (again(trainer, steps + 5).theta == ahead.theta).all()


def test_the_score_of_an_edited_step_is_that_of_the_edited_network(trainer: Trainer):
    train(trainer, 3)
    before = trainer.latest.history[-1]
    do(trainer, Wish({PLACES.bias((3, 0)): 5.0}))
    after = trainer.latest.history[-1]
    assert after.step == before.step
    assert after.train_loss > before.train_loss + 0.5


def test_cells_of_a_network_with_a_unit_off_are_those_of_the_network_without_it(trainer: Trainer):
    do(trainer, Wish({PLACES.bias((2, 0)): 0.3}))
    do(trainer, Wish(held=((1, 2), "off")))
    (W1, b1), (W2, b2), last = trainer.latest.weights
    without = [(np.delete(W1, 2, 0), np.delete(b1, 2)), (np.delete(W2, 2, 1), b2), last]
    window = (-5.0, 5.0, -5.0, 5.0)
    off = build(trainer.latest.weights, window, layer=2)
    assert off.faces == build(without, window, layer=2).faces > 20


@pytest.mark.parametrize("activation", ["relu", "leaky_relu"])
def test_a_fold_is_where_the_unit_changes_its_sign(activation: str):
    made = Trainer(SPEC.but(activation=activation))
    try:
        window = (-5.0, 5.0, -5.0, 5.0)
        for unit in ((1, 0), (2, 1), (3, 0)):
            found = fold_of(made.latest, window, unit)
            assert found is not None
            fold = found.segments
            middles = (fold[:, :2] + fold[:, 2:]) / 2
            *_, values = outputs(
                made.latest.weights[: unit[0]], made.latest.spec.activations, middles
            )
            assert len(fold)
            assert np.abs(values[unit[1]]).max() < 1e-6
    finally:
        made.close()


TENT = ((np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([-0.123, 0.123])),)
TENT += ((np.array([[-1.0, -1.0]]), np.array([1.0])), (np.ones((2, 1)), np.zeros(2)))


@pytest.mark.parametrize("layer", [2, 3])
def test_the_range_of_a_unit_is_exact_between_the_points_of_any_grid(layer: int):
    # 1 - |x - 0.123|, above 0: its peak lies on no grid of the window.
    found = fold_of(chosen(TENT), (-5.0, 5.0, -5.0, 5.0), (layer, 0))
    assert found is not None
    assert (found.low, found.high) == pytest.approx((0.0, 1.0), abs=1e-7)
