"""Sweeps on the page: the form, the job, what is told of it, and the table."""

import asyncio
import csv
import io
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from time import sleep
from typing import Any

import httpx
import numpy as np
import plotly.graph_objects as go
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.app.features.sweep.figure import colour_of, marker_of
from cellscope.app.features.sweep.messages import small_message, sweep_message
from cellscope.app.features.sweep.sweeps import (
    KIND,
    START_FORM,
    Sweep,
    new_sweep,
    read_plan,
    work_of,
)
from cellscope.app.features.sweep.wording import (
    answers,
    notes,
    of_others,
    plan_text,
    short,
    value_text,
)
from cellscope.app.session.jobs import Jobs
from cellscope.app.text.texts import problem, sentence
from cellscope.model.own_data import OwnData
from cellscope.model.spec import Spec, SpecError
from cellscope.model.sweeps.estimate import check_affordable
from cellscope.model.sweeps.network import Network
from cellscope.model.sweeps.plan import Plan
from cellscope.model.sweeps.run import SIDE, Small, run
from cellscope.model.sweeps.table import HEADER
from cellscope.model.view import View
from tests.app.conftest import Page, Server, in_loop, opened, take_apart

SMALL = Spec(width=4, depth=3, samples=60, batch_size=8)
FIRST = View(layer=1)
FORM: dict[str, object] = {
    "axis": "width",
    "values": "3, 5",
    "second_axis": "bias",
    "second_values": "zero, fixed",
    "seeds": 2,
    "steps": 4,
}


def planned(spec: Spec = SMALL, view: View = FIRST, **changes: object) -> Plan:
    return read_plan(FORM | changes, spec, view)


def done(plan: Plan) -> Sweep:
    sweep = new_sweep(plan, FORM)
    for event in run(plan):
        sweep = sweep.plus(event)
    return sweep


@pytest.fixture(scope="module")
def sweep() -> Sweep:
    return done(planned())


def test_the_form_that_the_page_opens_with_shows_the_three_answers():
    plan = read_plan(START_FORM, Spec(), View())
    assert plan.axes[0].values == (1 / 64, 1 / 16, 1 / 4, 1.0, 4.0, 16.0)
    assert answers(plan) == ["zero", "fixed", "like-weights"]
    assert len(notes(plan, "en")) == 3
    assert "54 networks" in plan_text(plan, "en")


@pytest.mark.parametrize(
    ("axis", "values", "expected"),
    [
        ("width", "4,8 , 16", (4, 8, 16)),
        ("width", " 4, 8, ", (4, 8)),
        ("weight_variance", "1/64, 0.5, 2e-3", (1 / 64, 0.5, 2e-3)),
        ("weight_variance", "0,5; 2; 1 / 4", (0.5, 2.0, 0.25)),
        ("bias", "like-weights, zero", ("like-weights", "zero")),
    ],
)
def test_values_are_read_as_they_are_typed(axis: str, values: str, expected: tuple[object, ...]):
    assert planned(axis=axis, values=values, second_axis="none").axes[0].values == expected


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"axis": "speed"}, "sweep_axis"),
        ({"axis": None}, "sweep_axis"),
        ({"axis": ["width"]}, "sweep_axis"),
        ({"values": ""}, "sweep_values"),
        ({"values": None}, "sweep_values"),
        ({"values": "3" * 500}, "sweep_values"),
        ({"values": "3, three"}, "sweep_values"),
        ({"values": "3, 1e3"}, "sweep_values"),
        ({"axis": "weight_variance", "values": "1/0"}, "sweep_values"),
        ({"axis": "weight_variance", "values": "1, nan"}, "sweep_values"),
        ({"axis": "weight_variance", "values": "1_0"}, "sweep_values"),
        ({"second_axis": "width", "second_values": "4"}, "sweep_second_axis"),
        ({"second_axis": 7}, "sweep_second_axis"),
        ({"second_axis": {}}, "sweep_second_axis"),
        ({"second_values": "zero, none"}, "sweep_second_values"),
        ({"seeds": "many"}, "sweep_seeds"),
        ({"seeds": 0}, "sweep_seeds"),
        ({"steps": "1e9"}, "sweep_steps"),
        ({"steps": "99999"}, "sweep_steps"),
        ({"steps": [1]}, "sweep_steps"),
    ],
)
def test_what_cannot_be_read_is_named(changes: dict[str, Any], field: str):
    with pytest.raises(SpecError) as caught:
        planned(**changes)
    assert caught.value.field == field
    sentence = problem(caught.value)
    assert "\n" not in sentence
    assert len(sentence) < 300
    assert not sentence.startswith("sweep_")  # it has a name on the page


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(sorted(FORM)), ANYTHING, max_size=4))
def test_any_form_is_a_plan_or_a_refusal(changes: Mapping[str, object]):
    try:
        plan = read_plan({**FORM, **changes}, SMALL, View())
    except SpecError as error:
        plan, sentence = None, problem(error)
    else:
        sentence = ""
    assert len(sentence) < 300
    assert plan is None or plan.points >= 1


