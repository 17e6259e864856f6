import json
from dataclasses import replace
from itertools import pairwise
from math import log10
from typing import Any

import plotly.graph_objects as go
import pytest

from cellscope.app.features.counts.figure import counts_figure
from cellscope.app.features.counts.message import counts_message
from cellscope.app.figures.base import spread
from cellscope.model.cells.count.count_history import CountCurves, CountRecord, recorded_survey
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View
from tests.snapshots import started

NET = Spec(width=16, depth=3)
CURVES = CountCurves(
    window=((0, 100, 30, 600), (50, 120, 40, 600), (100, 125, 60, 600)),
    plane=((0, 137, True), (100, 137, True)),
)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr("cellscope.model.warm.done", lambda: True)


def recorded(*steps: int, spec: Spec = NET) -> tuple[Snapshot, CountRecord]:
    record, snapshot = CountRecord(), started(spec)
    for step in steps:
        snapshot = replace(started(spec), step=step, shown_step=step)
        recorded_survey(snapshot, View(layer=2), record)
    return snapshot, record


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plane_window_and_data_are_curves_over_the_steps(theme: str) -> None:
    figure = counts_figure(CURVES, {"maximum": 137, "points": 600}, theme, "en")
    go.Figure(figure)  # Plotly takes it
    plane, window, filled = figure["data"]
    assert (plane["x"], plane["y"]) == ([0, 100], [137, 137])
    assert (window["x"], window["y"]) == ([0, 50, 100], [100, 120, 125])
    assert filled["y"] == [30, 40, 60]
    low, high = figure["layout"]["yaxis"]["range"]
    assert low < log10(30)
    assert high > log10(600)
    json.dumps(figure, allow_nan=False)


def test_every_line_is_named_with_its_number_where_it_ends() -> None:
    figure = counts_figure(
        CURVES, {"maximum": 18_769, "points": 600, "typical": 128.0}, "light", "en"
    )
    labels = figure["layout"]["annotations"]
    assert {label["text"] for label in labels} == {
        "plane 137", "window 125", "with data 60", "bound B 18\u202f769", "points 600", "N²/2 128",
    }  # fmt: skip
    heights = [label["y"] for label in labels]
    assert all(b - a >= 0.0599 for a, b in pairwise(heights))
    assert [shape["y0"] for shape in figure["layout"]["shapes"]] == [18_769, 600, 128.0]


def test_a_bound_far_above_all_counts_does_not_crush_them() -> None:
    figure = counts_figure(CURVES, {"sign_vectors": 2**7936, "maximum": 500}, "light", "en")
    assert [shape["y0"] for shape in figure["layout"]["shapes"]] == [500]


def test_what_is_above_the_axis_is_said_below_the_title() -> None:
    spec = NET.but(width=40)
    snapshot, record = recorded(0, spec=spec)
    message = counts_message(snapshot, View(layer=2), record, "light", "en")
    assert message["caption"].endswith("above the axis: A")
    names = [label["text"].split(" ")[0] for label in message["figure"]["layout"]["annotations"]]
    assert "A" not in names
    assert "bound" in names


def test_nothing_filled_is_a_gap_on_a_log_axis() -> None:
    figure = counts_figure(CountCurves(((0, 5, 0, 0), (9, 5, 2, 9)), ()), {}, "light", "en")
    assert figure["data"][2]["y"] == [None, 2]
    empty = counts_figure(CountCurves((), ()), {}, "light", "en")
    notes = [note["text"] for note in empty["layout"]["annotations"]]
    assert notes == ["Grows as it trains: press play"]


@pytest.mark.parametrize("change", [{"activation": "tanh"}, {"features": ("xy",)}])
def test_a_chart_that_stays_empty_does_not_promise_to_grow(change: dict[str, Any]) -> None:
    snapshot, record = recorded(0, spec=NET.but(**change))
    message = counts_message(snapshot, View(layer=2), record, "light", "en")
    notes = str(message["figure"]["layout"]["annotations"])
    assert ("no polygons" in message["caption"], "Grows" in notes) == (True, False)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], []),
        ([0.2, 0.2, 0.2], [0.1, 0.2, 0.3]),
        ([0.0, 0.01], [0.0, 0.1]),
        ([0.1, 0.5], [0.1, 0.5]),
        ([0.95, 0.96, 1.0], [0.8, 0.9, 1.0]),
    ],
)
def test_labels_move_apart_as_little_as_can_be(wanted: list[float], expected: list[float]) -> None:
    assert spread(wanted, 0.1) == pytest.approx(expected)


def test_the_caption_says_counts_and_points_and_the_message_their_step() -> None:
    snapshot, record = recorded(0, 1500)
    message = counts_message(snapshot, View(layer=2), record, "light", "en")
    filled = message["figure"]["data"][2]["y"][-1]
    window = message["figure"]["data"][1]["y"][-1]
    assert message["caption"] == (f"{filled} of {window} in this window hold data, of 600 points")
    assert message["step"] == 1500
    assert message["type"] == "counts"
    regions = counts_message(snapshot, View(layer=2, mode="regions"), record, "light", "en")
    assert regions["figure"]["data"][1]["y"][-1] > window


def test_what_was_recorded_later_says_since_when() -> None:
    snapshot, record = recorded(400, 500)
    message = counts_message(snapshot, View(layer=2), record, "light", "en")
    assert message["caption"].endswith("recorded since step 400")
    elsewhere = counts_message(
        snapshot, View(layer=2, window=(0.0, 1.0, 0.0, 1.0)), record, "light", "en"
    )
    assert elsewhere["caption"] == "Nothing counted yet, or too many cells to count."
    assert elsewhere["figure"]["data"][0]["y"]  # the whole plane does not depend on the window


def test_a_curved_activation_has_nothing_to_count() -> None:
    snapshot, record = recorded(0, spec=NET.but(activation="tanh"))
    message = counts_message(snapshot, View(layer=2), record, "dark", "de")
    assert "keine Polygone" in message["caption"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_longest_name_has_its_room_beside_the_chart(language: str) -> None:
    figure = counts_figure(CURVES, {"maximum": 18_769, "sign_vectors": 10_000}, "light", language)
    layout = figure["layout"]
    # Inter's figures are 0.62 of its size wide at most, and the names stand 4 px from the chart.
    names = layout["annotations"]
    longest = max(4 + 0.55 * one["font"]["size"] * len(one["text"]) for one in names)
    assert layout["margin"]["r"] >= longest
