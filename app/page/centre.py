"""The centre: modes, film strip, picture, and what can be done with it."""

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from cellscope.app.features.own_network.panel import opened_row
from cellscope.app.features.sheet.panel import cover
from cellscope.app.features.take_along.panel import recording_form
from cellscope.app.features.time.row import time_row
from cellscope.app.figures.base import blank_figure
from cellscope.app.hall.panel import room_chip, way_back
from cellscope.app.page.comparison import compare_switch, differences_editor, pane_head
from cellscope.app.page.widgets import GRAPH_CONFIG, attributes, drop_up, segments, toggle, words
from cellscope.app.settings.controls import BY_NAME
from cellscope.app.settings.display_options import WHICH
from cellscope.model.training.snapshot import Which
from cellscope.model.view import POINTS

SAVED = ("png", "cells", "svg", "json", "npz", "weights", "experiment")


def centre(values: dict[str, Any]) -> Component:
    panes = html.Div([*map(_pane, WHICH), cover()], className="panes")
    return html.Section(
        [
            _mode_row(values["mode"]),
            html.Div(id="story", className="story note"),
            html.Div([_layer_picker(values["layer"]), panes], className="picture-row"),
            differences_editor(),
            opened_row(),
            time_row(),
            _foot(),
        ],
        className="centre",
        **words(label="centre.label"),
    )


def _mode_row(mode: Any) -> Component:
    return html.Div(
        [
            segments(BY_NAME["mode"], mode),
            compare_switch(),
            room_chip(),
            way_back(),
            html.Div(id="count", className="count"),
            _edited(),
        ],
        className="mode-row",
    )


def _foot() -> Component:
    """What can be done with the picture, and what came of it."""
    answers = [html.Div(id=name) for name in ("ruler-answer", "batch-text", "note")]
    lines = words("button.lines", title="button.lines.help")
    ruler = words("button.ruler", title="button.ruler.help")
    sheet_grid = words("button.sheet_grid", title="button.sheet_grid.help")
    whole_window = words("button.whole_window", title="button.whole_window.help")
    return html.Div(
        [
            toggle("lines-switch", lines, pressed=True),
            _points_menu(),
            toggle("ruler", ruler, pressed=False),
            toggle("sheet-grid", sheet_grid, pressed=False),
            toggle("whole-window", whole_window),
            _save_menu(),
            toggle("code", words("button.code", title="button.code.help")),
            html.Div(answers, className="note"),
        ],
        className="picture-foot",
        role="toolbar",
        **words(label="picture_tools.label"),
    )


def _save_menu() -> Component:
    kinds = [
        html.Button(
            id=f"save-{kind}",
            className="menu-item",
            **words(f"save.{kind}", title=f"save.{kind}.help"),
        )
        for kind in SAVED
    ]
    entries = [*kinds, recording_form()]
    return drop_up("export", words("button.export"), entries, **words(title="button.export.help"))


def _edited() -> Component:
    """The mark of a network that hands have changed; a click says what."""
    return html.Details(
        [
            html.Summary(**words("edited.mark", title="edited.mark.help")),
            html.Div(id="edited-list", className="edited-list"),
        ],
        id="edited",
        className="edited",
        hidden=True,
    )


def _pane(which: Which) -> Component:
    """One network's picture; the second one's elements have ids that end in "-b"."""
    suffix = "" if which == "a" else f"-{which}"
    canvases = [
        html.Canvas(id=layer + suffix, className=layer) for layer in ("picture", "spotlight")
    ]
    clip = html.Div(canvases, id=f"picture-clip{suffix}", className="picture-clip")
    graph = _graph() if which == "a" else html.Div(id="cells-b", className="dash-graph")
    stale = [html.Div(id="stale", className="stale", hidden=True)] if which == "a" else []
    frame = html.Div(
        [clip, graph, *stale],
        id=f"picture-frame{suffix}",
        className="picture-frame",
        tabIndex=0,
        role="group",
        **words(label="page.inspector"),
    )
    place = html.Div(frame, id=f"picture-place{suffix}", className="picture-place")
    return html.Div([pane_head(which), place], id=f"pane-{which}", className="pane")


def _points_menu() -> Component:
    """Which data points lie over the picture."""
    choices = [
        html.Button(
            id=f"points-{choice}",
            className="menu-item",
            **words(f"choice.points.{choice}"),
            **attributes(aria_pressed=str(choice == POINTS[0]).lower()),
        )
        for choice in POINTS
    ]
    return drop_up("points", words("button.points"), choices, **words(title="button.points.help"))


def _graph() -> Component:
    """Axes and points over the canvas with the cells."""
    return dcc.Graph(
        id="cells",
        figure=blank_figure(),
        config=GRAPH_CONFIG | {"scrollZoom": True, "doubleClick": False, "responsive": False},
    )


def _layer_picker(layer: Any) -> Component:
    """Layers 1…L as a column of buttons; the number box is the control itself."""
    return html.Div(
        [
            html.Div(
                [
                    html.Label(**words("control.layer"), htmlFor="layer", className="key"),
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
                **words(label="control.layer"),
                **attributes(data_roving=""),
            ),
            html.Div(id="layer-problem", className="problem", role="alert"),
        ],
        className="layers",
    )
