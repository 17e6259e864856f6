"""2.8, sweeps: what is varied, how far it is, the grid of small pictures and its charts."""

import json
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from cellscope.app.features.sweep.sweeps import NO_AXIS, START_FORM, START_VALUES
from cellscope.app.page.section import late_graph, section
from cellscope.app.page.widgets import attributes, said, words
from cellscope.app.text.texts import text
from cellscope.model.sweeps.plan import AXES

CHARTS = ("counts", "variance", "accuracy")


def sweep_panel() -> Component:
    head = [html.H2(**words("sweep.title")), html.Div(id="sweep-caption", className="aside")]
    body = [
        html.Div(
            [_axis("axis", "values", AXES), _second(), _runs()],
            id="sweep-form",
            className="sweep-form",
            **attributes(data_start=json.dumps(START_VALUES)),
        ),
        html.Div(id="sweep-problem", className="problem", role="alert"),
        _progress(),
        html.Div(
            [
                _bar(),
                html.P(id="sweep-others", className="note", role="status"),
                html.Div(id="sweep-grid", role="group", **words(label="sweep.grid")),
            ],
            className="sweep-result",
        ),
        html.Ul(id="sweep-notes", className="sweep-notes"),
        html.Div(id="sweep-key", className="keys"),
        html.Div([_chart(name) for name in CHARTS], className="sweep-charts"),
    ]
    return section("sweep", ("sweep",), head, body)


def _axis(axis: str, values: str, choices: tuple[str, ...]) -> Component:
    """Which setting is varied, and the values that it takes."""
    name, box = _id(axis), _id(values)
    options: Any = [{"label": _axis_name(choice), "value": choice} for choice in choices]
    return html.Div(
        [
            html.Label(**words(f"sweep.{axis}"), htmlFor=name),
            dbc.Select(id=name, options=options, value=START_FORM[axis], className="select"),
            html.Label(**words(f"sweep.{values}"), htmlFor=box, className="visually-hidden"),
            _box(box, START_FORM[values], "text"),
            html.Div(id=f"{name}-problem", className="problem", role="alert"),
            html.Div(id=f"{box}-problem", className="problem", role="alert"),
        ],
        className="sweep-row",
    )


def _second() -> Component:
    return _axis("second_axis", "second_values", (NO_AXIS, *AXES))


def _runs() -> Component:
    """How many seeds, how many steps, what it costs, and the button."""
    counts = [part for name in ("seeds", "steps") for part in _count(name)]
    return html.Div(
        [
            *counts,
            html.Div(id="sweep-estimate", className="aside"),
            html.Button(
                id="sweep-start",
                className="toggle sweep-start",
                **words("sweep.start", title="sweep.start.help"),
            ),
            *(
                html.Div(id=f"sweep-{name}-problem", className="problem", role="alert")
                for name in ("seeds", "steps")
            ),
        ],
        className="sweep-runs",
    )


def _count(name: str) -> list[Component]:
    element = f"sweep-{name}"
    return [
        html.Label(**words(f"sweep.{name}", title=f"sweep.{name}.help"), htmlFor=element),
        _box(element, START_FORM[name], "numeric"),
    ]


def _box(element: str, value: object, keyboard: Any) -> Component:
    return dcc.Input(
        id=element,
        type="text",
        inputMode=keyboard,
        value=str(value),
        className="number-box",
        autoComplete="off",
    )


def _progress() -> Component:
    """How far the sweep is."""
    return html.Div(
        html.I(),
        id="sweep-bar",
        className="sweep-bar",
        role="progressbar",
        **words(label="sweep.title"),
        **attributes(aria_valuemin="0", aria_valuemax="100", aria_valuenow="0"),
    )


def _bar() -> Component:
    """Before or after the steps, back to the experiment before, and the table."""
    moments = [
        html.Button(id="sweep-at-start", className="toggle", **words("sweep.at_start")),
        html.Button(id="sweep-at-end", className="toggle"),
    ]
    return html.Div(
        [
            *moments,
            html.Div(id="sweep-state", className="aside"),
            html.Button(
                id="sweep-back", className="toggle", **words("sweep.back", title="sweep.back.help")
            ),
            html.Button(
                id="sweep-csv", className="toggle", **words("sweep.csv", title="sweep.csv.help")
            ),
        ],
        className="sweep-tools",
    )


def _chart(name: str) -> Component:
    return html.Div(
        [_title(name), late_graph(f"sweep-{name}")],
        className="sweep-chart",
    )


def _title(name: str) -> Component:
    """The page's script gives that of the accuracy: of a regression's sweep it is R²."""
    return said(f"sweep.chart.{name}", id=f"sweep-{name}-title", className="sweep-chart-title")


def _id(field: str) -> str:
    """sweep-second-axis, as a `SpecError` calls it sweep_second_axis."""
    return f"sweep-{field.replace('_', '-')}"


def _axis_name(choice: str) -> str:
    return text("sweep.no_axis") if choice == NO_AXIS else text(f"control.{choice}")
