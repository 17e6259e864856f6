"""Loss and accuracy over the run."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import Any

from app.colours import THEME_COLOURS
from app.figures.base import (
    LOG_TICKS,
    TICKS,
    Figure,
    axis_title,
    base_layout,
    plottable,
    round_up,
)
from app.texts import text
from model.training.history import Score


def loss_figure(history: Sequence[Score], theme: str, language: str) -> Figure:
    """Loss and, above it, accuracy; solid is training, dashed is test.

    The loss axis turns logarithmic as soon as its values span more than 1:100.
    """
    colours = THEME_COLOURS[theme]
    steps = [score.step for score in history]

    def curve(name: str, attribute: str, axis: str, dash: str) -> dict[str, Any]:
        values = [plottable(getattr(score, attribute), zero=True) for score in history]
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

    losses = [v for s in history for v in (s.train_loss, s.test_loss) if plottable(v)]
    layout = base_layout(theme)
    # Every range is given: `uirevision` would keep the one of the first, empty chart.
    layout["xaxis"] |= {
        "anchor": "y",
        "range": [0, round_up(max([10, *steps]))],
        "nticks": 6,
        "title": axis_title(text("loss.axis", language)),
    }
    layout["yaxis"] |= _loss_axis(losses) | {
        "domain": [0.0, 0.49],
        "title": axis_title(text("loss.loss", language)),
    }
    layout["yaxis2"] = layout["yaxis"] | {
        "tickfont": {"size": TICKS},
        "type": "linear",
        "domain": [0.61, 1.0],
        "range": [-0.03, 1.06],
        "dtick": 1.0,
        "title": axis_title(text("loss.accuracy", language)),
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
