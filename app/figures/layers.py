"""What charts over the layers share: a log axis of any range, bars, lines, bands and marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Any

from cellscope.app.figures.base import LOG_TICKS, TICKS, axis_title, plottable, spread

Trace = dict[str, Any]
Numbers = Sequence[float | None]
GROUPED: dict[str, Any] = {
    "barmode": "group",
    "bargap": 0.28,
    "bargroupgap": 0.06,
    "hovermode": "closest",
}
MOST_TICKS = 12
LABEL_GAP = 0.17  # of the axis, from one label to the next
LABELS = 82  # pixels for the names at the right, at the least
LETTER = 6.5  # pixels, of a name: figures of this font at this size


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A mean over many draws, and where their middle two thirds lie."""

    mean: float | None
    low: float | None
    high: float | None


def offsets(bars: int) -> list[float]:
    """Where Plotly puts the bars of a group beside their layer's number, in layers."""
    width = (1.0 - GROUPED["bargap"]) / bars
    return [(k - (bars - 1) / 2) * width for k in range(bars)]


def bars(layers: Sequence[int], values: Numbers, **style: Any) -> Trace:
    """Bars beside their layers; there is none where a log axis has no place for the value."""
    return {
        "type": "bar",
        "x": list(layers),
        "y": [plottable(value) for value in values],
        "hoverinfo": "text",
        "showlegend": False,
        **style,
    }


LEAST_BAR = 1.02  # a factor: where nothing grows and nothing vanishes a bar is still seen


def bars_from_one(layers: Sequence[int], values: Numbers, **style: Any) -> Trace:
    """Bars on a log axis that begin at 1: what grows stands up, what vanishes hangs down."""
    shown = [plottable(value) for value in values]
    low = [None if v is None else min(v, 1 / LEAST_BAR) for v in shown]
    high = [None if v is None else max(v, LEAST_BAR) for v in shown]
    ends = zip(low, high, strict=True)
    trace = bars(layers, values, **style)
    return trace | {
        "base": low,
        "y": [None if a is None or b is None else b - a for a, b in ends],
    }


def end_labels(
    ends: Sequence[tuple[str, float | None, str]],
    axis: tuple[float, float],
    domain: tuple[float, float],
) -> list[dict[str, Any]]:
    """Names at the right of a log chart, given as (name, value, colour), at the lines they name."""
    low, high = axis
    known = [(name, plottable(value), colour) for name, value, colour in ends]
    shown = sorted(
        ((log10(v), name, colour) for name, v, colour in known if v is not None),
        key=lambda end: end[0],
    )
    share = [min(max((exponent - low) / (high - low), 0.0), 1.0) for exponent, _, _ in shown]
    bottom, top = domain
    return [
        {
            "xref": "paper",
            "yref": "paper",
            "x": 1.0,
            "y": bottom + place * (top - bottom),
            "xanchor": "left",
            "yanchor": "middle",
            "xshift": 3,
            "showarrow": False,
            "text": name,
            "font": {"size": TICKS, "color": colour},
        }
        for (_, name, colour), place in zip(shown, spread(share, LABEL_GAP), strict=True)
    ]


def label_room(labels: Sequence[Trace], least: int = LABELS) -> int:
    """Pixels at the right in which all names of `end_labels` can be read."""
    return max([least, *(ceil(LETTER * len(one["text"])) for one in labels)])


def line(layers: Sequence[int], values: Numbers, **style: Any) -> Trace:
    """A line from layer to layer, broken where it cannot be shown."""
    return {
        "type": "scatter",
        "x": list(layers),
        "y": [plottable(value) for value in values],
        "mode": "lines",
        "hoverinfo": "skip",
        "showlegend": False,
        "line": style,
    }


def band(layers: Sequence[int], low: Numbers, high: Numbers, colour: str) -> list[Trace]:
    """The area between two lines, of the layers where there are both."""
    inside = [
        (layer, *ends)
        for layer, *ends in zip(layers, map(plottable, low), map(plottable, high), strict=True)
        if None not in ends
    ]
    if not inside:
        return []
    x = [layer for layer, _, _ in inside]
    lower, upper = [low for _, low, _ in inside], [high for _, _, high in inside]
    area: Trace = {
        "type": "scatter",
        "x": x + x[::-1],
        "y": upper + lower[::-1],
        "fill": "toself",
        "fillcolor": colour,
        "line": {"width": 0},
        "mode": "lines",
        "hoverinfo": "skip",
        "showlegend": False,
    }
    return [area]


def marks(
    layers: Sequence[int], values: Sequence[Quantiles], *, offset: float, colour: str, fill: str
) -> Trace:
    """A point for each mean over many draws, its whisker from 16 to 84 %."""
    shown = [plottable(value.mean) for value in values]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [layer + offset for layer in layers],
        "y": shown,
        "hoverinfo": "skip",
        "showlegend": False,
        "marker": {"symbol": "circle", "size": 6, "color": fill}
        | {"line": {"color": colour, "width": 1.5}},
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": _arms(values, shown, up=True),
            "arrayminus": _arms(values, shown, up=False),
            "color": colour,
            "thickness": 1.5,
            "width": 2,
        },
    }


def _arms(values: Sequence[Quantiles], shown: Numbers, *, up: bool) -> list[float]:
    """From the mean to a quantile; 0 where one of them is none (a mean may lie above both)."""
    arms: list[float] = []
    for value, mean in zip(values, shown, strict=True):
        end = plottable(value.high if up else value.low)
        reach = 0.0 if mean is None or end is None else (end - mean if up else mean - end)
        arms.append(max(reach, 0.0))
    return arms


def log_range(*series: Numbers) -> tuple[float, float]:
    """Decades that hold all values, at least two, a little room at both ends."""
    exponents = [log10(v) for values in series for v in map(plottable, values) if v is not None]
    if not exponents:
        return -1.0, 1.0
    # Half decades: a range that moves with every step would flicker, and cost a new axis each time.
    low, high = floor(2 * min(exponents) - 0.6) / 2, ceil(2 * max(exponents) + 0.4) / 2
    return (low, high) if high - low >= 2 else (high - 2, high)


def log_axis(ends: tuple[float, float]) -> dict[str, Any]:
    """A log axis from 10^low to 10^high, whatever these are, with about five ticks."""
    low, high = ends
    return {
        "type": "log",
        "tickfont": {"size": LOG_TICKS},
        "range": [low, high],
        "exponentformat": "power",
        "dtick": max(1, round((high - low) / 5)),
        "zeroline": False,
    }


def layer_axis(last: int, title: str) -> dict[str, Any]:
    """Layers 0…L: upright numbers, not all of them where there are many."""
    step = next(s for s in (1, 2, 5, 10) if last / s <= MOST_TICKS)
    return {
        "tickvals": list(range(0, last + 1, step)),
        "tickangle": 0,
        "tickfont": {"size": TICKS},
        "range": [-0.6, last + 0.6],
        "showgrid": False,
        "title": axis_title(title),
    }
