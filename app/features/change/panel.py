"""The meter of change, beside the loss."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import late_graph, section
from cellscope.app.page.widgets import words


def change_panel() -> Component:
    head = [html.H2(**words("change.title", title="change.title.help"))]
    steps = html.Div(id="change-steps", className="change-steps")  # the page puts its boxes in
    wrong = html.Div(id="change-steps-problem", className="problem", role="alert")
    body = [html.Div(id="change-caption", className="caption"), late_graph("change"), steps, wrong]
    return section("change", ("training",), head, body)
