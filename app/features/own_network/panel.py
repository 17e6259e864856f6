"""The button, what is said of the network that was opened, and the row of its plane."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.widgets import said, toggle, words

PLANES = ("pca", "inputs", "points")


def open_button() -> Component:
    """Opens files; they can be dropped anywhere on the page as well."""
    return toggle("open", words("button.open", title="open.help"))


def opened_row() -> Component:
    """Hidden until a network was opened."""
    return html.Div(
        [
            html.Div(
                [
                    html.Strong(id="opened-name"),
                    html.Span(id="opened-said", className="note"),
                    toggle("opened-close", words("opened.close", title="opened.close.help")),
                ],
                className="opened-head",
            ),
            html.Div(
                [
                    said("control.plane", className="key"),
                    html.Div(
                        [
                            toggle(
                                f"plane-{kind}",
                                words(f"plane.{kind}", title=f"plane.{kind}.help"),
                                pressed=False,
                            )
                            for kind in PLANES
                        ],
                        className="plane-kinds",
                        role="group",
                        **words(label="control.plane"),
                    ),
                    html.Span(id="plane-box"),  # open.mjs puts the box into it
                    html.Span(id="plane-problem", className="problem", role="alert"),
                ],
                id="plane-row",
                className="plane-row",
                hidden=True,
            ),
        ],
        id="opened",
        className="opened",
        hidden=True,
    )
