"""Links restore everything, and never raise."""

import math
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from cellscope.app.server.dash_page import Start
from cellscope.app.settings.comparison import NONE, read_differences
from cellscope.app.settings.controls import BY_NAME, LINK_KEYS, SPEEDS, START_SPEED, VIEW_NAMES
from cellscope.app.settings.display_options import LOOKS
from cellscope.app.settings.links import (
    LONGEST_QUERY,
    Asked,
    asks_for_something,
    read_link,
    settings_of,
    with_layer_there,
)
from cellscope.app.settings.mangled_links import is_tracking
from cellscope.app.settings.presets import PRESETS
from cellscope.app.text.texts import LANGUAGES, problem
from cellscope.model.own_data import OwnData
from cellscope.model.spec import CHOICES, DATASETS, FIELD_NAMES, LIMITS, OWN, Spec, SpecError
from cellscope.model.view import FARTHEST, MODES, PIXELS, View, mode_for

OTHER = Spec(dataset="spirals", classes=5, width=7, depth=9, init="normal", seed=3, noise=0.5)
OTHER_VIEW = View(layer=4, mode="classes", window=(-1, 2, -3, 4), pixels=55)
KEYS = st.sampled_from(
    [
        *BY_NAME,
        "theme",
        "lang",
        "sheet",
        "compare",
        "room",
        "step",
        "stop_at",
        "line",
        "unit",
        "nonsense",
    ]
)
VALUES = st.text(max_size=30) | st.sampled_from(
    ["", "-1", "0", "1e9", "nan", "inf", "-inf", "1e400", "null", "[]", "{}", "true", "9" * 30]
)


def modes_of(task: str) -> str:
    """Those that networks of a task have, as a sentence names them."""
    return ", ".join(name for name, mode in MODES.items() if mode.task in ("", task))


def read(query: str) -> Asked:
    return read_link(query, Spec(), View())


def fields_of(asked: Asked) -> set[str]:
    return {error.field for error in asked.problems}


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    def number(name: str) -> float | int:
        low, high = LIMITS[name]
        whole = isinstance(low, int)
        return draw(st.integers(int(low), int(high)) if whole else st.floats(low, high))

    values: dict[str, Any] = {name: number(name) for name in LIMITS if name != "classes"}
    values |= {name: draw(st.sampled_from(tuple(choices))) for name, choices in CHOICES.items()}
    values["classes"] = draw(st.integers(*DATASETS[str(values["dataset"])]))
    values["hidden"] = draw(st.none() | st.lists(st.integers(1, 256), max_size=6).map(tuple))
    try:
        return Spec(**values)
    except SpecError as error:
        assume(error.rule != "parameters")
        raise


@st.composite
def windows(draw: st.DrawFn) -> tuple[float, float, float, float]:
    x0, y0 = (draw(st.floats(-FARTHEST, FARTHEST / 2)) for _ in range(2))
    width, height = (draw(st.floats(0.01, FARTHEST / 2)) for _ in range(2))
    return x0, x0 + width, y0, y0 + height


VIEWS = st.builds(
    View,
    layer=st.integers(1, 32),
    mode=st.sampled_from(tuple(MODES)),
    window=windows(),
    pixels=st.integers(*PIXELS),
    lines=st.booleans(),
)


@given(specs(), VIEWS, st.sampled_from(SPEEDS))
@example(Spec(weight_variance=1e-6, learning_rate=1e-6, bias="like-weights"), View(), "max")
@example(Spec(hidden=(3, 1, 256), width=256, depth=32), View(window=(0.1, 0.3, -1e-9, 7)), "5")
def test_a_link_restores_everything_wherever_it_is_opened(spec: Spec, view: View, speed: str):
    # The page never shows a mode of another task; what a link asks of it is told (below).
    view = replace(view, mode=mode_for(view.mode, spec.task))
    query = urlencode(settings_of(spec, view, speed))
    # Also on a server that was started with other settings.
    asked = read_link(query, OTHER, OTHER_VIEW)
    assert (asked.spec, asked.view, asked.speed) == (spec, view, speed)
    assert asked.problems == ()
    assert len(query) < LONGEST_QUERY


def test_a_link_holds_every_field_of_spec_and_view():
    assert set(settings_of(Spec(), View(), "max")) == {*FIELD_NAMES, *VIEW_NAMES, "speed"}
    # Which unit is chosen in the drawing of the network is a glance, not a setting.
    assert {*VIEW_NAMES, "unit"} == set(View.__dataclass_fields__)


