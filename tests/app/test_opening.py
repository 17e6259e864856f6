"""What a link does with the experiment that it describes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.app.settings.link_step import FARTHEST_STEP, read_step
from cellscope.app.settings.links import read_link
from cellscope.app.text.texts import problem
from cellscope.model.spec import Spec
from cellscope.model.view import View


@pytest.mark.parametrize("step", [0, 1, 400, FARTHEST_STEP])
def test_a_step_within_reach_is_taken(step: int):
    assert read_step({"step": str(step)}) == (step, [])


def test_no_step_is_step_0():
    assert read_step({}) == (0, [])


@pytest.mark.parametrize("given", ["-1", "50001", "1e3", "400.0", "", " 4", "٤", "9" * 30, "nan"])
def test_what_is_no_step_within_reach_is_named(given: str):
    step, problems = read_step({"step": given})
    assert step == 0
    assert [error.field for error in problems] == ["step"]
    assert "must be a whole number from 0 to 50\u202f000" in problem(problems[0])


@given(st.text(max_size=40))
def test_no_text_is_too_strange(text: str):
    step, problems = read_step({"step": text})
    assert 0 <= step <= FARTHEST_STEP
    assert len(problems) <= 1


def test_a_link_holds_the_step_beside_its_settings():
    asked = read_link("width=8&step=30", Spec(), View())
    assert (asked.spec.width, asked.step) == (8, 30)
