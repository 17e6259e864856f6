"""Two networks in one chart: the second one's marks beside the first one's, in a colour of its own.

It takes finished charts and asks nothing of what they measure, so that every chart per layer can
be compared: filled bars, lines and diamonds of the second network join those of the first.
"""

from typing import Any

from cellscope.app.figures.base import Figure
from cellscope.app.figures.colours import THEME_COLOURS

NO_FILL = "rgba(0,0,0,0)"  # of bars that are outlines


def beside(first: Figure, second: Figure, theme: str) -> Figure:
    """The first chart with the second one's marks; outlines and the second band are left out.

    With four bars a layer none could be read.
    """
    colour = THEME_COLOURS[theme]["second"]
    ours = [_named(trace, "A") for trace in first["data"] if not _is_outline(trace)]
    theirs = [
        _named(_recoloured(trace, colour), "B")
        for trace in second["data"]
        if not _is_outline(trace) and "fill" not in trace
    ]
    layouts = first["layout"], second["layout"]
    layout = layouts[0] | {
        "xaxis": max((one["xaxis"] for one in layouts), key=lambda axis: axis["range"][1]),
        "annotations": [],  # the keys above name the marks of both
        "yaxis": layouts[0]["yaxis"] | _decades([one["yaxis"]["range"] for one in layouts]),
    }
    return {"data": _bars_first(ours, theirs), "layout": layout}


def _is_outline(trace: dict[str, Any]) -> bool:
    return trace["type"] == "bar" and trace.get("marker", {}).get("color") == NO_FILL


def _bars_first(ours: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Bands lie below the bars, lines and diamonds above them: the first one's last."""
    bands = [trace for trace in ours if "fill" in trace]
    both = [*ours, *theirs]
    bars = [trace for trace in both if trace["type"] == "bar"]
    marks = [t for t in (*theirs, *ours) if t["type"] != "bar" and "fill" not in t]
    return [*bands, *bars, *marks]


def _recoloured(trace: dict[str, Any], colour: str) -> dict[str, Any]:
    if trace["type"] == "bar":
        return trace | {"marker": {"color": colour}}
    if "lines" in trace["mode"]:
        return trace | {"line": trace["line"] | {"color": colour, "dash": "dash"}}
    return trace | {"marker": trace["marker"] | {"color": colour}}


def _named(trace: dict[str, Any], name: str) -> dict[str, Any]:
    """The trace, whose hover texts say which network they tell of."""
    if "hovertext" not in trace:
        return trace
    return trace | {"hovertext": [f"<b>{name}</b> {said}" for said in trace["hovertext"]]}


def _decades(ranges: list[list[float] | tuple[float, float]]) -> dict[str, Any]:
    """A log axis that holds both."""
    low, high = min(one[0] for one in ranges), max(one[1] for one in ranges)
    return {"range": (low, high), "dtick": max(1, round((high - low) / 5))}
