"""The signal chart: variance and mean of every layer, theory beside measurement."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10, sqrt
from typing import Any

from app.colours import THEME_COLOURS
from app.figures.base import (
    HUGE,
    LOG_TICKS,
    TICKS,
    TINY,
    Figure,
    axis_title,
    base_layout,
    plottable,
)
from app.texts import text
from model.moments import Moments


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One layer of the signal chart; theory is None where no formula is given."""

    layer: int  # 0 is the input
    moments: Moments
    theory: float | None
    band: tuple[float, float] | None


def signal_figure(rows: Sequence[SignalRow], theme: str, language: str) -> Figure:
    """Variance of every layer as bars on a log axis, theory as a line, mean/σ on its own row.

    A layer whose variance is 0 or not finite has no bar; `unplottable` names it.
    """
    colours = THEME_COLOURS[theme]
    low, high = _log_range(rows)
    layers = [row.layer for row in rows]
    hover = [_hover(row, language) for row in rows]

    def bars(name: str, values: list[float | None], **style: Any) -> dict[str, Any]:
        label = text(f"signal.{name}", language)
        return {
            "type": "bar",
            "x": layers,
            "y": values,
            "name": label,
            "hoverinfo": "text",
            "hovertext": hover,
            "showlegend": False,
            **style,
        }

    pooled = [plottable(row.moments.variance) for row in rows]
    alone = [plottable(row.moments.data_variance) for row in rows]
    outline = {"color": "rgba(0,0,0,0)", "line": {"color": colours["bar"], "width": 1.5}}
    theory = {
        "type": "scatter",
        "x": layers,
        "y": [plottable(row.theory) for row in rows],
        "mode": "lines",
        "line": {"color": colours["theory"], "width": 2.2},
        "name": text("signal.theory", language),
        "hoverinfo": "skip",
        "showlegend": False,
    }
    means = {
        "type": "scatter",
        "x": layers,
        "y": [_mean_in_deviations(row.moments) for row in rows],
        "mode": "markers",
        "yaxis": "y2",
        "hoverinfo": "text",
        "hovertext": hover,
        "marker": {"symbol": "diamond", "size": 7, "color": colours["theory"]},
        "name": text("signal.mean", language),
        "showlegend": False,
    }
    layout = base_layout(theme)
    layout["xaxis"] |= {
        "tickvals": layers,
        "range": [-0.6, layers[-1] + 0.6],
        "anchor": "y2",
        "showgrid": False,
        "title": axis_title(text("signal.axis", language)),
    }
    layout["yaxis"] |= {
        "type": "log",
        "tickfont": {"size": LOG_TICKS},
        "range": [low, high],
        "domain": [0.27, 1.0],
        "exponentformat": "power",
        "dtick": max(1, round((high - low) / 5)),
        "zeroline": False,
    }
    layout["yaxis2"] = layout["yaxis"] | {
        "tickfont": {"size": TICKS},
        "type": "linear",
        "domain": [0.0, 0.16],
        "range": [-1.6, 1.6],
        "tickvals": [-1, 1],  # three of them touch on a small screen
        "title": axis_title(text("signal.mean_axis", language)),
        "zeroline": True,
        "zerolinecolor": colours["line"],
    }
    layout |= {"barmode": "group", "bargap": 0.28, "bargroupgap": 0.06, "hovermode": "closest"}
    return {
        "data": [
            *_band(rows, colours),
            bars("pooled", pooled, marker={"color": colours["bar"]}),
            bars("data_only", alone, marker=outline),
            theory,
            means,
        ],
        "layout": layout,
    }


def unplottable(rows: Sequence[SignalRow], language: str) -> str:
    """Which layers have no bar, and why; empty if all have."""
    over = [row.layer for row in rows if not row.moments.variance < HUGE]  # nan, too
    zero = [row.layer for row in rows if row.moments.variance <= TINY]
    parts = [
        text(key, language, layers=", ".join(map(str, layers)))
        for key, layers in (("signal.overflow", over), ("signal.zero", zero))
        if layers
    ]
    return " · ".join(parts)


def _band(rows: Sequence[SignalRow], colours: dict[str, str]) -> list[dict[str, Any]]:
    """Where one network of this shape lies: theory · exp(-τ²/2 ± τ), SCIENCE's spread law."""
    inside = [row for row in rows if row.band is not None]
    if not inside:
        return []
    x = [row.layer for row in inside]
    low = [plottable(row.band[0]) for row in inside if row.band]
    high = [plottable(row.band[1]) for row in inside if row.band]
    return [
        {
            "type": "scatter",
            "x": x + x[::-1],
            "y": high + low[::-1],
            "fill": "toself",
            "fillcolor": colours["band"],
            "line": {"width": 0},
            "mode": "lines",
            "hoverinfo": "skip",
            "showlegend": False,
        }
    ]


def _log_range(rows: Sequence[SignalRow]) -> tuple[float, float]:
    """Decades that hold all bars and the line, at least two, a little room at both ends."""
    values = [
        v for row in rows for v in (row.moments.variance, row.moments.data_variance, row.theory)
    ]
    exponents = [log10(v) for v in values if v is not None and plottable(v)]
    if not exponents:
        return -1.0, 1.0
    # Half decades: a range that moves with every step would flicker, and cost a new axis each time.
    low, high = floor(2 * min(exponents) - 0.6) / 2, ceil(2 * max(exponents) + 0.4) / 2
    return (low, high) if high - low >= 2 else (high - 2, high)


def _mean_in_deviations(moments: Moments) -> float | None:
    if not (isfinite(moments.variance) and moments.variance > 0 and isfinite(moments.mean)):
        return None
    ratio = moments.mean / sqrt(moments.variance)
    return ratio if isfinite(ratio) else None


def _hover(row: SignalRow, language: str) -> str:
    theory = "–" if row.theory is None else f"{row.theory:.4g}"
    return text(
        "signal.hover",
        language,
        layer=row.layer,
        variance=f"{row.moments.variance:.4g}",
        data_variance=f"{row.moments.data_variance:.4g}",
        mean=f"{row.moments.mean:.4g}",
        mean_square=f"{row.moments.mean_square:.4g}",
        theory=theory,
    )
