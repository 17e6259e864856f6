"""Replays what a viewer wants to see, and tells its page how far the runs go."""

import asyncio
import json
from contextlib import suppress

from cellscope.app.features.time.message import time_message
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer

PERIOD_S = 0.2
SOON_S = 0.05  # a replay that takes longer has its progress shown


async def replays(pools: Pools, viewer: Viewer) -> None:
    """Have the newest wish replayed; one that is newer breaks it off."""
    time, loop = viewer.time, asyncio.get_running_loop()
    while True:
        time.asked.clear()
        work = time.work()
        if work is not None:
            time.show(await loop.run_in_executor(pools.replays, work))
            viewer.wake.set()
            continue
        with suppress(TimeoutError):
            async with asyncio.timeout(PERIOD_S):  # a new run needs its own start beside it
                await time.asked.wait()


async def timelines(viewer: Viewer) -> None:
    """Send the time line whenever it is another."""
    sent: object = None
    while True:
        if viewer.visible:
            if viewer.time.looking_back:
                viewer.session.trainer.demand()  # nobody else asks how far it is
            message = time_message(viewer.time, viewer.view, viewer.record, viewer.language)
            if message != sent:
                await viewer.socket.send_text(json.dumps(message))
                sent = message
        await asyncio.sleep(SOON_S if viewer.time.progress else PERIOD_S)
