"""The backward chart: δ and the weight gradients of every layer, theory beside measurement."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cellscope.app.figures.base import Figure, base_layout
from cellscope.app.figures.colours import THEME_COLOURS
from cellscope.app.figures.layers import (
    GROUPED,
    Quantiles,
    Trace,
    bars,
    layer_axis,
    line,
    log_axis,
    log_range,
    marks,
    offsets,
)
from cellscope.app.text.numbers import number
from cellscope.app.text.texts import text


@dataclass(frozen=True, slots=True)
class GradientRow:
    """Mean squares of one layer; None where there is no theory."""

    layer: int  # 1…L
    delta: float
    per_example: float  # weight gradient of a sample's own loss
    batch: float  # weight gradient of the mean loss
    delta_theory: float | None
    per_example_theory: float | None
    draws: tuple[Quantiles, ...] = field(default=())  # of many: δ, per example, batch

    @property
    def measured(self) -> tuple[float, float, float]:
        return self.delta, self.per_example, self.batch


def backward_figure(
    rows: Sequence[GradientRow], theme: str, language: str, *, full: bool = True
) -> Figure:
    """δ_l solid, the gradients per example outlined, those of the batch pale; theory as lines.

    Not `full`, it shows δ alone, as two networks are compared.
    """
    colours = THEME_COLOURS[theme]
    layers = [row.layer for row in rows]
    ends = log_range(
        *([row.measured[k] for row in rows] for k in range(3 if full else 1)),
        [row.delta_theory for row in rows],
        [row.per_example_theory for row in rows if full],
        *([q.mean for q in row.draws] for row in rows),
    )
    layout = base_layout(theme, language)
    layout["xaxis"] |= layer_axis(layers[-1], text("backward.axis", language))
    layout["yaxis"] |= log_axis(ends)
    layout |= GROUPED
    delta, per_example = ([r.delta_theory for r in rows], [r.per_example_theory for r in rows])
    traces = [
        *_bars(rows, colours, language)[: 3 if full else 1],
        line(layers, delta, color=colours["theory"], width=2.2),
    ]
    if full:
        traces.append(line(layers, per_example, color=colours["theory"], width=1.6, dash="dash"))
        traces += _draws(rows, colours)
    return {"data": traces, "layout": layout}


def _bars(rows: Sequence[GradientRow], colours: dict[str, str], language: str) -> list[Trace]:
    outline: dict[str, Any] = {"line": {"color": colours["bar"], "width": 1.5}}
    styles = (
        ("delta", {"color": colours["bar"]}),
        ("per_example", outline | {"color": "rgba(0,0,0,0)"}),
        ("batch", {"color": colours["pale"]}),
    )
    hover = [_hover(row, language) for row in rows]
    return [
        bars(
            [row.layer for row in rows],
            [row.measured[k] for row in rows],
            marker=style,
            hovertext=hover,
            name=text(f"backward.{name}", language),
        )
        for k, (name, style) in enumerate(styles)
    ]


def _draws(rows: Sequence[GradientRow], colours: dict[str, str]) -> list[Trace]:
    drawn = [row for row in rows if row.draws]
    return [
        marks(
            [row.layer for row in drawn],
            [row.draws[k] for row in drawn],
            offset=offset,
            colour=colours["ink"],
            fill=colours["surface"],
        )
        for k, offset in enumerate(offsets(3))
        if drawn
    ]


def _hover(row: GradientRow, language: str) -> str:
    return text(
        "backward.hover",
        language,
        layer=row.layer,
        delta=number(row.delta, language),
        per_example=number(row.per_example, language),
        batch=number(row.batch, language),
        delta_theory=number(row.delta_theory, language),
        per_example_theory=number(row.per_example_theory, language),
    )
