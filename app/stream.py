"""`/stream`: the socket that brings pictures at the screen's pace and charts a few times a second.

At most one frame is in flight per viewer: it asks for the next when it has drawn one, and gets
the newest state then. Text messages are JSON; frames are binary (`frames.encode`).
"""

import asyncio
import json
import time
from collections.abc import Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, TypeGuard
from urllib.parse import urlsplit

from starlette.websockets import WebSocket, WebSocketDisconnect

from app.callbacks import plain_settings
from app.controls import THEMES, read_view
from app.frames import encode
from app.inspections import inspection_message
from app.links import Asked, read_link, view_values
from app.panels import panel
from app.questions import draws_answer, line_answer, read_draws
from app.readouts import readouts
from app.sessions import Full, Session, Sessions
from app.surveys import encode_survey
from app.texts import problem, text
from model import warm
from model.cells.complex import BudgetExceeded
from model.cells.draw import draw
from model.cells.inspection import inspect
from model.cells.origin import BelowReach
from model.cells.survey import survey
from model.spec import SpecError
from model.training.snapshot import Snapshot
from model.view import PIXELS, SHEET_PIXELS, View

PANEL_PERIOD_S = 0.2
TRAINING_PERIOD_S = 0.3  # charts cost the browser 30 ms a time, which frames then lack
SURVEY_SHARE = 0.12  # of one core: a survey that takes longer comes less often
LONGEST_MESSAGE = 32 * 1024
SIDES = ("pre", "post")  # of the activation
FIRST_MESSAGE_S = 10.0
WRONG_ORIGIN, TOO_MANY, BAD_MESSAGE, GONE = 4403, 4429, 4400, 4410


class Viewer:
    """One socket: what it looks at, and what it was last sent.

    **Threads**: the event loop's only; pictures and charts are made in the pool.
    """

    def __init__(self, socket: WebSocket, session: Session, asked: Asked) -> None:
        self.socket = socket
        self.session = session
        self.view = asked.view
        self.theme = asked.theme or "light"
        self.side = "pre"
        self.language = "en"
        self.visible = True
        self.ready = False  # whether it asked for a frame
        self.wake = asyncio.Event()
        self.question = 0  # the newest that was asked in the background
        self.asking: asyncio.Task[None] | None = None
        self.sharp: int | None = None  # points per side that the screen has, once at rest
        self.sent_frame: tuple[int, View, bool] | None = None  # version, view, kernels there
        self.sent_panel: tuple[object, ...] | None = None
        self.sent_points: tuple[object, ...] | None = None

    def view_of(self, snapshot: Snapshot) -> View:
        """The view, with a point for each of the screen's pixels where nothing moves."""
        if self.sharp is None or snapshot.status == "training":
            return self.view
        return replace(self.view, pixels=max(self.sharp, self.view.pixels))

    @property
    def coloured(self) -> bool:
        """Whether data points carry their class's colour: not where colour means a cell."""
        return self.view.mode in ("classes", "confidence")

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """Be woken by every publication, from the trainer's thread."""

        def woken() -> None:
            loop.call_soon_threadsafe(self.wake.set)

        self.stop_listening = self.session.trainer.subscribe(woken)


