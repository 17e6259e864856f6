"""A view refuses what cannot be looked at."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.model.spec import SpecError
from cellscope.model.view import FARTHEST, MODES, SHEET_PIXELS, View

NONSENSE: tuple[Any, ...] = (
    *("abc", None, [], {}, True, False, math.nan, math.inf, -math.inf, -1, 0, 1e9, 2.5),
    *(10**400, 10**5000, "x" * 10_000_000, np.ones(4)),
)


def make(**settings: Any) -> View:
    return View(**settings)


@pytest.mark.parametrize("field", ["layer", "mode", "window", "pixels"])
@pytest.mark.parametrize("number", range(len(NONSENSE)))
def test_every_field_refuses_nonsense_by_name(field: str, number: int):
    with pytest.raises(SpecError) as caught:
        make(**{field: NONSENSE[number]})
    assert caught.value.field == field
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("window", "rule"),
    [
        ((0.0, 1.0, 0.0), "four_numbers"),
        ((0.0, 1.0, 0.0, 1.0, 2.0), "four_numbers"),
        ((0.0, 1.0, 0.0, True), "four_numbers"),
        ((0.0, 1.0, 0.0, "1"), "four_numbers"),
        ((0.0, 1.0, 0.0, None), "four_numbers"),
        ((0.0, math.nan, 0.0, 1.0), "within"),
        ((-math.inf, 1.0, 0.0, 1.0), "within"),
        ((0.0, 1.0, 0.0, 1.1e6), "within"),
        ((0, 10**400, 0, 1), "within"),
        ((1.0, 1.0, 0.0, 1.0), "ordered"),
        ((0.0, 1.0, 1.0, 0.0), "ordered"),
        ((0.0, 1.0, 0.0, 1e-10), "too_narrow"),
        ((1e5, 1e5 + 1e-5, 0.0, 1.0), "too_narrow"),
    ],
)
def test_a_window_is_four_ordered_numbers_not_too_close(window: Any, rule: str):
    with pytest.raises(SpecError) as caught:
        View(window=window)
    assert (caught.value.field, caught.value.rule) == ("window", rule)


def test_a_window_is_kept_as_a_tuple_of_floats():
    view = make(window=[-1, 2, 0, 1])
    assert view.window == (-1.0, 2.0, 0.0, 1.0)
    assert all(type(side) is float for side in view.window)
    hash(view)


@given(st.tuples(*[st.floats(-FARTHEST, FARTHEST)] * 4), st.integers(11, 1001))
def test_neighbouring_pixels_of_an_accepted_window_are_different_points(
    window: tuple[float, float, float, float], pixels: int
):
    try:
        x0, x1, y0, y1 = View(window=window, pixels=pixels).window
    except SpecError:
        return
    assert np.all(np.diff(np.linspace(x0, x1, pixels)) > 0)
    assert np.all(np.diff(np.linspace(y0, y1, pixels)) > 0)


def test_the_sheets_grid_is_a_view():
    x0, x1, _, _ = View(pixels=SHEET_PIXELS).window
    np.testing.assert_allclose(np.diff(np.linspace(x0, x1, SHEET_PIXELS)), 0.1, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
def test_equal_views_are_equal_keys(mode: str):
    assert hash(View(mode=mode, layer=3)) == hash(View(mode=mode, layer=3))
    assert View(mode=mode) == View(mode=mode)