@given(st.text(max_size=200))
@example("?" * 9)
@example("%")
@example("%ff=%fe&width=%00")
@example("width=%u0031&=&==&&;=")
@example("\ud800=\udfff&width=\ud83d")
@example("=5")
def test_no_query_raises_and_its_problems_can_be_told(query: str):
    asked = read(query)
    assert isinstance(asked.spec, Spec)
    for error in asked.problems:
        assert problem(error).isprintable() or "\u202f" in problem(error)


@given(st.lists(st.tuples(KEYS, VALUES), max_size=12))
def test_what_is_wrong_is_named_and_keeps_its_default(pairs: list[tuple[str, str]]):
    asked = read(urlencode(pairs))
    named = fields_of(asked)
    given_keys = {key for key, _ in pairs}
    if "nonsense" in given_keys:
        assert "nonsense" in named
    if "sheet" in given_keys:
        return
    for name in FIELD_NAMES:
        if name not in given_keys and name != "hidden":
            assert getattr(asked.spec, name) == getattr(Spec(), name) or name == "depth"
    for error in asked.problems:
        # Named under its own key, or under one that it hangs together with.
        assert error.field.split(":")[0] in given_keys | {"classes", "width", "hidden"}


@pytest.mark.parametrize("name", [n for n in BY_NAME if n not in ("hidden", "features")])
@pytest.mark.parametrize(
    "value", ["-1", "1e9", "nan", "inf", "1e400", "abc", "null", "[]", "{}", "x" * 5000, ""]
)
def test_every_setting_refuses_nonsense_by_name(name: str, value: str):
    asked = read(urlencode({name: value}))
    assert fields_of(asked) == {name}
    assert (asked.spec, asked.view, asked.speed) == (Spec(), View(), START_SPEED)
    (error,) = asked.problems
    assert len(problem(error)) < 300


@pytest.mark.parametrize("value", ["-1", "0", "257", "16,,8", ",", "16,abc", "nan", "1e1", "[]"])
def test_hidden_widths_refuse_nonsense_by_name(value: str):
    asked = read(urlencode({"hidden": value}))
    assert fields_of(asked) == {"hidden"}
    assert asked.spec == Spec()


def test_lines_are_to_be_seen_moving_unless_a_link_wants_it_faster():
    assert (read("").speed, read("width=9").speed) == ("200", "200")
    assert read("speed=max").speed == "max"
    assert Start(Spec(), View()).speed == "200"


def test_what_is_right_is_taken_beside_what_is_wrong():
    asked = read("width=9&depth=abc&unknown=1&speed=5")
    assert asked.spec == Spec(width=9)
    assert asked.speed == "5"
    assert fields_of(asked) == {"depth", "unknown"}


def test_classes_that_a_data_set_cannot_have_name_both():
    asked = read("dataset=circles&classes=4")
    assert asked.spec == Spec(dataset="circles")
    (error,) = asked.problems
    sentence = problem(error)
    assert "Classes" in sentence
    assert "circles" in sentence
    assert "4" in sentence


def test_two_values_for_one_setting_are_named_and_neither_is_taken():
    asked = read("width=8&width=9&depth=3&depth=3")
    assert asked.spec == Spec(depth=3)
    assert fields_of(asked) == {"width"}
    told = [problem(error, "en") for error in read("width=5&width=7").problems]
    assert told[0].endswith("got 5 / 7")  # as they were typed, not as Python lists them


def test_a_width_in_a_link_is_not_overridden_by_the_hidden_widths_of_the_server():
    started = Spec(hidden=(5, 5))
    assert read_link("width=8", started, View()).spec.sizes == (2, 8, 8, 8, 8, 2)
    assert read_link("seed=1", started, View()).spec.sizes == (2, 5, 5, 2)


def test_a_huge_query_is_refused_at_once():
    asked = read("width=9&" + "a" * LONGEST_QUERY)
    assert fields_of(asked) == {"link"}
    assert asked.spec == Spec()


def test_thousands_of_unknown_keys_stay_short_sentences():
    asked = read("&".join(f"{'k' * 300}{n}=1" for n in range(20)))
    assert len(asked.problems) == 20
    assert all(len(problem(error)) < 300 for error in asked.problems)


@pytest.mark.parametrize("name", PRESETS)
def test_a_sheet_opens_its_situation_and_settings_beside_it_win(name: str):
    asked = read(f"sheet={name}&seed=77")
    assert asked.spec == PRESETS[name].spec.but(seed=77)
    assert asked.view == PRESETS[name].view
    assert asked.differences == PRESETS[name].differences
    assert asked.problems == ()


