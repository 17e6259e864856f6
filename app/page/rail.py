"""The rail: the guide through the sheet, the settings of the first sight, the others in sections.

A section begins folded; its head names what is set. sections.mjs opens what is concerned.
"""

from typing import Any

from dash import html
from dash.development.base_component import Component

from cellscope.app.features.own_data.panel import own_form
from cellscope.app.features.own_network.panel import open_button
from cellscope.app.features.sheet.panel import guide, needed_head, rail_tabs
from cellscope.app.page.data_thumbnails import dataset_pictures
from cellscope.app.page.widgets import (
    attributes,
    checks,
    number_box,
    said,
    segments,
    select,
    slider_range,
    toggle,
    words,
)
from cellscope.app.settings.controls import CONTROLS, Control, Group


def rail(values: dict[str, Any]) -> Component:
    groups: tuple[Group, ...] = ("data", "network", "initialisation", "training")
    unfold = html.Button(id="unfold", className="toggle", **words("button.unfold"))
    first = [_row(control, values[control.name]) for control in CONTROLS if control.first]
    sections = [_group(group, values) for group in groups]
    settings = [needed_head(), html.Div(first, className="group first"), *sections, unfold]
    return html.Aside(
        [
            rail_tabs(),
            guide(),
            html.Div(settings, id="settings", className="settings"),
            html.Div(
                [_start_again(), open_button(), mine(), _history(), _continue(), _forgetting()],
                className="rail-foot",
                **attributes(data_roving=""),
            ),
        ],
        id="rail",
        className="rail",
        **words(label="rail.label"),
    )


def mine() -> Component:
    """What a visitor can do with what is theirs, and the pages that every visitor may want."""
    deeds = [
        html.Button(
            id=name, className="menu-item", **words(key, title=f"{key}.help"),
            **attributes(aria_pressed="false"),
        )
        for name, key in (("show-mine", "mine.show"), ("keep-here", "mine.keep"))
    ]  # fmt: skip
    link = html.Button(
        id="private-link", className="menu-item", **words("mine.link", title="mine.link.help")
    )
    pages = [
        html.A(id="foot-privacy", href="./privacy", **words("foot.privacy")),
        html.A(id="foot-accessibility", href="./accessibility", **words("foot.accessibility")),
        html.A(id="foot-impressum", hidden=True, **words("foot.impressum")),
        html.A(id="foot-datenschutz", hidden=True, **words("foot.datenschutz")),
    ]
    return html.Details(
        [
            html.Summary(**words("mine.title", title="mine.title.help"), className="toggle"),
            html.Div([*deeds, link, html.Nav(pages)], className="menu"),
        ],
        className="drop-up mine",
    )


def _forgetting() -> Component:
    """How to be forgotten stands in view, and quietly."""
    return html.Div(
        [
            html.Button(id=name, className="quiet", **words(key, title=f"{key}.help"))
            for name, key in (("forget-here", "mine.forget"), ("delete-mine", "mine.delete"))
        ],
        className="forgetting",
    )


def _start_again() -> Component:
    return toggle("start-again", words("button.start_again", title="button.start_again.help"))


def _history() -> Component:
    """Undo and redo; they show themselves once there is something to undo."""
    return html.Div(
        [
            html.Button(
                sign,
                id=way,
                className="toggle",
                hidden=True,
                **words(label=f"button.{way}"),
            )
            for way, sign in (("undo", "↶"), ("redo", "↷"))
        ],
        className="history-buttons",
    )


def _continue() -> Component:
    """The way back to the run that this tab had before, where there is one."""
    return html.Button("", id="continue", className="continue", hidden=True)


def _group(group: Group, values: dict[str, Any]) -> Component:
    """A section, folded: a head that names what is set, and its rows."""
    shown = [control for control in CONTROLS if control.group == group and not control.first]
    head = [
        said(f"group.{group}"),
        html.Span(id=f"{group}-mark", className="mark"),
        html.Span(
            [html.Span(id=f"{group}-summary"), html.Span(id=f"{group}-also")], className="aside"
        ),
    ]
    rows = [_row(control, values[control.name]) for control in shown]
    return html.Details(
        [html.Summary(head), *rows],
        id=f"group-{group}",
        className="group",
        **attributes(data_remembered=group),
    )


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
            *([dataset_pictures(value), own_form()] if control.name == "dataset" else []),
            *([_layer_list()] if control.name == "activation" else []),
            html.Div(id=f"{control.element}-readout", className="readout"),
            html.Div(id=f"{control.element}-problem", className="problem", role="alert"),
        ],
        className=f"row kind-{control.kind}",
    )


def _layer_list() -> Component:
    """Width and activation of each hidden layer, one click away; layers.mjs fills it."""
    return html.Details(
        [html.Summary(**words("layers.title")), html.Div(id="layer-list", className="layer-list")],
        id="layer-details",
        className="layer-details",
    )


def control_of(control: Control, value: Any) -> Component:
    if control.kind == "select":
        return select(control, value)
    if control.kind == "segments":
        return segments(control, value)
    if control.kind == "checks":
        return checks(control, value)
    if control.kind in ("slider", "log"):
        return html.Div([slider_range(control), number_box(control, value)], className="slider")
    return number_box(control, value)