def test_the_job_grows_a_sweep_and_ends_with_all_of_it(sweep: Sweep):
    jobs, plan = Jobs(), sweep.plan
    with ThreadPoolExecutor(1) as pool:
        jobs.start(KIND, plan.networks, pool, work_of(new_sweep(plan, FORM)))
    state = jobs.states()[KIND]
    assert (state.status, state.done, state.total) == ("finished", 8, 8)
    assert state.share == 1.0
    assert state.result.networks == sweep.networks
    assert len(state.result.smalls) == 2 * plan.points


def test_a_cancelled_sweep_keeps_what_there_is():
    jobs, plan = Jobs(), planned(steps=5000, seeds=10)
    with ThreadPoolExecutor(1) as pool:
        jobs.start(KIND, plan.networks, pool, work_of(new_sweep(plan, FORM)))
        while jobs.states()[KIND].done < 1:
            sleep(0.005)  # a loop without a pause takes the worker's core
        jobs.cancel(KIND)
    state = jobs.states()[KIND]
    assert state.status == "cancelled"
    assert 1 <= len(state.result.networks) < plan.networks
    assert 0 < state.share < 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("steps", [0, 4])
def test_the_message_frames_the_grid_and_has_valid_charts(theme: str, steps: int):
    plan = planned(steps=steps)
    message = json.loads(json.dumps(sweep_message(done(plan), theme, "en"), allow_nan=False))
    assert (message["columns"], message["rows"], len(message["points"])) == (2, 2, 4)
    assert message["axes"][0] == {"name": "Width n", "labels": ["3", "5"]}
    assert message["settings"]["samples"] == 60
    assert message["points"][3]["changes"] == {"width": 5, "bias": "fixed"}
    assert set(message["figures"]) == ({"start", "end"} if steps else {"start"})
    assert bool(message["after"]) == bool(steps)
    for charts in message["figures"].values():
        for figure in charts.values():
            go.Figure(figure)
    assert [entry["label"] for entry in message["key"]] == ["zero", "fixed"]


def test_a_point_of_a_chart_is_the_median_and_its_bar_the_range(sweep: Sweep):
    charts = sweep_message(sweep, "light", "en")["figures"]["start"]
    solid = charts["counts"]["data"][1]  # this window, second row: fixed biases
    seeds = [[n.start.patterns or 0 for n in sweep.networks if n.point == p] for p in (2, 3)]
    assert solid["y"] == [np.median(counts) for counts in seeds]
    for k, counts in enumerate(seeds):
        assert solid["y"][k] + solid["error_y"]["array"][k] == max(counts)
        assert solid["y"][k] - solid["error_y"]["arrayminus"][k] == min(counts)
    assert "Biases fixed" in solid["hovertext"][0]
    assert [round(x) for x in solid["x"]] == [0, 1]


def test_the_counts_follow_the_mode():
    joint = done(planned(view=View(layer=2, mode="regions"), seeds=1))
    charts = sweep_message(joint, "light", "en")["figures"]["start"]
    drawn = charts["counts"]["data"][0]["y"]
    assert drawn == [n.start.linear_regions for n in joint.networks[:2]]
    assert charts["counts"]["layout"]["yaxis"]["title"]["text"] == "linear regions"


def test_a_count_that_is_only_a_bound_says_so(sweep: Sweep):
    first = sweep.networks[0]
    partly = replace(first, start=replace(first.start, plane_exact=False))
    some = replace(sweep, networks=(partly, *sweep.networks[1:]))
    plane = sweep_message(some, "light", "en")["figures"]["start"]["counts"]["data"][2:]
    assert "median ≥ " in plane[0]["hovertext"][0]
    assert "≥" not in plane[0]["hovertext"][1] + plane[1]["hovertext"][0]


