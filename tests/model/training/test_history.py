"""The curve is bounded, and its steps depend on nothing but the step."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from cellscope.model.training.history import MOST_POINTS, History, Score


def score(step: int) -> Score:
    return Score(step, 1.0 / (step + 1), 2.0 / (step + 1), 0.5, 0.5)


def record(steps: int) -> History:
    history = History()
    for step in range(steps + 1):
        if history.due(step):
            history.add(score(step))
    return history


def test_at_first_every_step_is_kept():
    assert [p.step for p in record(MOST_POINTS - 1).points] == list(range(MOST_POINTS))


def test_a_full_curve_keeps_every_second_point():
    assert [p.step for p in record(MOST_POINTS).points] == list(range(0, MOST_POINTS + 1, 2))


def test_a_long_curve_stays_bounded_and_even():
    for steps in (MOST_POINTS + 1, 1_000, 12_345, 100_000):
        kept = [p.step for p in record(steps).points]
        gap = kept[1] - kept[0]
        assert MOST_POINTS / 2 < len(kept) <= MOST_POINTS
        assert kept == list(range(0, steps + 1, gap))


def test_the_evaluations_fade_with_time():
    history, evaluations = History(), []
    for step in range(100_000):
        if history.due(step):
            history.add(score(step))
            evaluations.append(step)
    # Each doubling of the steps costs half a curve.
    assert len(evaluations) <= MOST_POINTS + MOST_POINTS / 2 * 10
    assert sum(step >= 50_000 for step in evaluations) <= MOST_POINTS / 2


@given(st.integers(0, 5_000), st.integers(1, 700))
@example(MOST_POINTS - 1, 2)  # full, and the last step is odd: it is thinned at once
def test_the_last_point_of_a_run_is_never_thinned_away(steps: int, extra: int):
    # A run that diverges records its last step although it is not due.
    history = record(steps)
    last = score(steps + extra)
    history.add(last)
    assert history.points[-1] is last
    assert len(history.points) <= MOST_POINTS
    assert all(one.step < two.step for one, two in pairwise(history.points))


def test_points_read_earlier_do_not_change():
    history = record(10)
    before = history.points
    history.add(score(11))
    assert len(before) == 11
    assert len(history.points) == 12
