"""Tells the page what can be undone and what was edited, and why an edit could not be."""

import asyncio
import json

from cellscope.app.features.undo.message import hands_message
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import problem_message

PERIOD_S = 0.1


async def hands(viewer: Viewer) -> None:
    """Send it whenever it is another."""
    sent: object = None
    while True:
        while not viewer.refusals.empty():
            await viewer.socket.send_text(problem_message(viewer.refusals.get_nowait()))
        deeds, shown = viewer.session.deeds, viewer.shown
        edits = (shown.edits, () if shown.other is None else shown.other.edits)
        state = (deeds.revision, viewer.language, edits)
        if viewer.visible and state != sent:
            message = hands_message(deeds, shown, viewer.language)
            await viewer.socket.send_text(json.dumps(message))
            sent = state
        await asyncio.sleep(PERIOD_S)
