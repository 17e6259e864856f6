"""Two folds of the Signal tab: histograms, and updates beside weights."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import late_graph, section
from cellscope.app.page.widgets import attributes, words
from cellscope.model.inside import QUANTITIES


def histograms_panel() -> Component:
    buttons = [
        html.Button(
            className="segment",
            **words(f"histograms.{name}", title=f"histograms.{name}.help"),
            **attributes(data_histogram=name, aria_pressed=str(name == QUANTITIES[0]).lower()),
        )
        for name in QUANTITIES
    ]
    choice = html.Div(
        buttons,
        id="histogram",
        className="segments small",
        role="group",
        **words(label="histograms.label"),
        **attributes(data_roving=""),
    )
    body = [
        choice,
        html.Div(id="histograms-caption", className="caption"),
        late_graph("histograms"),
    ]
    return _folded("histograms", body)


def updates_panel() -> Component:
    return _folded(
        "updates", [html.Div(id="updates-caption", className="caption"), late_graph("updates")]
    )


def _folded(name: str, body: list[Component]) -> Component:
    """What is made only while it is open."""
    summary = html.Summary(html.H2(**words(f"{name}.title", title=f"{name}.title.help")))
    details = html.Details([summary, *body], className="inside", **attributes(data_fold=name))
    return section(name, ("signal",), [], [details])
