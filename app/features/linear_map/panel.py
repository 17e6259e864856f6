"""Exercise 2.1: the one matrix and bias that a network without activation functions is."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import section
from cellscope.app.page.twins import twins
from cellscope.app.page.widgets import toggle, words


def collapse_panel() -> Component:
    head = [
        html.H2(**words("collapse.title", title="collapse.title.help")),
        html.Div(id="collapse-step", className="aside"),
    ]
    found = html.Div(
        [
            html.Table(
                [html.Thead(_heads()), html.Tbody(id="collapse-rows")],
                className="matrix",
                **words(label="collapse.matrix"),
            ),
            twins("collapse", "network", "single"),
            html.P(id="collapse-difference", className="agreement"),
            html.P(id="collapse-signs"),
        ],
        id="collapse-found",
        className="stages",
    )
    ways = html.Div(
        [
            toggle(f"collapse-{way}", words(f"collapse.{way}", title=f"collapse.{way}.help"))
            for way in ("remove", "preset")
        ],
        id="collapse-ways",
        className="ways",
    )
    body = [html.P(id="collapse-why"), ways, found]
    return section("collapse", ("collapse",), head, body)


def _heads() -> Component:
    names = ("collapse.logit", "collapse.x1", "collapse.x2", "collapse.bias")
    return html.Tr([html.Th(scope="col", **words(name)) for name in names])
