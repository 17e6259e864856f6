"""A page takes the newest deed back, or does it again."""

import asyncio

from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message
from cellscope.model.spec import SpecError
from cellscope.model.training.edits import Edit
from cellscope.model.training.trainer import Told


async def undo(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    _now(viewer)
    viewer.session.deeds.undo(viewer.session, _hear(viewer))


async def redo(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    _now(viewer)
    viewer.session.deeds.redo(viewer.session, _hear(viewer))


def _now(viewer: Viewer) -> None:
    """What is taken back is to be seen."""
    if viewer.time.looking_back:
        viewer.time.now(resume=False)
    viewer.wake.set()


def _hear(viewer: Viewer) -> Told:
    loop = asyncio.get_running_loop()

    def told(done: Edit | SpecError) -> None:
        if isinstance(done, SpecError):
            loop.call_soon_threadsafe(viewer.refusals.put_nowait, done)

    return told
