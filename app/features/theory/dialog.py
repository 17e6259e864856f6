"""The derivations, docs/theory.md, in a dialog over the page; theory.mjs fills it."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.widgets import words


def theory_dialog() -> Component:
    close = html.Button("×", id="theory-close", className="icon-button", **words(label="close"))
    # The script puts a dcc.Markdown here: with it Dash fetches 2.5 MB (MathJax, a highlighter) from
    # this server, which the page starts without.
    text = html.Div(id="theory-text")
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
