"""The page, built from CONTROLS. Ids name the meaning; all text comes from the catalogue."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from app.controls import BY_NAME, CONTROLS, Control, Group
from app.exports import KINDS
from app.figures import blank_figure
from app.links import settings_of
from app.presets import PRESETS
from app.texts import text
from model.spec import LIMITS, Spec
from model.view import View

GRAPH_CONFIG: Any = {"displaylogo": False, "displayModeBar": False, "responsive": True}
TRANSPORT = ("rewind", "play", "step", "reseed")


def page(spec: Spec, view: View, speed: str) -> Component:
    """The whole page with start values; the stream sets those of the link."""
    values = settings_of(spec, view, speed)
    return html.Div(
        [
            _top_bar(values),
            html.Main([_rail(values), _centre(values), _right_column()], className="columns"),
            html.Div(id="toast", role="alert", className="toast-line"),
            *(dcc.Store(id=store) for store in ("intent", "outcome", "heard", "viewed", "session")),
        ],
        className="page",
    )


def attributes(**values: str) -> dict[str, Any]:
    """HTML attributes, whose names have hyphens: data_value="0" is data-value="0"."""
    return {name.replace("_", "-"): value for name, value in values.items()}


def _top_bar(values: dict[str, Any]) -> Component:
    return html.Header(
        [
            html.H1(text("app.name"), className="brand"),
            html.Div([_transport(name) for name in TRANSPORT], className="transport"),
            _named_select("speed", _select(BY_NAME["speed"], values["speed"])),
            html.Div(
                [_counter(name) for name in ("step", "epoch", "loss", "accuracy")],
                className="counters",
            ),
            html.Div(text("status.paused"), id="status", role="status", className="chip"),
            html.Div(className="spacer"),
            _preset_menu(),
            _icon_button("theme"),
            _icon_button("share"),
        ],
        className="top-bar",
    )


def _transport(name: str) -> Component:
    return html.Button(
        html.Span(className=f"icon icon-{name}"),
        id=name,
        n_clicks=0,
        className="transport-button",
        title=text(f"button.{name}.help"),
        **attributes(aria_label=text(f"button.{name}")),
    )


def _icon_button(name: str) -> Component:
    return html.Button(
        html.Span(className=f"icon icon-{name}"),
        id=name,
        className="icon-button",
        title=text(f"button.{name}.help"),
        **attributes(aria_label=text(f"button.{name}")),
    )


def _counter(name: str) -> Component:
    element = f"{name}-count"
    data = attributes(data_value="0") if name == "step" else {}
    return html.Div(
        [
            html.Span(text(f"counter.{name}"), className="key"),
            html.Output("0" if name == "step" else "–", id=element, className="number", **data),
        ],
        className="counter",
    )


def _preset_menu() -> Component:
    options: Any = [{"label": text("preset.none"), "value": "none"}]
    options += [{"label": text(f"preset.{name}"), "value": name} for name in PRESETS]
    select = dbc.Select(id="preset", options=options, value="none", className="select preset")
    return _named_select("preset", select)


def _rail(values: dict[str, Any]) -> Component:
    groups: tuple[Group, ...] = ("data", "network", "initialisation", "training")
    return html.Aside(
        [_group(group, values) for group in groups],
        className="rail",
        **attributes(aria_label=text("rail.label")),
    )


def _group(group: Group, values: dict[str, Any]) -> Component:
    rows = [_row(control, values[control.name]) for control in CONTROLS if control.group == group]
    summary = html.Summary(
        [html.Span(text(f"group.{group}")), html.Span(id=f"{group}-summary", className="aside")]
    )
    return html.Details([summary, *rows], open=True, className="group")


def _row(control: Control, value: Any) -> Component:
    """Label, control and, below it, what is wrong with it or worth knowing."""
    return html.Div(
        [
            html.Label(
                text(f"control.{control.name}"),
                htmlFor=control.element,
                id=f"{control.element}-label",
                title=text(f"help.{control.name}"),
            ),
            _control(control, value),
            html.Div(id=f"{control.element}-readout", className="readout"),
            html.Div(id=f"{control.element}-problem", className="problem", role="alert"),
        ],
        className=f"row kind-{control.kind}",
    )


def _control(control: Control, value: Any) -> Component:
    if control.kind == "select":
        return _select(control, value)
    if control.kind == "segments":
        return _segments(control, value)
    if control.kind in ("slider", "log"):
        return html.Div([_range(control), _number(control, value)], className="slider")
    return _number(control, value)


def _select(control: Control, value: Any) -> Component:
    options: Any = [
        {"label": text(f"choice.{control.name}.{choice}"), "value": choice}
        for choice in control.choices
    ]
    return dbc.Select(id=control.element, options=options, value=value, className="select")


def _named_select(name: str, select: Component) -> Component:
    """A select in the top bar, whose name only a screen reader speaks."""
    label = html.Label(text(f"control.{name}"), htmlFor=name, className="visually-hidden")
    return html.Div([label, select], title=text(f"help.{name}"))


def _segments(control: Control, value: Any) -> Component:
    return html.Div(
        dbc.RadioItems(
            id=control.element,
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
        **attributes(aria_label=text(f"control.{control.name}")),
    )


def _number(control: Control, value: Any) -> Component:
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


def _range(control: Control) -> Component:
    """The slider beside a number box: assets/sliders.mjs moves the one with the other."""
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
            data_label=text(f"control.{control.name}"),
        ),
    )


def _centre(values: dict[str, Any]) -> Component:
    return html.Section(
        [
            html.Div(
                [
                    _segments(BY_NAME["mode"], values["mode"]),
                    html.Div(id="count", className="count", **attributes(aria_live="polite")),
                ],
                className="mode-row",
            ),
            html.Div(
                [
                    _layer_picker(values["layer"]),
                    html.Div(_picture(), id="picture-place", className="picture-place"),
                ],
                className="picture-row",
            ),
            html.Div(
                [
                    html.Button(
                        text("button.lines"),
                        id="lines-switch",
                        className="toggle",
                        title=text("button.lines.help"),
                        **attributes(aria_pressed="true"),
                    ),
                    html.Button(
                        text("button.ruler"),
                        id="ruler",
                        className="toggle",
                        title=text("button.ruler.help"),
                        **attributes(aria_pressed="false"),
                    ),
                    html.Button(
                        text("button.sheet_grid"),
                        id="sheet-grid",
                        className="toggle",
                        title=text("button.sheet_grid.help"),
                        **attributes(aria_pressed="false"),
                    ),
                    html.Button(
                        text("button.whole_window"),
                        id="whole-window",
                        className="toggle",
                        title=text("button.whole_window.help"),
                    ),
                    html.Details(
                        [
                            html.Summary(text("button.export"), className="toggle"),
                            html.Div(
                                [
                                    html.Button(
                                        kind.upper(), className="menu-item", id=f"save-{kind}"
                                    )
                                    for kind in KINDS
                                ],
                                className="menu",
                            ),
                        ],
                        id="export",
                        className="drop-up",
                        title=text("button.export.help"),
                    ),
                    html.Div([html.Div(id="ruler-answer"), html.Div(id="note")], className="note"),
                ],
                className="picture-foot",
            ),
        ],
        className="centre",
        **attributes(aria_label=text("centre.label")),
    )


def _picture() -> Component:
    """The canvas with the cells, under the graph with axes and points."""
    canvases = [html.Canvas(id=layer) for layer in ("picture", "spotlight")]
    clip = html.Div(canvases, id="picture-clip", className="picture-clip")
    graph = dcc.Graph(
        id="cells",
        figure=blank_figure(),
        config=GRAPH_CONFIG | {"scrollZoom": True, "doubleClick": False, "responsive": False},
    )
    card = html.Div(id="card", className="card", **attributes(aria_live="polite"))
    return html.Div(
        [clip, graph, card],
        id="picture-frame",
        className="picture-frame",
        tabIndex=0,
        role="group",
        **attributes(aria_label=text("page.inspector")),
    )


def _layer_picker(layer: Any) -> Component:
    """Layers 1…L as a column of buttons; the number box is the control itself."""
    return html.Div(
        [
            html.Div(
                [
                    html.Label(text("control.layer"), htmlFor="layer", className="key"),
                    dcc.Input(
                        id="layer",
                        type="text",
                        inputMode="numeric",
                        value=str(layer),
                        debounce=True,
                        className="number-box",
                        autoComplete="off",
                    ),
                ],
                className="layers-head",
            ),
            html.Div(
                id="layer-buttons",
                className="layer-buttons",
                role="group",
                **attributes(aria_label=text("control.layer")),
            ),
            html.Div(id="layer-problem", className="problem", role="alert"),
        ],
        className="layers",
    )


def _signal_key() -> Component:
    """What the marks of the signal chart mean."""
    marks = ("pooled", "data_only", "theory", "band", "mean")
    return html.Div(
        [
            html.Span(
                [html.Span(className=f"swatch swatch-{mark}"), text(f"signal.{mark}")],
                className="key",
            )
            for mark in marks
        ],
        className="keys",
    )


def _right_column() -> Component:
    return html.Aside(
        [
            html.Section(
                [
                    html.Div(
                        [
                            html.H2(text("signal.title")),
                            dbc.RadioItems(
                                id="side",
                                options=[
                                    {"label": text(f"choice.side.{s}"), "value": s}
                                    for s in ("pre", "post")
                                ],
                                value="pre",
                                inline=True,
                                className="segments small",
                                inputClassName="segment-input",
                                labelClassName="segment",
                            ),
                        ],
                        className="panel-head",
                    ),
                    html.Div(id="moments-caption", className="caption"),
                    html.Div(id="verdict", className="verdict", **attributes(aria_live="polite")),
                    _signal_key(),
                    dcc.Graph(
                        id="moments", figure=blank_figure(), config=GRAPH_CONFIG, className="graph"
                    ),
                    html.Div(id="overflow", className="problem"),
                ],
                className="panel panel-signal",
            ),
            html.Section(
                [
                    html.Div(
                        [
                            html.H2(text("funnel.title.cells", layer=2), id="funnel-title"),
                            html.Div(id="funnel-caption", className="aside"),
                        ],
                        className="panel-head",
                    ),
                    html.Div(id="funnel", className="funnel", role="table"),
                    html.Div(
                        [
                            html.Div(id="draws-answer", className="aside"),
                            html.Button(
                                text("button.draws"),
                                id="draws",
                                className="toggle",
                                title=text("button.draws.help"),
                            ),
                        ],
                        className="funnel-foot",
                    ),
                ],
                className="panel panel-funnel",
            ),
            html.Section(
                [
                    html.Div(
                        [
                            html.H2(text("loss.title")),
                            html.Div(id="loss-caption", className="aside"),
                        ],
                        className="panel-head",
                    ),
                    dcc.Graph(
                        id="loss", figure=blank_figure(), config=GRAPH_CONFIG, className="graph"
                    ),
                ],
                className="panel panel-loss",
            ),
        ],
        className="right",
        **attributes(aria_label=text("right.label")),
    )
