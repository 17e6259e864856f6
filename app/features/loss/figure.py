"""Loss and accuracy over the run."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import Any

from cellscope.app.figures.base import (
    LOG_TICKS,
    TICKS,
    Figure,
    axis_title,
    base_layout,
    empty_note,
    plottable,
    round_up,
    step_line,
)
from cellscope.app.figures.colours import THEME_COLOURS
from cellscope.app.figures.layers import LABELS
from cellscope.app.text.texts import text
from cellscope.model.training.history import Score

ROOM = 0.15  # of the loss axis
CLOSE = 0.25  # of it: there letters would overlap


def loss_figure(
    history: Sequence[Score],
    theme: str,
    language: str,
    second: Sequence[Score] = (),
    *,
    later: Sequence[Score] = (),
    at: int | None = None,
    axes: tuple[str, str] = ("linear", "auto"),
    regression: bool = False,
    empty: str = "loss.empty",
) -> Figure:
    """Loss and, above it, accuracy; solid is training, dashed is test.

    The loss axis turns logarithmic as soon as its values span more than 1:100. A second network's
    curves have a colour of their own; letters at the ends then say which is which. Of an earlier
    step, `at`, what came `later` is drawn pale. `axes` are those of steps and loss: "log" has them
    logarithmic whatever the values are. Of a `regression` R² takes the place of accuracy.
    """
    colours = THEME_COLOURS[theme]
    if axes[0] == "log":  # step 0 has no place there: Plotly would draw a line to it, nearly level
        history, later, second = ([s for s in part if s.step] for part in (history, later, second))
    no_curve = len({score.step for score in (*history, *later, *second)}) < 2
    traces = _curves(history, colours["bar"], colours["bar" if second else "ink2"], language)
    if second:
        theirs = _curves(second, colours["second"], colours["second"], language)
        traces = [*theirs, *traces]
    if later:
        pale = [*history[-1:], *later]
        traces = [*_curves(pale, colours["second"], colours["second"], language), *traces]
    layout = _layout([*history, *later, *second], axes, theme, language)
    if second:  # room for a letter above the ticks of the other axis, and below a note
        low, high = layout["yaxis"]["range"]
        room = ROOM * (high - low)
        layout["yaxis"]["range"] = [low - room, high + 2 * room * no_curve]
        named = (("A", history, colours["bar"]), ("B", second, colours["second"]))
        traces += _letters(named, layout["yaxis"])
    layout["yaxis2"] = layout["yaxis"] | {
        "tickfont": {"size": TICKS},
        "type": "linear",
        "domain": [0.66, 1.0],
        "range": [-0.03, 1.06],  # below 0 R² says no more than that
        "dtick": 1.0,
        "ticklabeloverflow": "allow",  # some browsers' box of "1" is a pixel taller than the room
        "title": axis_title(""),
    }
    layout["annotations"] = [
        _name(text("loss.loss", language), 0.245, colours["ink2"]),
        _name(text("loss.r2" if regression else "loss.accuracy", language), 0.8, colours["ink2"]),
    ]
    if no_curve:
        note = empty_note(text(empty, language), colours["ink2"])
        layout["annotations"].append(note | {"x": 0.0, "xanchor": "left"})  # not over the ticks
    if at is not None:
        layout["shapes"] = [*layout.get("shapes", ()), step_line(at, colours["ink2"])]
    return {"data": traces, "layout": layout}


def _layout(
    scores: Sequence[Score], axes: tuple[str, str], theme: str, language: str
) -> dict[str, Any]:
    """Every range is given: `uirevision` would keep the one of the first, empty chart."""
    losses = [v for s in scores for v in (s.train_loss, s.test_loss) if plottable(v)]
    layout = base_layout(theme, language)
    layout["xaxis"] |= {
        "anchor": "y",
        **_step_axis(max([10, *(score.step for score in scores)]), axes[0]),
        "nticks": 6,
        "exponentformat": "none",
        "separatethousands": True,
        "title": axis_title(text("loss.axis", language)),
    }
    layout["yaxis"] |= _loss_axis(losses, axes[1]) | {"domain": [0.0, 0.45]}
    layout["uirevision"] = "-".join(axes)  # a zoom is one of these axes
    layout["margin"] |= {"r": LABELS}
    layout["hovermode"] = "x"
    return layout


def _name(name: str, y: float, colour: str) -> dict[str, Any]:
    """Of an axis, at the right: beside its ticks there is no room on a small screen."""
    at = {"x": 1.0, "xanchor": "left", "yanchor": "middle", "xshift": 3}
    return empty_note(name, colour, y) | at


def _curves(history: Sequence[Score], train: str, test: str, language: str) -> list[dict[str, Any]]:
    """Loss and accuracy on test and training points, in a colour each.

    Without a score one point that is nowhere: of charts whose curves are all empty Plotly leaves
    out an axis, and then draws the other one's line to NaN.
    """
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [score.step for score in history] or [None],
            "y": [plottable(getattr(score, f"{name}_{what}"), zero=True) for score in history]
            or [None],
            "yaxis": axis,
            "line": {"color": colour, "width": 1.8, "dash": dash},
            "name": text(f"loss.{name}", language),
            "showlegend": False,
            "hovertemplate": f"{text(f'loss.{name}', language)} %{{y:.4g}}<extra>%{{x:,}}</extra>",
        }
        for what, axis in (("loss", "y"), ("accuracy", "y2"))
        for name, colour, dash in (("test", test, "dot"), ("train", train, "solid"))
    ]


def _letters(
    curves: Sequence[tuple[str, Sequence[Score], str]], axis: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """A letter behind the end of each network's training curve, given as (letter, scores, colour).

    Where curves end at one step and close to each other, one letter is higher, one lower.
    """
    drawn = [[score for score in scores if plottable(score.train_loss)] for _, scores, _ in curves]
    ends = [scores[-1] for scores in drawn if scores]
    places = [log10(e.train_loss) if axis["type"] == "log" else e.train_loss for e in ends]
    low, high = axis["range"]
    close = max(places, default=0.0) - min(places, default=0.0) < CLOSE * (high - low)
    together = close and len({end.step for end in ends}) < len(ends)
    highest = max((end.train_loss for end in ends), default=0.0)
    return [
        {
            "type": "scatter",
            "mode": "text",
            "x": [end.step for end in scores[-1:]],
            "y": [end.train_loss for end in scores[-1:]],
            "text": [f"<b>{letter}</b>" for _ in scores[-1:]],
            "textposition": _place(scores[-1:], highest) if together else "middle right",
            "textfont": {"color": colour, "size": 12},
            "cliponaxis": False,
            "hoverinfo": "skip",
            "showlegend": False,
        }
        for (letter, _, colour), scores in zip(curves, drawn, strict=True)
    ]


def _place(end: Sequence[Score], highest: float) -> str:
    """Of two that end together."""
    return "bottom right" if not end or end[0].train_loss < highest else "top right"


def _step_axis(last: int, kind: str) -> dict[str, Any]:
    """From 0; a logarithmic one from step 1."""
    if kind == "log":
        return {"type": "log", "range": [0, log10(last) + 0.02], "dtick": 1}
    return {"type": "linear", "range": [0, round_up(last)]}


def _loss_axis(losses: list[float], kind: str) -> dict[str, Any]:
    """Linear from 0, or logarithmic where the losses span more than 1:100."""
    low, high = min(losses, default=0.0), max(losses, default=1.0)
    if (high <= 100 * low and kind != "log") or low <= 0:
        return {"type": "linear", "range": [0, round_up(high * 1.03) or 1.0], "nticks": 4}
    bottom, top = floor(2 * log10(low) - 0.2) / 2, ceil(2 * log10(high) + 0.2) / 2
    return {
        "type": "log",
        "range": [bottom, top],
        "exponentformat": "power",
        "tickfont": {"size": LOG_TICKS},
        "dtick": ceil((top - bottom) / 3),  # more exponents would touch
    }