def test_floats_survive_as_text():
    asked = read("weight_variance=1e-06&noise=0.1&learning_rate=2.5E-3")
    assert asked.spec == Spec(weight_variance=1e-6, noise=0.1, learning_rate=0.0025)
    assert not math.isnan(asked.spec.noise)


def test_a_link_opens_two_networks_side_by_side():
    asked = read("init=normal&compare=init:he;depth:3&which=b")
    assert asked.spec == Spec(init="normal")
    assert asked.differences.second(asked.spec) == Spec(init="he", depth=3)
    assert asked.looks["which"] == "b"
    assert asked.problems == ()
    assert read("init=normal").differences.second(asked.spec) is None
    assert read("sheet=1.2b-1.4&compare=").differences == NONE


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("compare=init:heh", "compare:init"),
        ("compare=classes:3", "compare:classes"),
        ("compare=nonsense", "compare"),
        ("compare=depth:32&width=200", "compare:width"),
        ("compare=init:he&compare=init:lecun", "compare"),
        ("which=c", "which"),
    ],
)
def test_a_comparison_that_cannot_be_is_named_and_left_out(query: str, field: str):
    asked = read(query)
    assert fields_of(asked) == {field}
    assert asked.differences == NONE


def test_what_is_compared_already_stays_where_a_link_says_nothing_else():
    there = read_differences("init:normal")
    assert read_link("", Spec(), View(), there).differences == there
    assert read_link("compare=", Spec(), View(), there).differences == NONE


PLAIN = "width=9&depth=4&seed=3"


@pytest.mark.parametrize(
    "query",
    [
        "?width=9&amp;depth=4&amp;seed=3",
        "width=9&AMP;depth=4&amp;amp;seed=3",
        "width=9&amp;amp;amp;depth=4&ampseed=3",
        "width=9&amp%3Bdepth=4&amp%3Bseed=3",
        "width=9%26amp%3Bdepth=4%26amp%3Bseed%3D3",
        "%3Fwidth%3D9%26depth%3D4%26seed%3D3",
        "width%253D9%2526depth%253D4%2526seed%253D3",
        "width=9&#38;depth=4&#038;seed=3",
        "width=9&#x26;depth=4\\u0026seed=3",
        "width=3D9&depth=3D4&seed=3D3",
        "width=9?depth=4?seed=3",
        "width=9&depth=4&seed=3.",
        "width=9&depth=4&seed=3).",
        "width=9&depth=4&seed=3%E2%80%8B%22%3E",
        " width= 9%C2%A0&depth=4&seed=3\r\n",
        "utm_source=moodle&width=9&depth=4&seed=3&UTM_Medium=x&fbclid=y",
        "width=9&depth=4&seed=3&gclid=1&msclkid=2&mc_cid=3&mc_eid=4&igshid=5&ssid=6&_ga=7&ref=8",
        "width=9&depth=4&seed=3?fbclid=x",
        "amp;width=9&amp;amp;utm_source=x&amp;depth=4&amp;seed=3&",
        "width=9&depth=4&=\r\nseed=3",  # quoted-printable mail, broken after 76 characters
        "width=9&de=%0D%0Apth=4&se%0Aed=3",
        "width=9&dep%20th=4&seed=3%07",
        "width=9;depth=4;seed=3",
        "WIDTH=9&Depth=4&seed=3",
        "“width=9&depth=4&seed=3”",
        "width=%A09&depth=４&seed=3/",
        "width=9&depth=4&seed=3&nbsp;",
        "width=9&depth=4&seed=3&gt;&quot;",
        "width=9&depth=4&seed=3](http://127.0.0.1/)",
        "width=9&depth=4&seed=3|Cellscope",
        "width=9&depth=4&seed=3%23%3A~%3Atext=cells",
        "width=9&depth=4&seed=3&data=05%7C02&sdata=x%3D&reserved=0",
    ],
)
def test_what_mails_and_platforms_do_to_a_link_loses_nothing(query: str):
    assert read(query) == read(PLAIN)


@pytest.mark.parametrize("value", ["-5%252C5%252C-5%252C5", "−5,5,−5,5", "-5,5,-5,5;"])
def test_a_window_survives_a_second_escaping_and_typographers(value: str):
    assert read(f"window={value}") == read("window=-5,5,-5,5")


def test_no_setting_is_taken_for_somebody_s_count_of_visits():
    known = (*FIELD_NAMES, *VIEW_NAMES, *LOOKS, "speed", "compare", *LINK_KEYS)
    assert not [name for name in known if is_tracking(name)]


def test_what_is_no_setting_is_named_also_beside_counts_of_visits():
    assert fields_of(read("utm_source=x&heigth=4&fbclid=y")) == {"heigth"}


