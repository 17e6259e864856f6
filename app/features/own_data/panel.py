"""Where points of one's own begin: beside the thumbnails; scripts fill the form in."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.widgets import attributes, words


def own_buttons() -> list[Component]:
    """Draw, and everything else."""
    draw = html.Button(
        "✎",
        id="draw-data",
        className="picture-button symbol",
        **words(title="button.draw_data.help", label="button.draw_data.help"),
        **attributes(aria_pressed="false"),
    )
    more = html.Button(
        id="own-data",
        className="picture-button symbol wide",
        **words("button.own_data", title="button.own_data.help"),
        **attributes(aria_expanded="false", aria_controls="own-form"),
    )
    return [draw, more]


def own_form() -> Component:
    """A formula, a file, and how they are scaled (own.mjs)."""
    return html.Div(id="own-form", className="own-form", hidden=True)
