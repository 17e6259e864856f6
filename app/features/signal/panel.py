"""The signal per layer, forward: variance and mean, theory beside measurement, formats, draws."""

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from cellscope.app.page.section import graph, section
from cellscope.app.page.widgets import attributes, said, toggle, words
from cellscope.app.text.texts import text
from cellscope.model.precision import PRECISIONS

MARKS = ("pooled", "second", "data_only", "theory", "second_theory", "band", "mean")
FULL_MARKS = ("median", "data_theory")  # of the full chart only


def signal_panel() -> Component:
    head = [html.H2(**words("signal.title")), _sides()]
    body = [
        html.Div(id="verdict", className="verdict"),
        _explained(),
        html.Div(id="lesson", className="lesson"),
        html.Div(
            [*(key(f"signal.{m}", m) for m in MARKS), *(_full_key(m) for m in FULL_MARKS)],
            className="keys",
        ),
        _formats(),
        graph("moments"),
        html.Div(id="overflow", className="problem"),
        _average(),
    ]
    return section("signal", ("overview", "signal"), head, body)


def _explained() -> Component:
    """What the chart shows; under "more" the verdict in numbers, theory's, and what marks mean."""
    head = [html.Span(id="moments-caption"), said("inspect.more", className="more")]
    return html.Details(
        [html.Summary(head, className="caption"), html.Div(id="explained")],
        className="explained",
        **attributes(data_remembered="explained"),
    )


def broken_panel() -> Component:
    """What broke: there once a run has diverged."""
    body = [
        html.Table(id="broken", className="table"),
        html.Div(id="broken-text", className="aside"),
    ]
    return section("broken", ("overview", "signal"), [html.H2(**words("broken.title"))], body)


def key(content: str, mark: str, **shown: str) -> Component:
    """What a mark of a chart means; `shown` are attributes such as data_tabs."""
    swatch = html.Span(className=f"swatch swatch-{mark}")
    return html.Span([swatch, said(content)], className="key", **attributes(**shown))


def _full_key(mark: str) -> Component:
    return key(f"signal.{mark}", mark, data_tabs="signal")


def _sides() -> Component:
    """Before or after the activation."""
    return dbc.RadioItems(
        id="side",
        name="side",
        options=[{"label": text(f"choice.side.{s}"), "value": s} for s in ("pre", "post")],
        value="pre",
        inline=True,
        className="segments small",
        inputClassName="segment-input",
        labelClassName="segment",
    )


def _formats() -> Component:
    """In which floating-point format the forward pass is computed, and where that breaks."""
    buttons = [
        html.Button(
            name,
            className="segment",
            **attributes(
                data_precision=name, aria_pressed="true" if name == PRECISIONS[0] else "false"
            ),
        )
        for name in PRECISIONS
    ]
    choice = html.Div(
        buttons,
        id="precision",
        className="segments small",
        role="group",
        **words(title="precision.help", label="precision.label"),
        **attributes(data_roving=""),
    )
    return html.Div(
        [choice, html.Div(id="precision-text", className="aside")],
        className="formats",
        **attributes(data_tabs="signal"),
    )


def _average() -> Component:
    """Averages over many draws: how many, start or cancel, how far."""
    box = dcc.Input(
        id="average-draws",
        type="text",
        inputMode="numeric",
        value="200",
        className="number-box",
        autoComplete="off",
    )
    line = html.Div(
        [
            box,
            html.Label(**words("average.label"), htmlFor="average-draws"),
            toggle("average-start", words("average.start", title="average.help")),
            html.Progress(id="average-bar", max="1", value="0", **words(label="average.start")),
            html.Span(id="average-state", className="aside"),
        ],
        className="job",
    )
    return html.Div(
        [
            line,
            html.Div(id="average-draws-problem", className="problem", role="alert"),
            html.Div(id="average-text", className="aside"),
        ],
        className="average",
        **attributes(data_tabs="signal"),
    )
