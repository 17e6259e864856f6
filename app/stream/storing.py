"""Whether experiments are written down: a page is told when they can't be, and when they can."""

import asyncio

from cellscope.app.session.keeping import Keeping
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import as_json

LOOK_S = 0.5


async def storing(keeping: Keeping | None, viewer: Viewer) -> None:
    """Tell it whenever it is another."""
    sent = ""
    while keeping is not None:
        problem = keeping.problem
        if problem != sent:
            await viewer.socket.send_text(as_json(type="storing", problem=problem))
            sent = problem
        await asyncio.sleep(LOOK_S)
    await asyncio.Event().wait()  # nothing is stored, and nothing is to be said of it
