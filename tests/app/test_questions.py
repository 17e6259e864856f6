import re
from typing import Any

import numpy as np
import pytest

from cellscope.app.features.picture import line_queries as questions
from cellscope.app.features.picture.line_queries import (
    LONGEST_ANSWER,
    Worded,
    draws_answer,
    line_answer,
    read_draws,
)
from cellscope.app.features.signal.measured import Look, measured_networks
from cellscope.app.features.signal.profile import profile_part
from cellscope.app.text.texts import problem
from cellscope.model.cells.count.count_over_seeds import count_draws
from cellscope.model.cells.count.profile import profile
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View
from tests.snapshots import holding, layers_at, started

NET = Spec(width=12, depth=4, seed=2)


def counted(answer: dict[str, Any]) -> int:
    """All that is marked: breakpoints and mere changes of sign."""
    found = re.findall(r"(?:on the line|signs change): ([\d\u202f]+)", answer["text"])
    return sum(int(count.replace("\u202f", "")) for count in found)


def changes_along(
    snapshot: Snapshot, p: tuple[float, float], q: tuple[float, float], layer: int
) -> int:
    """Sign changes between neighbours of 40,001 points; lines may share a step."""
    t = np.linspace(0, 1, 40_001)[:, None]
    y = layers_at(snapshot, np.array(p) + t * (np.array(q) - np.array(p)))
    active = np.concatenate(y[:layer], axis=1) > 0
    return int((active[1:] != active[:-1]).any(axis=1).sum())


def told(worded: Worded) -> dict[str, Any]:
    return worded("en")


# --- breakpoints along a line -------------------------------------------------------------------


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "identity"])
def test_breakpoints_are_those_that_a_dense_line_of_points_sees(
    layer: int, activation: str
) -> None:
    snapshot = started(NET.but(activation=activation))
    for p, q in (((-5.0, -4.0), (5.0, 3.0)), ((2.0, -5.0), (-1.0, 5.0))):
        answer = told(line_answer(snapshot, View(layer=layer), p, q))
        assert counted(answer) == changes_along(snapshot, p, q, layer)
        assert len(answer["points"]) == 2 * counted(answer)
        bent = 0 if activation == "identity" else min(layer, 3)
        of = {0: "No breakpoints", 1: "Breakpoints of layer 1 "}.get(bent, f"of layers 1…{bent} ")
        assert of in answer["text"]


@pytest.mark.parametrize(
    "activation", ["relu", "identity", "relu,identity,abs", "identity,relu,relu"]
)
@pytest.mark.parametrize("shown", [1, 2, 3, 4])
def test_the_picture_and_the_chart_of_a_line_call_the_same_points_breakpoints(
    activation: str, shown: int
) -> None:
    snapshot, p, q = started(NET.but(activation=activation)), (-5.0, -4.0), (5.0, 3.0)
    said = told(line_answer(snapshot, View(layer=shown), p, q))["text"]
    found = re.search(r"on the line: ([\d\u202f]+)", said)
    layers = profile(snapshot, p, q).layers
    expected = int(((layers > 0) & (layers <= shown)).sum())
    assert (int(found[1]) if found else 0) == expected
    assert (found is None) == ("No breakpoints" in said)
    rows = (activation if "," in activation else ",".join([activation] * 3)).split(",")
    assert ("signs change" in said) == ("identity" in rows[:shown] or shown == 4)


@pytest.mark.parametrize(
    ("activation", "expected"), [("relu", True), ("abs", True), ("hardtanh", False)]
)
def test_so_many_breakpoints_as_units_are_typical_only_where_each_bends_once(
    activation: str, expected: bool
) -> None:
    snapshot = started(NET.but(activation=activation))
    said = told(line_answer(snapshot, View(layer=2), (-5.0, -4.0), (5.0, 3.0)))["text"]
    assert ("typically about N" in said) == expected


def test_breakpoints_lie_on_the_line_where_a_unit_vanishes() -> None:
    snapshot, p, q = started(NET), (-5.0, -4.0), (5.0, 3.0)
    points = np.reshape(told(line_answer(snapshot, View(layer=3), p, q))["points"], (-1, 2))
    along, off = np.subtract(q, p), points - p
    assert np.abs(along[0] * off[:, 1] - along[1] * off[:, 0]).max() < 1e-9
    y = np.concatenate(layers_at(snapshot, points)[:3], axis=1)
    assert np.abs(y).min(axis=1).max() < 1e-9
    assert (np.diff(points[:, 0]) > 0).all()  # from p to q


