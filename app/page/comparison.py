"""Two networks side by side: the switch, each picture's head, how the second one differs."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.widgets import attributes, said, toggle, words
from cellscope.model.training.snapshot import Which


def compare_switch() -> Component:
    named = words("button.compare", title="button.compare.help")
    return toggle("compare-switch", named, pressed=False)


def pane_head(which: Which) -> Component:
    """What a picture's network is called, how it fares, and what its picture counts."""
    name = html.Button(
        [html.Span(className=f"swatch swatch-{which}"), html.Span(id=f"heading-{which}")],
        id=f"which-{which}",
        className="pane-name",
        **words(title="button.which.help"),
        **attributes(aria_pressed="true" if which == "a" else "false"),
    )
    chip = html.Div(id=f"chip-{which}", className="chip pane-chip")
    facts = [html.Span(id=f"numbers-{which}"), html.Span(id=f"count-{which}")]
    return html.Div(
        [html.Div([name, chip], className="pane-title"), html.Div(facts, className="pane-facts")],
        className="pane-head",
    )


def differences_editor() -> Component:
    """Filled by compare.mjs: a row for each setting in which the second network differs."""
    return html.Section(
        [
            html.Div(
                [
                    said("compare.differs", className="differences-title"),
                    html.Div(id="differences", className="differences"),
                ],
                className="differences-row",
            ),
            html.Div(id="compare-problem", className="problem", role="alert"),
        ],
        id="comparison",
        className="comparison",
        hidden=True,
        **words(label="compare.label"),
    )
