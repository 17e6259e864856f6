"""The row below the picture: the time line, then beside now, branches, playing the recording."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.widgets import attributes, said, words

LATER = "from-step-1"  # not at step 0, where there is no past yet
PLAYED_IN_S = (3, 10, 30, 100)  # how long the whole recording takes to be played


def time_row() -> Component:
    """Its parts show themselves from step 1 on; assets/…/time.mjs moves it."""
    return html.Div(
        [
            html.Button(
                html.Span(className="icon icon-replay"),
                id="time-play",
                className=f"icon-button {LATER}",
                **words(title="time.play.help", label="time.play"),
                **attributes(aria_pressed="false"),
            ),
            html.Div(
                [html.Div(id="time-marks", className="time-marks"), html.Div(id="time-range")],
                className="time-track",
            ),
            html.Div(id="time-said", className="time-said"),
            _button("time-now", hidden=True),
            _button("train-on", hidden=True),
            _button("then-now", aria_pressed="false"),
            _menu(),
        ],
        id="time",
        className="time-row",
        role="group",
        **words(label="time.label"),
    )


def _button(name: str, *, hidden: bool = False, **state: str) -> Component:
    return html.Button(
        id=name,
        className=f"toggle {LATER}",
        hidden=hidden,
        **words(f"time.{name}", title=f"time.{name}.help"),
        **attributes(**state),
    )


def _menu() -> Component:
    speeds = [
        html.Button(
            className="menu-item",
            **words(f"time.seconds.{seconds}"),
            **attributes(data_seconds=str(seconds), aria_pressed=str(seconds == 10).lower()),
        )
        for seconds in PLAYED_IN_S
    ]
    waits = html.Button(
        id="time-waits",
        className="menu-item",
        **words("time.waits", title="time.waits.help"),
        **attributes(aria_pressed="true"),
    )
    return html.Details(
        [
            html.Summary(
                "⋯", className="toggle", **words(title="time.more.help", label="time.more")
            ),
            html.Div(
                [
                    html.Button(  # in a lecture the row is short of room
                        id="train-on-here",
                        className="menu-item",
                        hidden=True,
                        **words("time.train-on", title="time.train-on.help"),
                    ),
                    html.Div([said("time.branches", className="key"), html.Div(id="branches")]),
                    html.Div([said("time.events", className="key"), html.Div(id="time-events")]),
                    html.Div([said("time.speed", className="key"), html.Div(speeds)]),
                    waits,
                    html.Div(id="time-kept", className="note"),
                ],
                className="menu time-menu",
            ),
        ],
        id="time-more",
        className=f"drop-up {LATER}",
    )
