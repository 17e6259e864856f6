"""Histograms of the layers and the ratio of updates to weights, as parts of the right column."""

from collections.abc import Sequence
from math import inf, isfinite, log10
from typing import Any

from cellscope.app.features.signal.measured import Look, Measured, of_each
from cellscope.app.features.signal.parts import Made
from cellscope.app.figures.base import Figure, axis_title, base_layout, empty_note, round_up
from cellscope.app.figures.colours import THEME_COLOURS, mix
from cellscope.app.text.numbers import number
from cellscope.app.text.of_task import empty_until_played
from cellscope.app.text.texts import text
from cellscope.model.inside import QUANTITIES, REACH, Histogram, Quantity, edges, histograms
from cellscope.model.training.history import Score

GOOD = -3.0  # log₁₀ of a healthy ratio of update to weight, Karpathy's makemore, part 3
HEIGHT = 0.9  # of a layer's hill, of the room that it has


def histograms_part(networks: Sequence[Measured], look: Look) -> Made:
    """One hill a layer, of what was chosen; of two networks those of the one that is looked at."""
    network = networks[1] if look.which == "b" and len(networks) > 1 else networks[0]
    quantity: Quantity = next(q for q in QUANTITIES if q == look.histogram)
    found = histograms(network.snapshot, network.data, quantity)
    said = text(
        f"histograms.caption.{_caption(network, quantity) if found else 'graph'}", look.language
    )
    return Made(figures={"histograms": _hills(found, look)}, texts={"histograms-caption": said})


def _caption(network: Measured, quantity: Quantity) -> str:
    """Of what is counted: a network without points has none to name."""
    of_points = quantity in ("post", "pre") and not network.spec.has_points
    return f"{quantity}.stand_ins" if of_points else quantity


def _hills(found: Sequence[Histogram], look: Look) -> Figure:
    colours = THEME_COLOURS[look.theme]
    ends = edges()
    layout = base_layout(look.theme, look.language)
    layout["xaxis"] |= {
        "range": [-REACH, REACH],
        "dtick": 2,
        "title": axis_title(text("histograms.axis", look.language)),
    }
    layout["yaxis"] |= {
        "range": [len(found) + 0.6, -0.1],
        "tickmode": "array",
        "tickvals": [row.layer for row in found],
        "ticktext": [str(row.layer) for row in found],
        "showgrid": False,
        "title": axis_title(text("histograms.layer", look.language)),
    }
    layout["margin"] |= {"r": 86, "l": 36}
    layout["annotations"] = [
        {
            "xref": "paper",
            "x": 1.0,
            "xanchor": "left",
            "xshift": 4,
            "y": row.layer,
            "yanchor": "bottom",
            "showarrow": False,
            "text": text("histograms.rms", look.language, rms=number(row.rms, look.language)),
            "font": {"size": 11, "color": colours["ink2"]},
        }
        for row in found
    ]
    return {"data": [_hill(row, ends.tolist(), colours, look.language) for row in found]} | {
        "layout": layout
    }


def _hill(
    row: Histogram, ends: list[float], colours: dict[str, str], language: str
) -> dict[str, Any]:
    """Steps over a base line; the highest bin fills the layer's room."""
    top = float(row.share.max()) or 1.0
    x, y = [ends[0]], [float(row.layer)]
    for k, share in enumerate(row.share.tolist()):
        height = row.layer - HEIGHT * share / top
        x += [ends[k], ends[k + 1]]
        y += [height, height]
    x, y = [*x, ends[-1]], [*y, float(row.layer)]
    said = text(
        "histograms.hover",
        language,
        layer=row.layer,
        rms=number(row.rms, language),
        zeros=number(100 * row.zeros, language),
    )
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "fill": "toself",
        "fillcolor": colours["pale"],
        "line": {"color": colours["bar"], "width": 1.2},
        "hoveron": "fills+points",
        "hoverinfo": "text",
        "text": said,
        "name": said,
        "showlegend": False,
    }


def updates_part(networks: Sequence[Measured], look: Look) -> Made:
    """log₁₀ of the rms of a step's update over that of the weights, layer by layer."""
    network = networks[1] if look.which == "b" and len(networks) > 1 else networks[0]
    said = of_each([_newest(one.history, look.language) for one in networks])
    chart = _ratios(network.history, look, empty_until_played("loss.empty", network.spec))
    return Made(figures={"updates": chart}, texts={"updates-caption": said})


def _newest(history: Sequence[Score], language: str) -> str:
    """The layers with the smallest and the largest ratio now."""
    measured = [score for score in history if score.ratios]
    ratios = measured[-1].ratios if measured else ()
    logs = ((-inf if ratio == 0.0 else _log(ratio), k) for k, ratio in enumerate(ratios, 1))
    known = [(log, k) for log, k in logs if log is not None]  # a layer that stands still is lowest
    if not known:
        return text("updates.none", language)
    low, high = min(known), max(known)
    return text(
        "updates.caption",
        language,
        step=measured[-1].step,
        low=number(low[0], language),
        low_layer=low[1],
        high=number(high[0], language),
        high_layer=high[1],
    )


def _log(ratio: float) -> float | None:
    return log10(ratio) if ratio > 0.0 and isfinite(ratio) else None


def _ratios(history: Sequence[Score], look: Look, empty: str) -> Figure:
    colours = THEME_COLOURS[look.theme]
    measured = [score for score in history if score.ratios]
    layers = max((len(score.ratios) for score in measured), default=0)
    steps = [score.step for score in measured]
    layout = base_layout(look.theme, look.language)
    layout["xaxis"] |= {
        "range": [0, round_up(max([10, *steps]))],
        "nticks": 6,
        "exponentformat": "none",
        "separatethousands": True,
        "title": axis_title(text("loss.axis", look.language)),
    }
    values = [v for score in measured for v in map(_log, score.ratios) if v is not None]
    layout["yaxis"] |= {
        "range": [min([-5.0, *values]) - 0.3, max([-1.0, *values]) + 0.3],
        "dtick": 1,
        "title": axis_title(text("updates.axis", look.language)),
    }
    line = {"color": colours["ink"], "width": 1.4, "dash": "dash"}
    ends = {"x0": 0, "x1": 1, "y0": GOOD, "y1": GOOD}
    layout["shapes"] = [{"type": "line", "xref": "paper", "yref": "y", "line": line} | ends]
    if len(measured) < 2:
        layout["annotations"] = [empty_note(text(empty, look.language), colours["ink2"])]
    layout["hovermode"] = "x"
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "x": steps,
                "y": [_log(score.ratios[k]) for score in measured],
                "line": {"color": _shade(k, layers, colours), "width": 1.6},
                "name": text("updates.layer", look.language, layer=k + 1),
                "hovertemplate": text("updates.layer", look.language, layer=k + 1)
                + " %{y:.2f}<extra>%{x:,}</extra>",
                "showlegend": False,
            }
            for k in range(layers)
        ],
        "layout": layout,
    }


def _shade(k: int, layers: int, colours: dict[str, str]) -> str:
    """From the first layer, pale, to the last, full."""
    return mix(colours["pale"], colours["bar"], k / max(1, layers - 1))
