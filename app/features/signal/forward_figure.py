"""The signal chart: variance and mean of every layer, theory beside measurement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, isfinite, log2, sqrt
from typing import Any

from cellscope.app.figures.base import HUGE, TICKS, TINY, Figure, axis_title, base_layout
from cellscope.app.figures.colours import THEME_COLOURS
from cellscope.app.figures.layers import (
    GROUPED,
    Quantiles,
    Trace,
    band,
    bars_from_one,
    end_labels,
    label_room,
    layer_axis,
    line,
    log_axis,
    log_range,
    marks,
    offsets,
)
from cellscope.app.text.numbers import number
from cellscope.app.text.texts import text
from cellscope.model.moments import Moments

DOMAIN = (0.27, 1.0)  # of the variances; below it the means
STEEP = 1.5  # from which factor a layer on theory's is named


@dataclass(frozen=True, slots=True)
class SignalRow:
    """One layer of the signal chart; None where there is no theory, or none yet."""

    layer: int  # 0 is the input
    moments: Moments
    theory: float | None
    band: tuple[float, float] | None
    median: float | None = None  # of single networks
    data_theory: float | None = None  # of the data-only variance
    draws: tuple[Quantiles, ...] = field(default=())  # of many: pooled and data-only variance


def signal_figure(
    rows: Sequence[SignalRow], theme: str, language: str, *, full: bool = False
) -> Figure:
    """Variance of every layer as bars on a log axis, theory as a line, mean/σ on its own row.

    `full` adds the median of single networks, the theory of the data-only variance and what many
    draws gave. A layer whose variance is 0 or not finite has no bar; `unplottable` names it.
    """
    colours = THEME_COLOURS[theme]
    last = rows[-1].layer
    ends = log_range(
        *(
            [row.moments.variance for row in rows],
            [row.moments.data_variance for row in rows],
            [row.theory for row in rows],
            [1.0],  # the bars begin there
            *([[q.mean for q in row.draws] for row in rows] if full else []),
        )
    )
    layout = base_layout(theme, language)
    layout["xaxis"] |= layer_axis(last, text("signal.axis", language)) | {"anchor": "y2"}
    layout["yaxis"] |= log_axis(ends) | {"domain": list(DOMAIN)}
    layout["yaxis2"] = layout["yaxis"] | _mean_axis(rows, colours["line"], language)
    layout |= GROUPED
    layout["shapes"] = [_one(colours["ink2"])]
    layout["annotations"] = end_labels(_names(rows, colours, language), ends, DOMAIN)
    layout["margin"] |= {"r": label_room(layout["annotations"])}
    return {
        "data": [
            *_theory(rows, colours, full=full),
            *_bars(rows, colours, language),
            _mean_line(rows, colours),
            *(_draws(rows, colours) if full else []),
            _means(rows, colours, language),
        ],
        "layout": layout,
    }


def _one(colour: str) -> dict[str, Any]:
    """The line that the bars begin at."""
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": 1,
        "y1": 1,
        "line": {"color": colour, "width": 1},
        "layer": "below",
    }


def _names(
    rows: Sequence[SignalRow], colours: dict[str, str], language: str
) -> list[tuple[str, float | None, str]]:
    """What is named at the right: name, the value it stands at, colour."""
    last, moments = rows[-1], rows[-1].moments
    factor = None
    if len(rows) > 2 and last.theory and rows[-2].theory:
        factor = last.theory / rows[-2].theory
    steep = factor is not None and isfinite(factor) and not 1 / STEEP < factor < STEEP
    theory = (
        text("signal.theory_factor", language, factor=number(factor, language, 2))
        if steep
        else text("signal.theory", language)
    )
    return [
        (theory, last.theory, colours["theory"]),
        (f"■ {text('signal.pooled', language)}", moments.variance, colours["bar"]),
        (f"□ {text('signal.data_only', language)}", moments.data_variance, colours["bar"]),
    ]


def unplottable(rows: Sequence[SignalRow], language: str) -> str:
    """Which layers have no bar, and why; empty if all have."""
    over = [row.layer for row in rows if not row.moments.variance < HUGE]  # nan, too
    zero = [row.layer for row in rows if row.moments.variance <= TINY]
    parts = [
        text(
            key + (".one" if len(layers) == 1 else ""), language, layers=", ".join(map(str, layers))
        )
        for key, layers in (("signal.overflow", over), ("signal.zero", zero))
        if layers
    ]
    return " · ".join(parts)


def _bars(rows: Sequence[SignalRow], colours: dict[str, str], language: str) -> list[Trace]:
    """Pooled solid, data-only outlined."""
    layers, hover = [row.layer for row in rows], [_hover(row, language) for row in rows]
    outline = {"color": "rgba(0,0,0,0)", "line": {"color": colours["bar"], "width": 1.5}}
    series = (
        ("pooled", [row.moments.variance for row in rows], {"color": colours["bar"]}),
        ("data_only", [row.moments.data_variance for row in rows], outline),
    )
    return [
        bars_from_one(
            layers,
            values,
            marker=style,
            hovertext=hover,
            name=text(f"signal.{name}", language),
        )
        for name, values, style in series
    ]


def _theory(rows: Sequence[SignalRow], colours: dict[str, str], *, full: bool) -> list[Trace]:
    """Behind the bars: where single networks lie; in the full chart their median, too."""
    layers = [row.layer for row in rows]
    low, high = ([row.band and row.band[k] for row in rows] for k in (0, 1))
    traces = band(layers, low, high, colours["band"])
    if full:
        median = [row.median for row in rows]
        alone = [row.data_theory for row in rows]
        traces += [
            line(layers, median, color=colours["theory"], width=1.6, dash="dash"),
            line(layers, alone, color=colours["theory"], width=1.4, dash="dot"),
        ]
    return traces


def _mean_line(rows: Sequence[SignalRow], colours: dict[str, str]) -> Trace:
    values = [row.theory for row in rows]
    return line([row.layer for row in rows], values, color=colours["theory"], width=2.2)


def _draws(rows: Sequence[SignalRow], colours: dict[str, str]) -> list[Trace]:
    """Means and quantiles over many draws, each over its bar."""
    drawn = [row for row in rows if row.draws]
    return [
        marks(
            [row.layer for row in drawn],
            [row.draws[k] for row in drawn],
            offset=offset,
            colour=colours["ink"],
            fill=colours["surface"],
        )
        for k, offset in enumerate(offsets(2))
        if drawn
    ]


def _means(rows: Sequence[SignalRow], colours: dict[str, str], language: str) -> Trace:
    return {
        "type": "scatter",
        "x": [row.layer for row in rows],
        "y": [_mean_in_deviations(row.moments) for row in rows],
        "mode": "markers",
        "yaxis": "y2",
        "cliponaxis": False,
        "hoverinfo": "text",
        "hovertext": [_hover(row, language) for row in rows],
        "marker": {"symbol": "diamond", "size": 7, "color": colours["theory"]},
        "name": text("signal.mean", language),
        "showlegend": False,
    }


def _mean_axis(rows: Sequence[SignalRow], colour: str, language: str) -> dict[str, Any]:
    """±1.6, doubled until all means are inside; its name stands at 0, where there is room."""
    largest = max((abs(_mean_in_deviations(row.moments) or 0.0) for row in rows), default=0.0)
    end = 2.0 ** min(1023, max(0, ceil(log2(max(largest, 1e-9) / 1.2))))
    return {
        "tickfont": {"size": TICKS},
        "type": "linear",
        "domain": [0.0, 0.16],
        "range": [-1.6 * end, 1.6 * end],
        "tickvals": [0],
        "ticktext": [text("signal.mean_axis", language)],
        "title": axis_title(""),
        "zeroline": True,
        "zerolinecolor": colour,
    }


def _mean_in_deviations(moments: Moments) -> float | None:
    if not (isfinite(moments.variance) and moments.variance > 0 and isfinite(moments.mean)):
        return None
    ratio = moments.mean / sqrt(moments.variance)
    return ratio if isfinite(ratio) else None


def _hover(row: SignalRow, language: str) -> str:
    return text(
        "signal.hover",
        language,
        layer=row.layer,
        variance=number(row.moments.variance, language),
        data_variance=number(row.moments.data_variance, language),
        mean=number(row.moments.shown_mean, language),
        mean_square=number(row.moments.mean_square, language),
        theory=number(row.theory, language),
        data_theory=number(row.data_theory, language),
        median=number(row.median, language),
    )
