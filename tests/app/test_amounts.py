"""Amounts as a reader writes them."""

import pytest

from app.amounts import amount, percent


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.0, "0"),
        (1.0, "1"),
        (-0.03721, "−0.0372"),
        (99_999.0, "100000"),
        (12_345.0, "12300"),
        (4.21e8, "4.21·10⁸"),
        (9.999e-301, "1·10⁻³⁰⁰"),
        (-1.5e300, "−1.5·10³⁰⁰"),
        (float("nan"), "NaN"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (None, "–"),
    ],
)
def test_amounts_have_three_digits_and_powers_of_ten(value: float | None, written: str):
    assert amount(value, "en") == written


def test_german_has_a_decimal_comma():
    assert amount(1.5e-9, "de") == "1,5·10⁻⁹"
    assert percent(0.1234, "de") == "12 %"
    assert percent(0.0012, "de") == "0,12 %"
    assert percent(None, "en") == "–"
