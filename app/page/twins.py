"""Two small pictures side by side, which should be the same."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.widgets import words


def twins(feature: str, *names: str) -> Component:
    """A canvas for each name, with its caption below; twins.mjs paints them."""
    return html.Div([_twin(feature, name) for name in names], className="twins")


def _twin(feature: str, name: str) -> Component:
    caption = f"{feature}.{name}"
    canvas = html.Canvas(id=f"{feature}-{name}", role="img", **words(label=caption))
    said = html.Figcaption(**words(caption, title=f"{caption}.help"))
    return html.Figure([canvas, said], className="twin")