def test_a_link_of_nothing_but_counts_of_visits_asks_for_nothing():
    assert not asks_for_something("?utm_source=moodle&fbclid=x&lang=de")
    assert asks_for_something("?utm_source=moodle&width=9")


@pytest.mark.parametrize(
    ("query", "mode", "said"),
    [
        ("mode=value", "confidence", modes_of("classes")),
        ("mode=classes&task=regression", "value", modes_of("regression")),
        ("mode=value&task=regression", "value", ""),
        ("mode=regions&task=regression", "regions", ""),
    ],
)
def test_a_mode_that_the_task_has_not_is_named(query: str, mode: str, said: str):
    asked = read_link(query, Spec(), View())
    assert asked.view.mode == mode
    assert [error.limits["choices"] for error in asked.problems] == ([said] if said else [])


@pytest.mark.parametrize(
    ("query", "layer", "told"),
    [
        ("depth=3&layer=3", 3, False),
        ("depth=3&layer=4", View().layer, True),
        ("hidden=4&layer=7", View().layer, True),
        ("depth=1&layer=2", 1, True),
        ("depth=3&layer=5&compare=depth:5", 5, False),  # the second network has it
        ("depth=3&layer=6&compare=depth:5", View().layer, True),
        ("sheet=2.3&layer=30", PRESETS["2.3"].view.layer, True),
        ("depth=1", View().layer, False),  # not the link's: the page shows the last one there is
    ],
)
def test_a_layer_that_the_network_has_not_is_named(query: str, layer: int, told: bool):
    asked = with_layer_there(read_link(query, Spec(), View()), View())
    assert asked.view.layer == layer
    assert [(error.field, error.rule) for error in asked.problems] == (
        [("layer", "whole")] if told else []
    )


@pytest.mark.parametrize("value", ["-1", "1.5", "1e3", "", "nan", str(2**53 + 1), "9" * 40, "٣"])
def test_a_step_to_stop_at_is_a_whole_number_or_named(value: str):
    asked = read(urlencode({"stop_at": value}))
    assert (fields_of(asked), asked.stop_at) == ({"stop_at"}, None)
    for language in LANGUAGES:
        assert value in problem(asked.problems[0], language).replace(",", ".")


def test_a_link_names_the_step_to_stop_at():
    asked = read("stop_at=300")
    assert (asked.stop_at, asked.problems) == (300, ())
    assert read("").stop_at is None


def test_an_address_that_is_loaded_again_only_says_how_to_look_at_what_lives():
    own = OwnData("drawn", np.array([[0.0, 1.0], [2.0, 3.0]]), np.array([0.5, 2.0]))
    there = Spec(dataset=OWN, own=own, task="regression")
    query = "dataset=own&task=regression&width=8&mode=value&layer=3&compare=seed:4"
    assert [one.rule for one in read(query).problems] == ["own_missing"]
    asked = read_link(query, there, View(), resumed=True)
    assert (asked.spec, asked.differences, asked.problems) == (there, NONE, ())
    assert (asked.view.mode, asked.view.layer) == ("value", 3)
    assert read_link("layer=0", there, View(), resumed=True).problems


# --- the line over the picture -------------------------------------------------------------------


def test_a_value_that_begins_with_a_new_line_is_named_under_its_setting():
    assert fields_of(read("dataset=%0A0")) == {"dataset"}


def test_a_link_names_the_line_over_the_picture():
    asked = read("line=-1,0.5,2,3e-1")
    assert (asked.line, asked.problems) == ((-1.0, 0.5, 2.0, 0.3), ())
    assert read("").line is None


@pytest.mark.parametrize("value", ["", "1,2,3", "1,2,3,x", "1,2,1,2", "0,0,inf,1", "0,0,nan,1"])
def test_a_line_has_two_ends_or_is_named(value: str):
    asked = read(urlencode({"line": value}))
    assert (fields_of(asked), asked.line) == ({"line"}, None)
    for language in LANGUAGES:
        assert "x0,y0,x1,y1" in problem(asked.problems[0], language)


def test_a_link_names_the_unit_in_the_picture():
    asked = read("width=7&depth=3&unit=2,7")
    assert (asked.view.unit, asked.problems) == ((2, 7), ())
    assert read("").view.unit is None


@pytest.mark.parametrize("value", ["", "2", "0,1", "2,0", "2,8", "4,1", "2,-1", "2,1,1", "x,y"])
def test_a_unit_that_the_network_has_not_is_named(value: str):
    asked = read(urlencode({"width": "7", "depth": "3", "unit": value}))
    assert (fields_of(asked), asked.view.unit) == ({"unit"}, None)
