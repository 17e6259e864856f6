"""Shares of points that flipped and of cells that came and went, each from picture to picture."""

from collections.abc import Callable, Sequence
from typing import Any

from cellscope.app.figures.base import Figure, axis_title, base_layout, empty_note, round_up
from cellscope.app.figures.colours import THEME_COLOURS
from cellscope.app.text.numbers import grouped
from cellscope.app.text.texts import text
from cellscope.model.cells.count.change import Change

Count = Callable[[Change], tuple[int, int]]  # so many of so many
LINES: tuple[tuple[str, Count, str, str], ...] = (  # key, counts, colour, dash
    ("flipped", lambda one: (one.flipped, one.points), "bar", "solid"),
    ("born", lambda one: (one.born, one.after), "ink", "solid"),
    ("gone", lambda one: (one.gone, one.before), "ink2", "dot"),
)


def change_figure(
    changes: Sequence[Change],
    theme: str,
    language: str,
    *,
    comes: bool = True,
    stretch: tuple[int, int] | None = None,
    empty: str = "counts.empty",
) -> Figure:
    """Every interval is level from its first step to its last; both are named on pointing.

    An empty one says whether something `comes`. Of a `stretch` no more than its steps are shown.
    """
    colours = THEME_COLOURS[theme]
    layout = base_layout(theme, language)
    layout["xaxis"] |= {
        "range": list(stretch or (0, round_up(max([10, *(one.last for one in changes)])))),
        "nticks": 5,
        "exponentformat": "none",
        "separatethousands": True,
        "title": axis_title(text("loss.axis", language)),
    }
    layout["yaxis"] |= {
        "rangemode": "tozero",
        "ticksuffix": " %",
        "title": axis_title(text("change.axis", language)),
    }
    layout |= {"hovermode": "closest", "showlegend": True}
    layout["margin"] |= {"t": 46}  # the legend takes two lines in a narrow column
    layout["legend"] = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"}
    if not changes:
        layout["yaxis"] |= {"range": [0, 100]}
    if not changes and comes:
        layout["annotations"] = [empty_note(text(empty, language), colours["ink2"])]
    data = [_line(changes, *line, colours=colours, language=language) for line in LINES]
    return {"data": data, "layout": layout}


def _line(
    changes: Sequence[Change],
    key: str,
    count: Count,
    colour: str,
    dash: str,
    *,
    colours: dict[str, str],
    language: str,
) -> dict[str, Any]:
    x: list[int] = []
    y: list[float] = []
    said: list[str] = []
    for one in changes:
        some, of = count(one)
        share = 100.0 * some / of if of else 0.0
        words = text(
            f"change.hover.{key}",
            language,
            some=grouped(some),
            of=grouped(of),
            first=one.first,
            last=one.last,
        )
        x, y, said = [*x, one.first, one.last], [*y, share, share], [*said, words, words]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": y,
        "text": said,
        "hovertemplate": "%{text}<extra></extra>",
        "name": text(f"change.{key}", language),
        "line": {"color": colours[colour], "width": 2.2 if key == "flipped" else 1.5, "dash": dash},
    }
