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


def loss_figure(
    history: Sequence[Score], theme: str, language: str, second: Sequence[Score] = ()
) -> Figure:
    """Loss and, above it, accuracy; solid is training, dashed is test.

    The loss axis turns logarithmic as soon as its values span more than 1:100. A second network's
    curves have a colour of their own; letters at the ends then say which is which.
    """
    colours = THEME_COLOURS[theme]
    traces = _curves(history, colours["bar"], colours["bar" if second else "ink2"], language)
    if second:
        theirs = _curves(second, colours["second"], colours["second"], language)
        names = [_name("A", history, colours["bar"]), _name("B", second, colours["second"])]
        traces = [*theirs, *traces, *names]
    scores = [*history, *second]
    steps = [score.step for score in scores]
    losses = [v for s in scores for v in (s.train_loss, s.test_loss) if plottable(v)]
    layout = base_layout(theme, language)
    # Every range is given: `uirevision` would keep the one of the first, empty chart.
    layout["xaxis"] |= {
        "anchor": "y",
        "range": [0, round_up(max([10, *steps]))],
        "nticks": 6,
        "exponentformat": "none",
        "separatethousands": True,
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
    return {"data": traces, "layout": layout}


def _curves(history: Sequence[Score], train: str, test: str, language: str) -> list[dict[str, Any]]:
    """Loss and accuracy on test and training points, in a colour each."""
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [score.step for score in history],
            "y": [plottable(getattr(score, f"{name}_{what}"), zero=True) for score in history],
            "yaxis": axis,
            "line": {"color": colour, "width": 1.8, "dash": dash},
            "name": text(f"loss.{name}", language),
            "showlegend": False,
            "hovertemplate": f"{text(f'loss.{name}', language)} %{{y:.4g}}<extra>%{{x}}</extra>",
        }
        for what, axis in (("loss", "y"), ("accuracy", "y2"))
        for name, colour, dash in (("test", test, "dot"), ("train", train, "solid"))
    ]


def _name(name: str, history: Sequence[Score], colour: str) -> dict[str, Any]:
    """A letter at the end of a network's training curve."""
    drawn = [score for score in history if plottable(score.train_loss)]
    end = drawn[-1:]
    return {
        "type": "scatter",
        "mode": "text",
        "x": [score.step for score in end],
        "y": [score.train_loss for score in end],
        "text": [f"<b>{name}</b>"] * len(end),
        "textposition": "middle right",
        "textfont": {"color": colour, "size": 12},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
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
