"""Many that train flat out leave time for pictures; one or two are not held up."""

import time

import pytest

from cellscope.model.spec import Spec
from cellscope.model.training import budget as module
from cellscope.model.training import trainer as live
from cellscope.model.training.budget import FREE, SEEN_S, SLICE_S, Budget
from tests.conftest import Trainers

SPEC = Spec(width=4, depth=3, samples=60, batch_size=8)


class Clock:
    now = 0.0

    def monotonic(self) -> float:
        return self.now


class Long(Budget):
    """Whoever has worked pauses for long."""

    def pause(self, who: int) -> float:
        return 30.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(module, "time", made)
    return made


def test_from_three_on_all_together_work_as_much_as_one(clock: Clock):
    budget = Budget()
    assert [budget.pause(who) for who in range(FREE)] == [0.0] * FREE
    for who in range(10):
        budget.pause(who)
    assert budget.pause(3) == pytest.approx(9 * SLICE_S)
    assert SLICE_S / (SLICE_S + budget.pause(3)) == pytest.approx(1 / 10)


def test_who_works_no_more_takes_no_part(clock: Clock):
    budget = Budget()
    for who in range(10):
        budget.pause(who)
    clock.now += SEEN_S
    assert budget.pause(0) == 0.0


def test_a_command_and_a_wish_for_the_state_end_a_pause(
    start: Trainers, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(live, "BUDGET", Long())
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
