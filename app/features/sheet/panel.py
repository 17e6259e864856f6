"""The guide's place in the rail: assets/modules/guide/guide.mjs fills it, question by question."""

from typing import Literal

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.widgets import attributes, words


def rail_tabs() -> Component:
    """What the rail shows: the sheet as a lesson, or all controls."""
    return html.Div(
        [_tab("sheet", chosen=False), _tab("controls", chosen=True)],
        className="tabs rail-tabs",
        role="tablist",
        **words(label="rail.tabs"),
    )


def _tab(name: Literal["sheet", "controls"], *, chosen: bool) -> Component:
    panel = {"sheet": "guide", "controls": "settings"}[name]
    return html.Button(
        id=f"rail-{name}",
        className="tab",
        role="tab",
        **words(f"rail.tab.{name}", title=f"rail.tab.{name}.help"),
        **attributes(aria_selected=str(chosen).lower(), aria_controls=panel),
    )


def guide() -> Component:
    """Empty until it is opened, the place where its first formula has Dash load MathJax, too."""
    formula = html.Div(id="guide-formula")
    return html.Div(
        [
            html.Div(id="guide-page", className="guide-page"),
            html.Div(formula, hidden=True),
        ],
        id="guide",
        className="guide",
        hidden=True,
    )


def needed_head() -> Component:
    """Above the controls that the open question needs."""
    return html.Div(
        [
            html.H2(**words("sheet.needed")),
            html.Button(id="all-controls", className="link", **words("sheet.all_controls")),
        ],
        className="needed-head",
    )


def cover() -> Component:
    """What stands over the picture while a question waits for its prediction."""
    return html.Div(
        [
            html.Div(id="cover-question", className="cover-question"),
            html.P(**words("sheet.covered")),
            html.Button(id="uncover", className="toggle", **words("sheet.uncover")),
        ],
        id="cover",
        className="cover",
        hidden=True,
    )


def charts_cover() -> Component:
    """And over the charts and counts beside it."""
    return html.Div(
        html.P(**words("sheet.covered.charts")), id="cover-charts", className="cover", hidden=True
    )
