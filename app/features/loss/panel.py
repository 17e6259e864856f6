"""Loss and accuracy over the run."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import graph, section
from cellscope.app.page.widgets import attributes, said, toggle, words


def loss_panel() -> Component:
    title = [
        said("loss.title", className="of-classes"),
        said("loss.title.regression", className="of-regression"),
    ]
    head = [html.H2(title), html.Div(id="loss-caption", className="aside")]
    return section("loss", ("overview", "training"), head, [_axes(), graph("loss")])


def _axes() -> Component:
    """Logarithmic axes, and the step to stop at, in the tab of the training."""
    toggles = [
        toggle(
            f"loss-log-{axis}",
            words(f"loss.log_{axis}", title=f"loss.log_{axis}.help"),
            pressed=False,
        )
        for axis in ("x", "y")
    ]
    stop = html.Div(
        [
            html.Label(htmlFor="stop-at", **words("stop.label", title="stop.help")),
            html.Span(id="stop-at-box"),  # which the page puts in: its value is the server's
        ],
        className="stop-at",
    )
    wrong = html.Div(id="stop-at-problem", className="problem", role="alert")
    when = html.Div(id="stop-at-readout", className="readout")
    return html.Div(
        [*toggles, stop, wrong, when], className="loss-axes", **attributes(data_tabs="training")
    )


def confusion_panel() -> Component:
    """Which class is taken for which."""
    tables = [
        html.Table(id=f"confusion-{name}", className="table confusion")
        for name in ("train", "test")
    ]
    head = [html.H2(**words("confusion.title", title="confusion.title.help"))]
    none = said("confusion.none", className="note of-regression")
    why = html.P(id="confusion-why", className="note of-classes")
    body = [html.Div(tables, className="confusions of-classes"), none, why]
    return section("confusion", ("training",), head, body)
