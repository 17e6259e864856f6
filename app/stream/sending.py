"""Sending: frames when the page has drawn the last one, charts and surveys at their own pace."""

import asyncio
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from app.frames import encode
from app.panels import panel
from app.stream.viewer import Viewer
from app.surveys import encode_survey
from model import warm
from model.cells.draw import draw
from model.cells.survey import survey
from model.training.snapshot import Snapshot
from model.view import SHEET_PIXELS, View

PANEL_PERIOD_S = 0.2
TRAINING_PERIOD_S = 0.3  # charts cost the browser 30 ms a time, which frames then lack
SURVEY_SHARE = 0.12  # of one core: a survey that takes longer comes less often


class Sending:
    """One for all viewers; pictures and charts are made in `pool`."""

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self.pool = pool

    async def frames(self, viewer: Viewer) -> None:
        session = viewer.session
        while True:
            viewer.wake.clear()
            if not (viewer.ready and viewer.visible):
                await viewer.wake.wait()
                continue
            if session.trainer.demand():  # a newer state is about to be published
                await viewer.wake.wait()
            snapshot = session.latest
            view = viewer.view_of(snapshot)
            frame = (snapshot.version, view, warm.done())
            if viewer.sent_frame == frame:
                await viewer.wake.wait()
                continue
            viewer.ready = False
            await viewer.socket.send_bytes(await self._frame(viewer, snapshot, view))
            viewer.sent_frame = frame

    async def _frame(self, viewer: Viewer, snapshot: Snapshot, view: View) -> bytes:
        def work() -> bytes:
            return encode(snapshot, view, draw(snapshot, view), viewer.language)

        key = ("frame", snapshot.version, view, viewer.language, warm.done())
        return await viewer.session.frames.get(key, self.pool, work)

    async def panels(self, viewer: Viewer) -> None:
        while True:
            snapshot = viewer.session.latest
            state = (snapshot.version, viewer.theme, viewer.side, viewer.coloured, warm.done())
            if viewer.visible and state != viewer.sent_panel:
                await viewer.socket.send_text(await self._panel(viewer, snapshot))
                viewer.sent_panel = state
                viewer.wake.set()  # the kernels may have come meanwhile
                viewer.sent_points = (snapshot.run, viewer.theme, viewer.coloured)
            moving = snapshot.status == "training"
            await asyncio.sleep(TRAINING_PERIOD_S if moving else PANEL_PERIOD_S)

    async def surveys(self, viewer: Viewer) -> None:
        sent: tuple[int, View] | None = None
        while True:
            snapshot, view = viewer.session.latest, replace(viewer.view, pixels=SHEET_PIXELS)
            pause = PANEL_PERIOD_S
            if viewer.visible and warm.done() and sent != (snapshot.version, view):
                begun = time.perf_counter()
                await viewer.socket.send_bytes(await self._survey(viewer, snapshot, view))
                sent = (snapshot.version, view)
                if snapshot.status == "training":
                    pause = max(pause, (time.perf_counter() - begun) / SURVEY_SHARE)
            await asyncio.sleep(min(pause, 5.0))

    async def _survey(self, viewer: Viewer, snapshot: Snapshot, view: View) -> bytes:
        def work() -> bytes:
            return encode_survey(snapshot, survey(snapshot, view), viewer.language)

        key = ("survey", snapshot.version, view, viewer.language)
        return await viewer.session.frames.get(key, self.pool, work)

    async def _panel(self, viewer: Viewer, snapshot: Snapshot) -> str:
        theme, side, language, coloured = (
            viewer.theme,
            viewer.side,
            viewer.language,
            viewer.coloured,
        )
        points = viewer.sent_points != (snapshot.run, theme, coloured)  # the data may be others

        def work() -> str:
            message = panel(snapshot, theme, side, language, coloured=coloured, with_points=points)
            return json.dumps(message)

        key = ("panel", snapshot.version, theme, side, language, coloured, points, warm.done())
        return await viewer.session.panels.get(key, self.pool, work)
