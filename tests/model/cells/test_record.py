from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from cellscope.model.cells.count import count_history as module
from cellscope.model.cells.count.count_history import KEPT_WINDOWS, CountRecord, recorded_survey
from cellscope.model.cells.count.curve import MOST_POINTS, Curve
from cellscope.model.cells.count.film_strip import LayerCounts, survey
from cellscope.model.cells.count.whole_plane import PlaneCounts
from cellscope.model.cells.exact.counts import Counts, Filled
from cellscope.model.opened import Cut
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View, Window
from tests.snapshots import started

WINDOW: Window = (-5.0, 5.0, -5.0, 5.0)
NET = Spec(width=6, depth=4)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)


def at(step: int, *, run: int = 1, moving: bool = True) -> Snapshot:
    status = "training" if moving else "paused"
    snapshot = started(NET, status, version=step + 1)
    return replace(snapshot, step=step, shown_step=step, run=run)


def counted(count: int, layer: int = 1) -> tuple[LayerCounts, ...]:
    return (LayerCounts(layer, count, 2 * count, Filled(60, count // 2, count)),)


def in_plane(count: int) -> tuple[PlaneCounts, ...]:
    return (PlaneCounts(Counts(1, count, count, 2 * count), True, WINDOW),)


# --- a curve --------------------------------------------------------------------------------------


@pytest.mark.parametrize("stride", [1, 7, 1000])
def test_a_curve_keeps_its_ends_and_even_distances_however_long_the_run(stride: int) -> None:
    curve = Curve[int]()
    for k in range(5000):
        curve.add(stride * k, k)
    steps = [step for step, _ in curve.points]
    assert steps[0] == 0
    assert steps[-1] == stride * 4999
    assert MOST_POINTS // 2 <= len(steps) <= MOST_POINTS + 1
    gaps = {b - a for a, b in pairwise(steps[:-1])}
    assert max(gaps) <= 2 * min(gaps)
    assert all(value == step // stride for step, value in curve.points)


def test_a_step_has_one_value_the_newest() -> None:
    curve = Curve[str]()
    for step, value in ((0, "a"), (0, "b"), (3, "c"), (3, "d"), (2, "late")):
        curve.add(step, value)
    assert curve.points == ((0, "b"), (3, "d"))


# --- the record -----------------------------------------------------------------------------------


def test_the_curves_are_those_of_a_layer_a_mode_and_a_window() -> None:
    record = CountRecord()
    for step in (0, 10, 20):
        record.add(at(step), WINDOW, (*counted(100 + step), *counted(8, layer=2)))
    record.add(at(30), (0.0, 1.0, 0.0, 1.0), counted(5))
    record.add_plane(at(30), in_plane(137))
    found = record.curves(1, WINDOW, 1, "cells")
    assert found.window == ((0, 100, 50, 60), (10, 110, 55, 60), (20, 120, 60, 60))
    assert found.plane == ((30, 137, True),)
    regions = record.curves(1, WINDOW, 1, "regions")
    assert regions.window[0] == (0, 200, 100, 60)
    assert regions.plane == ((30, 274, True),)
    assert record.curves(1, WINDOW, 2, "cells").window[0] == (0, 8, 4, 60)
    assert record.curves(1, (0.0, 1.0, 0.0, 1.0), 1, "cells").window == ((30, 5, 2, 60),)
    assert record.curves(1, WINDOW, 3, "cells").window == ()


def test_a_new_run_begins_anew_and_what_is_late_of_the_old_one_is_dropped() -> None:
    record = CountRecord()
    record.add(at(50), WINDOW, counted(9))
    record.add(at(0, run=2), WINDOW, counted(7))
    record.add(at(60), WINDOW, counted(9))
    record.add_plane(at(60), in_plane(9))
    assert record.curves(2, WINDOW, 1, "cells").window == ((0, 7, 3, 60),)
    assert record.curves(2, WINDOW, 1, "cells").plane == ()
    assert record.curves(1, WINDOW, 1, "cells").window == ()


def test_another_plane_begins_anew_and_what_is_late_of_the_old_one_is_dropped() -> None:
    """At one step of one run, as where the plane of a network from a file is changed."""
    record = CountRecord()
    first, second = (in_cut(name, version) for version, name in enumerate(("pca", "inputs 1,2")))
    record.add(first, WINDOW, counted(9))
    record.add_plane(first, in_plane(56))
    record.add(second, WINDOW, counted(7))
    assert record.newest_plane(second, 1) is None
    record.add_plane(second, in_plane(52))
    record.add_plane(first, in_plane(56))
    newest = record.newest_plane(second, 1)
    assert newest is not None
    assert newest[1].counts.patterns == 52
    assert record.curves(1, WINDOW, 1, "cells").window == ((0, 7, 3, 60),)


def in_cut(written: str, version: int) -> Snapshot:
    snapshot = at(0, moving=False)
    cut = Cut(written, np.zeros(3), np.eye(3)[0], np.eye(3)[1 + version])
    return replace(snapshot, version=5 + version, spec=replace(snapshot.spec, cut=cut))


def test_only_so_many_windows_are_remembered() -> None:
    record = CountRecord()
    windows = [(0.0, float(k), 0.0, 1.0) for k in range(1, KEPT_WINDOWS + 2)]
    for window in windows:
        record.add(at(1), window, counted(4))
    known = [bool(record.curves(1, window, 1, "cells").window) for window in windows]
    assert known == [False] + [True] * KEPT_WINDOWS


def test_every_change_has_a_version_of_its_own() -> None:
    record = CountRecord()
    versions = [record.version]
    for change in (
        lambda: record.add(at(1), WINDOW, counted(4)),
        lambda: record.add_plane(at(1), in_plane(4)),
        lambda: record.add(at(0, run=2), WINDOW, counted(4)),
    ):
        change()
        versions.append(record.version)
    assert versions == sorted(set(versions))
    record.add(at(1), WINDOW, ())  # nothing counted
    assert record.curves(2, WINDOW, 1, "cells").window == ((0, 4, 2, 60),)


# --- with surveys ---------------------------------------------------------------------------------


def test_a_survey_is_recorded_with_all_layers_and_the_whole_plane() -> None:
    record, snapshot = CountRecord(), at(0, moving=False)
    found = recorded_survey(snapshot, View(layer=2), record)
    assert found.funnel == survey(snapshot, View(layer=2)).funnel
    for layer in (1, 2, 3):
        curves = record.curves(1, WINDOW, layer, "cells")
        counts = found.layers[layer - 1]
        assert curves.window == ((0, *counts.of("cells"), counts.filled.points),)
        assert curves.plane[0][2]
        assert curves.plane[0][1] >= counts.patterns


def test_in_motion_the_plane_is_counted_now_and_then_and_says_of_which_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    record, calls = CountRecord(), list[int]()
    whole_plane = module.whole_plane

    def counting(snapshot: Snapshot, layer: int) -> tuple[PlaneCounts, ...]:
        calls.append(snapshot.step)
        return whole_plane(snapshot, layer)

    monkeypatch.setattr(module, "whole_plane", counting)
    for step in range(201):
        record.add_plane(at(step), in_plane(22))  # a full curve: its steps lie apart by now
    found = recorded_survey(at(201), View(layer=1), record)
    assert calls == []
    assert (found.funnel.plane, found.funnel.plane_step) == (22, 200)
    rest = recorded_survey(at(201, moving=False), View(layer=1), record)
    assert calls == [201]
    assert rest.funnel.plane_step is None
    assert rest.funnel.plane == 22  # 6 lines: 1 + 6 + 15
    recorded_survey(at(201, moving=False), View(layer=2), record)
    assert calls == [201]  # all layers were counted


def test_the_plane_of_a_large_network_is_counted_at_rest_only() -> None:
    record, large = CountRecord(), Spec(width=72, depth=3)  # 144²/2 regions
    moving = replace(started(large, "training"), run=1)
    assert recorded_survey(moving, View(layer=1), record).funnel.plane is None
    assert record.curves(1, WINDOW, 1, "cells").window
    recorded_survey(replace(moving, status="paused"), View(layer=1), record)
    assert [count for _, count, _ in record.curves(1, WINDOW, 1, "cells").plane] == [2629]


def test_what_cannot_be_counted_leaves_no_point() -> None:
    record = CountRecord()
    snapshot = replace(at(3), spec=NET.but(activation="tanh"))
    found = recorded_survey(snapshot, View(layer=2), record)
    assert (found.funnel.plane, found.funnel.window) == (None, None)
    assert record.curves(1, WINDOW, 2, "cells").window == ()
