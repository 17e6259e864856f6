"""The bridge to the user's own code, in a dialog over the page; code.mjs moves it."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.features.own_code.snippets import CHECK, EXAMPLE_FILE, LOADER
from cellscope.app.page.widgets import attributes, said, words


def code_dialog() -> Component:
    close = html.Button("×", id="code-close", className="icon-button", **words(label="close"))
    head = [html.H2(**words("code.title"), id="code-title"), close]
    return html.Dialog(
        [
            html.Div(head, className="code-head"),
            html.Div([_take_along(), _hand_in()], className="code-columns"),
        ],
        id="code-dialog",
        className="code-dialog",
        **attributes(aria_labelledby="code-title"),
    )


def _take_along() -> Component:
    """The file, the code that loads it, the code that makes what can be handed in."""
    download = html.Button(id="code-download", className="button", **words("code.download"))
    return html.Section(
        [
            html.H3(**words("code.take")),
            html.P(**words("code.take.text")),
            html.Div([download, html.Code(EXAMPLE_FILE, id="code-file")], className="code-row"),
            *_snippet("loader", LOADER.format(file=EXAMPLE_FILE)),
            *_snippet("check", CHECK),
            html.P(**words("code.grid"), className="aside"),
        ],
        className="code-column",
    )


def _snippet(name: str, code: str) -> list[Component]:
    """Code with a line above it that says what it does, and a button that copies it."""
    title = f"code.{name}"
    copy = html.Button(
        id=f"copy-{name}", className="toggle", **words("page.code_copy", label=f"code.copy.{name}")
    )
    # By keyboard a text scrolls only where it can be reached.
    box = html.Pre(
        html.Code(code, id=f"code-{name}"), className="code-box", tabIndex=0, **words(label=title)
    )
    return [html.Div([said(title), copy], className="code-row spread"), box]


def _hand_in() -> Component:
    """Where files are dropped or chosen, and what the page says about them."""
    # assets/modules/own_code/code.mjs puts the file input into the label: Dash has none.
    choose = html.Label([said("code.choose")], id="code-choose", className="button")
    drop = [choose, said("code.drop", className="aside")]
    return html.Section(
        [
            html.H3(**words("code.hand_in")),
            html.Ul(
                [html.Li(**words("code.hand_in.pattern")), html.Li(**words("code.hand_in.csv"))]
            ),
            html.Div(drop, id="code-drop", className="code-drop"),
            html.Div(id="code-answer", className="code-answer", **attributes(aria_live="polite")),
        ],
        className="code-column",
    )
