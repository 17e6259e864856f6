"""The funnel of counts: from sign vectors to the cells that hold data."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import section
from cellscope.app.page.widgets import words


def funnel_panel() -> Component:
    head = [
        html.H2(id="funnel-title"),
        html.Div(id="funnel-caption", className="aside"),
    ]
    draws = html.Button(
        id="draws", className="toggle", **words("button.draws", title="button.draws.help")
    )
    foot = [html.Div(id="draws-answer", className="aside"), draws]
    body = [
        html.Div(id="funnel", className="funnel", role="table"),
        html.Div(foot, className="funnel-foot"),
    ]
    return section("funnel", ("overview", "cells"), head, body)
