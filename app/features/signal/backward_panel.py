"""The signal backward: δ and weight gradients; then gains, health, formats and all values."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.features.signal.panel import key
from cellscope.app.page.section import late_graph, section
from cellscope.app.page.widgets import said, words

KEYS = (
    ("delta", "pooled"),
    ("per_example", "data_only"),
    ("batch", "pale"),
    ("theory", "theory"),
    ("per_example_theory", "median"),
)
TAB = ("signal",)


def backward_panel() -> Component:
    head = [html.H2(**words("backward.title", title="backward.note"))]
    body = [
        html.Div(id="backward-caption", className="caption"),
        html.Div([key(f"backward.{name}", mark) for name, mark in KEYS], className="keys"),
        late_graph("backward"),
    ]
    return section("backward", TAB, head, body)


def spread_panel() -> Component:
    """How far this network may lie from the mean that theory speaks of."""
    body = [html.Div(id="spread-text"), html.Div(id="few-text")]
    return section("spread", TAB, [html.H2(**words("spread.title"))], body)


def gains_panel() -> Component:
    body = [
        html.Div(id="gains-text"),
        _table("gains"),
        said("gains.first", className="aside"),
    ]
    return section("gains", TAB, [html.H2(**words("gains.title"))], body)


def health_panel() -> Component:
    return section("health", TAB, [html.H2(**words("health.title"))], [_table("health")])


def formats_panel() -> Component:
    """Where each format breaks: predicted, here, and in a network that goes on."""
    line = [
        html.Button(
            id="deeper-start", className="toggle", **words("deeper.start", title="deeper.help")
        ),
        html.Progress(id="deeper-bar", max="1", value="0", **words(label="deeper.start")),
        html.Span(id="deeper-state", className="aside"),
    ]
    body = [
        _table("formats"),
        html.Div(line, className="job"),
        html.Div(id="deeper-problem", className="problem", role="alert"),
        said("precision.note", className="aside"),
    ]
    return section("formats", TAB, [html.H2(**words("precision.title"))], body)


def values_panel() -> Component:
    """Every measured number, forward and backward."""
    summary = html.Summary(html.H2(**words("values.title")))
    tables = [_table("forward-values"), _table("backward-values")]
    return section("values", TAB, [], [html.Details([summary, *tables])])


def _table(name: str) -> Component:
    return html.Table(id=name, className="table")