def test_diverged_seeds_are_marked_and_counted(sweep: Sweep):
    lost = tuple(
        replace(n, end=None, diverged_step=2) if (n.point, n.k) == (1, 0) else n
        for n in sweep.networks
    )
    message = sweep_message(replace(sweep, networks=lost), "light", "en")
    point = message["points"][1]
    assert (point["diverged"], point["share"]) == ("1 of 2 diverged", "1/2")
    assert message["points"][0]["diverged"] == ""
    cross = message["figures"]["end"]["accuracy"]["data"][-1]
    assert [round(x) for x in cross["x"]] == [1]
    assert "1 of 2 diverged" in cross["hovertext"][0]
    assert len(message["figures"]["end"]["accuracy"]["data"][0]["y"]) == 2  # one seed is left


def test_a_small_picture_travels_as_bytes_with_what_it_shows(sweep: Sweep):
    small = sweep.smalls[1]
    header, body = take_apart(small_message(sweep, small, "en"))
    assert (header["number"], header["point"], header["moment"]) == (sweep.number, 1, "start")
    assert np.array_equal(np.frombuffer(body, np.uint8).reshape(SIDE, SIDE), small.picture.indices)
    assert header["count"] == str(small.picture.count)
    assert header["label"] == f"Width n 5, Biases zero: {small.picture.count}"


@pytest.mark.parametrize(
    ("spec", "values", "expected"),
    [
        (Spec(), "zero, like-weights", ["zero", "like-weights"]),
        (Spec(bias_variance=0.0), "zero, fixed", ["zero"]),
        (Spec(activation="tanh"), "zero, fixed", ["zero_first", "fixed"]),
        (Spec(activation="identity"), "zero", ["zero"]),
    ],
)
def test_the_answer_depends_on_the_biases(spec: Spec, values: str, expected: list[str]):
    plan = planned(spec, axis="weight_variance", values="1, 4", second_values=values)
    assert answers(plan) == expected


def test_without_s_there_is_no_answer_to_give():
    assert notes(planned(), "en") == []
    alone = planned(axis="weight_variance", values="1", second_axis="none")
    assert len(notes(alone, "en")) == 1


@pytest.mark.parametrize(
    ("layer", "mode", "said"), [(2, "cells", 1), (2, "regions", 1), (3, "cells", 0)]
)
def test_layers_that_all_networks_have_in_common_are_not_taken_for_a_mistake(
    layer: int, mode: str, said: int
):
    plan = planned(
        view=View(layer=layer, mode=mode), axis="depth", values="3, 5", second_axis="none"
    )
    found = notes(plan, "en")
    assert len(found) == said
    assert all("layer 2" in note for note in found)
    pictures = [event.picture.indices for event in islice(run(plan), 2) if isinstance(event, Small)]
    assert np.array_equal(pictures[0], pictures[1]) == bool(said)


def test_depth_changes_the_classes_whatever_the_layer():
    view = View(layer=1, mode="classes")
    assert notes(planned(view=view, axis="depth", values="3, 5", second_axis="none"), "en") == []


@pytest.mark.parametrize(
    ("value", "said"),
    [(1 / 64, "1/64"), (0.25, "1/4"), (0.5, "0.5"), (0.1, "0.1"), (16.0, "16"), (0.3, "0.3")],
)
def test_a_variance_is_written_as_it_is_typed(value: float, said: str):
    assert value_text("weight_variance", value, "en") == said


def test_numbers_are_short():
    assert [short(v, "en") for v in (1234.0, 0.5, 1 / 3, 2.5e21)] == [
        *("1\u202f234", "0.5", "0.333", "2.5·10²¹"),
    ]


def test_lines_of_several_values_differ_in_colour_and_shape():
    for theme in ("light", "dark"):
        assert len({(colour_of(k, 12, theme), marker_of(k)) for k in range(12)}) == 12


# Over the socket and HTTP


def asked(**changes: object) -> dict[str, Any]:
    return FORM | changes


async def until(page: Page, *, status: str) -> dict[str, Any]:
    """The first state of the sweep's job that has this status."""
    while True:
        state = await page.hear("job")
        if state["status"] == status:
            return state


