"""Exercise 2.6, in three steps: half-planes, convex polygons, a power diagram."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import section
from cellscope.app.page.twins import twins
from cellscope.app.page.widgets import words


def voronoi_panel() -> Component:
    head = [
        html.H2(**words("voronoi.title", title="voronoi.title.help")),
        html.Div(id="voronoi-step", className="aside"),
    ]
    units = html.Div(
        id="voronoi-units", className="units", role="group", **words(label="voronoi.units")
    )
    stages = html.Div(
        [
            _stage("voronoi.stage_1", html.P(id="voronoi-lines"), units),
            _stage("voronoi.stage_2", html.P(id="voronoi-cells")),
            _stage(
                "voronoi.stage_3",
                twins("voronoi", "by_pattern", "by_power"),
                html.P(id="voronoi-agreement", className="agreement"),
                html.P(id="voronoi-centres"),
            ),
            _stage(
                "voronoi.stage_4",
                html.P(id="pair-hint", **words("voronoi.hint")),
                html.Table(id="pair", className="matrix pair", **words(label="voronoi.pair")),
                html.P(id="pair-line"),
            ),
        ],
        id="voronoi-stages",
        className="stages",
    )
    return section("voronoi", ("voronoi",), head, [_nothing("voronoi-none"), stages])


def _stage(title: str, *parts: Any) -> Component:
    return html.Div([html.H3(**words(title)), *parts], className="stage")


def _nothing(name: str) -> Component:
    return html.P(id=name, className="caption")
