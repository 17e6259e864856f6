"""The derivations, docs/theory.md, in a dialog over the page; assets/theory.mjs fills it."""

from dash import dcc, html
from dash.development.base_component import Component

from app.page.widgets import words


def theory_dialog() -> Component:
    close = html.Button("×", id="theory-close", className="icon-button", **words(label="close"))
    # MathJax comes with Dash and is fetched from this server when the first formula is shown.
    # An empty formula is none: the page starts without it.
    text = dcc.Markdown("", id="theory-text", mathjax=True)
    # By keyboard a text scrolls only where it can be reached.
    return html.Dialog(
        [
            html.Div(close, className="theory-head"),
            html.Div(text, className="theory-text", tabIndex=0),
        ],
        id="theory-dialog",
        className="theory",
        **words(label="button.theory"),
    )
