"""Studying: what a tab shows of the newest state beside the picture, made only while it is seen."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace

from cellscope.app.features.counts.message import counts_message
from cellscope.app.features.linear_map.message import collapse_study
from cellscope.app.features.power_diagram.message import pair_study, voronoi_study
from cellscope.app.stream.frame_feed import PANEL_PERIOD_S, SURVEY_SHARE, TRAINING_PERIOD_S
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.study_request import Looking
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, is_number, problem_message
from cellscope.model import warm
from cellscope.model.cells.power.diagram import is_whole
from cellscope.model.spec import SpecError
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import SHEET_PIXELS

LONGEST_PAUSE_S = 5.0
STUDIES: dict[str, Callable[[Snapshot, Looking], bytes]] = {
    "collapse": collapse_study,
    "voronoi": voronoi_study,
}


async def studies(pools: Pools, viewer: Viewer) -> None:
    """Send the tab's study whenever it is another; one that takes long comes less often."""
    sent: object = None
    while True:
        snapshot, pause = viewer.shown.of(viewer.which), PANEL_PERIOD_S
        looking = looking_of(viewer)
        if viewer.tab == "collapse" or is_whole(snapshot, looking.view):  # whatever the point
            looking = replace(looking, anchor=None)
        state = (viewer.tab, snapshot.version, looking)
        if viewer.tab in STUDIES and viewer.visible and warm.done() and sent != state:
            begun = time.perf_counter()
            await viewer.socket.send_bytes(await _made(pools, viewer, snapshot, looking))
            sent = state
            if snapshot.status == "training":
                pause = max(pause, (time.perf_counter() - begun) / SURVEY_SHARE)
        await asyncio.sleep(min(pause, LONGEST_PAUSE_S))


async def counts(viewer: Viewer) -> None:
    """Send the chart of counts whenever it is another; a new step, view, theme or language."""
    sent: object = None
    while True:
        which = viewer.which
        snapshot, record = viewer.shown.of(which), viewer.record
        view, theme, language = looking_of(viewer).view, viewer.theme, viewer.language
        state = (which, record.version, snapshot.run, view, theme, language)
        if viewer.tab == "cells" and viewer.visible and sent != state:
            message = counts_message(snapshot, view, record, theme, language)
            await viewer.socket.send_text(json.dumps(message))
            sent = state
        moving = snapshot.status == "training"
        await asyncio.sleep(TRAINING_PERIOD_S if moving else PANEL_PERIOD_S)


async def find_pair(pools: Pools, viewer: Viewer, message: Message) -> None:
    """The two neighbouring cells at a point of the picture; from now on it is the one looked at."""
    x, y = message.get("x"), message.get("y")
    if not (is_number(x) and is_number(y)):
        await viewer.socket.send_text(problem_message(SpecError("x, y", "two_numbers", (x, y))))
        return
    viewer.anchor = float(x), float(y)
    snapshot, looking = viewer.shown.of(viewer.which), looking_of(viewer)

    def work() -> str:
        return json.dumps(pair_study(snapshot, looking))

    loop = asyncio.get_running_loop()
    await viewer.socket.send_text(await loop.run_in_executor(pools.pictures, work))


def looking_of(viewer: Viewer) -> Looking:
    """What a study of this viewer depends on, beside the snapshot."""
    view = replace(viewer.view, pixels=SHEET_PIXELS, lines=False)  # studies have their own
    key = hash((viewer.session.id, viewer.which))
    return Looking(view, viewer.anchor, viewer.language, key)


async def _made(pools: Pools, viewer: Viewer, snapshot: Snapshot, looking: Looking) -> bytes:
    study = STUDIES[viewer.tab]
    key = (viewer.tab, snapshot.version, looking)
    return await viewer.session.frames.get(key, pools.surveys, lambda: study(snapshot, looking))
