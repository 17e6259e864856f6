"""Sending: frames when the page has drawn the last one, charts in turn, the state of jobs."""

import asyncio
import json
import time
from collections.abc import Hashable

from cellscope.app.features.panels import needs_backward, panel
from cellscope.app.features.signal.jobs import results_of
from cellscope.app.features.signal.measured import measured_networks
from cellscope.app.server.metrics import Metrics
from cellscope.app.session.jobs import Progress
from cellscope.app.settings.display_options import WHICH
from cellscope.app.stream.feeds import PERIOD_S, TRAINING_PERIOD_S, is_moving
from cellscope.app.stream.frames import encode, encode_both
from cellscope.app.stream.job_messages import job_message
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.model import warm
from cellscope.model.cells.picture.render import draw
from cellscope.model.training.snapshot import Snapshot, Which
from cellscope.model.view import View


class Sending:
    """One for all viewers."""

    def __init__(self, pools: Pools, metrics: Metrics) -> None:
        self.pools = pools
        self.metrics = metrics

    async def frames(self, viewer: Viewer) -> None:
        session = viewer.session
        while True:
            viewer.wake.clear()
            if not (viewer.ready and viewer.visible):
                await viewer.wake.wait()
                continue
            if not viewer.time.looking_back and session.trainer.demand():
                await viewer.wake.wait()  # a newer state is about to be published
            snapshot = viewer.shown
            view = viewer.view_of(snapshot)
            frame = (snapshot.version, view, viewer.language, warm.state(), viewer.standing)
            if viewer.sent_frame == frame:
                await viewer.wake.wait()
                continue
            if _is_flat_out(viewer, snapshot) and (left := viewer.pace.left(view)) > 0.0:
                await asyncio.sleep(left)
                continue  # with the newest state
            viewer.ready = False
            viewer.pace.begin(view)
            with self.metrics.frame_seconds.time():
                await viewer.socket.send_bytes(await self._picture(viewer, snapshot, view))
            self.metrics.frames.inc()
            viewer.sent_frame, viewer.sent_of = frame, (snapshot.run, view)

    async def _picture(self, viewer: Viewer, snapshot: Snapshot, view: View) -> bytes:
        """One frame; of two networks both, drawn at the same time."""
        language = viewer.language
        if snapshot.other is None:
            return await self._frame(viewer, snapshot, view, "a", language)
        both = (self._frame(viewer, snapshot, view, which, language) for which in WHICH)
        return encode_both(*await asyncio.gather(*both))

    async def _frame(
        self, viewer: Viewer, snapshot: Snapshot, view: View, which: Which, language: str
    ) -> bytes:
        standing = viewer.standing

        def work() -> bytes:
            begun = time.perf_counter()
            picture = draw(snapshot.of(which), view)
            viewer.pace.work_s = time.perf_counter() - begun
            spent = viewer.pace.work_s * 1000.0
            return encode(snapshot, view, picture, language, spent, which=which, standing=standing)

        key = ("frame", snapshot.version, which, view, language, warm.state(), standing)
        pool = self.pools.pictures.of(_account(viewer, snapshot, view))
        return await viewer.session.frames.get(key, pool, work)

    async def panels(self, viewer: Viewer) -> None:
        """Charts and counters; while frames come, the charts take turns.

        A chart costs the browser 20 to 40 ms, which frames then lack: both at once, as often,
        took 10 of 54 frames/s (16 × 5, 2 cores).
        """
        while True:
            snapshot = viewer.shown
            moving = is_moving(viewer)
            found = results_of(viewer.session.jobs).key
            look = (snapshot.run, viewer.look, viewer.coloured, found, warm.state())
            charts = viewer.stale_charts((snapshot.version, look))
            stale = charts or viewer.sent_counters != (snapshot.version, look)
            if viewer.visible and stale:
                if moving and look == viewer.sent_look:
                    charts = charts[:1]
                await viewer.socket.send_text(await self._panel(viewer, snapshot, charts))
                viewer.show_charts(charts, (snapshot.version, look))
                viewer.sent_look = look
                viewer.wake.set()  # the kernels may have come meanwhile
                viewer.sent_points = viewer.points_of(snapshot)
            await asyncio.sleep(TRAINING_PERIOD_S if moving else PERIOD_S)

    async def jobs(self, viewer: Viewer) -> None:
        """The state of every job, whenever it is another than the page was told."""
        sent: dict[str, tuple[Progress, str]] = {}
        while True:
            for kind, state in viewer.session.jobs.states().items():
                language = viewer.language
                if viewer.visible and sent.get(kind) != (state, language):
                    await viewer.socket.send_text(job_message(state, language))
                    sent[kind] = state, language
            await asyncio.sleep(PERIOD_S)

    async def _panel(self, viewer: Viewer, snapshot: Snapshot, parts: tuple[str, ...]) -> str:
        look, coloured, results = viewer.look, viewer.coloured, results_of(viewer.session.jobs)
        points = viewer.sent_points != viewer.points_of(snapshot)

        def work() -> str:
            networks = measured_networks(snapshot, backward=needs_backward(parts), results=results)
            return json.dumps(panel(networks, look, parts, coloured=coloured, points=points))

        kind = (look, coloured, points, parts, results.key)
        key = ("panel", snapshot.version, kind, warm.state())
        pool = self.pools.pictures.of(("charts", viewer.session.id))
        return await viewer.session.panels.get(key, pool, work)


def _account(viewer: Viewer, snapshot: Snapshot, view: View) -> Hashable:
    """As whose a picture's time is counted: that of a change has an account of its own.

    With one for all, charts included, the picture of a change came last where thirty train: 95 %
    within 2 s instead of 0.6 s.
    """
    changed = viewer.sent_of != (snapshot.run, view)
    return ("changed", viewer.session.id) if changed else viewer.session.id


def _is_flat_out(viewer: Viewer, snapshot: Snapshot) -> bool:
    """Whether each picture takes steps from the run; under a hand the picture comes first."""
    session = viewer.session
    return snapshot.status == "training" and session.speed == "max" and not session.in_hand
