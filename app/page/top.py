"""The top bar: transport, speed, counters, status, presets, theme, link."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from cellscope.app.page.widgets import attributes, named_select, said, select, words
from cellscope.app.settings.controls import BY_NAME
from cellscope.app.settings.presets import PRESETS
from cellscope.app.text.texts import LANGUAGES, spoken, text

TRANSPORT = ("rewind", "play", "step", "reseed")


def top_bar(values: dict[str, Any]) -> Component:
    return html.Header(
        [
            _icon_button("fold", aria_expanded="false", aria_controls="rail"),
            html.H1(text("app.name"), className="brand"),
            _toolbar([_transport(name) for name in TRANSPORT], "transport", "transport.label"),
            named_select("speed", select(BY_NAME["speed"], values["speed"])),
            html.Div(
                [_counter(name) for name in ("step", "epoch", "loss", "accuracy")],
                className="counters",
            ),
            html.Div(
                [
                    html.Div(id="status", className="chip"),
                    html.Div(
                        [html.Span(id="goal-text"), html.I(id="goal-bar")],
                        id="goal",
                        className="goal",
                        hidden=True,
                    ),
                ],
                className="state",  # takes what room there is: nothing beside it moves
            ),
            _preset_menu(),
            _languages(),
            _toolbar(
                [
                    _icon_button("theory"),
                    _icon_button("theme"),
                    _icon_button("wide", aria_pressed="false"),
                    _icon_button("lecture", aria_pressed="false"),
                    _icon_button("present", aria_pressed="false", aria_haspopup="dialog"),
                    _icon_button("keys-help", aria_haspopup="dialog"),
                    _icon_button("share"),
                ],
                "tools",
                "tools.label",
            ),
        ],
        className="top-bar",
    )


def _toolbar(buttons: list[Component], looks: str, label: str) -> Component:
    """Buttons with one tab stop: roving.mjs has the arrow keys go from one to the next."""
    return html.Div(buttons, className=looks, role="toolbar", **words(label=label))


def _transport(name: str) -> Component:
    return html.Button(
        html.Span(className=f"icon icon-{name}"),
        id=name,
        n_clicks=0,
        className="transport-button",
        **words(title=f"button.{name}.help", label=f"button.{name}"),
    )


def _icon_button(name: str, **state: str) -> Component:
    return html.Button(
        html.Span(className=f"icon icon-{name}"),
        id=name,
        className="icon-button",
        **words(title=f"button.{name}.help", label=f"button.{name}"),
        **attributes(**state),
    )


def _languages() -> Component:
    """The languages by their own names: they can be found in whichever the page is."""
    return html.Div(
        [
            html.Button(
                id=f"lang-{language}",
                className="language",
                lang=language,
                **words(f"language.{language}", title=f"language.{language}.help"),
                **attributes(data_language=language, aria_pressed=_is(language == spoken())),
            )
            for language in LANGUAGES
        ],
        className="languages",
        role="group",
        **words(label="control.lang"),
        **attributes(data_roving=""),
    )


def _is(true: bool) -> str:
    return "true" if true else "false"


def _counter(name: str) -> Component:
    element = f"{name}-count"
    data = attributes(data_value="0") if name == "step" else {}
    return html.Div(
        [
            *_counter_names(name),
            html.Div("0" if name == "step" else "–", id=element, className="number", **data),
        ],
        className="counter",
    )


def _counter_names(name: str) -> list[Component]:
    """What is counted; of a regression R² takes the place of the accuracy."""
    if name != "accuracy":
        return [said(f"counter.{name}", className="key")]
    return [
        said("counter.accuracy", className="key of-classes"),
        said("counter.r2", className="key of-regression"),
    ]


def _preset_menu() -> Component:
    # What the menu is called: chosen it would say that no question is open, and leave it open.
    options: Any = [{"label": text("preset.none"), "value": "none", "disabled": True}]
    options += [{"label": text(f"preset.{name}"), "value": name} for name in PRESETS]
    select = dbc.Select(id="preset", options=options, value="none", className="select preset")
    return named_select("preset", select)
