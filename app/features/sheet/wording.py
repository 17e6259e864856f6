"""Numbers in the lesson's sentences and formulas: one value, written for a text and for TeX."""

import re

from cellscope.app.text.numbers import grouped, number

Value = float | int | str
_POWER = re.compile("10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def said(value: Value, language: str) -> str:
    """A number for a sentence, as the charts and verdicts write it: 137, 0.496, 2·10⁷.

    >>> said(137, "en"), said(17575.9, "en"), said(2.15e9, "de"), said(True, "en")
    ('137', '17\u202f600', '2,15·10⁹', '1')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return grouped(int(value))
    return number(value, language)


def percent_of(share: float) -> float:
    """A share in per cent, with the two digits that the counts on the page have.

    >>> percent_of(62 / 65536), percent_of(0.8379)
    (0.095, 84.0)
    """
    return float(f"{100.0 * share:.2g}")


def tex(value: Value, language: str) -> str:
    r"""The same number for a formula.

    >>> tex(65536, "en"), tex(0.496, "de"), tex(2.15e9, "en"), tex(float("inf"), "en")
    ('65\\,536', '0{,}496', '2.15\\cdot10^{9}', '\\infty')
    >>> tex(1e-6, "en"), tex(-17575.9, "de")
    ('10^{-6}', '-17\\,600')
    """
    plain = said(value, language)
    named = {"NaN": r"\mathrm{NaN}", "∞": r"\infty", "−∞": r"-\infty"}
    if plain in named:
        return named[plain]
    powers = _POWER.sub(lambda found: f"10^{{{found[1].translate(_DIGITS)}}}", plain)
    plain_signs = powers.replace("·", r"\cdot").replace("−", "-").replace(",", "{,}")
    return plain_signs.replace("\u202f", r"\,")
