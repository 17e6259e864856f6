"""Many who open one link: their way is gone once, and it is the way that each would have gone."""

import threading
import time

import numpy as np
import pytest

from cellscope.model.spec import Spec
from cellscope.model.training.course import MOST_KEPT, Courses
from cellscope.model.training.learner import Learner
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.training.trainer import Trainer
from tests.trainers import Trainers

SPEC = Spec(width=6, depth=3, samples=80, batch_size=8)
BREAKS = Spec(width=16, depth=11, init="normal", samples=80, batch_size=8, learning_rate=1.0)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The steps that are computed, by whomever."""
    made: list[int] = []
    step = Learner.step

    def counted(self: Learner) -> bool:
        made.append(self.step_count)
        return step(self)

    monkeypatch.setattr(Learner, "step", counted)
    return made


def at_rest(trainer: Trainer) -> Snapshot:
    """The state once it is paused or has diverged."""
    done = threading.Event()
    end = trainer.subscribe(done.set)
    trainer.settle()
    while trainer.latest.status == "training":
        assert done.wait(120.0)  # a guard, on a busy machine
        done.clear()
    end()
    return trainer.latest


def alike(one: Snapshot, two: Snapshot) -> bool:
    return (
        one.theta.tobytes() == two.theta.tobytes()
        and all(map(np.array_equal, one.optimizer_state, two.optimizer_state))
        and (one.step, one.shown_step, one.status, one.nonfinite_layer)
        == (two.step, two.shown_step, two.status, two.nonfinite_layer)
        and repr(one.history) == repr(two.history)  # also where a loss is nan
        and (one.other is None) == (two.other is None)
        and (one.other is None or two.other is None or alike(one.other, two.other))
    )


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_a_course_ends_where_a_run_alone_ends_bit_for_bit(start: Trainers, optimizer: str):
    spec, courses = SPEC.but(optimizer=optimizer), Courses()
    alone, together = start(spec), start(spec)
    alone.run_to(300)
    together.run_to(300, courses)
    assert at_rest(together).step == 300
    assert alike(at_rest(alone), at_rest(together))
    for trainer in (alone, together):  # and both go on the same way
        trainer.step()
    assert alike(alone.settle(), together.settle())


def test_two_networks_of_which_one_diverges_are_the_same_alone_and_together(start: Trainers):
    other = BREAKS.but(init="he", learning_rate=0.05)
    alone, together = start(BREAKS, other=other), start(BREAKS, other=other)
    alone.run_to(60)
    together.run_to(60, Courses())
    assert at_rest(together).own_status == "diverged"
    assert at_rest(together).experiment_step == 60
    assert alike(at_rest(alone), at_rest(together))


def test_a_course_that_diverges_ends_there(start: Trainers):
    alone, together = start(BREAKS), start(BREAKS)
    alone.run_to(500)
    together.run_to(500, Courses())
    assert at_rest(together).status == "diverged"
    assert alike(at_rest(alone), at_rest(together))


def test_thirty_who_open_one_link_share_one_computation(start: Trainers, steps: list[int]):
    courses = Courses()
    trainers = [start(SPEC) for _ in range(30)]
    for trainer in trainers:
        trainer.run_to(400, courses)
    ends = [at_rest(trainer) for trainer in trainers]
    assert {end.step for end in ends} == {400}
    assert all(alike(ends[0], end) for end in ends)
    assert sorted(steps) == list(range(400))  # each once
    late = start(SPEC)
    late.run_to(400, courses)  # kept for who comes later
    assert alike(at_rest(late), ends[0])
    assert len(steps) == 400


def test_who_leaves_does_not_end_it_for_the_others(start: Trainers, steps: list[int]):
    courses = Courses()
    first, second = start(SPEC), start(SPEC)
    first.run_to(20_000, courses)
    second.run_to(20_000, courses)
    while first.settle().step == 0:
        pass
    first.pause()
    left = first.settle()
    assert left.status == "paused"
    assert 0 < left.step < 20_000
    assert left.reproducible
    first.close()
    assert at_rest(second).step == 20_000
    assert len(steps) == 20_000


def test_what_nobody_follows_is_not_computed_on(start: Trainers):
    courses = Courses()
    trainer = start(SPEC)
    trainer.run_to(50_000, courses)
    trainer.settle()
    trainer.rewind()
    assert trainer.settle().step == 0
    courses.course((SPEC.but(width=5),), 10, trainer)
    assert len(courses) == 1  # the one that was left is forgotten


def test_a_change_of_rate_on_the_way_leaves_the_course_and_still_comes_to_the_step(start: Trainers):
    trainer = start(SPEC)
    trainer.run_to(3_000, Courses())
    while trainer.settle().step == 0:
        pass
    trainer.rebuild(SPEC.but(learning_rate=0.01))
    end = at_rest(trainer)
    assert end.step == 3_000
    assert not end.reproducible


def test_the_newest_ends_are_kept_within_bounds(start: Trainers):
    courses, trainer = Courses(), start(SPEC)
    for step in range(1, MOST_KEPT + 5):
        trainer.rewind()
        trainer.run_to(step, courses)
        assert at_rest(trainer).step == step
    assert len(courses) <= MOST_KEPT + 1


def test_settings_and_step_lead_to_a_state_again_unless_a_live_setting_was_changed_on_the_way(
    start: Trainers,
):
    trainer = start(SPEC)
    slower = SPEC.but(learning_rate=0.01)
    assert trainer.settle().reproducible
    trainer.rebuild(slower)  # before the first step
    trainer.step()
    assert trainer.settle().reproducible
    trainer.rebuild(SPEC)
    assert not trainer.settle().reproducible  # the step was taken with the other rate
    trainer.rebuild(slower)
    assert trainer.settle().reproducible  # as if nothing had been
    trainer.rebuild(SPEC)
    trainer.settle()
    trainer.step()
    trainer.rebuild(slower)
    assert not trainer.settle().reproducible
    trainer.rewind()
    assert trainer.settle().reproducible


def test_the_second_networks_rate_counts_as_well(start: Trainers):
    other = SPEC.but(init="normal")
    trainer = start(SPEC, other=other)
    trainer.step()
    trainer.rebuild(SPEC, other=other.but(batch_size=4))
    assert not trainer.settle().reproducible


def test_a_limit_of_steps_a_second_holds_however_many_follow(start: Trainers):
    courses, begun = Courses(50.0), time.monotonic()
    several = [start(SPEC) for _ in range(3)]
    for trainer in several:
        trainer.run_to(10_000, courses)
    time.sleep(0.6)
    reached = [trainer.settle().step for trainer in several]
    assert 0 < max(reached) <= 50.0 * (time.monotonic() - begun) + 25  # and a burst at the start
