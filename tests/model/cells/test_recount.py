"""Steps that no picture was shown of are counted afterwards, as if one had been."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cellscope.model.cells.count import recount as module
from cellscope.model.cells.count.change import Stretch
from cellscope.model.cells.count.count_history import CountRecord, recorded_survey
from cellscope.model.cells.count.curve import MOST_POINTS, Curve
from cellscope.model.cells.count.recount import Wish, recount, steps_between
from cellscope.model.cells.count.step_by_step import step_by_step
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.own_data import OwnData
from cellscope.model.recording.recorder import Recorder
from cellscope.model.recording.recording import Recording
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import OWN, Spec
from cellscope.model.training.lockstep import Lockstep
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

NET = Spec(width=6, depth=4, learning_rate=0.1)
WINDOW = View().window
WISH = Wish(1, WINDOW, 2)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)


@pytest.fixture(scope="module")
def recording() -> Recording:
    """A run of 400 steps."""
    recorder, lockstep = Recorder(), Lockstep((NET,))
    recorder.begin(1, (NET,))
    for step in range(1, 401):
        lockstep.advance()
        if step == recorder.now.next_at:
            recorder.go_on(lockstep)
    recorder.note(lockstep)
    return recorder.now


class Replayed:
    """The recording's steps, and which were asked for."""

    def __init__(self, recording: Recording) -> None:
        self.recording, self.replayer, self.asked = recording, Replayer(), list[int]()

    def __call__(self, step: int) -> Snapshot | None:
        self.asked.append(step)
        return self.replayer.snapshot(self.recording, step)


def fill(record: CountRecord, steps: Sequence[int], at: Replayed, wish: Wish = WISH) -> None:
    assert list(recount(record, wish, steps, at)) == at.asked


def by_survey(at: Replayed, step: int) -> tuple[int, int, int, int]:
    """The curve's point of a step of which a picture is shown."""
    found = recorded_survey(at(step), View(layer=2), CountRecord())  # pyright: ignore[reportArgumentType]
    counts = next(one for one in found.layers if one.layer == 2)
    return step, *counts.of("cells"), counts.filled.points


def test_a_run_that_nobody_saw_has_the_curve_that_it_would_have(recording: Recording) -> None:
    record = CountRecord()
    kept = [state.step for state in recording.states(0)]
    assert kept == [64, 128, 192, 256, 320, 384]
    steps = steps_between(record.steps(*WISH), kept, recording.last)
    assert steps == (0, *kept, 400)
    fill(record, steps, Replayed(recording))
    curve = record.curves(1, WINDOW, 2, "cells")
    seen = Replayed(recording)
    assert curve.window == tuple(by_survey(seen, step) for step in steps)
    assert [step for step, _, exact in curve.plane if exact] == list(steps)
    changes = record.changes(1, WINDOW, 2)
    assert [(one.first, one.last) for one in changes] == list(pairwise(steps))
    assert all(
        one.after == count for one, (_, count, _, _) in zip(changes, curve.window[1:], strict=True)
    )
    assert steps_between(record.steps(*WISH), kept, recording.last) == ()


def test_what_was_seen_stays_and_only_what_lies_between_is_replayed(recording: Recording) -> None:
    record, seen = CountRecord(), Replayed(recording)
    for step in (300, 350, 400):  # the newest run: surveys add to it
        snapshot = seen(step)
        assert snapshot is not None
        found = recorded_survey(snapshot, View(layer=2), CountRecord())
        record.add(snapshot, WINDOW, found.layers, found.traces)
    steps = steps_between(record.steps(*WISH), (64, 128, 192, 256, 320, 384), 400)
    assert steps == (0, 64, 128, 192)
    at = Replayed(recording)
    fill(record, steps, at)
    assert at.asked == [0, 64, 128, 192, 300]  # the first that was seen, for what changed up to it
    known = record.changes(1, WINDOW, 2)
    assert [(one.first, one.last) for one in known] == [
        *pairwise((0, 64, 128, 192, 300)), (300, 350), (350, 400)
    ]  # fmt: skip


