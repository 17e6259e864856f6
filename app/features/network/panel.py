"""The tab of the network: a drawing, and below it the unit that is chosen."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import section
from cellscope.app.page.widgets import attributes, said, toggle, words
from cellscope.model.training.edits import HOLDING


def network_panel() -> Component:
    head = [html.H2(**words("network.title", title="network.title.help"))]
    drawing = html.Div(
        [html.Canvas(id="network-canvas"), html.Div(id="network-size")],
        id="network-drawing",
        tabIndex=0,
        role="application",
        **words(label="network.drawing"),
    )
    graph = html.P(
        id="network-graph", className="aside", hidden=True, **words("opened.graph.network")
    )
    drawn = html.Div([_keys(), drawing, _unit()], id="network-drawn")
    return section("network", ("network",), head, [graph, drawn])


def _keys() -> Component:
    names = ("positive", "negative")
    return html.Div(
        [
            *(
                html.Span(
                    [html.Span(className=f"swatch edge-{name}"), said(f"network.{name}")],
                    className="key",
                )
                for name in names
            ),
            html.Span(id="network-seen", className="aside"),
        ],
        className="keys",
    )


def _unit() -> Component:
    """What is said of the chosen unit, and what can be done to it."""
    holding = html.Div(
        [
            html.Button(
                className="segment",
                **words(f"network.hold.{name}", title=f"network.hold.{name}.help"),
                **attributes(data_hold=name, aria_pressed="false"),
            )
            for name in HOLDING
        ],
        id="unit-holding",
        className="segments small",
        role="group",
        **words(label="network.hold"),
        **attributes(data_roving=""),
    )
    show = toggle("unit-show", words("network.show", title="network.show.help"), pressed=False)
    head = html.Div([html.H3(id="unit-title"), show], className="unit-head")
    return html.Div(
        [
            html.P(**words("network.none"), className="unit-none aside"),
            head,
            html.P(id="unit-text", className="aside"),
            holding,
            html.Div(id="unit-weights", className="unit-weights"),
        ],
        id="unit-chosen",
        className="unit-chosen none",
    )