class Stream:
    """The socket's route. `start` is what a visitor without link or session gets."""

    def __init__(self, sessions: Sessions, start: Asked) -> None:
        self.sessions = sessions
        self.start = start
        self.pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures")
        self.background = ThreadPoolExecutor(max_workers=1, thread_name_prefix="background")

    async def serve(self, socket: WebSocket) -> None:
        """One viewer, from its first message to its last."""
        if not same_origin(socket):
            await socket.close(WRONG_ORIGIN)
            return
        await socket.accept()
        try:
            viewer = await self._welcome(socket)
            if viewer is not None:
                await self._attend(viewer)
        except (WebSocketDisconnect, RuntimeError):  # closed while something was sent
            pass

    async def _welcome(self, socket: WebSocket) -> Viewer | None:
        """The first message names a session and a link; the answer names what came of them."""
        hello = await _receive(socket, timeout=FIRST_MESSAGE_S)
        if hello is None:
            await socket.close(BAD_MESSAGE)
            return None
        query = hello.get("query")
        session = self.sessions.get(hello.get("session"))
        spec = session.spec if session and not query else self.start.spec
        asked = read_link(query if isinstance(query, str) else "", spec, self.start.view)
        restarted = session is None and isinstance(hello.get("session"), str)
        if session is None:
            try:
                session = self.sessions.create(asked.spec, asked.speed)
            except Full as full:
                await socket.send_text(
                    _json(type="full", message=text("session.full", limit=full.limit))
                )
                await socket.close(TOO_MANY)
                return None
        else:
            session.take(asked.spec)
            if "speed" in asked.names:
                session.set_speed(asked.speed)
        await socket.send_text(_welcome_text(session, asked, restarted))
        return Viewer(socket, session, asked)

    async def _attend(self, viewer: Viewer) -> None:
        if viewer.session.closed:  # while the welcome was under way
            await viewer.socket.close(GONE)
            return
        viewer.listen(asyncio.get_running_loop())
        viewer.session.connect(True)
        viewer.session.watch(viewer, True)
        tasks = [asyncio.create_task(work) for work in self._duties(viewer)]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            viewer.stop_listening()
            viewer.question += 1  # nobody waits for the answer any more
            await asyncio.gather(*tasks, return_exceptions=True)
            viewer.session.watch(viewer, False)
            viewer.session.connect(False)

    def _duties(self, viewer: Viewer) -> tuple[Coroutine[None, None, None], ...]:
        return (
            self._hear(viewer),
            self._send_frames(viewer),
            self._send_panels(viewer),
            self._send_surveys(viewer),
        )

    async def _hear(self, viewer: Viewer) -> None:
        """What the page says: ready for a frame, another view, hidden or shown, what time it is."""
        while True:
            message = await _receive(viewer.socket)
            if message is None:
                await viewer.socket.send_text(_problem(SpecError("message", "object", "")))
                continue
            kind = message.get("type")
            if kind == "next":
                viewer.ready = True
                viewer.wake.set()
            elif kind == "view":
                await self._look(viewer, message)
            elif kind == "inspect":
                await self._inspect(viewer, message)
            elif kind == "line":
                await self._measure_line(viewer, message)
            elif kind == "draws":
                await self._count_draws(viewer, message)
            elif kind == "sharp":
                viewer.sharp = _pixels(message.get("pixels"))
                viewer.wake.set()
            elif kind == "visible":
                viewer.visible = message.get("visible") is not False
                if viewer.session.closed:  # its place was needed: connecting anew restarts it
                    await viewer.socket.close(GONE)
                    return
                viewer.session.watch(viewer, viewer.visible)
                viewer.wake.set()
            elif kind == "clock" and isinstance(message.get("sent"), int | float):
                await viewer.socket.send_text(
                    _json(type="clock", sent=message["sent"], server=time.time() * 1000.0)
                )
            else:
                await viewer.socket.send_text(_problem(SpecError("message", "message", kind)))

    async def _look(self, viewer: Viewer, message: Mapping[str, Any]) -> None:
        viewer.view, problems = read_view(message, viewer.view)
        viewer.sharp = None
        for key, choices in (("theme", THEMES), ("side", SIDES)):
            if message.get(key) in choices:
                setattr(viewer, key, message[key])
            elif key in message:
                allowed = ", ".join(choices)
                problems.append(SpecError(key, "choice", message[key], choices=allowed))
        for error in problems:
            await viewer.socket.send_text(_problem(error))
        await viewer.socket.send_text(_json(type="looking", view=view_values(viewer.view)))
        viewer.wake.set()

    async def _inspect(self, viewer: Viewer, message: Mapping[str, Any]) -> None:
        """What lies under the pointer; an empty answer where there is nothing to tell."""
        x, y = message.get("x"), message.get("y")
        if not (_is_number(x) and _is_number(y)):
            await viewer.socket.send_text(_problem(SpecError("x, y", "two_numbers", (x, y))))
            return
        snapshot, view = viewer.session.latest, viewer.view

        def work() -> str:
            key = hash(viewer.session.id)
            try:
                found = inspect(snapshot, view, float(x), float(y), key=key)
            except (BudgetExceeded, BelowReach, ValueError):
                found = None
            if found is None:
                return _json(type="inspection", blocks=[])
            return json.dumps(inspection_message(found, snapshot, viewer.language))

        answer = await asyncio.get_running_loop().run_in_executor(self.pool, work)
        await viewer.socket.send_text(answer)

    async def _measure_line(self, viewer: Viewer, message: Mapping[str, Any]) -> None:
        """The breakpoints between two points of the picture."""
        p, q = _point(message.get("p")), _point(message.get("q"))
        if p is None or q is None:
            error = SpecError("p, q", "two_numbers", (message.get("p"), message.get("q")))
            await viewer.socket.send_text(_problem(error))
            return
        snapshot, view = viewer.session.latest, viewer.view

        def work() -> str:
            return json.dumps(line_answer(snapshot, view, p, q, viewer.language))

        await viewer.socket.send_text(
            await asyncio.get_running_loop().run_in_executor(self.pool, work)
        )

    async def _count_draws(self, viewer: Viewer, message: Mapping[str, Any]) -> None:
        """Counts over many seeds, in the background; a newer question ends an older one."""
        try:
            draws = read_draws(message.get("draws"))
        except SpecError as error:
            await viewer.socket.send_text(_problem(error))
            return
        viewer.question += 1
        number, snapshot, view = viewer.question, viewer.session.latest, viewer.view

        def go_on(_done: int) -> bool:
            return viewer.question == number

        async def answer() -> None:
            found = await asyncio.get_running_loop().run_in_executor(
                self.background, draws_answer, snapshot, view, draws, go_on, viewer.language
            )
            if found is not None and viewer.question == number:
                await viewer.socket.send_text(json.dumps(found))

        viewer.asking = asyncio.create_task(answer())

    async def _send_frames(self, viewer: Viewer) -> None:
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

    async def _send_panels(self, viewer: Viewer) -> None:
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

    async def _send_surveys(self, viewer: Viewer) -> None:
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


