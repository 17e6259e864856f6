"""The whole page."""

from dash import dcc, html
from dash.development.base_component import Component

from cellscope.app.features.own_code.dialog import code_dialog
from cellscope.app.features.theory.dialog import theory_dialog
from cellscope.app.hall.panel import room_dialog
from cellscope.app.page.centre import centre
from cellscope.app.page.keys import keys_dialog
from cellscope.app.page.rail import rail
from cellscope.app.page.right import right_column
from cellscope.app.page.top import top_bar
from cellscope.app.page.widgets import attributes, words
from cellscope.app.settings.links import settings_of
from cellscope.app.text.texts import spoken
from cellscope.model.spec import Spec
from cellscope.model.view import View

STORES = ("intent", "outcome", "heard", "viewed", "session", "language")


def page(spec: Spec, view: View, speed: str) -> Component:
    """The whole page with start values; the stream sets those of the link."""
    values = settings_of(spec, view, speed)
    return html.Div(
        [
            html.A(id="skip", className="skip", href="#picture-frame", **words("skip.picture")),
            top_bar(values),
            html.Main([rail(values), centre(values), right_column()], className="columns"),
            theory_dialog(),
            code_dialog(),
            keys_dialog(),
            room_dialog(),
            _toast(),
            html.Div(id="spoken", role="status", className="visually-hidden"),
            dcc.Input(id="compare", type="hidden", value=""),  # how the second network differs
            *(dcc.Store(id=store) for store in STORES),
        ],
        className="page",
        **attributes(data_language=spoken()),
    )


def _toast() -> Component:
    """Messages that have no place of their own; a click anywhere on one closes it."""
    close = html.Button("", id="toast-close", className="close", **words(label="button.close"))
    return html.Div(
        [html.Span(id="toast-text", role="alert"), close],
        id="toast",
        className="toast-line",
        hidden=True,
    )
