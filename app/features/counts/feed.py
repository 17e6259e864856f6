"""While a run stands still: steps of it that no picture was shown of are counted, too."""

import asyncio

from cellscope.app.session.looking_back import at_rest
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.model import warm
from cellscope.model.cells.count.bounds import typical_regions
from cellscope.model.cells.count.count_history import MOVING_REGIONS
from cellscope.model.cells.count.recount import FEW, PARTS, Wish, recount, steps_between
from cellscope.model.recording.recording import Recording
from cellscope.model.view import View

LOOK_S = 0.5
SHOWN = ("cells", "training")  # the tabs with curves over the run


async def recounts(pools: Pools, viewer: Viewer) -> None:
    """Fill the curves of what is looked at, one step after the other, until it goes on."""
    while True:
        await asyncio.sleep(LOOK_S)
        recording = _resting(viewer)
        if recording is not None:
            await _fill(pools, viewer, recording)


def _resting(viewer: Viewer) -> Recording | None:
    """The run to count, if it has polygons and nothing else is to be done for it."""
    session, spec = viewer.session, viewer.shown.of(viewer.which).spec
    busy = session.latest.status == "training" or session.in_hand or viewer.time.progress
    if busy or not viewer.visible or viewer.record.recounting or not warm.done():
        return None
    if not (spec.is_exact and spec.trains) or spec.graph is not None:
        return None
    # Elsewhere they stand in a mark and a sentence; a detail that is looked into goes without.
    if viewer.tab not in SHOWN and viewer.view.window != View().window:
        return None
    return session.trainer.recorder.find(viewer.shown.run)


async def _fill(pools: Pools, viewer: Viewer, recording: Recording) -> None:
    session, which, record = viewer.session, viewer.which, viewer.record
    spec, window = viewer.shown.of(which).spec, viewer.view.window
    wish = Wish(recording.run, window, min(viewer.view.layer, spec.layers))
    if record.is_given_up(*wish):
        return
    network = 0 if which == "a" else 1
    end = recording.track(network).end
    last = recording.last if end is None else end.step - 1
    kept = [state.step for state in recording.states(network)]
    parts = PARTS if typical_regions(spec.sizes[1:-1]) <= MOVING_REGIONS else FEW
    steps = steps_between(record.steps(*wish), kept, last, parts)
    if not steps:
        return
    counted = recount(record, wish, steps, at_rest(session, which, recording))
    record.recounting = True
    try:
        while wish.window == viewer.view.window and viewer.visible:
            step = await pools.counts.make(session.id, next, counted, None)
            if step is None:
                return
    finally:
        record.recounting = False
