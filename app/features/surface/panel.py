"""The tab of the surface; what draws it in space is loaded once it is opened."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import section
from cellscope.app.page.widgets import said, words


def surface_panel() -> Component:
    head = [html.H2(**words("surface.title", title="surface.title.help"))]
    body = [
        html.Div(
            [
                html.Span(id="surface-name"),
                html.Span(" · ", className="between"),
                html.Span(id="surface-text"),
            ],
            className="caption",
        ),
        html.Div(id="surface", className="surface"),
        said("surface.hint", className="aside"),
    ]
    return section("surface", ("surface",), head, body)
