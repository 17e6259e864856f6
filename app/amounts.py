"""Measured amounts in few characters, from 1e-300 to 1e300, as a reader writes them."""

from math import isfinite, isnan

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
WRITTEN_OUT = (1e-3, 1e5)  # from here to there without a power of ten


def amount(value: float | None, language: str, digits: int = 3) -> str:
    """So many significant digits: 0.0372, 4.2·10⁸, ∞, NaN; – where there is none.

    >>> amount(4.21e8, "en"), amount(0.5, "de"), amount(-2.0, "en"), amount(None, "en")
    ('4.21·10⁸', '0,5', '−2', '–')
    """
    if value is None:
        return "–"
    if not isfinite(value):
        return "NaN" if isnan(value) else "∞" if value > 0 else "−∞"
    if value == 0.0 or WRITTEN_OUT[0] <= abs(value) < WRITTEN_OUT[1]:
        text = _plain(value, digits)
    else:
        mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
        text = f"{_plain(float(mantissa), digits)}·10{str(int(exponent)).translate(_SUPERSCRIPTS)}"
    text = text.replace("-", "−")
    return text.replace(".", ",") if language == "de" else text


def _plain(value: float, digits: int) -> str:
    rounded = f"{value:.{digits}g}"
    return f"{float(rounded):.0f}" if "e" in rounded else rounded


def percent(share: float | None, language: str) -> str:
    """A share as 12 %; – where there is none."""
    return "–" if share is None else f"{amount(100.0 * share, language, 2)} %"
