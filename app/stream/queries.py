"""What a viewer asks of its experiment: a point, a line, counts over many draws."""

from typing import Any

from cellscope.app.features.picture.batch import batch_answer
from cellscope.app.features.picture.inspection import inspection_message
from cellscope.app.features.picture.line_queries import draws_answer, line_through, read_draws
from cellscope.app.settings.display_options import read_which
from cellscope.app.stream.duties import aside
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, is_number, problem_message, read_point
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.inspection import Inspection, inspect
from cellscope.model.cells.grid.patterns import NoPolygons
from cellscope.model.own.on_page.inspection import inspect_graph
from cellscope.model.spec import SpecError, check_drawn


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
    snapshot, view = viewer.shown.of(which), viewer.view

    def work() -> Inspection | None:
        key = hash((viewer.session.id, which))
        try:
            if snapshot.spec.graph is not None:
                return inspect_graph(snapshot, view, float(x), float(y))
            return inspect(snapshot, view, float(x), float(y), key=key)
        except (BudgetExceeded, NoPolygons):
            return None

    def worded(language: str) -> dict[str, Any]:
        if found is None:
            return {"type": "inspection", "which": which, "blocks": []}
        return inspection_message(found, snapshot, language) | {"which": which}

    found = await pools.pictures.make(viewer.session.id, work)
    await viewer.tell("inspection", worded)


async def show_batch(pools: Pools, viewer: Viewer, _message: Message) -> None:
    """The points of the step that was taken last."""
    session = viewer.session
    recorder = session.trainer.recorder
    worded = await pools.pictures.make(session.id, batch_answer, viewer.shown, recorder)
    await viewer.tell("batch", worded)


async def measure_line(pools: Pools, viewer: Viewer, message: Message) -> None:
    """The breakpoints between two points of the picture."""
    p, q = read_point(message.get("p")), read_point(message.get("q"))
    if p is None or q is None:
        error = SpecError("p, q", "two_numbers", (message.get("p"), message.get("q")))
        await viewer.socket.send_text(problem_message(error))
        return
    viewer.line = None if p == q else (p, q)
    snapshot, view = viewer.shown, viewer.view

    worded = await pools.pictures.make(viewer.session.id, line_through, snapshot, view, p, q)
    await viewer.tell("line", worded)


async def count_draws(pools: Pools, viewer: Viewer, message: Message) -> None:
    """Counts over many seeds, in the background; a newer question ends an older one."""
    try:
        draws = read_draws(message.get("draws"))
        check_drawn(viewer.session.spec, "draws")
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    viewer.question += 1
    viewer.told.pop("draws", None)  # in another language, too, the newest question is the one
    number, view = viewer.question, viewer.view
    snapshot = viewer.shown.of(viewer.which)

    def go_on(_done: int) -> bool:
        return viewer.question == number

    async def answer() -> None:
        worded = await pools.draws.make(
            viewer.session.id, draws_answer, snapshot, view, draws, go_on
        )
        if worded is not None and viewer.question == number:
            await viewer.tell("draws", worded)

    viewer.asking = aside(answer())
