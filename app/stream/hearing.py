"""Hearing: what the page says, and the answers to what it asks."""

import asyncio
import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from app.controls import THEMES, read_view
from app.inspections import inspection_message
from app.links import view_values
from app.questions import draws_answer, line_answer, read_draws
from app.stream.viewer import Viewer
from app.stream.wire import as_json, is_number, problem_message, read_pixels, read_point, receive
from model.cells.complex import BudgetExceeded
from model.cells.inspection import inspect
from model.cells.origin import BelowReach
from model.spec import SpecError

SIDES = ("pre", "post")  # of the activation
GONE = 4410


class Hearing:
    """One for all viewers; `pool` answers at once, `background` what takes its time."""

    def __init__(self, pool: ThreadPoolExecutor, background: ThreadPoolExecutor) -> None:
        self.pool = pool
        self.background = background

    async def attend(self, viewer: Viewer) -> None:
        """What the page says: ready for a frame, another view, hidden or shown, what time it is."""
        while True:
            message = await receive(viewer.socket)
            if message is None:
                await viewer.socket.send_text(problem_message(SpecError("message", "object", "")))
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
                pixels = read_pixels(message.get("pixels"))
                if pixels is not None:
                    viewer.sharp = viewer.session.latest.version, pixels
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
                    as_json(type="clock", sent=message["sent"], server=time.time() * 1000.0)
                )
            else:
                await viewer.socket.send_text(
                    problem_message(SpecError("message", "message", kind))
                )

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
            await viewer.socket.send_text(problem_message(error))
        await viewer.socket.send_text(as_json(type="looking", view=view_values(viewer.view)))
        viewer.wake.set()

    async def _inspect(self, viewer: Viewer, message: Mapping[str, Any]) -> None:
        """What lies under the pointer; an empty answer where there is nothing to tell."""
        x, y = message.get("x"), message.get("y")
        if not (is_number(x) and is_number(y)):
            await viewer.socket.send_text(problem_message(SpecError("x, y", "two_numbers", (x, y))))
            return
        snapshot, view = viewer.session.latest, viewer.view

        def work() -> str:
            key = hash(viewer.session.id)
            try:
                found = inspect(snapshot, view, float(x), float(y), key=key)
            except (BudgetExceeded, BelowReach, ValueError):
                found = None
            if found is None:
                return as_json(type="inspection", blocks=[])
            return json.dumps(inspection_message(found, snapshot, viewer.language))

        answer = await asyncio.get_running_loop().run_in_executor(self.pool, work)
        await viewer.socket.send_text(answer)

    async def _measure_line(self, viewer: Viewer, message: Mapping[str, Any]) -> None:
        """The breakpoints between two points of the picture."""
        p, q = read_point(message.get("p")), read_point(message.get("q"))
        if p is None or q is None:
            error = SpecError("p, q", "two_numbers", (message.get("p"), message.get("q")))
            await viewer.socket.send_text(problem_message(error))
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
            await viewer.socket.send_text(problem_message(error))
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