def test_a_sweep_is_planned_started_shown_and_saved(server: Server, http: httpx.Client):
    async def story() -> None:
        async with opened(server, "tab=sweep&layer=1") as (page, welcome):
            table = f"/export/sweep.csv?session={welcome['session']}"
            assert http.get(table).status_code == 404
            await page.say(type="sweep-plan", **asked())
            plan = await page.hear("sweep-plan")
            assert plan["text"].startswith("4 pictures, 8 networks")
            assert plan["problems"] == []
            await page.say(type="sweep-start", **asked())
            state = await until(page, status="finished")
            assert (state["done"], state["total"], state["share"]) == (8, 8, 1.0)
            while (await page.hear("sweep"))["points"][-1]["done"] < 2:
                pass
            answer = http.get(table)
            assert answer.headers["content-type"].startswith("text/csv")
            assert "cellscope-sweep-width-bias.csv" in answer.headers["content-disposition"]
            rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
            assert tuple(rows[0]) == HEADER
            expected = [n for n in run(planned()) if isinstance(n, Network)]
            expected.sort(key=lambda n: (n.point, n.k))
            assert [int(row["patterns_window_start [cells]"]) for row in rows] == [
                n.start.patterns for n in expected
            ]

    in_loop(story())


def test_a_page_that_is_loaded_again_is_told_of_the_sweep(server: Server):
    async def story() -> None:
        async with opened(server, "tab=sweep&layer=1") as (page, welcome):
            await page.say(type="sweep-start", **asked(steps=0))
            await until(page, status="finished")
        async with opened(server, "tab=sweep", welcome["session"]) as (page, _):
            assert (await until(page, status="finished"))["done"] == 8
            again = await page.hear("sweep")
            assert again["form"] == asked(steps=0)
            numbers = {again["number"]}
            for _ in range(4):
                header, _ = take_apart(await next_picture(page))
                numbers.add(header["number"])
            assert len(numbers) == 1

    in_loop(story())


async def next_picture(page: Page) -> bytes:
    while True:
        raw = await asyncio.wait_for(page.socket.recv(), 10.0)
        if isinstance(raw, bytes) and take_apart(raw)[0]["kind"] == "sweep-picture":
            return raw


def test_nothing_is_told_of_sweeps_in_another_tab(server: Server):
    async def story() -> None:
        async with opened(server, "tab=signal") as (page, _):
            await page.say(type="sweep-start", **asked(steps=0))
            await until(page, status="finished")
            await page.say(type="clock", sent=1.0)
            await page.hear("clock")
            assert not [m for m in page.others if m["type"].startswith("sweep")]

    in_loop(story())


def test_one_that_is_too_long_is_refused_with_its_estimate_and_changes_nothing(server: Server):
    async def story() -> None:
        async with opened(server, "tab=sweep&batch_size=40") as (page, _):
            before, _ = await page.frame()
            large = asked(
                axis="width",
                values=",".join(map(str, range(90, 102))),
                second_axis="depth",
                second_values="7,8,9,10,11",
                seeds=10,
                steps=5000,
            )
            await page.say(type="sweep-start", **large)
            refusal = await page.hear("problem")
            assert refusal["field"] == "sweep"
            assert "would take about" in refusal["message"]
            assert "at most 600 s" in refusal["message"]
            planned = await page.hear("sweep-plan")
            assert planned["problems"][0]["message"] == refusal["message"]
            await page.say(type="view", pixels=31)
            after, _ = await page.frame()
            assert (after["run"], after["status"]) == (before["run"], "paused")

    in_loop(story())


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"axis": "seed"}, "sweep_axis"),
        ({"values": {"a": 1}}, "sweep_values"),
        ({"values": "0, 3"}, "sweep_values"),
        ({"second_values": "'; drop table"}, "sweep_second_values"),
        ({"seeds": -1}, "sweep_seeds"),
        ({"steps": 1e12}, "sweep_steps"),
    ],
)
def test_nonsense_over_the_socket_is_named(server: Server, changes: dict[str, object], field: str):
    async def story() -> None:
        async with opened(server, "tab=sweep") as (page, _):
            await page.say(type="sweep-start", **asked(**changes))
            assert (await page.hear("problem"))["field"] == field
            await page.say(type="sweep-start")
            assert (await page.hear("problem"))["field"] == "sweep_axis"
            await page.say(type="sweep-cancel")  # of nothing: no complaint
            await page.say(type="sweep-start", **asked(steps=0))
            await until(page, status="finished")

    in_loop(story())


