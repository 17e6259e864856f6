"""Patterns and affine maps as a reader meets them: + and −, 9.74 x₁ − 2.89 x₂ − 9.52."""

import numpy as np
from numpy.typing import NDArray

from cellscope.app.text.numbers import number

MOST_SIGNS = 64  # units whose signs fit on the card


def signs(pattern: NDArray[np.bool_]) -> str:
    """The pattern as + and − in groups of four; the text twin of ±1 each."""
    return _grouped(["+" if active else "−" for active in pattern[: MOST_SIGNS + 1]])


def pieces(units: NDArray[np.int64]) -> str:
    """The same of units with several kinks: how many of them lie below y, as 0, 1, 2."""
    return _grouped([str(piece) for piece in units[: MOST_SIGNS + 1]])


def _grouped(every: list[str]) -> str:
    marks = every[:MOST_SIGNS]
    groups = ["".join(marks[k : k + 4]) for k in range(0, len(marks), 4)]
    return "\u2009".join(groups) + (" …" if len(every) > MOST_SIGNS else "")


def affine(a1: float, a2: float, d: float, language: str) -> str:
    """9.74 x₁ − 2.89 x₂ − 9.52."""
    parts = [f"{number(a1, language)} x₁"]
    for value, name in ((a2, " x₂"), (d, "")):
        parts.append(f"{'−' if value < 0 else '+'} {number(abs(value), language)}{name}")
    return " ".join(parts)
