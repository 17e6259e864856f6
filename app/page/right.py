"""The right column: the signal per layer, the funnel of counts, loss and accuracy."""

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.figures.base import blank_figure
from app.page.widgets import GRAPH_CONFIG, attributes
from app.texts import text


def right_column() -> Component:
    return html.Aside(
        [
            html.Section(
                [
                    html.Div(
                        [
                            html.H2(text("signal.title")),
                            dbc.RadioItems(
                                id="side",
                                options=[
                                    {"label": text(f"choice.side.{s}"), "value": s}
                                    for s in ("pre", "post")
                                ],
                                value="pre",
                                inline=True,
                                className="segments small",
                                inputClassName="segment-input",
                                labelClassName="segment",
                            ),
                        ],
                        className="panel-head",
                    ),
                    html.Div(id="moments-caption", className="caption"),
                    html.Div(id="verdict", className="verdict", **attributes(aria_live="polite")),
                    _signal_key(),
                    dcc.Graph(
                        id="moments", figure=blank_figure(), config=GRAPH_CONFIG, className="graph"
                    ),
                    html.Div(id="overflow", className="problem"),
                ],
                className="panel panel-signal",
            ),
            html.Section(
                [
                    html.Div(
                        [
                            html.H2(text("funnel.title.cells", layer=2), id="funnel-title"),
                            html.Div(id="funnel-caption", className="aside"),
                        ],
                        className="panel-head",
                    ),
                    html.Div(id="funnel", className="funnel", role="table"),
                    html.Div(
                        [
                            html.Div(id="draws-answer", className="aside"),
                            html.Button(
                                text("button.draws"),
                                id="draws",
                                className="toggle",
                                title=text("button.draws.help"),
                            ),
                        ],
                        className="funnel-foot",
                    ),
                ],
                className="panel panel-funnel",
            ),
            html.Section(
                [
                    html.Div(
                        [
                            html.H2(text("loss.title")),
                            html.Div(id="loss-caption", className="aside"),
                        ],
                        className="panel-head",
                    ),
                    dcc.Graph(
                        id="loss", figure=blank_figure(), config=GRAPH_CONFIG, className="graph"
                    ),
                ],
                className="panel panel-loss",
            ),
        ],
        className="right",
        **attributes(aria_label=text("right.label")),
    )


def _signal_key() -> Component:
    """What the marks of the signal chart mean."""
    marks = ("pooled", "data_only", "theory", "band", "mean")
    return html.Div(
        [
            html.Span(
                [html.Span(className=f"swatch swatch-{mark}"), text(f"signal.{mark}")],
                className="key",
            )
            for mark in marks
        ],
        className="keys",
    )
