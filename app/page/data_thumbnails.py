"""Small pictures of the data sets, from the data sets themselves; a click chooses one."""

from functools import lru_cache
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from cellscope.app.features.own_data.panel import own_buttons
from cellscope.app.figures.colours import CLASS_COLOURS
from cellscope.app.page.widgets import attributes, words
from cellscope.model.datasets import make_data
from cellscope.model.spec import DATASETS, Spec

POINTS = 88
CLASSES = 3  # where a data set can have so many
HALF = 2.3  # of the picture's side; the data are standardised


def dataset_pictures(chosen: str) -> Component:
    """Buttons; the select beside the label holds the value (controls.mjs). The last draws anew."""
    again = html.Button(
        "↻",
        id="new-data",
        className="picture-button symbol",
        **words(title="button.new_data.help", label="button.new_data.help"),
    )
    return html.Div(
        [*(_button(name, chosen) for name in DATASETS), again, *own_buttons()],
        className="pictures",
        role="group",
        **words(label="control.dataset"),
        **attributes(data_roving=""),
    )


def _button(name: str, chosen: str) -> Component:
    return html.Button(
        html.Img(src=picture_of(name), alt=""),
        className="picture-button",
        **words(title=f"choice.dataset.{name}", label=f"choice.dataset.{name}"),
        **attributes(data_dataset=name, aria_pressed=str(name == chosen).lower()),
    )


@lru_cache
def picture_of(name: str) -> str:
    """A data set's points as an SVG picture in an address."""
    low, high = DATASETS[name]
    classes = min(max(CLASSES, low), high)
    data = make_data(Spec(dataset=name, samples=POINTS, noise=0.1, classes=classes))
    points = "".join(
        f'<circle cx="{x:.2f}" cy="{-y:.2f}" r=".17" fill="{CLASS_COLOURS[label]}"/>'
        for (x, y), label in zip(data.train_x, data.train_y, strict=True)
    )
    box = f"{-HALF} {-HALF} {2 * HALF} {2 * HALF}"
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{points}</svg>'
    return f"data:image/svg+xml,{quote(svg, safe=chr(32) + chr(34) + '=:/<>')}"
