"""The page's building blocks: attributes, selects, segments, number boxes, sliders."""

from collections.abc import Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from cellscope.app.settings.controls import Control
from cellscope.app.text.texts import text
from cellscope.model.spec import LIMITS, OWN

GRAPH_CONFIG: Any = {
    "displaylogo": False,
    "displayModeBar": False,
    "responsive": True,
    "showTips": False,  # Plotly speaks English
}


def attributes(**values: str) -> dict[str, Any]:
    """HTML attributes, whose names have hyphens: data_value="0" is data-value="0"."""
    return {name.replace("_", "-"): value for name, value in values.items()}


def words(content: str | None = None, *, title: str = "", label: str = "") -> dict[str, Any]:
    """Properties with the texts of these ids, and the ids, so that the language can be switched.

    `content` is what the element says, `title` its tooltip, `label` what a screen reader speaks.
    """
    said: dict[str, Any] = {}
    if content is not None:
        said |= {"children": text(content), "data-text": content}
    if title:
        said |= {"title": text(title), "data-title": title}
    if label:
        said |= {"aria-label": text(label), "data-label": label}
    return said


def said(content: str, **properties: Any) -> Component:
    """A text by its id, as a component of its own."""
    return html.Span(**words(content), **properties)


def select(control: Control, value: Any) -> Component:
    options: Any = [
        {"label": text(f"choice.{control.name}.{choice}"), "value": choice}
        for choice in (*control.choices, *([OWN] if control.name == "dataset" else []))
    ]
    return dbc.Select(id=control.element, options=options, value=value, className="select")


def named_select(name: str, select: Component) -> Component:
    """A select in the top bar, whose name only a screen reader speaks."""
    label = html.Label(**words(f"control.{name}"), htmlFor=name, className="visually-hidden")
    return html.Div([label, select], **words(title=f"help.{name}"))


def toggle(element: str, named: dict[str, Any], *, pressed: bool | None = None) -> Component:
    """A small button; `pressed`: of one that stays down."""
    shown = {} if pressed is None else attributes(aria_pressed=str(pressed).lower())
    return html.Button(id=element, className="toggle", **named, **shown)


def drop_up(
    element: str, named: dict[str, Any], entries: Sequence[Component], **others: Any
) -> Component:
    """A small button that opens a menu above itself."""
    summary = html.Summary(className="toggle", **named)
    menu = html.Div([*entries], className="menu")
    return html.Details([summary, menu], id=element, className="drop-up", **others)


def segments(control: Control, value: Any) -> Component:
    return html.Div(
        dbc.RadioItems(
            id=control.element,
            name=control.element,  # one group: the arrow keys stay in it
            options=[
                {"label": text(f"choice.{control.name}.{c}"), "value": c} for c in control.choices
            ],
            value=value,
            inline=True,
            className="segments",
            inputClassName="segment-input",
            labelClassName="segment",
        ),
        role="radiogroup",
        **words(label=f"control.{control.name}"),
    )


def checks(control: Control, value: Any) -> Component:
    """Buttons of which any may be pressed."""
    return html.Div(
        dbc.Checklist(
            id=control.element,
            options=[
                {"label": text(f"choice.{control.name}.{c}"), "value": c} for c in control.choices
            ],
            value=[one for one in str(value).split(",") if one in control.choices],
            inline=True,
            className="segments checks",
            inputClassName="segment-input",
            labelClassName="segment",
        ),
        role="group",
        **words(label=f"control.{control.name}"),
    )


def number_box(control: Control, value: Any) -> Component:
    """The box that holds the control's value; sliders write into it."""
    keyboard: Any = "text" if control.kind == "text" else "decimal"
    return dcc.Input(
        id=control.element,
        type="text",  # "number" would hide from us what cannot be read
        inputMode=keyboard,
        value=str(value) if control.kind == "text" else f"{value:g}",
        debounce=True,
        className="number-box",
        autoComplete="off",
        placeholder=text("placeholder.hidden") if control.name == "hidden" else "",
    )


def slider_range(control: Control) -> Component:
    """The slider beside a number box: sliders.mjs moves the one with the other."""
    low, high = control.on_slider or LIMITS[control.name]
    whole = "int" if isinstance(LIMITS[control.name][0], int) else "float"
    return html.Div(
        className="range",
        **attributes(
            data_control=control.element,
            data_low=str(low),
            data_high=str(high),
            data_scale="log" if control.kind == "log" else "linear",
            data_step=str(control.step or 0),
            data_number=whole,
            data_name=f"control.{control.name}",
        ),
    )
