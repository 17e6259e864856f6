"""A goal beside what was measured."""

from typing import Any

Goal = dict[str, Any]


def at_least(value: float, bound: float) -> Goal:
    return {"value": value, "at_least": bound, "met": value >= bound}


def at_most(value: float, bound: float) -> Goal:
    return {"value": value, "at_most": bound, "met": value <= bound}


def line(name: str, goal: Goal) -> str:
    """One row of the table of goals."""
    word, sign = ("at_least", "≥") if "at_least" in goal else ("at_most", "≤")
    bound = f"{sign} {goal[word]:g}"
    return f"{name:34}{goal['value']:>12g}   {bound:<10}{'met' if goal['met'] else 'NOT MET'}"
