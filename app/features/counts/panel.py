"""Exercise 2.7: the counts of cells over the run."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import late_graph, section
from cellscope.app.page.widgets import words


def counts_panel() -> Component:
    head = [html.H2(**words("counts.title", title="counts.title.help"))]
    body = [html.Div(id="counts-caption", className="caption"), late_graph("counts")]
    return section("counts", ("cells",), head, body)
