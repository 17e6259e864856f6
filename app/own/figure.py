"""A network's cells as a Plotly figure: the picture, its boundaries, and data."""

import base64
from typing import Any

import numpy as np
import plotly.graph_objects as go

from cellscope.model.cells.exact.boundaries import boundary_segments
from cellscope.model.own.cells import Shown
from cellscope.model.own.files import picture
from cellscope.model.own.result import ExactCells

INK = "#14171D"
MOST_SEGMENTS = 20_000  # beyond, the picture alone says where the boundaries are
PALEST = 0.25  # opacity of the data furthest from the plane


def figure(shown: Shown, title: str) -> go.Figure:
    """A figure of the window, its axes those of the plane."""
    x0, x1, y0, y1 = shown.window
    made = go.Figure()
    image = base64.b64encode(picture(shown)).decode()
    made.add_layout_image(
        source=f"data:image/png;base64,{image}", xref="x", yref="y", x=x0, y=y1,
        sizex=x1 - x0, sizey=y1 - y0, sizing="stretch", layer="below",
    )  # fmt: skip
    _boundaries(made, shown)
    _data(made, shown)
    made.update_xaxes(range=[x0, x1], constrain="domain", title="x", showgrid=False, zeroline=False)
    made.update_yaxes(
        range=[y0, y1],
        scaleanchor="x",
        constrain="domain",
        title="y",
        showgrid=False,
        zeroline=False,
    )
    made.update_layout(
        title={"text": title, "font": {"size": 13}}, showlegend=False, width=640, height=640,
        plot_bgcolor="rgba(0,0,0,0)", margin={"l": 50, "r": 20, "t": 50, "b": 45},
    )  # fmt: skip
    return made


def _boundaries(made: go.Figure, shown: Shown) -> None:
    if not isinstance(shown.result, ExactCells):
        return
    segments = boundary_segments(shown.result.complex, shown.result.layer).points
    if not 0 < len(segments) <= MOST_SEGMENTS:
        return
    gap = np.full(len(segments), np.nan)
    x = np.stack([segments[:, 0], segments[:, 2], gap], axis=1).ravel()
    y = np.stack([segments[:, 1], segments[:, 3], gap], axis=1).ravel()
    made.add_scatter(
        x=x, y=y, mode="lines", line={"color": INK, "width": 0.8}, hoverinfo="skip",
        name="boundaries",
    )  # fmt: skip


def _data(made: go.Figure, shown: Shown) -> None:
    if shown.data is None or shown.distances is None or not len(shown.data):
        return
    furthest = float(shown.distances.max())
    near = 1.0 - shown.distances / furthest if furthest > 0 else np.ones(len(shown.data))
    marker: Any = {
        "color": INK, "size": 7, "opacity": (PALEST + (1 - PALEST) * near).tolist(),
        "line": {"color": "#FFFFFF", "width": 1},
    }  # fmt: skip
    made.add_scatter(
        x=shown.data[:, 0], y=shown.data[:, 1], mode="markers", marker=marker, name="data",
        customdata=shown.distances, hovertemplate="%{customdata:.4g} from the plane<extra></extra>",
    )  # fmt: skip
