"""The rail: the guide through the sheet, and all settings in groups that fold."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from app.controls import CONTROLS, Control, Group
from app.page.guide import guide, needed_head, rail_tabs
from app.page.widgets import number_box, said, segments, select, slider_range, words


def rail(values: dict[str, Any]) -> Component:
    groups: tuple[Group, ...] = ("data", "network", "initialisation", "training")
    unfold = html.Button(id="unfold", className="toggle", **words("button.unfold"))
    settings = [needed_head(), *(_group(group, values) for group in groups), unfold]
    return html.Aside(
        [rail_tabs(), guide(), html.Div(settings, id="settings", className="settings")],
        id="rail",
        className="rail",
        **words(label="rail.label"),
    )


def _group(group: Group, values: dict[str, Any]) -> Component:
    rows = [_row(control, values[control.name]) for control in CONTROLS if control.group == group]
    summary = html.Summary(
        [said(f"group.{group}"), html.Span(id=f"{group}-summary", className="aside")]
    )
    return html.Details([summary, *rows], open=True, className="group")


def _row(control: Control, value: Any) -> Component:
    """Label, control and, below it, what is wrong with it or worth knowing."""
    return html.Div(
        [
            html.Label(
                **words(f"control.{control.name}", title=f"help.{control.name}"),
                htmlFor=control.element,
                id=f"{control.element}-label",
            ),
            control_of(control, value),
            html.Div(id=f"{control.element}-readout", className="readout"),
            html.Div(id=f"{control.element}-problem", className="problem", role="alert"),
        ],
        className=f"row kind-{control.kind}",
    )


def control_of(control: Control, value: Any) -> Component:
    if control.kind == "select":
        return select(control, value)
    if control.kind == "segments":
        return segments(control, value)
    if control.kind in ("slider", "log"):
        return html.Div([slider_range(control), number_box(control, value)], className="slider")
    return number_box(control, value)
