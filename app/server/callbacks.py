"""Wiring only: an intent from the page reaches its experiment; buttons move it."""

from dash import ClientsideFunction, Dash, Input, Output, State, ctx

from cellscope.app.session.intents import BUTTONS, Outcome, answer_button, answer_intent
from cellscope.app.session.sessions import Sessions
from cellscope.app.settings.controls import CONTROLS


def register(app: Dash, sessions: Sessions) -> None:
    """The page's callbacks; those on the client side are in controls.mjs."""
    settings = [c for c in CONTROLS if c.group != "view" or c.name == "speed"]
    app.clientside_callback(
        ClientsideFunction("cellscope", "gather"),
        Output("intent", "data"),
        *(Input(control.element, "value") for control in settings),
        Input("compare", "value"),
        Input("preset", "value"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("cellscope", "view"),
        Output("viewed", "data"),
        *(Input(element, "value") for element in ("layer", "mode", "side")),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("cellscope", "outcome"),
        Output("heard", "data"),
        Input("outcome", "data"),
        prevent_initial_call=True,
    )

    @app.callback(Output("outcome", "data"), Input("intent", "data"), prevent_initial_call=True)
    def take_intent(intent: object) -> Outcome:
        return answer_intent(sessions, intent)

    @app.callback(
        Output("outcome", "data", allow_duplicate=True),
        *(Input(button, "n_clicks") for button in BUTTONS),
        State("session", "data"),
        State("language", "data"),
        prevent_initial_call=True,
    )
    def press(*values: object) -> Outcome:
        *counts, session, language = values
        clicks: dict[str, object] = dict(zip(BUTTONS, counts, strict=True))
        return answer_button(sessions, ctx.triggered_id, session, clicks, language)
