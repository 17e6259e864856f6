"""The table of settings, and how raw values are read."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.app.settings.controls import (
    BY_NAME,
    CONTROLS,
    REAL_NAMES,
    SPEC_NAMES,
    VIEW_NAMES,
    Control,
    read_real,
    read_settings,
    read_view,
    read_whole,
)
from cellscope.app.text.texts import catalogue, problem
from cellscope.model.spec import CHOICES, FIELD_NAMES, LIMITS, LIVE_FIELDS, Spec, SpecError
from cellscope.model.view import View

NONSENSE: list[object] = [
    -1,
    1e9,
    -math.inf,
    math.inf,
    math.nan,
    10**400,
    -(10**400),
    1e308,
    0.5,
    "abc",
    "x" * 10_000,
    "1_0",
    "0x10",
    None,
    [],
    {},
    True,
    False,
    [[[[]]]],
    {"a": 1},
    [1, 2],
    [10**400, 1, 2, 3],
    "null",
    "\ud800",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_what_a_control_brings_along_is_a_setting_with_such_a_value():
    brought = [control.brings for control in CONTROLS if control.brings is not None]
    assert ("init", "normal") in brought
    for along, value in brought:
        BY_NAME[along].read(along, value)


def test_every_field_of_spec_and_view_has_exactly_one_control():
    names = [control.name for control in CONTROLS]
    assert sorted(names) == sorted([*FIELD_NAMES, *VIEW_NAMES, "speed"])
    assert set(SPEC_NAMES) == set(FIELD_NAMES)


def test_elements_are_called_as_teachers_scripts_call_them():
    assert {control.element for control in CONTROLS} >= {
        *("dataset", "width", "depth", "activation", "init", "weight-variance", "bias-variance"),
        *("optimizer", "learning-rate", "batch-size", "samples", "noise", "classes", "speed"),
        *("layer", "mode"),
    }


def test_the_live_controls_of_the_experiment_are_the_live_fields():
    live = {control.name for control in CONTROLS if control.live and control.group != "view"}
    assert live == LIVE_FIELDS


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_every_control_has_a_label_a_help_and_names_for_its_choices(control: Control):
    known = catalogue("en")
    assert known[f"control.{control.name}"]
    assert known[f"help.{control.name}"]
    if control.kind in ("select", "segments"):
        assert all(known[f"choice.{control.name}.{choice}"] for choice in control.choices)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_choices_are_those_of_the_spec_and_sliders_stay_within_its_limits(control: Control):
    if control.name in CHOICES:
        assert control.choices == tuple(CHOICES[control.name])
    if control.kind in ("slider", "log"):
        low, high = LIMITS[control.name]
        start, end = control.on_slider or (low, high)
        assert low <= start < end <= high
        assert control.kind != "log" or start > 0
        assert control.kind == "log" or control.step


@pytest.mark.parametrize("value", NONSENSE, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("name", [*SPEC_NAMES, *VIEW_NAMES])
def test_nonsense_changes_nothing_and_is_named(name: str, value: object):
    read, start = (read_settings, Spec()) if name in SPEC_NAMES else (read_view, View())
    taken, problems = read({name: value}, start)  # pyright: ignore[reportArgumentType]
    if not problems:  # a few are sense for some: 0.5 is a noise, [1, 2] are hidden widths
        allowed = {*REAL_NAMES, "hidden", "lines", "batch_norm"}
        assert name in allowed or (value == 1e9 and name.endswith("seed")) or taken == start
        return
    assert taken == start
    (error,) = problems
    assert error.field == name
    sentence = problem(error)
    assert "\n" not in sentence
    assert len(sentence) < 300


@given(st.dictionaries(st.sampled_from([*SPEC_NAMES, "unknown"]), JSON, max_size=6))
def test_no_json_raises_in_the_settings(raw: dict[str, object]):
    spec, problems = read_settings(raw, Spec(dataset="rings", classes=4))
    assert isinstance(spec, Spec)
    assert all(problem(error) for error in problems)


@given(st.dictionaries(st.sampled_from([*VIEW_NAMES, "unknown"]), JSON, max_size=6))
def test_no_json_raises_in_the_view(raw: dict[str, object]):
    view, problems = read_view(raw, View())
    assert isinstance(view, View)
    assert all(problem(error) for error in problems)


def test_whole_numbers_are_read_from_numbers_and_plain_digits_only():
    assert [read_whole("width", raw) for raw in (7, 7.0, "7", " +7 ", "007")] == [7] * 5
    for raw in ("7.0", "7e0", "", " ", "٧", "7" * 40, 7.5, True):
        with pytest.raises(SpecError) as caught:
            read_whole("width", raw)
        assert (caught.value.field, caught.value.rule) == ("width", "whole")


def test_real_numbers_are_read_from_numbers_and_text():
    assert [read_real("noise", raw) for raw in (0.5, "0.5", " 5e-1 ", ".5")] == [0.5] * 4
    assert read_real("noise", 0) == 0.0


def test_a_problem_of_two_settings_takes_back_the_one_that_was_changed():
    # 256 units fit in 3 layers; 32 layers do not, and it is the depth that came.
    start = Spec(width=256, depth=3)
    spec, problems = read_settings({"depth": 32}, start)
    assert spec == start
    assert [error.rule for error in problems] == ["parameters"]
    # Three classes stay; the data set that has no three does not come.
    start = Spec(dataset="blobs", classes=3)
    spec, problems = read_settings({"dataset": "moons", "noise": 0.3}, start)
    assert spec == start.but(noise=0.3)
    assert [error.field for error in problems] == ["classes"]


def test_hidden_widths_are_read_from_text_and_lists():
    assert BY_NAME["hidden"].read("hidden", "16, 8") == (16, 8)
    assert BY_NAME["hidden"].read("hidden", [16, 8]) == (16, 8)
    assert BY_NAME["hidden"].read("hidden", " ") is None
    assert BY_NAME["hidden"].read("hidden", None) is None
