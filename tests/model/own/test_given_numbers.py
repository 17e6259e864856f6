"""Numbers as they are handed in: which are none, and which are."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch

from cellscope.model.own.cells import show
from cellscope.model.own.plane import plane_through

NO_NUMBERS = {
    "imaginary parts": np.array([[1 + 2j, 0], [0, 1]]),
    "imaginary parts of a tensor": torch.tensor([[1 + 2j, 0], [0, 1]]),
    "words": np.array([["1", "2"], ["3", "4"]]),
    "numbers beyond all floats": np.array([[10**400, 0], [0, 1]], dtype=object),
    "dates": np.array([["2020", "2021"], ["2022", "2023"]], "M8[Y]"),
}


@pytest.mark.parametrize("size", [1e-200, 1.0, 1e200])
def test_a_plane_goes_through_three_points_of_any_size(size: float) -> None:
    given = size * np.array([[1.0, 2.0, 3.0], [4.0, 2.0, 3.0], [1.0, 2.0, 7.0]])
    (origin, u, v), places = plane_through(*given)
    assert np.allclose([u, v], [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    assert np.allclose((origin + places @ np.stack([u, v])) / size, given / size)


@pytest.mark.parametrize("kind", NO_NUMBERS)
def test_what_is_no_real_number_is_refused(kind: str) -> None:
    given = NO_NUMBERS[kind]
    real = np.eye(2)
    with pytest.raises(ValueError, match=r"^network: W0: must be an array of real numbers$"):
        show([(given, np.zeros(2))])
    with pytest.raises(ValueError, match=r"^plane: must be an array of real numbers$"):
        show([(real, np.zeros(2))], plane=(np.zeros(2), given[0], real[1]))
    with pytest.raises(ValueError, match=r"^points: must be an array of real numbers$"):
        show([(real, np.zeros(2))], points=given)


def test_fractions_and_truth_values_are_numbers() -> None:
    exact = [[Fraction(1, 2), Fraction(0)], [Fraction(1), Fraction(2)]]
    assert (
        show([(exact, [False, True]), (np.eye(2), np.zeros(2))]).result.counts.linear_regions == 4
    )


NONE = {
    "None alone": None,
    "None among numbers": [[None, 0.0], [0.0, 1.0]],
    "words among objects": np.array([["1", 2], [3, 4]], dtype=object),
}


@pytest.mark.parametrize("kind", NONE)
def test_nothing_is_no_number_that_is_not_finite(kind: str) -> None:
    real, says = [(np.eye(2), np.zeros(2))], "must be an array of real numbers$"
    given: Any = NONE[kind]
    with pytest.raises(ValueError, match=f"^network: b0: {says}"):
        show([(np.eye(2), given)])
    with pytest.raises(ValueError, match=f"^window: {says}"):
        show(real, window=given)
    with pytest.raises(ValueError, match=f"^plane: {says}"):
        show(real, plane=(np.zeros(2), given, [0, 1]))


def test_a_window_whose_area_is_no_number_is_refused_as_one() -> None:
    with pytest.raises(ValueError, match=r"^window: its area is more than float64 reaches: "):
        show([(np.eye(2), np.zeros(2))], window=(-1e300, 1e300, -1e300, 1e300))
    far = show([(np.eye(2), np.zeros(2))], window=(-1e150, 1e150, -1e150, 1e150))
    assert far.result.counts.linear_regions == 4


def test_a_plane_that_leaves_float64_in_the_window_is_said_of_the_plane() -> None:
    wide = (np.zeros(2), [1e308, 0.0], [0.0, 1.0])
    with pytest.raises(ValueError, match=r"^plane: is beyond float64 in the window "):
        show([(np.eye(2), np.zeros(2))], plane=wide)
