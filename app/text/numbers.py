"""Numbers as people read them, in the language of the page.

German writes a decimal comma, English a point. Groups of three digits are set apart by a thin space
in both, as ISO 80000-1 asks: neither comma nor point, so that no number can be read in two ways.
"""

import re
from decimal import Decimal
from math import isfinite, isnan, log10

POINTS = {"en": ".", "de": ","}  # between whole and broken part
THIN_SPACE = "\u202f"
PLAIN = (-3, 4)  # powers of ten that are written out: 0.001 to 99 999
NONE = "–"  # where there is no number
COUNTED = 10**7  # counts are written out below this
_WITH_COMMA = re.compile(r"\s*[+-]?[0-9]+,[0-9]+(e[+-]?[0-9]+)?\s*", re.ASCII | re.IGNORECASE)
RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def grouped(count: int) -> str:
    """A whole number, its digits in groups of three; the same in every language.

    >>> grouped(-1234567).split(THIN_SPACE)
    ['−1', '234', '567']
    """
    return f"{count:,}".replace(",", THIN_SPACE).replace("-", "−")


def number(value: float | None, language: str, digits: int = 3) -> str:
    """So many significant digits and no zeros at the end; very small and large as powers of ten.

    >>> number(2.5, "de"), number(-1234, "en"), number(3.98e8, "en"), number(1e-6, "de")
    ('2,5', '−1\u202f230', '3.98·10⁸', '10⁻⁶')
    """
    if value is None:
        return NONE
    if not isfinite(value):
        return _not_finite(value)
    rounded = Decimal(f"{value:.{digits - 1}e}")
    if rounded == 0 or PLAIN[0] <= rounded.adjusted() <= PLAIN[1]:
        return _written(_without_zeros(rounded), language)
    mantissa = _without_zeros(rounded.scaleb(-rounded.adjusted()))
    return _power(mantissa, rounded.adjusted(), language)


def fixed(value: float, language: str, places: int) -> str:
    """So many digits after the point, whatever they are: numbers that change keep their width.

    >>> fixed(0.5, "de", 3), fixed(1234.5, "en", 1)
    ('0,500', '1\u202f234.5')
    """
    return (
        _written(Decimal(f"{value:.{places}f}"), language)
        if isfinite(value)
        else _not_finite(value)
    )


def accuracy_text(value: float, language: str) -> str:
    """An accuracy, everywhere with three digits: 0.990, not 0.99 here and 0.990 there.

    An R² may be far below 0: it has three digits there, too, and fits its place.

    >>> accuracy_text(0.99, "en"), accuracy_text(-18.8174, "de"), accuracy_text(-1375975.3, "en")
    ('0.990', '−18,817', '−1.38·10⁶')
    """
    if abs(value) < 100:
        return fixed(value, language, 3)
    return number(value, language) if abs(value) < 1e4 else power(value, language)


def power(value: float, language: str, digits: int = 3) -> str:
    """As a power of ten, with all its digits: 4.20·10³.

    >>> power(4200.0, "de"), power(99.96, "en", digits=2)
    ('4,20·10³', '1.0·10²')
    """
    if not isfinite(value) or value == 0:
        return number(value, language)
    rounded = Decimal(f"{value:.{digits - 1}e}")
    return _power(rounded.scaleb(-rounded.adjusted()), rounded.adjusted(), language)


def counted(count: int | float, language: str) -> str:
    """A count in full, or as 2.8·10¹⁴ where it would not fit; also beyond what a float holds.

    >>> counted(137, "en"), counted(2**48, "de"), counted(10**400 - 1, "en")
    ('137', '2,8·10¹⁴', '1.0·10⁴⁰⁰')
    """
    if count < COUNTED:
        return grouped(round(count))
    exponent = int(log10(count))
    mantissa = Decimal(f"{10 ** (log10(count) - exponent):.1f}")
    if mantissa >= 10:
        mantissa, exponent = Decimal("1.0"), exponent + 1
    return _power(mantissa, exponent, language)


def percent(share: float | None, language: str, digits: int = 2) -> str:
    """A share of 1 in percent.

    >>> percent(0.0425, "de"), percent(1.0, "en")
    ('4,2\u202f%', '100\u202f%')
    """
    if share is None:
        return NONE
    value = 100.0 * share
    whole = 99.5 <= abs(value) < 1e5
    return (
        f"{number(round(value) if whole else value, language, 6 if whole else digits)}{THIN_SPACE}%"
    )


def typed(value: object, language: str) -> str:
    """A value as one would type it into a box: 1e-06, 0.5, which is 0,5 on a German page.

    Text stays as it is: it is what somebody typed.

    >>> typed(1e-6, "en"), typed(0.5, "de"), typed(20000, "en"), typed("0.5", "de")
    ('1e-06', '0,5', '20\u202f000', '0.5')
    """
    if isinstance(value, float):
        return f"{value:g}".replace(".", POINTS[language])
    whole = isinstance(value, int) and not isinstance(value, bool)
    return f"{value:,}".replace(",", THIN_SPACE) if whole else str(value)


def read_aloud(value: object, language: str) -> str:
    """A limit in a sentence: as one would type it, but powers of ten as such, and no 20000.0.

    >>> read_aloud(1e9, "en"), read_aloud(1e-6, "de"), read_aloud(0.5, "de"), read_aloud(1e4, "en")
    ('10⁹', '10⁻⁶', '0,5', '10\u202f000')
    """
    if not isinstance(value, float) or not isfinite(value):
        return typed(value, language)
    if "e" in f"{value:g}":
        return number(value, language, digits=6)
    return typed(int(value) if value.is_integer() else value, language)


def with_point(raw: object, language: str) -> object:
    """A number as typed, with a decimal point: "0,5" on a German page is 0.5; else as it came.

    >>> with_point("0,5", "de"), with_point("1,5e-3", "de"), with_point("0,5", "en")
    ('0.5', '1.5e-3', '0,5')
    """
    if POINTS[language] == "," and isinstance(raw, str) and _WITH_COMMA.fullmatch(raw):
        return raw.replace(",", ".")
    return raw


def separators(language: str) -> str:
    """Plotly's: the decimal mark and what stands between groups of digits."""
    return POINTS[language] + THIN_SPACE


def _without_zeros(rounded: Decimal) -> Decimal:
    return Decimal(0) if rounded == 0 else rounded.normalize()


def _written(rounded: Decimal, language: str) -> str:
    text = f"{rounded:,f}".replace(",", THIN_SPACE).replace("-", "−")
    return text.replace(".", POINTS[language])


def _power(mantissa: Decimal, exponent: int, language: str) -> str:
    ten = f"10{str(exponent).translate(RAISED)}"
    if abs(mantissa) == 1 and mantissa.as_tuple().exponent == 0:
        return f"−{ten}" if mantissa < 0 else ten
    return f"{_written(mantissa, language)}·{ten}"


def _not_finite(value: float) -> str:
    return "NaN" if isnan(value) else "∞" if value > 0 else "−∞"
