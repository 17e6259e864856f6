"""What all charts share."""

from collections.abc import Sequence
from math import floor, isfinite, log10
from textwrap import wrap
from typing import Any

from cellscope.app.figures.colours import THEME_COLOURS
from cellscope.app.text.numbers import separators
from cellscope.app.text.texts import LANGUAGES

Figure = dict[str, Any]
FONT = "Inter, system-ui, sans-serif"
TICKS = 11
LOG_TICKS = 9  # Plotly writes powers of ten a quarter larger than other ticks
AXIS_ENDS = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8)
NOTE = 44  # letters in a line of what an empty chart says
TINY, HUGE = 1e-300, 1e300  # what the log axis can show


def blank_figure() -> Figure:
    """An empty chart, before the first data arrive."""
    return {"data": [], "layout": base_layout("light", LANGUAGES[0])}


def base_layout(theme: str, language: str) -> dict[str, Any]:
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
        "separators": separators(language),
        "hoverlabel": {
            "font": {"family": FONT, "size": 12, "color": colours["ink"]},
            "bgcolor": colours["surface"],
            "bordercolor": colours["line"],
        },
        "showlegend": False,
    }


def axis_title(name: str) -> dict[str, Any]:
    return {"text": name, "font": {"size": 11}, "standoff": 3}


def round_up(value: float) -> float:
    """The next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten: axes that hold still.

    >>> round_up(30375.0)
    40000.0
    """
    if value <= 0:
        return 0.0
    power = 10.0 ** floor(log10(value))
    return next((s * power for s in AXIS_ENDS if s * power >= value), 10 * power)


def plottable(value: float | None, *, zero: bool = False) -> float | None:
    """The value where a log axis can show it (zero allowed where the axis is linear)."""
    if value is None or not isfinite(value):
        return None
    return value if TINY < value < HUGE or (zero and value == 0.0) else None


def step_line(step: int, colour: str) -> dict[str, Any]:
    """The step that is shown, in a chart over steps."""
    line = {"color": colour, "width": 1.2}
    ends = {"x0": step, "x1": step, "y0": 0, "y1": 1}
    return {"type": "line", "xref": "x", "yref": "paper", "line": line} | ends


def empty_note(said: str, colour: str, y: float = 0.5) -> dict[str, Any]:
    """What fills a chart that is still empty."""
    return {
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": y,
        "showarrow": False,
        "text": "<br>".join(wrap(said, NOTE)),
        "font": {"size": TICKS, "color": colour},
    }


def spread(wanted: Sequence[float], gap: float) -> list[float]:
    """Ascending places moved apart by at least `gap`, as little as can be, within 0 … 1.

    Least squares under the order's constraints, by pooling neighbours that would overlap (Ayer et
    al. 1955, "An empirical distribution function for sampling with incomplete information").

    >>> spread([0.5, 0.5, 0.9], 0.1)
    [0.45, 0.55, 0.9]
    >>> spread([0.97, 1.0], 0.1)
    [0.9, 1.0]
    """
    pools: list[tuple[float, int]] = []  # mean of the wanted places without their gaps, how many
    for k, place in enumerate(wanted):
        pool = (place - k * gap, 1)
        while pools and pools[-1][0] >= pool[0]:
            mean, many = pools.pop()
            pool = ((mean * many + pool[0] * pool[1]) / (many + pool[1]), many + pool[1])
        pools.append(pool)
    bases = [mean for mean, many in pools for _ in range(many)]
    room = 1.0 - gap * max(0, len(bases) - 1)
    return [round(min(max(base, 0.0), room) + k * gap, 6) for k, base in enumerate(bases)]