def test_a_second_one_waits_until_the_first_is_cancelled(server: Server):
    async def story() -> None:
        async with opened(server, "tab=sweep") as (page, _):
            await page.say(type="sweep-start", **asked(steps=5000, seeds=10))
            await until(page, status="running")
            await page.say(type="sweep-start", **asked())
            assert "cancel it first" in (await page.hear("problem"))["message"]
            await page.say(type="sweep-cancel")
            await until(page, status="cancelled")
            await page.say(type="sweep-start", **asked(steps=0))
            await until(page, status="finished")

    in_loop(story())


@pytest.mark.parametrize("query", ["", "?session=", "?session=abc", "?session=abc&session=def"])
def test_a_table_for_nobody_is_refused_in_one_line(http: httpx.Client, query: str):
    answer = http.get(f"/export/sweep.csv{query}")
    assert answer.status_code == 404
    assert len(answer.text.splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"activation": "relu6"}, []),  # s moves the lines y = 6
        ({"activation": "hardtanh"}, []),
        ({"activation": "abs"}, ["zero", "like-weights"]),
        ({"activation": "gelu"}, ["zero_first", "like-weights"]),
        ({"activation": "relu,relu6,relu"}, ["zero_first", "like-weights"]),
        ({"batch_norm": True}, []),
        ({"features": ("x2",)}, []),
    ],
)
def test_what_s_does_is_said_where_it_is_so(changes: dict[str, object], expected: list[str]):
    plan = planned(
        Spec(depth=4).but(**changes),
        axis="weight_variance",
        values="1, 4",
        second_values="zero, like-weights",
    )
    assert answers(plan) == expected


@pytest.mark.parametrize(
    ("form", "english", "german"),
    [
        (
            {"axis": "bias", "values": "zero, zero", "second_axis": "none"},
            "Values across: is there twice; got zero.",
            "Werte nach rechts: kommt zweimal vor; angegeben ist null.",
        ),
        (
            {"axis": "bias", "values": "zero, odd", "second_axis": "none"},
            "must be one of fixed, zero, like the weights; got odd.",
            "muss eines von fest, null, wie die Gewichte sein; angegeben ist odd.",
        ),
        (
            {"second_axis": "weight_variance", "second_values": "1"},
            "got Weight variance s.",
            "angegeben ist Gewichtsvarianz s.",
        ),
        (
            {"axis": "width", "values": "256", "second_axis": "depth", "second_values": "32"},
            "got Width n 256, Linear layers 32.",
            "angegeben ist Breite n 256, Lin. Schichten 32.",
        ),
        ({"values": ""}, "Values across: takes 1 to 12", "angegeben ist nichts."),
        ({"values": "1, -2"}, "got -2.", "angegeben ist -2."),
    ],
)
def test_what_is_wrong_with_the_form_is_said_in_the_words_of_the_form(
    form: dict[str, str], english: str, german: str
):
    with pytest.raises(SpecError) as refused:
        check_affordable(read_plan({**START_FORM, **form}, Spec(), View()))
    assert english in sentence(refused.value, "en")
    assert german in sentence(refused.value, "de")


def test_a_sweep_of_other_settings_than_those_of_now_says_of_which():
    plan = planned(SMALL.but(learning_rate=0.3), axis="weight_variance", values="1/4, 1")
    for point in range(plan.points):
        assert of_others(plan, plan.spec_of(point), "en") == "", "opened from the sweep itself"
    assert of_others(plan, SMALL.but(learning_rate=0.3, init="he"), "en") == "", "s acts in it"
    said = of_others(plan, SMALL.but(depth=5), "en")
    assert said.startswith("Of other settings than now: 2 → 4 ×2 → 2 · Learning rate 0.3")
    own = OwnData("drawn", np.eye(3, 2), np.zeros(3))
    drawn = planned(SMALL.but(dataset="own", own=own))
    assert of_others(drawn, SMALL, "de") == "Von anderen Einstellungen als jetzt: eigene Punkte"
    by_now = of_others(planned(SMALL), SMALL.but(dataset="own", own=own), "en")
    assert by_now == "Of other settings than now: Moons", "the points are the page's"


def test_a_page_hears_when_a_sweep_is_of_other_settings(server: Server):
    async def story() -> None:
        async with opened(server, "?width=4&depth=3&samples=60&tab=sweep") as (page, _):
            await page.say(type="sweep-start", **FORM | {"seeds": 1, "steps": 0})
            assert (await page.hear("sweep-of"))["text"] == ""
            await page.say(type="drag", name="noise", value=0.4, page="a", order=1)
            while "Noise 0.15" not in (await page.hear("sweep-of"))["text"]:
                pass

    in_loop(story())
