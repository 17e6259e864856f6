"""The meter of change compares patterns: of points, and of the cells in the window."""

from dataclasses import replace

import numpy as np
import pytest

from cellscope.model.cells.count.change import Stretch
from cellscope.model.cells.count.count_history import CountRecord, recorded_survey
from cellscope.model.cells.count.film_strip import survey
from cellscope.model.cells.count.step_by_step import step_by_step
from cellscope.model.datasets import make_data
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.training.trainer import Trainer
from cellscope.model.view import View
from tests.snapshots import layers_at, patterns_on_grid, started

VIEW = View(layer=2, window=(-3.0, 3.0, -3.0, 3.0), pixels=801)
SPEC = Spec(hidden=(6, 5), samples=80, learning_rate=0.3)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)


def after(steps: int) -> list[Snapshot]:
    """Every ten steps, and the start."""
    trainer = Trainer(SPEC)
    try:
        found = [trainer.latest]
        for step in range(10, steps + 1, 10):
            trainer.run_to(step)
            while trainer.settle().step < step:
                pass
            found.append(trainer.latest)
        return found
    finally:
        trainer.close()


def signs(snapshot: Snapshot) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    return layers_at(snapshot, make_data(SPEC).train_x)[1] > 0


def test_flips_births_and_ends_are_those_of_the_patterns():
    run, record = after(40), CountRecord()
    for snapshot in run:
        recorded_survey(snapshot, VIEW, record)
    found = record.changes(run[0].run, VIEW.window, 2)
    assert [(one.first, one.last) for one in found] == [(0, 10), (10, 20), (20, 30), (30, 40)]
    for one, before, now in zip(found, run, run[1:], strict=False):
        flipped = (signs(before) != signs(now)).any(axis=1)
        assert (one.points, one.flipped) == (len(flipped), int(flipped.sum()))
        assert one.before - one.gone == one.after - one.born  # those that stayed
    assert any(one.flipped for one in found)
    assert any(one.born for one in found)


def test_cells_that_came_and_went_are_seen_on_a_fine_grid_too():
    first, last = after(30)[0], after(30)[-1]
    record = CountRecord()
    for snapshot in (first, last):
        recorded_survey(snapshot, VIEW, record)
    (one,) = record.changes(first.run, VIEW.window, 2)

    def seen(snapshot: Snapshot) -> set[bytes]:
        grid = [(x, y) for x in np.linspace(-3, 3, 601) for y in np.linspace(-3, 3, 601)]
        rows = np.packbits(layers_at(snapshot, np.array(grid))[1] > 0, axis=1)
        return {row.tobytes() for row in np.unique(rows, axis=0)}

    then, now = seen(first), seen(last)
    assert len(now - then) <= one.born <= len(now - then) + one.after - len(now)
    assert len(then - now) <= one.gone <= len(then - now) + one.before - len(then)
    assert patterns_on_grid(first, VIEW).max() + 1 <= one.before


def test_another_window_or_an_earlier_step_is_not_compared():
    snapshot, record = started(SPEC), CountRecord()
    for step, window in ((0, VIEW.window), (5, (0.0, 1.0, 0.0, 1.0)), (9, VIEW.window)):
        view = replace(VIEW, window=window)
        recorded_survey(replace(snapshot, step=step, shown_step=step), view, record)
    assert record.changes(1, VIEW.window, 2) == ()
    recorded_survey(replace(snapshot, step=12, shown_step=12), VIEW, record)
    (one,) = record.changes(1, VIEW.window, 2)
    assert (one.first, one.last, one.flipped, one.born, one.gone) == (9, 12, 0, 0, 0)
    assert record.changes(2, VIEW.window, 2) == ()


def test_a_network_that_hands_change_at_its_step_is_compared_anew():
    start, ten, twenty = after(20)
    by_hand = replace(twenty, step=10, shown_step=10)  # other weights, and no step was taken
    record, expected = CountRecord(), CountRecord()
    for snapshot in (start, ten, by_hand):
        recorded_survey(snapshot, VIEW, record)
    for snapshot in (start, by_hand):
        recorded_survey(snapshot, VIEW, expected)
    run, window = start.run, VIEW.window
    assert record.changes(run, window, 2) == expected.changes(run, window, 2)
    recorded_survey(ten, VIEW, record)  # taken back
    (back,) = record.changes(run, window, 2)
    assert (back.first, back.last, back.after) == (0, 10, back.before - back.gone + back.born)
    recorded_survey(twenty, VIEW, record)
    assert [(one.first, one.last) for one in record.changes(run, window, 2)] == [(0, 10), (10, 20)]


def patterns(words: np.ndarray[tuple[int, int], np.dtype[np.uint64]]) -> set[bytes]:
    return {row.tobytes() for row in words}


def test_every_step_of_a_stretch_is_replayed_and_compared():
    run = Trainer(SPEC)
    try:
        run.run_to(40)
        while run.settle().step < 40:
            pass
        recording, replayer = run.recorder.now, Replayer()
        stretch = Stretch(recording.run, VIEW.window, 2, 12, 31)
        seen = [*step_by_step(stretch, lambda step: replayer.snapshot(recording, step))]
        known = seen[-1]
        assert len(seen) == 20
        assert [(one.first, one.last) for one in known.changes] == [
            (step, step + 1) for step in range(12, 31)
        ]
        for one in known.changes:
            before, now = (replayer.snapshot(recording, step) for step in (one.first, one.last))
            assert before is not None
            assert now is not None
            flipped = (signs(before) != signs(now)).any(axis=1)
            assert one.flipped == int(flipped.sum())
            cells = [patterns(survey(snapshot, VIEW).traces[1].cells) for snapshot in (before, now)]
            assert one.born == len(cells[1] - cells[0])
            assert one.gone == len(cells[0] - cells[1])
            assert (one.before, one.after) == (len(cells[0]), len(cells[1]))
    finally:
        run.close()


def test_a_stretch_is_shown_of_its_own_run_window_and_layer_only():
    record = CountRecord()
    stretch = Stretch(3, VIEW.window, 2, 0, 10)
    record.take_stretch(stretch)
    assert record.stretch(3, VIEW.window, 2) == stretch
    for other in ((2, VIEW.window, 2), (3, (-1.0, 1.0, -1.0, 1.0), 2), (3, VIEW.window, 1)):
        assert record.stretch(*other) is None
    record.take_stretch(None)
    assert record.stretch(3, VIEW.window, 2) is None
