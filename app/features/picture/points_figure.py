"""The data points over the picture, and the picture's axes."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from cellscope.app.figures.axes import axis_names
from cellscope.app.figures.base import Figure, base_layout
from cellscope.app.figures.colours import MARKERS, THEME_COLOURS, class_colour, value_colour
from cellscope.app.text.numbers import number
from cellscope.app.text.texts import text
from cellscope.model.datasets import Data
from cellscope.model.opened import Cut

OPACITY = 0.7  # cells and lines show through
GREYS = ["#000000", "#808080", "#FFFFFF"]  # from the smallest target to the largest
PALEST = 0.15  # of the point that is furthest from the plane that is shown


def points_figure(
    data: Data,
    classes: int | None,
    theme: str,
    language: str,
    *,
    coloured: bool,
    cut: Cut | None = None,
    corners: Sequence[Sequence[float]] = (),
) -> Figure:
    """The data points over an empty picture; in cell modes they carry no hue, only a shape.

    Both sets come; which of them is shown the page's `state.view.points` says. `classes` is None
    where they have targets: these are colours, or in cell modes a grey.
    """
    x_name, y_name = axis_names(cut)
    layout, surface = base_layout(theme, language), THEME_COLOURS[theme]["surface"]
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
        "hovermode": False,  # one pointer has one coordinate: the inspector's
        "annotations": [
            _axis_name(x_name, 1.0, 0.0, surface),
            _axis_name(y_name, 0.0, 1.0, surface),
            *(_corner(name, x, y, surface) for name, (x, y) in zip("abc", corners, strict=False)),
        ],
    }
    return {"data": _traces(data, classes, theme if coloured else "", language), "layout": layout}


def _traces(data: Data, classes: int | None, theme: str, language: str) -> list[dict[str, Any]]:
    """Training points, then test points; without a theme they carry no colour."""
    sets = (
        ("train", data.train_x, data.train_y, 5.0, data.train_away),
        ("test", data.test_x, data.test_y, 3.5, data.test_away),
    )
    if classes is None:
        return [_targets(data, x, y, name, size, theme, language) for name, x, y, size, _ in sets]
    traces = [
        _points(x[y == k], k, name, size, bool(theme), language)
        for name, x, y, size, _ in sets
        for k in range(classes)
    ]
    for trace, away in zip(traces, _paleness(sets, classes), strict=True):
        if away is not None:
            trace["marker"]["opacity"] = away
    return traces


def _corner(name: str, x: float, y: float, surface: str) -> dict[str, Any]:
    """One of the three points that span the plane."""
    return {
        "text": f"<b>{name}</b>", "x": x, "y": y, "xref": "x", "yref": "y",
        "bgcolor": surface, "opacity": 0.9, "borderpad": 1, "font": {"size": 13},
        "showarrow": True, "arrowhead": 2, "arrowsize": 0.8, "ax": 0, "ay": -22,
    }  # fmt: skip


def _paleness(sets: Any, classes: int) -> list[list[float] | None]:
    """Opacity of every point of the traces: the further from the plane, the paler."""
    furthest = max(
        (float(away.max(initial=0.0)) for *_, away in sets if away is not None), default=0
    )
    found: list[list[float] | None] = []
    for _, _, y, _, away in sets:
        for k in range(classes):
            if away is None:
                found.append(None)
                continue
            near = 1.0 - away[y == k] / (furthest or 1.0)
            found.append((PALEST + (OPACITY - PALEST) * near).round(3).tolist())
    return found


def _axis_name(name: str, x: float, y: float, surface: str) -> dict[str, Any]:
    """An axis's name at its end, inside the picture: outside a tick may stand anywhere."""
    return {
        "text": f"<i>{name}</i>",
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": y,
        "xanchor": "right" if x else "left",
        "yanchor": "top" if y else "bottom",
        "borderpad": 1,
        "bgcolor": surface,
        "opacity": 0.8,
        "showarrow": False,
        "font": {"size": 13},
    }


def _targets(
    data: Data, x: Any, y: Any, name: str, size: float, theme: str, language: str
) -> dict[str, Any]:
    """Points with targets, in the colours of the output; without a theme in greys."""
    low, high = data.reach
    ends = [value_colour(share, theme) for share in (0.0, 0.5, 1.0)] if theme else GREYS
    trace = _points(x, 0, name, size, coloured=True, language=language)
    label = text(f"points.{name}.target", language)
    trace["name"] = label
    trace["text"] = [number(float(value), language) for value in y]
    trace["hovertemplate"] = f"{label} %{{text}}<br>x₁ %{{x:.3f}}<br>x₂ %{{y:.3f}}<extra></extra>"
    trace["marker"] |= {
        "color": np.round(y, 6).tolist(),
        "cmin": low,
        "cmax": high,
        "colorscale": [[share, colour] for share, colour in zip((0, 0.5, 1), ends, strict=True)],
        "showscale": False,
    }
    return trace


def _points(
    x: Any, k: int, name: str, size: float, coloured: bool, language: str
) -> dict[str, Any]:
    fill = class_colour(k) if coloured else ("#FFFFFF", "#000000")[k % 2]
    ring = "#14171D" if coloured or k % 2 == 0 else "#FFFFFF"
    label = text(f"points.{name}", language, k=k + 1)  # as logits are numbered, from 1
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x[:, 0].tolist(),
        "y": x[:, 1].tolist(),
        "name": label,
        "showlegend": False,
        "marker": {
            "symbol": MARKERS[k % len(MARKERS)],
            "size": size,
            "color": fill,
            "opacity": OPACITY,
            "line": {"color": ring, "width": 0.8},
        },
        "meta": name,
        "hovertemplate": f"{label}<br>x₁ %{{x:.3f}}<br>x₂ %{{y:.3f}}<extra></extra>",
    }
