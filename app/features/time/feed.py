"""Replays what a viewer wants to see, and tells its page how far the runs go."""

import asyncio
import json
from contextlib import suppress

from cellscope.app.features.time.message import time_message
from cellscope.app.stream.feeds import PERIOD_S, Feed, Wanted, said
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer

SOON_S = 0.05  # a replay that takes longer has its progress shown


async def replays(pools: Pools, viewer: Viewer) -> None:
    """Have the newest wish replayed; one that is newer breaks it off."""
    time = viewer.time
    while True:
        time.asked.clear()
        work = time.work()
        if work is not None:
            time.show(await pools.replays.make(viewer.session.id, work))
            viewer.wake.set()
            continue
        with suppress(TimeoutError):
            async with asyncio.timeout(PERIOD_S):  # a new run needs its own start beside it
                await time.asked.wait()


def _time_line(_pools: Pools, viewer: Viewer) -> Wanted | None:
    if not viewer.visible:
        return None
    if viewer.time.looking_back:
        viewer.session.trainer.demand()  # nobody else asks how far it is
    message = time_message(viewer.time, viewer.view, viewer.record, viewer.language)
    return Wanted(message, lambda: said(json.dumps(message)))


TIME_LINE = Feed(
    wanted=_time_line, period=lambda viewer: SOON_S if viewer.time.progress else PERIOD_S
)
