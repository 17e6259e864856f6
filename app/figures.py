"""Arrays -> Plotly figures as plain dicts, pure: no model, no session, no clock.

Dicts, because these are rebuilt several times a second while a network trains in the same
process: a `plotly.graph_objects.Figure` costs milliseconds of validation each time. The tests
validate them instead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10, sqrt
from typing import Any

from app.colours import CLASS_COLOURS, MARKERS, THEME_COLOURS
from app.texts import text
from model.datasets import Data
from model.moments import Moments
from model.training.history import Score

Figure = dict[str, Any]
FONT = "Inter, system-ui, sans-serif"
TICKS = 11
AXIS_ENDS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
LOG_TICKS = 9  # Plotly writes powers of ten a quarter larger than other ticks
TINY, HUGE = 1e-300, 1e300  # what the log axis can show


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One layer of the signal chart; theory is None where no formula is given."""

    layer: int  # 0 is the input
    moments: Moments
    theory: float | None
    band: tuple[float, float] | None


def blank_figure() -> Figure:
    """An empty chart, before the first data arrive."""
    return {"data": [], "layout": _layout("light")}


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

    pooled = [_plottable(row.moments.variance) for row in rows]
    alone = [_plottable(row.moments.data_variance) for row in rows]
    outline = {"color": "rgba(0,0,0,0)", "line": {"color": colours["bar"], "width": 1.5}}
    theory = {
        "type": "scatter",
        "x": layers,
        "y": [_plottable(row.theory) for row in rows],
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
    layout = _layout(theme)
    layout["xaxis"] |= {
        "tickvals": layers,
        "range": [-0.6, layers[-1] + 0.6],
        "anchor": "y2",
        "showgrid": False,
        "title": _title(text("signal.axis", language)),
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
        "dtick": 1.0,
        "title": _title(text("signal.mean_axis", language)),
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
    over = [row.layer for row in rows if not isfinite(row.moments.variance)]
    zero = [row.layer for row in rows if row.moments.variance == 0.0]
    parts = [
        text(key, language, layers=", ".join(map(str, layers)))
        for key, layers in (("signal.overflow", over), ("signal.zero", zero))
        if layers
    ]
    return " · ".join(parts)


def loss_figure(history: Sequence[Score], theme: str, language: str) -> Figure:
    """Loss and, above it, accuracy; solid is training, dashed is test.

    The loss axis turns logarithmic as soon as its values span more than 1:100.
    """
    colours = THEME_COLOURS[theme]
    steps = [score.step for score in history]

    def curve(name: str, attribute: str, axis: str, dash: str) -> dict[str, Any]:
        values = [_plottable(getattr(score, attribute), zero=True) for score in history]
        return {
            "type": "scatter",
            "mode": "lines",
            "x": steps,
            "y": values,
            "yaxis": axis,
            "line": {
                "color": colours["bar" if dash == "solid" else "ink2"],
                "width": 1.8,
                "dash": dash,
            },
            "name": text(f"loss.{name}", language),
            "showlegend": False,
            "hovertemplate": f"{text(f'loss.{name}', language)} %{{y:.4g}}<extra>%{{x}}</extra>",
        }

    losses = [v for s in history for v in (s.train_loss, s.test_loss) if _plottable(v)]
    layout = _layout(theme)
    # Every range is given: `uirevision` would keep the one of the first, empty chart.
    layout["xaxis"] |= {
        "anchor": "y",
        "range": [0, round_up(max(10, *steps))],
        "nticks": 6,
        "title": _title(text("loss.axis", language)),
    }
    layout["yaxis"] |= _loss_axis(losses) | {
        "domain": [0.0, 0.6],
        "title": _title(text("loss.loss", language)),
    }
    layout["yaxis2"] = layout["yaxis"] | {
        "tickfont": {"size": TICKS},
        "type": "linear",
        "domain": [0.72, 1.0],
        "range": [-0.03, 1.06],
        "dtick": 0.5,
        "title": _title(text("loss.accuracy", language)),
    }
    layout["hovermode"] = "x"
    return {
        "data": [
            curve("test", "test_loss", "y", "dot"),
            curve("train", "train_loss", "y", "solid"),
            curve("test", "test_accuracy", "y2", "dot"),
            curve("train", "train_accuracy", "y2", "solid"),
        ],
        "layout": layout,
    }


def _loss_axis(losses: list[float]) -> dict[str, Any]:
    """Linear from 0, or logarithmic where the losses span more than 1:100."""
    low, high = min(losses, default=0.0), max(losses, default=1.0)
    if high <= 100 * low or low <= 0:
        return {"type": "linear", "range": [0, round_up(high * 1.03) or 1.0], "nticks": 4}
    bottom, top = floor(2 * log10(low) - 0.2) / 2, ceil(2 * log10(high) + 0.2) / 2
    return {
        "type": "log",
        "range": [bottom, top],
        "exponentformat": "power",
        "tickfont": {"size": LOG_TICKS},
        "dtick": max(1, round((top - bottom) / 3)),
    }


def round_up(value: float) -> float:
    """The next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten: axes that hold still.

    >>> round_up(30375.0)
    40000.0
    """
    if value <= 0:
        return 0.0
    power = 10.0 ** floor(log10(value))
    return next((s * power for s in AXIS_ENDS if s * power >= value), 10 * power)


def points_figure(data: Data, classes: int, theme: str, language: str, *, coloured: bool) -> Figure:
    """The data points over an empty picture; in cell modes they carry no hue, only a shape."""
    sets = (("train", data.train_x, data.train_y, 6.0), ("test", data.test_x, data.test_y, 4.0))
    traces = [
        _points(x[y == k], k, name, size, coloured, language)
        for name, x, y, size in sets
        for k in range(classes)
    ]
    layout = _layout(theme)
    layout["margin"] = {"l": 34, "r": 8, "t": 8, "b": 26}
    layout["xaxis"] |= {
        "showgrid": False,
        "zeroline": False,
        "constrain": "domain",
        "ticks": "outside",
    }
    layout["yaxis"] |= {
        "showgrid": False,
        "zeroline": False,
        "constrain": "domain",
        "scaleanchor": "x",
        "ticks": "outside",
    }
    layout |= {
        "dragmode": "zoom",
        "hovermode": "closest",
        "annotations": [
            _axis_name("x₁", 1.0, 0.0, "right", -24),
            _axis_name("x₂", 0.0, 1.0, "left", 0),
        ],
    }
    return {"data": traces, "layout": layout}


def _axis_name(name: str, x: float, y: float, anchor: str, shift: float) -> dict[str, Any]:
    """An axis's name at its end, where no tick label stands."""
    return {
        "text": f"<i>{name}</i>",
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": y,
        "xanchor": anchor,
        "yanchor": "top" if y else "bottom",
        "xshift": 0 if y == 0 else -30,
        "yshift": shift,
        "showarrow": False,
        "font": {"size": 13},
    }


def _points(
    x: Any, k: int, name: str, size: float, coloured: bool, language: str
) -> dict[str, Any]:
    fill = CLASS_COLOURS[k] if coloured else ("#FFFFFF", "#000000")[k % 2]
    ring = "#14171D" if coloured or k % 2 == 0 else "#FFFFFF"
    label = text(f"points.{name}", language, k=k)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x[:, 0].tolist(),
        "y": x[:, 1].tolist(),
        "name": label,
        "showlegend": False,
        "marker": {
            "symbol": MARKERS[k],
            "size": size,
            "color": fill,
            "opacity": 1.0 if name == "train" else 0.75,
            "line": {"color": ring, "width": 1.0},
        },
        "hovertemplate": f"{label}<br>x₁ %{{x:.3f}}<br>x₂ %{{y:.3f}}<extra></extra>",
    }


def _title(name: str) -> dict[str, Any]:
    return {"text": name, "font": {"size": 11}, "standoff": 3}


def _layout(theme: str) -> dict[str, Any]:
    """What all charts share; a template would add 6.5 kB to every update."""
    colours = THEME_COLOURS[theme]
    axis = {
        "gridcolor": colours["line"],
        "linecolor": colours["line"],
        "zerolinecolor": colours["line"],
        "tickfont": {"size": TICKS},
        "automargin": False,
        "title": {"font": {"size": 11}},
    }
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": colours["ink2"]},
        "margin": {"l": 48, "r": 10, "t": 6, "b": 34},
        "xaxis": axis | {"title": {"font": {"size": 11}, "standoff": 2}},
        "yaxis": axis | {"title": {"font": {"size": 11}, "standoff": 2}},
        "uirevision": "constant",
        "hoverlabel": {
            "font": {"family": FONT, "size": 12, "color": colours["ink"]},
            "bgcolor": colours["surface"],
            "bordercolor": colours["line"],
        },
        "showlegend": False,
    }


