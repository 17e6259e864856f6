"""The list of keys, as a dialog over the page; assets/modules/shell/keyboard.mjs opens it."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.widgets import attributes, said, words

KEYS: dict[str, tuple[str, ...]] = {  # what it does -> the keys that do it
    "play": ("space",),
    "step": ("→",),
    "rewind": ("R",),
    "undo": ("undo", "redo"),
    "time": (",", "."),
    "layer": ("1 … 9", "0"),
    "cursor": ("← → ↑ ↓",),
    "points": ("P",),
    "group": ("Tab", "← → ↑ ↓"),
    "next": ("]",),
    "previous": ("[",),
    "lecture": ("L",),
    "wide": ("W",),
    "advance": ("page_down",),
    "back": ("page_up",),
    "keys": ("?",),
    "leave": ("Esc",),
}
NAMED = ("space", "page_down", "page_up", "undo", "redo")  # whose names are in the catalogue


def keys_dialog() -> Component:
    head = [
        html.H2(**words("keys.title"), id="keys-title"),
        html.Button("×", id="keys-close", className="icon-button", **words(label="keys.close")),
    ]
    return html.Dialog(
        [
            html.Div(head, className="panel-head"),
            html.Dl([part for deed in KEYS for part in _line(deed)]),
        ],
        id="keys",
        className="keys-dialog",
        **attributes(aria_labelledby="keys-title"),
    )


def _line(deed: str) -> tuple[Component, Component]:
    return html.Dt([_key(key) for key in KEYS[deed]]), html.Dd(**words(f"keys.{deed}"))


def _key(key: str) -> Component:
    return html.Kbd(said(f"keys.name.{key}") if key in NAMED else key)
