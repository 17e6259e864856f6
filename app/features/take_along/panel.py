"""The part of the menu *Save* that makes a file of the whole recording."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from cellscope.app.features.take_along.film import FORMATS, SECONDS, SIZES
from cellscope.app.page.widgets import attributes, said, toggle, words


def recording_form() -> Component:
    return html.Div(
        [
            said("recording.title", className="key"),
            _choices("format", list(FORMATS), 0),
            _choices("size", [str(size) for size in SIZES], 1),
            _choices("seconds", [str(seconds) for seconds in SECONDS], 1),
            toggle("export-recording", words("recording.start", title="recording.start.help")),
            html.Progress(
                id="recording-bar",
                max="1",
                value="0",
                hidden=True,
                **words(label="recording.title"),
            ),
            html.Div(id="recording-state", className="note", role="status"),
        ],
        className="recording-form",
    )


def _choices(name: str, choices: Sequence[str], chosen: int) -> Component:
    """A row of buttons of which one is pressed."""
    return html.Div(
        [
            html.Button(
                className="menu-item",
                **words(f"recording.{name}.{choice}"),
                **attributes(
                    data_recording=name,
                    data_choice=choice,
                    aria_pressed=str(k == chosen).lower(),
                ),
            )
            for k, choice in enumerate(choices)
        ],
        role="group",
        className="recording-choice",
        **words(label=f"recording.{name}"),
    )
