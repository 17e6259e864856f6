"""The presenter's side of a room: the code in the top bar, and the card that the hall scans."""

from dash import html
from dash.development.base_component import Component

from cellscope.app.page.section import late_graph
from cellscope.app.page.widgets import attributes, toggle, words


def room_chip() -> Component:
    """The code, as long as there is a room; it opens the card."""
    return html.Button(
        id="room-code",
        className="room-chip",
        hidden=True,
        **words(title="room.chip.help"),
        **attributes(aria_haspopup="dialog"),
    )


def way_back() -> Component:
    """To the room that a copy was taken in: above the picture, in view on a phone, too."""
    return html.A(id="back-to-hall", className="room-chip", hidden=True, **words("foot.hall"))


def hall_panel() -> Component:
    """The votes of the hall, and the networks that its phones hold."""
    head = [html.H2(**words("hall.sample")), html.Div(id="hall-sample-count", className="aside")]
    sample = [html.Div(head, className="panel-head"), late_graph("hall-sample")]
    return html.Div(
        [
            html.Div(id="hall-votes", className="hall-votes", hidden=True),
            html.Div(sample, id="hall-sample-panel", className="hall-sample", hidden=True),
        ],
        className="hall-panel",
    )


def room_dialog() -> Component:
    """assets/modules/room/room.mjs fills it."""
    head = [
        html.H2(**words("room.title"), id="room-title"),
        html.Button("×", id="room-close", className="icon-button", **words(label="room.close")),
    ]
    facts = [
        html.P(id="room-large", className="room-large"),
        html.P(id="room-address", className="room-address"),
        html.P(html.A(id="room-link", target="_blank", **words("room.link"))),
        html.P(id="room-followers"),
        html.P(id="room-unreachable", className="room-unreachable"),
        html.P(**words("room.help"), className="note"),
        _take_over(),
    ]
    deeds = [
        toggle("room-sample", words("room.sample", title="room.sample.help"), pressed=False),
        toggle("room-give", words("room.give")),
        toggle("room-end", words("room.end")),
    ]
    return html.Dialog(
        [
            html.Div(head, className="panel-head"),
            html.Div(
                [html.Div(id="room-qr", className="room-qr"), html.Div(facts)],
                className="room-body",
            ),
            html.Div(deeds, className="room-deeds"),
            html.P(id="room-given", className="room-given", role="status"),
        ],
        id="room",
        className="room-dialog",
        **attributes(aria_labelledby="room-title"),
    )


def _take_over() -> Component:
    """For who presents next: the code that the one before has made."""
    box = [
        html.Label(**words("room.take"), htmlFor="room-taken"),
        html.Div(
            [
                html.Div(id="room-taken-place"),
                html.Button(id="room-take", className="toggle", **words("room.take.button")),
            ],
            className="room-take",
        ),
    ]
    return html.Details([html.Summary(**words("room.take.button")), *box])
