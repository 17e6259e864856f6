"""Loss and accuracy over the run."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import graph, section
from cellscope.app.page.widgets import words


def loss_panel() -> Component:
    head = [html.H2(**words("loss.title")), html.Div(id="loss-caption", className="aside")]
    return section("loss", ("overview",), head, [graph("loss")])
