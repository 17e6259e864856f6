"""What the experiment is set to, told to everyone who looks at it: several pages may share one."""

import asyncio

from cellscope.app.server.callbacks import plain_settings
from cellscope.app.settings.readouts import readouts
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import as_json

PERIOD_S = 0.1


async def settings(viewer: Viewer) -> None:
    """Send the settings whenever they are others, by whomever they were changed."""
    session, told = viewer.session, viewer.session.revision
    while True:
        if session.revision != told:
            told = session.revision
            message = as_json(
                type="settings",
                revision=told,
                settings=plain_settings(session.spec, session.speed, session.differences),
                readouts=readouts(session.spec, viewer.language),
            )
            await viewer.socket.send_text(message)
        await asyncio.sleep(PERIOD_S)
