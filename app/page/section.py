"""A section of the right column: a head, a body, and the tabs that show it."""

from collections.abc import Sequence

from dash import dcc, html
from dash.development.base_component import Component

from cellscope.app.figures.base import blank_figure
from cellscope.app.page.widgets import GRAPH_CONFIG, attributes
from cellscope.app.settings.tabs import TABS, Tab


def section(
    name: str, tabs: Sequence[Tab], head: Sequence[Component], body: Sequence[Component]
) -> Component:
    """The section `name`, shown in `tabs`; assets/modules/shell/tabs.mjs shows and hides it."""
    lag = html.Span(id=f"{name}-lag", className="lag")  # its step, where it is not the page's
    return html.Section(
        [html.Div([*head[:1], lag, *head[1:]], className="panel-head"), *body],
        className=f"panel panel-{name}",
        hidden=TABS[0] not in tabs,  # else all of them would be squeezed for a moment
        **attributes(data_tabs=" ".join(tabs)),
    )


def graph(name: str) -> Component:
    """A chart that the stream fills and the first look sees."""
    return dcc.Graph(id=name, figure=blank_figure(), config=GRAPH_CONFIG, className="graph")


def late_graph(name: str) -> Component:
    """A chart that nobody sees at first: Plotly draws it when it is shown (core/charts.mjs)."""
    return html.Div(id=name, className="dash-graph late-graph")
