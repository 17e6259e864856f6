"""The signal per layer: variance and mean, theory beside measurement."""

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from app.page.panels.section import graph, section
from app.page.widgets import attributes, said, words
from app.texts import text

MARKS = ("pooled", "second", "data_only", "theory", "second_theory", "band", "mean")


def signal_panel() -> Component:
    head = [html.H2(**words("signal.title")), _sides()]
    body = [
        html.Div(id="moments-caption", className="caption"),
        html.Div(id="verdict", className="verdict", **attributes(aria_live="polite")),
        html.Div([_key(mark) for mark in MARKS], className="keys"),
        graph("moments"),
        html.Div(id="overflow", className="problem"),
    ]
    return section("signal", ("overview", "signal"), head, body)


def _sides() -> Component:
    """Before or after the activation."""
    return dbc.RadioItems(
        id="side",
        options=[{"label": text(f"choice.side.{s}"), "value": s} for s in ("pre", "post")],
        value="pre",
        inline=True,
        className="segments small",
        inputClassName="segment-input",
        labelClassName="segment",
    )


def _key(mark: str) -> Component:
    """What a mark of the chart means."""
    return html.Span(
        [html.Span(className=f"swatch swatch-{mark}"), said(f"signal.{mark}")], className="key"
    )