def test_a_run_that_was_left_is_counted_beside_the_one_of_now(recording: Recording) -> None:
    record, at = CountRecord(), Replayed(recording)
    start = at(0)
    assert start is not None
    newer = replace(start, run=2, version=5, recalled=False)
    now = recorded_survey(newer, View(layer=2), record)
    fill(record, (64,), Replayed(recording))
    assert [step for step, *_ in record.curves(1, WINDOW, 2, "cells").window] == [64]
    assert record.curves(2, WINDOW, 2, "cells").window == (
        (0, *now.layers[1].of("cells"), now.layers[1].filled.points),
    )


def test_it_ends_where_a_step_has_too_many_cells_or_is_not_wanted(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = CountRecord()
    assert list(recount(record, WISH, (0, 64), lambda _step: None)) == []
    assert not record.is_given_up(*WISH)

    def refused(*_: object) -> None:
        raise BudgetExceeded(2, 10)

    monkeypatch.setattr(module, "complex_of", refused)
    assert list(recount(record, WISH, (0, 64), Replayed(recording))) == []
    assert record.is_given_up(*WISH)
    assert record.curves(1, WINDOW, 2, "cells").window == ()


def test_the_output_layers_signs_are_counted_once_they_are_looked_at(recording: Recording) -> None:
    record = CountRecord()
    fill(record, (0, 64), Replayed(recording))
    logits = WISH._replace(layer=4)
    assert record.steps(*logits) == ()
    fill(record, (0, 64), Replayed(recording), logits)
    assert record.steps(*logits) == record.steps(*WISH) == (0, 64)


def test_a_curve_takes_late_values_and_stays_within_its_bound() -> None:
    curve = Curve[int]()
    for step in range(1000, 1000 + MOST_POINTS):
        curve.add(step, step)
    for step in (0, 500, 1010, 500):
        curve.fill(step, -step)
    known = dict(curve.points)
    assert curve.points == tuple(sorted(known.items()))
    assert known[0] == 0
    assert known[1000 + MOST_POINTS - 1] == 1000 + MOST_POINTS - 1
    assert len(known) <= MOST_POINTS + 1


@pytest.fixture(scope="module")
def drawn_on() -> Recording:
    """A run of 200 steps at whose 100th twenty points were drawn."""
    rng = np.random.default_rng(3)
    x = rng.uniform(-2, 2, (60, 2))
    few, more = (OwnData("drawn", x[:n], np.arange(n) % 2) for n in (40, 60))
    first, second = (
        Spec(dataset=OWN, own=own, width=6, depth=3, batch_size=8) for own in (few, more)
    )
    recorder, lockstep = Recorder(), Lockstep((first,))
    recorder.begin(1, (first,))
    for step in range(1, 201):
        if step == 101:
            lockstep.take_live((second,))
            recorder.now.change(100, (second,))
        lockstep.advance()
        if step == recorder.now.next_at:
            recorder.go_on(lockstep)
    recorder.note(lockstep)
    return recorder.now


def test_points_that_were_drawn_on_the_way_are_compared_with_themselves_only(
    drawn_on: Recording,
) -> None:
    record = CountRecord()
    fill(record, (0, 64, 128, 192, 200), Replayed(drawn_on))
    assert [point for *_, point in record.curves(1, WINDOW, 2, "cells").window] == [
        30,
        30,
        45,
        45,
        45,
    ]
    found = [(one.first, one.last, one.points) for one in record.changes(1, WINDOW, 2)]
    assert found == [(0, 64, 30), (128, 192, 45), (192, 200, 45)]


def test_so_are_those_of_every_single_step(drawn_on: Recording) -> None:
    *_, last = step_by_step(Stretch(1, WINDOW, 2, 97, 103), Replayed(drawn_on))
    assert [(one.first, one.points) for one in last.changes] == [
        (97, 30), (98, 30), (100, 45), (101, 45), (102, 45)
    ]  # fmt: skip
