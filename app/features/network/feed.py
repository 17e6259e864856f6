"""Sends the drawing and the unit that is pointed at whenever they are others."""

import asyncio
import time
from contextlib import suppress

from cellscope.app.features.network.message import about, drawing
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer

AT_REST_S, TRAINING_S = 0.05, 0.3  # from look to look
IN_HAND_S = 0.12  # of the drawing, from one to the next: the picture comes first
SHARE = 0.25  # of a core: what takes longer comes less often
LONGEST_S = 5.0


async def drawings(pools: Pools, viewer: Viewer) -> None:
    """The drawing only while its tab is seen; a unit also while the picture shows it."""
    sent: object = None
    told: object = None
    drawn_at = 0.0  # when the newest drawing was made
    while True:
        focus, which = viewer.focus, viewer.which
        focus.asked.clear()
        snapshot, window = viewer.shown.of(which), viewer.view.window
        begun = time.perf_counter()
        unit = focus.unit_in(snapshot.spec)
        one = (snapshot.version, window, unit, which, viewer.language)
        drawn = viewer.visible and snapshot.spec.graph is None
        if drawn and unit is not None and told != one:
            work = (about, snapshot, window, unit, which, viewer.language)
            await viewer.socket.send_text(await pools.pictures.make(viewer.session.id, *work))
            told = one
        all_of_it = (snapshot.version, window, focus.first, which, viewer.language)
        due = not viewer.session.in_hand or begun - drawn_at >= IN_HAND_S
        if due and drawn and viewer.tab == "network" and sent != all_of_it:
            work = (drawing, snapshot, window, focus.first, which, viewer.language)
            await viewer.socket.send_bytes(await pools.surveys.make(viewer.session.id, *work))
            sent, drawn_at = all_of_it, begun
        spent = time.perf_counter() - begun
        pause = TRAINING_S if snapshot.status == "training" else AT_REST_S
        with suppress(TimeoutError):
            async with asyncio.timeout(min(max(pause, spent / SHARE), LONGEST_S)):
                await focus.asked.wait()
