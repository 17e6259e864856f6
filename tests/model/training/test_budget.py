"""Many that train flat out leave time for pictures; one or two are not held up."""

import time

import pytest

from cellscope.model.spec import Spec
from cellscope.model.training import budget as module
from cellscope.model.training.budget import FREE, SEEN_S, SLICE_S, Budget
from tests.trainers import Trainers

SPEC = Spec(width=4, depth=3, samples=60, batch_size=8)


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


class Long(Budget):
    """Whoever has worked pauses for long."""

    def pause(self, who: int, worked: float, idle: float, paused: float = 0.0) -> float:
        return 30.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def test_from_three_on_all_together_work_as_much_as_one(clock: Clock):
    budget = Budget()
    assert [budget.pause(who, SLICE_S, 0.0) for who in range(FREE)] == [0.0] * FREE
    for who in range(10):
        budget.pause(who, SLICE_S, 0.0)
    assert budget.pause(3, SLICE_S, 0.0) == pytest.approx(9 * SLICE_S)


def test_a_step_that_takes_long_is_paused_for_as_long_as_it_took(clock: Clock):
    budget = Budget()
    for who in range(4):
        budget.pause(who, SLICE_S, 0.0)
    assert budget.pause(0, 0.2, 0.0) == pytest.approx(0.6)


def test_who_wants_little_has_it_and_the_others_share_what_is_left(clock: Clock):
    budget = Budget()
    for who in range(2):
        budget.pause(who, 0.01, 0.09)  # a tenth of a core, as at a low speed
    for who in range(2, 6):
        budget.pause(who, SLICE_S, 0.0)
    assert budget.pause(0, 0.01, 0.09) == 0.0
    assert budget.pause(5, SLICE_S, 0.0) == pytest.approx(SLICE_S / 0.2 - SLICE_S)


def test_what_was_paused_already_counts(clock: Clock):
    budget = Budget()
    for who in range(4):
        budget.pause(who, SLICE_S, 0.0)
    assert budget.pause(0, SLICE_S, 0.0, 0.02) == pytest.approx(3 * SLICE_S - 0.02)


def test_many_that_want_almost_nothing_hold_up_nobody(clock: Clock):
    budget = Budget()
    for who in range(30):
        budget.pause(who, 0.01, 1.0)
    assert budget.pause(40, SLICE_S, 0.0) == 0.0


def test_who_works_no_more_takes_no_part(clock: Clock):
    budget = Budget()
    for who in range(10):
        budget.pause(who, SLICE_S, 0.0)
    clock.now += SEEN_S
    assert budget.pause(0, SLICE_S, 0.0) == 0.0


def test_a_command_and_a_wish_for_the_state_end_a_pause(
    start: Trainers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "BUDGET", Long())
    trainer = start(SPEC)
    trainer.play()
    begun = time.monotonic()
    seen = trainer.settle()
    for _ in range(3):
        newer = trainer.newer(seen.version, 20.0)
        assert newer is not None
        assert newer.step > seen.step
        seen = newer
    trainer.pause()
    assert trainer.settle().status == "paused"
    assert time.monotonic() - begun < 20.0
