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
        networks = [one for one in (shown, shown.other) if one is not None]
        marked = [(n.edits, n.spec.own is None, bool(n.spec.normalised)) for n in networks]
        state = (deeds.revision, viewer.language, marked)
        if viewer.visible and state != sent:
            message = hands_message(deeds, shown, viewer.language)
            await viewer.socket.send_text(json.dumps(message))
            sent = state
        await asyncio.sleep(PERIOD_S)