def _band(rows: Sequence[SignalRow], colours: dict[str, str]) -> list[dict[str, Any]]:
    """Where one network of this shape lies: theory · exp(-τ²/2 ± τ), SCIENCE's spread law."""
    inside = [row for row in rows if row.band is not None]
    if not inside:
        return []
    x = [row.layer for row in inside]
    low = [_plottable(row.band[0]) for row in inside if row.band]
    high = [_plottable(row.band[1]) for row in inside if row.band]
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
    exponents = [log10(v) for v in values if v is not None and _plottable(v)]
    if not exponents:
        return -1.0, 1.0
    # Half decades: a range that moves with every step would flicker, and cost a new axis each time.
    low, high = floor(2 * min(exponents) - 0.6) / 2, ceil(2 * max(exponents) + 0.4) / 2
    return (low, high) if high - low >= 2 else (high - 2, high)


def _plottable(value: float | None, *, zero: bool = False) -> float | None:
    """The value where a log axis can show it (zero allowed where the axis is linear)."""
    if value is None or not isfinite(value):
        return None
    return value if TINY < value < HUGE or (zero and value == 0.0) else None


def _mean_in_deviations(moments: Moments) -> float | None:
    if not (isfinite(moments.variance) and moments.variance > 0 and isfinite(moments.mean)):
        return None
    return moments.mean / sqrt(moments.variance)


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
