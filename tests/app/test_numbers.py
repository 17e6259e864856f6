"""Numbers say what they are, in every language."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.app.text.numbers import (
    POINTS,
    THIN_SPACE,
    counted,
    fixed,
    grouped,
    number,
    percent,
    power,
    separators,
    typed,
    with_point,
)
from cellscope.app.text.texts import LANGUAGES

RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
IN_LANGUAGES = pytest.mark.parametrize("language", LANGUAGES)


def read(written: str, language: str) -> float:
    """What a reader of the language takes the number for."""
    plain = written.replace(THIN_SPACE, "").replace("−", "-").replace(POINTS[language], ".")
    bare = re.fullmatch(r"(-?)10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)", plain)
    mantissa, _, raised = plain.partition("·10") if bare is None else (bare[1] + "1", "", bare[2])
    return float(f"{mantissa}e{raised.translate(RAISED) or 0}")


def test_every_language_has_its_decimal_mark():
    assert set(POINTS) == set(LANGUAGES)
    assert (POINTS["en"], POINTS["de"]) == (".", ",")


@IN_LANGUAGES
@given(value=st.floats(allow_nan=False, allow_infinity=False), digits=st.integers(1, 6))
def test_a_number_reads_as_what_it_is_to_so_many_digits(language: str, value: float, digits: int):
    written = number(value, language, digits)
    assert math.isclose(
        read(written, language), float(f"{value:.{digits}g}"), rel_tol=1e-12, abs_tol=5e-324
    )
    assert len(re.sub(r"·?10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+$", "", written).lstrip("−0.,")) <= max(digits + 1, 6)


@pytest.mark.parametrize(
    ("value", "english", "german"),
    [
        (0.0, "0", "0"),
        (-0.0, "0", "0"),
        (1.0, "1", "1"),
        (2.50, "2.5", "2,5"),
        (-0.03721, "−0.0372", "−0,0372"),
        (12_345.0, "12\u202f300", "12\u202f300"),
        (99_999.0, "10⁵", "10⁵"),
        (0.001, "0.001", "0,001"),
        (0.00054, "5.4·10⁻⁴", "5,4·10⁻⁴"),
        (3.98e8, "3.98·10⁸", "3,98·10⁸"),
        (-1e300, "−10³⁰⁰", "−10³⁰⁰"),
        (math.nan, "NaN", "NaN"),
        (math.inf, "∞", "∞"),
        (-math.inf, "−∞", "−∞"),
        (None, "–", "–"),
    ],
)
def test_numbers_have_three_digits_and_powers_of_ten(
    value: float | None, english: str, german: str
):
    assert (number(value, "en"), number(value, "de")) == (english, german)


def test_digits_stand_in_groups_of_three():
    groups = ["0", "999", "1\u202f000", "1\u202f234\u202f567", "−12\u202f345"]
    assert [grouped(n) for n in (0, 999, 1000, 1234567, -12345)] == groups


def test_numbers_that_change_keep_their_digits():
    assert fixed(0.5, "de", 3) == "0,500"
    assert fixed(-12345.678, "en", 1) == "−12\u202f345.7"
    assert fixed(math.inf, "en", 1) == "∞"
    assert power(4200.0, "en") == "4.20·10³"
    assert power(9.996, "de") == "1,00·10¹"
    assert [power(v, "en") for v in (0.0, math.nan, -math.inf)] == ["0", "NaN", "−∞"]


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (0, "0"),
        (128.5, "128"),
        (9_999_999, "9\u202f999\u202f999"),
        (10_000_000, "1,0·10⁷"),
        (99_600_000, "1,0·10⁸"),
        (2**48, "2,8·10¹⁴"),
        (10**15, "1,0·10¹⁵"),
        (2**7936, "9,4·10²³⁸⁸"),  # 31 layers of 256 units: more than a float holds
    ],
    ids=lambda value: str(value)[:12],
)
def test_large_counts_have_an_exponent(count: int | float, expected: str):
    assert counted(count, "de") == expected
    assert counted(count, "en") == expected.replace(",", ".")


@pytest.mark.parametrize(
    ("share", "german"),
    [
        (0.0, "0"),
        (1e-5, "0,001"),
        (0.1234, "12"),
        (0.0012, "0,12"),
        (0.994, "99"),
        (0.996, "100"),
        (12.345, "1\u202f234"),
    ],
)
def test_shares_are_percent(share: float, german: str):
    assert percent(share, "de") == f"{german}\u202f%"
    assert percent(share, "en") == f"{german.replace(',', '.')}\u202f%"
    assert percent(None, "de") == "–"


def test_limits_are_written_as_one_types_them():
    assert [typed(v, "en") for v in (1e-6, 0.5, 20_000, "0.5", True)] == [
        "1e-06", "0.5", "20\u202f000", "0.5", "True",
    ]  # fmt: skip
    assert [typed(v, "de") for v in (1e-6, 0.5, 20_000, "0.5")] == [
        "1e-06", "0,5", "20\u202f000", "0.5",
    ]  # fmt: skip


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_typed_with_the_marks_of_a_language_is_read(value: float):
    for language in LANGUAGES:
        read_back = with_point(repr(value).replace(".", POINTS[language]), language)
        assert float(str(read_back)) == value


@pytest.mark.parametrize("raw", ["1,000.5", "1,2,3", ",", "5,", ",5", "a,b", "", 3, None, ["1,5"]])
def test_commas_that_could_mean_something_else_stay(raw: object):
    assert with_point(raw, "de") is raw


def test_a_comma_on_an_english_page_is_no_decimal_mark():
    assert with_point("0,5", "en") == "0,5"


def test_charts_use_the_same_marks():
    assert separators("en") == ".\u202f"
    assert separators("de") == ",\u202f"
