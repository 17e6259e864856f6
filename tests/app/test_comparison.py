"""How the second network differs: read from anybody, written so that it is read again."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cellscope.app.settings.comparison import (
    COMPARED,
    LONGEST,
    NONE,
    Differences,
    headings,
    read_differences,
)
from cellscope.app.settings.presets import PRESETS
from cellscope.app.text.texts import problem
from cellscope.model.datasets import data_settings
from cellscope.model.spec import CHOICES, FEATURES, LIMITS, Spec, SpecError

T = TypeVar("T")
NORMAL = Spec(width=16, depth=11, init="normal", bias="zero", bias_variance=0.0)


def second(written: str, first: Spec = NORMAL) -> Spec:
    found = read_differences(written).second(first)
    assert found is not None
    return found


def refused(raw: object, first: Spec = NORMAL) -> SpecError:
    with pytest.raises(SpecError) as caught:
        read_differences(raw).second(first)
    return caught.value


def outcome(work: Callable[[], T]) -> T | SpecError:
    """What the work gives, or how it was refused."""
    try:
        return work()
    except SpecError as error:
        return error


@st.composite
def differences(draw: st.DrawFn) -> Differences:
    names = draw(st.sets(st.sampled_from(COMPARED), min_size=1))
    values: list[tuple[str, Any]] = []
    for name in (name for name in COMPARED if name in names):
        if name in CHOICES:
            values.append((name, draw(st.sampled_from(tuple(CHOICES[name])))))
        elif name == "features":
            some = st.lists(st.sampled_from(FEATURES), unique=True)
            values.append((name, Spec(features=tuple(draw(some))).features))
        elif name == "batch_norm":
            values.append((name, draw(st.booleans())))
        elif name == "hidden":
            values.append((name, draw(st.none() | st.tuples(st.integers(1, 30)))))
        else:
            low, high = LIMITS[name]
            whole = isinstance(low, int)
            values.append(
                (name, draw(st.integers(int(low), int(high)) if whole else st.floats(low, high)))
            )
    return Differences(tuple(values))


def test_the_second_network_has_the_first_one_s_settings_but_for_some():
    assert second("init:he") == NORMAL.but(init="he")
    assert second("width:8;depth:3;seed:7") == NORMAL.but(width=8, depth=3, seed=7)
    assert second("hidden:16,8,4").sizes == (2, 16, 8, 4, 2)
    assert second(" init:he ; ; depth:3 ") == NORMAL.but(init="he", depth=3)
    assert read_differences("").second(NORMAL) is None
    assert read_differences(" ; ") == NONE


def test_widths_of_the_first_do_not_override_the_second_s():
    first = NORMAL.but(hidden=(5, 6))
    assert second("width:8", first).sizes == (2, *(8,) * 10, 2)
    assert second("init:he", first).sizes == first.sizes


def test_a_variance_brings_the_setting_without_which_it_does_nothing():
    assert second("weight_variance:0.5", Spec()) == Spec(init="normal", weight_variance=0.5)
    assert second("bias_variance:0.5") == NORMAL.but(bias="fixed", bias_variance=0.5)
    assert second("weight_variance:0.5;init:he", Spec()) == Spec(weight_variance=0.5)


def test_the_second_follows_the_first():
    found = read_differences("init:he")
    for first in (NORMAL, NORMAL.but(width=5, dataset="spirals", classes=4, seed=9)):
        assert found.second(first) == first.but(init="he")


@given(differences())
def test_what_is_written_is_read_again(found: Differences):
    written = found.written()
    assume(len(written) <= LONGEST)
    brought = read_differences(written)
    assert set(found.values) <= set(brought.values)
    assert read_differences(brought.written()) == brought
    made = outcome(lambda: brought.second(NORMAL))
    if isinstance(made, SpecError):
        assert made.rule == "parameters"
    else:
        assert made is not None
        assert data_settings(made) == data_settings(NORMAL)


@pytest.mark.parametrize("name", ["dataset", "samples", "noise", "classes", "data_seed"])
def test_both_networks_see_the_same_data(name: str):
    value = {"dataset": "moons"}.get(name, "2")
    error = refused(f"{name}:{value}")
    assert (error.field, error.rule) == (f"compare:{name}", "same_data")
    assert "second network" in problem(error)


@pytest.mark.parametrize(
    ("written", "field"),
    [
        ("init", "compare"),
        ("he", "compare"),
        ("init=he", "compare"),
        ("init:", "compare:init"),
        ("init:heh", "compare:init"),
        ("depth:0", "compare:depth"),
        ("depth:33", "compare:depth"),
        ("depth:1e1", "compare:depth"),
        ("width:nan", "compare:width"),
        ("weight_variance:-1", "compare:weight_variance"),
        ("weight_variance:inf", "compare:weight_variance"),
        ("hidden:1,,2", "compare:hidden"),
        ("seed:-1", "compare:seed"),
        ("layer:2", "compare:layer"),
        ("speed:max", "compare:speed"),
        ("compare:init:he", "compare:compare"),
        ("__class__:x", "compare:__class__"),
        ("init:he;init:lecun", "compare:init"),
        ("x" * (LONGEST + 1), "compare"),
        ("\x00:\x00", "compare:�"),
    ],
)
def test_what_is_wrong_is_named(written: str, field: str):
    error = refused(written)
    assert error.field == field
    assert len(problem(error)) < 300


@pytest.mark.parametrize("raw", [None, 5, True, [], {"init": "he"}, b"init:he"])
def test_what_is_no_text_is_named(raw: object):
    assert refused(raw).field == "compare"


@given(st.text(max_size=60))
def test_no_text_breaks_it(raw: str):
    found = outcome(lambda: read_differences(raw))
    if isinstance(found, SpecError):
        assert found.field.split(":")[0] == "compare"
        assert problem(found)
    else:
        assert read_differences(found.written()) == found


def test_a_second_network_too_large_beside_the_first_is_named_for_what_it_is():
    error = refused("depth:32", Spec(width=200))
    assert (error.field, error.rule) == ("compare:width", "parameters")
    assert problem(error).startswith("Width n of the second network: ")


def test_each_is_called_by_what_it_has_otherwise():
    def named(written: str, first: Spec = NORMAL) -> tuple[str, str]:
        return headings(first, second(written, first), "en")

    assert named("init:he") == ("N(0, 1)", "He, 2/n")
    assert named("weight_variance:0.125") == ("N(0, 1)", "N(0, 0.125)")
    assert named("depth:4;width:8") == ("2 → 16 ×10 → 2", "2 → 8 ×3 → 2")
    assert named("optimizer:adam;learning_rate:0.001") == (
        "SGD · Learning rate 0.1",
        "Adam · Learning rate 0.001",
    )
    assert named("bias_variance:0.25") == (
        "biases zero",
        "biases fixed, N(0, σ²) · Bias variance 0.25",
    )
    assert named("depth:11") == ("the same settings", "the same settings")


def test_the_preset_sets_n01_beside_he_and_nothing_else():
    preset = PRESETS["1.2b-1.4"]
    assert preset.spec == PRESETS["1.2b"].spec
    assert preset.differences.second(preset.spec) == PRESETS["1.4"].spec
    assert replace(preset.spec, init="he") == PRESETS["1.4"].spec