def same_origin(socket: WebSocket) -> bool:
    """Whether the page that opens the socket came from this server; programs send no Origin."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")


def _welcome_text(session: Session, asked: Asked, restarted: bool) -> str:
    return _json(
        type="welcome",
        session=session.id,
        settings=plain_settings(session.spec, session.speed),
        view=view_values(asked.view),
        theme=asked.theme,
        sheet=asked.sheet,
        readouts=readouts(session.spec),
        problems=[{"field": p.field, "message": problem(p)} for p in asked.problems],
        note=text("session.restarted") if restarted else "",
    )


def _problem(error: SpecError) -> str:
    return _json(type="problem", field=error.field, message=problem(error))


def _json(**message: Any) -> str:
    return json.dumps(message)


def _is_number(value: object) -> TypeGuard[int | float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e9


def _point(raw: object) -> tuple[float, float] | None:
    if not isinstance(raw, list) or len(raw) != 2:  # pyright: ignore[reportUnknownArgumentType]
        return None
    x, y = raw  # pyright: ignore[reportUnknownVariableType]
    return (float(x), float(y)) if _is_number(x) and _is_number(y) else None


def _pixels(raw: object) -> int | None:
    """Points per side within what a view may have, or nothing."""
    if not isinstance(raw, int) or isinstance(raw, bool):
        return None
    return min(max(raw, PIXELS[0]), PIXELS[1])


async def _receive(socket: WebSocket, timeout: float | None = None) -> dict[str, Any] | None:
    """The next message; None if it is none that the page sends, or did not come in time."""
    try:
        async with asyncio.timeout(timeout):
            event = await socket.receive()
    except TimeoutError:
        return None
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event.get("code", 1005))
    return _parse(event.get("text"))


def _parse(raw: str | None) -> dict[str, Any] | None:
    """The message, if it is a JSON object of a sensible length."""
    if raw is None or len(raw) > LONGEST_MESSAGE:
        return None
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
