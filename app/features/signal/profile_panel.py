"""The tab of the line: the outputs along it."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import late_graph, section
from cellscope.app.page.widgets import words


def profile_panel() -> Component:
    head = [html.H2(**words("profile.title", title="profile.title.help"))]
    body = [html.Div(id="profile-caption", className="caption"), late_graph("profile")]
    return section("profile", ("line",), head, body)
