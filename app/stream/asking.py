"""What a viewer asks of its experiment: a point, a line, counts over many draws."""

import asyncio
import json

from app.inspections import inspection_message
from app.looks import read_which
from app.questions import draws_answer, line_answer, read_draws
from app.stream.pools import Pools
from app.stream.viewer import Viewer
from app.stream.wire import Message, as_json, is_number, problem_message, read_point
from model.cells.complex import BudgetExceeded
from model.cells.inspection import inspect
from model.cells.origin import BelowReach
from model.spec import SpecError


async def inspect_point(pools: Pools, viewer: Viewer, message: Message) -> None:
    """What lies under the pointer; an empty answer where there is nothing to tell."""
    x, y = message.get("x"), message.get("y")
    try:
        which = read_which(message.get("which"))
        if not (is_number(x) and is_number(y)):
            raise SpecError("x, y", "two_numbers", (x, y))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    snapshot, view = viewer.session.latest.of(which), viewer.view

    def work() -> str:
        key = hash((viewer.session.id, which))
        try:
            found = inspect(snapshot, view, float(x), float(y), key=key)
        except (BudgetExceeded, BelowReach, ValueError):
            found = None
        if found is None:
            return as_json(type="inspection", which=which, blocks=[])
        answer = inspection_message(found, snapshot, viewer.language)
        return json.dumps(answer | {"which": which})

    answer = await asyncio.get_running_loop().run_in_executor(pools.pictures, work)
    await viewer.socket.send_text(answer)


async def measure_line(pools: Pools, viewer: Viewer, message: Message) -> None:
    """The breakpoints between two points of the picture."""
    p, q = read_point(message.get("p")), read_point(message.get("q"))
    if p is None or q is None:
        error = SpecError("p, q", "two_numbers", (message.get("p"), message.get("q")))
        await viewer.socket.send_text(problem_message(error))
        return
    snapshot, view = viewer.session.latest, viewer.view

    def work() -> str:
        answer = line_answer(snapshot, view, p, q, viewer.language)
        if snapshot.other is not None:  # the same line through the second network
            answer["other"] = line_answer(snapshot.other, view, p, q, viewer.language)
        return json.dumps(answer)

    loop = asyncio.get_running_loop()
    await viewer.socket.send_text(await loop.run_in_executor(pools.pictures, work))


async def count_draws(pools: Pools, viewer: Viewer, message: Message) -> None:
    """Counts over many seeds, in the background; a newer question ends an older one."""
    try:
        draws = read_draws(message.get("draws"))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    viewer.question += 1
    number, view = viewer.question, viewer.view
    snapshot = viewer.session.latest.of(viewer.which)

    def go_on(_done: int) -> bool:
        return viewer.question == number

    async def answer() -> None:
        found = await asyncio.get_running_loop().run_in_executor(
            pools.jobs, draws_answer, snapshot, view, draws, go_on, viewer.language
        )
        if found is not None and viewer.question == number:
            await viewer.socket.send_text(json.dumps(found))

    viewer.asking = asyncio.create_task(answer())
