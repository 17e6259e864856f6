"""What a link leaves of the page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.app.settings.controls import CONTROLS
from cellscope.app.settings.links import read_link
from cellscope.app.settings.visible_parts import FOLDABLE, PARTS, Fold, read_fold
from cellscope.app.text.texts import problem
from cellscope.model.spec import Spec
from cellscope.model.view import View


def test_without_a_word_everything_is_shown():
    assert read_fold({}) == (Fold(controls=None, hide=()), [])


def test_controls_are_named_as_in_links_and_s_is_the_weight_variance():
    fold, problems = read_fold({"controls": "s,layer,weight_variance"})
    assert fold.controls == ("weight_variance", "layer")
    assert not problems


def test_every_control_and_every_part_can_be_named():
    fold, problems = read_fold({"controls": ",".join(FOLDABLE), "hide": ",".join(PARTS)})
    assert fold == Fold((*(control.name for control in CONTROLS), "compare"), PARTS)
    assert not problems


def test_no_name_at_all_is_no_control():
    assert read_fold({"controls": " "})[0].controls == ()


def test_unknown_names_are_named_and_the_others_taken():
    fold, problems = read_fold({"controls": "s,nonsense,init", "hide": "points,sky"})
    assert fold == Fold(("weight_variance", "init"), ("points",))
    assert [(error.field, error.value) for error in problems] == [
        ("controls", "nonsense"),
        ("hide", "sky"),
    ]
    assert problem(problems[0]).startswith("Controls: must be one of s, dataset, ")


def test_where_no_name_is_known_nothing_is_folded():
    fold, problems = read_fold({"controls": "nonsense", "hide": ""})
    assert fold == Fold()
    assert len(problems) == 1


def test_hidden_lines_are_not_even_computed():
    asked = read_link("hide=lines&lines=true", Spec(), View())
    assert not asked.view.lines
    assert asked.fold.hide == ("lines",)


def test_hidden_points_are_not_shown_by_a_key_of_the_same_link():
    assert read_link("hide=points&points=all", Spec(), View()).view.points == "none"


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_is_too_strange(controls: str, hide: str):
    fold, problems = read_fold({"controls": controls, "hide": hide})
    assert set(fold.controls or ()) <= set(FOLDABLE)
    assert set(fold.hide) <= set(PARTS)
    assert len(problems) <= 2


@pytest.mark.parametrize("key", ["controls", "hide"])
def test_a_key_given_in_two_ways_is_named_and_not_followed(key: str):
    asked = read_link(f"{key}=points&{key}=layer", Spec(), View())
    assert asked.fold == Fold()
    assert [error.field for error in asked.problems] == [key]
