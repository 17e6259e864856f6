"""Charts of a sweep: a number over the first axis, a line for each value of the second."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from cellscope.app.figures.base import (
    LOG_TICKS,
    Figure,
    axis_title,
    base_layout,
    empty_note,
    plottable,
    round_up,
)
from cellscope.app.figures.colours import MARKERS, THEME_COLOURS, mix
from cellscope.model.sweeps.spread import Spread

PALEST = 0.45  # of a line: the first of several; the last has all of the accent's colour
APART = 0.09  # of a column: lines of several values stand beside each other
WIDE_RANGE = 30.0  # from which an axis is logarithmic


@dataclass(frozen=True, slots=True)
class Lines:
    """One measured number: for each value of the second axis its spreads over the first."""

    spreads: Sequence[Sequence[Spread | None]]
    hover: Sequence[Sequence[str]]  # what each of them says
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class Ticks:
    """The first axis: its name and its values' names, in equal distances."""

    name: str
    labels: Sequence[str]
    joined: bool = True  # whether it has an order, so that a line between its values says something


def sweep_figure(
    series: Sequence[Lines],
    ticks: Ticks,
    title: str,
    theme: str,
    language: str,
    *,
    share: bool = False,
    empty: str = "",
) -> Figure:
    """Medians as points, least and greatest as bars; a share has the axis 0…1.

    `empty` is what a chart says that has nothing to show yet.
    """
    layout = base_layout(theme, language)
    layout["margin"] = {"l": 44, "r": 8, "t": 8, "b": 36}
    layout["xaxis"] |= {
        "tickvals": list(range(len(ticks.labels))),
        "ticktext": [label.replace(" ", "<br>") for label in ticks.labels],  # or some are lost
        "range": [-0.5, len(ticks.labels) - 0.5],
        "showgrid": False,
        "zeroline": False,
        "title": axis_title(ticks.name),
        "tickangle": 0,
    }
    layout["yaxis"] |= _axis(series, share) | {"title": axis_title(title), "zeroline": False}
    layout["hovermode"] = "closest"
    traces = [
        _trace(lines, k, ticks.joined, theme) for lines in series for k in range(len(lines.spreads))
    ]
    if empty and not any(trace["x"] for trace in traces):
        layout["annotations"] = [empty_note(empty, THEME_COLOURS[theme]["ink2"])]
    return {"data": traces, "layout": layout}


def mark_diverged(
    figure: Figure, lost: Sequence[Sequence[str]], theme: str, *, at: float = 0.0
) -> Figure:
    """The figure with a cross wherever seeds diverged; `lost` says how many, or nothing."""
    marks = [
        (j + _offset(k, len(lost)), said)
        for k, row in enumerate(lost)
        for j, said in enumerate(row)
        if said
    ]
    line = {"width": 1.8, "color": THEME_COLOURS[theme]["danger"]}
    cross = {
        "type": "scatter",
        "mode": "markers",
        "x": [x for x, _ in marks],
        "y": [at] * len(marks),
        "marker": {"symbol": "x-thin", "size": 7, "line": line},
        "hoverinfo": "text",
        "hovertext": [said for _, said in marks],
        "showlegend": False,
    }
    return figure | {"data": [*figure["data"], cross]}


def _offset(k: int, count: int) -> float:
    """How far from its column the k-th of several lines stands."""
    return APART * (k - (count - 1) / 2) * min(1.0, 6.0 / count)


def colour_of(k: int, of: int, theme: str) -> str:
    """Colour of the k-th of several values: pale to full accent, in their order."""
    share = 1.0 if of == 1 else PALEST + (1.0 - PALEST) * k / (of - 1)
    colours = THEME_COLOURS[theme]
    return mix(colours["surface"], colours["bar"], share)


def marker_of(k: int) -> str:
    """Shape of the k-th of several values."""
    return MARKERS[k % len(MARKERS)]


def _trace(lines: Lines, k: int, joined: bool, theme: str) -> dict[str, Any]:
    count = len(lines.spreads)
    colour = colour_of(k, count, theme)
    offset = _offset(k, count)
    there = [(j, s, lines.hover[k][j]) for j, s in enumerate(lines.spreads[k]) if _shown(s)]
    found = [spread for _, spread, _ in there if spread is not None]
    return {
        "type": "scatter",
        "mode": "lines+markers" if joined else "markers",
        "x": [j + offset for j, _, _ in there],
        "y": [spread.median for spread in found],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [spread.high - spread.median for spread in found],
            "arrayminus": [spread.median - spread.low for spread in found],
            "thickness": 0.7 if lines.dotted else 1.1,
            "width": 0 if lines.dotted else 2.5,
            "color": colour,
        },
        "line": {"color": colour, "width": 1.6, "dash": "dot" if lines.dotted else "solid"},
        "marker": {
            "symbol": marker_of(k) + ("-open" if lines.dotted else ""),
            "size": 6.5,
            "color": colour,
            "line": {"color": colour, "width": 1.3},
        },
        "hoverinfo": "text",
        "hovertext": [said for _, _, said in there],
        "showlegend": False,
    }


def _shown(spread: Spread | None) -> bool:
    """Whether every number of it can be drawn, zero included."""
    return spread is not None and None not in (
        plottable(value, zero=True) for value in (spread.low, spread.median, spread.high)
    )


def _axis(series: Sequence[Lines], share: bool) -> dict[str, Any]:
    """0…1 for a share; else from 0, or logarithmic where the numbers span too much for that."""
    found = [s for lines in series for row in lines.spreads for s in row if s and _shown(s)]
    low = min((s.low for s in found), default=0.0)
    high = max((s.high for s in found), default=1.0)
    if share:
        return {"type": "linear", "range": [-0.03, 1.06], "nticks": 4}
    if low <= 0 or high <= WIDE_RANGE * low:
        return {"type": "linear", "range": [0, round_up(high * 1.06) or 1.0], "nticks": 5}
    bottom, top = floor(2 * log10(low) - 0.2) / 2, ceil(2 * log10(high) + 0.2) / 2
    return {
        "type": "log",
        "range": [bottom, top],
        "exponentformat": "power",
        "tickfont": {"size": LOG_TICKS},
        "dtick": max(1, round((top - bottom) / 4)),
    }
