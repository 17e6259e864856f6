"""The data points over the picture, and the picture's axes."""

from typing import Any

from cellscope.app.figures.base import Figure, base_layout
from cellscope.app.figures.colours import CLASS_COLOURS, MARKERS, THEME_COLOURS
from cellscope.app.text.texts import text
from cellscope.model.datasets import Data

OPACITY = 0.7  # cells and lines show through


def points_figure(data: Data, classes: int, theme: str, language: str, *, coloured: bool) -> Figure:
    """The data points over an empty picture; in cell modes they carry no hue, only a shape.

    Both sets come; which of them is shown the page's `state.view.points` says.
    """
    sets = (("train", data.train_x, data.train_y, 5.0), ("test", data.test_x, data.test_y, 3.5))
    traces = [
        _points(x[y == k], k, name, size, coloured, language)
        for name, x, y, size in sets
        for k in range(classes)
    ]
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
            _axis_name("x₁", 1.0, 0.0, surface),
            _axis_name("x₂", 0.0, 1.0, surface),
        ],
    }
    return {"data": traces, "layout": layout}


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


def _points(
    x: Any, k: int, name: str, size: float, coloured: bool, language: str
) -> dict[str, Any]:
    fill = CLASS_COLOURS[k] if coloured else ("#FFFFFF", "#000000")[k % 2]
    ring = "#14171D" if coloured or k % 2 == 0 else "#FFFFFF"
    label = text(f"points.{name}", language, k=k)
    return {
        "type": "scatter",
        "mode": "markers",
        "x": x[:, 0].tolist(),
        "y": x[:, 1].tolist(),
        "name": label,
        "showlegend": False,
        "marker": {
            "symbol": MARKERS[k],
            "size": size,
            "color": fill,
            "opacity": OPACITY,
            "line": {"color": ring, "width": 0.8},
        },
        "meta": name,
        "hovertemplate": f"{label}<br>x₁ %{{x:.3f}}<br>x₂ %{{y:.3f}}<extra></extra>",
    }