def test_a_layer_beyond_the_last_is_the_last() -> None:
    answers = [told(line_answer(started(NET), View(layer=i), (-5, 0), (5, 1))) for i in (4, 32)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    ("spec", "q", "why"),
    [
        (NET, (1.0, 2.0), "A line needs two places"),
        (NET.but(activation="tanh"), (3.0, 2.0), "this activation has no polygons"),
        (NET.but(features=("xy",)), (3.0, 2.0), "with further inputs cells are curved"),
    ],
)
def test_no_length_or_no_polygons_have_no_breakpoints_and_it_says_why(
    spec: Spec, q: tuple[float, float], why: str
) -> None:
    answer = told(line_answer(started(spec), View(), (1.0, 2.0), q))
    assert answer["type"] == "line"
    assert answer["points"] == []
    assert why in answer["text"]


@pytest.mark.parametrize(
    ("changes", "of_line", "of_draws"),
    [
        ({"activation": "tanh"}, "A smooth activation has no breakpoints", "This activation has"),
        ({"features": ("x2",)}, "With further inputs the line bends", "With further inputs cells"),
    ],
)
def test_what_is_read_from_a_grid_names_what_bends_it(
    changes: dict[str, Any], of_line: str, of_draws: str
) -> None:
    snapshot = started(NET.but(**changes))
    part = profile_part(
        measured_networks(snapshot), Look(tab="line", line=((0.0, 0.0), (1.0, 1.0)))
    )
    assert part.texts["profile-caption"].startswith(of_line)
    worded = draws_answer(snapshot, View(), 3, lambda _done: True)
    assert worded is not None
    assert told(worded)["text"].startswith(of_draws)


def test_all_breakpoints_are_counted_though_not_all_are_marked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = told(line_answer(started(NET), View(layer=3), (-5, -4), (5, 3)))
    monkeypatch.setattr(questions, "LONGEST_ANSWER", 4)
    cut = told(line_answer(started(NET), View(layer=3), (-5, -4), (5, 3)))
    assert LONGEST_ANSWER > 4
    assert cut["text"] == whole["text"]
    assert cut["points"] == whole["points"][:8]


def test_weights_whose_products_leave_float64_have_the_same_breakpoints() -> None:
    spec = Spec(width=8, depth=12, bias="zero")
    weights = started(spec).weights
    huge = holding([(W * 2.0**100, b) for W, b in weights], spec)
    ends = (-5.0, -4.0), (5.0, 3.0)
    answers = [told(line_answer(net, View(layer=12), *ends)) for net in (started(spec), huge)]
    assert counted(answers[1]) == counted(answers[0]) > 0
    assert np.allclose(answers[1]["points"], answers[0]["points"])


# --- counts over many draws ---------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "name"), [("cells", "patterns"), ("regions", "linear_regions")])
def test_draws_tell_the_quantiles_of_what_is_shown(mode: str, name: str) -> None:
    view = View(layer=2, mode=mode)
    worded = draws_answer(started(NET), view, 7, lambda _: True)
    found = count_draws(NET, view.window, layer=2, draws=7, budget=100_000)
    assert worded is not None
    answer = worded("en")
    assert found is not None
    low, lower, median, upper, high = (round(value) for value in getattr(found, name))
    assert answer["type"] == "draws"
    assert [int(n) for n in re.findall(r"\d+", answer["text"])] == [
        7, median, lower, upper, low, high,
    ]  # fmt: skip


def test_draws_that_nobody_waits_for_have_no_answer() -> None:
    assert draws_answer(started(NET), View(), 5, lambda done: done < 2) is None


def test_tanh_has_nothing_to_count() -> None:
    tanh = started(NET.but(activation="tanh"))
    worded = draws_answer(tanh, View(), 5, lambda _: True)
    assert worded is not None
    answer = worded("en")
    assert "no polygons" in answer["text"]


def test_networks_beyond_the_budget_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "DRAW_FACES", 20)
    worded = draws_answer(started(NET), View(layer=3), 5, lambda _: True)
    assert worded is not None
    answer = worded("en")
    assert "Too large" in answer["text"]


@pytest.mark.parametrize("raw", [0, 201, -1, True, None, "20", 20.0, float("nan"), [5], {}])
def test_a_number_of_draws_that_is_none_is_named(raw: object) -> None:
    with pytest.raises(SpecError) as caught:
        read_draws(raw)
    assert caught.value.field == "draws"
    said = problem(caught.value)
    assert "from 1 to 200" in said
    assert "\n" not in said


@pytest.mark.parametrize("raw", [1, 20, 200])
def test_a_number_of_draws_is_taken(raw: int) -> None:
    assert read_draws(raw) == raw
