"""Counts of cells over the run: whole plane, window, holding data, and the bounds beside them."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

from cellscope.app.figures.base import (
    LOG_TICKS,
    Figure,
    axis_title,
    base_layout,
    empty_note,
    round_up,
    spread,
    step_line,
)
from cellscope.app.figures.colours import THEME_COLOURS
from cellscope.app.figures.layers import label_room
from cellscope.app.text.numbers import counted
from cellscope.app.text.texts import text
from cellscope.model.cells.count.count_history import CountCurves

LABEL_GAP = 0.06  # of the axis, from one label to the next
LABELS = 94  # pixels for the names at the right, at the least
MOST_ABOVE = 1000.0  # a bound that is so many times the largest count would crush the curves

Line = tuple[str, float, str]  # key of its name, value, style


def counts_figure(
    curves: CountCurves,
    bounds: dict[str, float],
    theme: str,
    language: str,
    *,
    at: int | None = None,
    comes: bool = True,
    empty: str = "counts.empty",
) -> Figure:
    """Log counts over steps; measured ones as curves, `bounds` (key -> count) as level lines.

    Each line is named at its right end. Bounds far above all counts are left out (`beyond_axis`).
    `at` is an earlier step that is shown. An empty one says whether something `comes`.
    """
    colours = THEME_COLOURS[theme]
    named = _measured(curves)
    beyond = beyond_axis(curves, bounds)
    levels = [(key, v) for key, v in bounds.items() if v >= 1 and key not in beyond]
    steps = [step for _, xs, _ in named for step in xs]
    right = round_up(max([10, *steps]))
    axis = _axis([v for _, _, values in named for v in values] + [v for _, v in levels])
    layout = base_layout(theme, language)
    layout["xaxis"] |= {
        "range": [0, right],
        "nticks": 5,
        "exponentformat": "none",
        "separatethousands": True,
        "title": axis_title(text("counts.x_axis", language)),
    }
    layout["yaxis"] |= {
        "type": "log",
        "range": list(axis),
        "tickfont": {"size": LOG_TICKS},
        "exponentformat": "power",
        "dtick": 1,
        "title": axis_title(text("counts.axis", language)),
    }
    layout["hovermode"] = "x"
    layout["shapes"] = [_level(v, colours["ink2"]) for _, v in levels]
    if at is not None:
        layout["shapes"].append(step_line(at, colours["ink2"]))
    ends = [(key, values[-1]) for key, _, values in named if values] + levels
    names = _labels(ends, axis, colours, language)
    layout["margin"] |= {"r": label_room(names, LABELS)}
    layout["annotations"] = names
    if len(set(steps)) < 2 and comes:
        note = empty_note(text(empty, language), colours["ink2"])
        layout["annotations"].append(note | {"bgcolor": colours["surface"]})  # over level lines
    return {
        "data": [_curve(*line, colours=colours, language=language) for line in named],
        "layout": layout,
    }


def beyond_axis(curves: CountCurves, bounds: dict[str, float]) -> tuple[str, ...]:
    """The bounds that are too large to be drawn above the curves."""
    largest = max([1.0, *(values[-1] for _, _, values in _measured(curves) if values)])
    return tuple(key for key, value in bounds.items() if value > MOST_ABOVE * largest)


def _axis(values: list[float]) -> tuple[float, float]:
    """Powers of ten at the ends, in halves so that they hold still while counts change."""
    shown = [value for value in values if value >= 1] or [1.0, 100.0]
    low, high = floor(2 * log10(min(shown) / 1.4)) / 2, ceil(4 * log10(1.15 * max(shown))) / 4
    return max(-0.05, min(low, high - 1.0)), high


def _measured(curves: CountCurves) -> list[tuple[str, list[int], list[int]]]:
    """(key, steps, counts) from the faintest to what matters most."""
    steps = [point[0] for point in curves.window]
    return [
        ("plane", [p[0] for p in curves.plane], [p[1] for p in curves.plane]),
        ("window", steps, [p[1] for p in curves.window]),
        ("filled", steps, [p[2] for p in curves.window]),
    ]


STYLES = {  # colour, width, dash
    "plane": ("ink2", 1.6, "dash"),
    "window": ("ink", 1.6, "solid"),
    "filled": ("bar", 2.4, "solid"),
}


def _curve(
    key: str, steps: list[int], counts: list[int], *, colours: dict[str, str], language: str
) -> dict[str, Any]:
    colour, width, dash = STYLES[key]
    name = text(f"counts.{key}", language)
    return {
        "type": "scatter",
        "mode": "lines+markers" if len(steps) == 1 else "lines",
        "x": steps,
        "y": [count or None for count in counts],  # a log axis has no 0
        "line": {"color": colours[colour], "width": width, "dash": dash},
        "marker": {"color": colours[colour], "size": 6},
        "name": name,
        "hovertemplate": f"{name} %{{y:,}}<extra>%{{x:,}}</extra>",
    }


def _level(value: float, colour: str) -> dict[str, Any]:
    """A horizontal line through the whole chart."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": colour, "width": 1, "dash": "dot"},
        "layer": "below",
    }


def _labels(
    ends: Sequence[tuple[str, float]],
    axis: tuple[float, float],
    colours: dict[str, str],
    language: str,
) -> list[dict[str, Any]]:
    """The lines' names right of the chart, at their ends or as near as they have room."""
    low, high = axis
    shown = sorted((end for end in ends if end[1] > 0), key=lambda end: end[1])
    heights = spread([(log10(v) - low) / (high - low) for _, v in shown], LABEL_GAP)
    return [
        {
            "xref": "paper",
            "yref": "paper",
            "x": 1.0,
            "y": height,
            "xanchor": "left",
            "yanchor": "middle",
            "xshift": 4,
            "showarrow": False,
            "name": "" if key in STYLES else "bound",  # where there is no room it goes
            "text": f"{text(f'counts.{key}', language)} {counted(value, language)}",
            "font": {"size": 11, "color": colours[STYLES.get(key, ("ink2", 0, ""))[0]]},
        }
        for (key, value), height in zip(shown, heights, strict=True)
    ]
