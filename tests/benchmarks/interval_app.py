"""What a Dash developer writes: `dcc.Interval`, and a callback that returns the whole figure.

The same network, trainer and pictures as the product's; only the way to the screen differs.

    python -m tests.benchmarks.interval_app --port 8051 --hidden 16,16,16,16,16
"""

import argparse
import logging

import numpy as np
import plotly.graph_objects as go
from dash import Dash, Input, Output, dcc, html

from cellscope.app.figures.colours import palettes
from cellscope.model import warm
from cellscope.model.cells.picture.render import draw
from cellscope.model.datasets import make_data
from cellscope.model.spec import Spec
from cellscope.model.training.trainer import Trainer
from cellscope.model.view import View


def create_app(spec: Spec, view: View, interval_ms: int) -> Dash:
    warm.warm()
    trainer = Trainer(spec)
    trainer.play()
    palette = palettes()["light"]["cells"]
    colorscale = [
        [edge / len(palette), colour] for k, colour in enumerate(palette) for edge in (k, k + 1)
    ]
    data = make_data(spec)
    axis = np.linspace(-5, 5, view.pixels)
    points = [
        go.Scatter(x=xy[:, 0], y=xy[:, 1], mode="markers")
        for xy in (data.train_x[data.train_y == k] for k in range(spec.classes))
    ]
    app = Dash(__name__)
    app.layout = html.Div(
        [dcc.Graph(id="cells"), dcc.Interval(id="tick", interval=interval_ms)],
    )

    @app.callback(Output("cells", "figure"), Input("tick", "n_intervals"))
    def redraw(_ticks: int | None) -> go.Figure:
        snapshot = trainer.latest if _ticks is None else trainer.settle()
        picture = draw(snapshot, view)
        heatmap = go.Heatmap(
            x=axis,
            y=axis[::-1],
            z=picture.indices,
            zmin=0,
            zmax=len(palette),
            colorscale=colorscale,
            showscale=False,
        )
        figure = go.Figure([heatmap, *points])
        figure.update_xaxes(range=(-5, 5))
        figure.update_yaxes(range=(-5, 5), scaleanchor="x")
        return figure.update_layout(title=f"step {snapshot.step}", width=620, height=640)

    return app


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8051)
    parser.add_argument("--hidden", default="16,16,16,16,16")
    parser.add_argument("--interval", type=int, default=200, help="milliseconds")
    given = parser.parse_args()
    hidden = tuple(int(width) for width in given.hidden.split(","))
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    app = create_app(
        Spec(hidden=hidden, batch_size=10, learning_rate=0.03),
        View(layer=len(hidden), mode="cells", pixels=401),
        given.interval,
    )
    app.run(port=given.port)


if __name__ == "__main__":
    main()
