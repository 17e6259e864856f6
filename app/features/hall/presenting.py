"""What a presenter's page asks of its room: to open it, to hand it over, to end it."""

import asyncio

from cellscope.app.features.hall.address import find_address, qr
from cellscope.app.features.hall.halls import Hall, HallsFull, TooOften
from cellscope.app.server.rates import who
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, as_json, problem_message
from cellscope.model.spec import SpecError

PERIOD_S = 0.25
COMMAND = "HOST=0.0.0.0 make run"


async def present(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Open the experiment's room, or go on presenting in it."""
    try:
        hall = viewer.halls.open(viewer.session, message.get("token"))
    except HallsFull:
        await viewer.socket.send_text(problem_message(SpecError("room", "no_room_free", "")))
        return
    if hall is None:
        await _no_room(viewer, "other")
        return
    await _present_in(viewer, hall, message.get("at"))


async def _present_in(viewer: Viewer, hall: Hall, at: object) -> None:
    viewer.hall = hall
    hall.show_by(viewer)
    found = find_address(at, viewer.halls.public_url, viewer.halls.host)
    link = f"{found.address}?room={hall.code}"
    said = as_json(
        type="room",
        code=hall.code,
        token=viewer.halls.token(hall),
        link=link,
        address=found.address,
        reachable=found.reachable,
        command=COMMAND,
        qr=qr(link) if found.reachable else None,
        why="",
    )
    await viewer.socket.send_text(said)


async def end(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    """The room is over."""
    if viewer.hall is not None:
        viewer.hall.end()


async def hand_over(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    """A one-time code for who is to present next."""
    if viewer.hall is not None:
        code = viewer.hall.one_time_code()
        await viewer.socket.send_text(as_json(type="room-code", code=code))


async def take_over(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Present in the room whose one-time code this is; its experiment is this page's now."""
    try:
        hall = viewer.halls.hand_over(message.get("code"), who(viewer.socket.client))
    except TooOften:
        await viewer.socket.send_text(problem_message(SpecError("room", "too_often", "")))
        return
    if hall is None:
        await viewer.socket.send_text(problem_message(SpecError("room", "one_time_code", "")))
        return
    token = viewer.halls.token(hall)
    said = as_json(type="room-taken", session=hall.session.id, token=token, code=hall.code)
    await viewer.socket.send_text(said)


async def tell_of_hall(viewer: Viewer) -> None:
    """How many follow; that the room is over, or somebody else's."""
    told: object = None
    try:
        while True:
            hall = viewer.hall
            if hall is not None and (hall.ended.is_set() or hall.presenter is not viewer):
                viewer.hall = None
                await _no_room(viewer, "ended" if hall.ended.is_set() else "handed")
            elif hall is not None:
                state = hall.code, len(hall.followers)
                if state != told:
                    told = state
                    said = as_json(type="hall", followers=len(hall.followers))
                    await viewer.socket.send_text(said)
            await asyncio.sleep(PERIOD_S)
    finally:
        if viewer.hall is not None:
            viewer.hall.lose(viewer)


async def _no_room(viewer: Viewer, why: str) -> None:
    await viewer.socket.send_text(as_json(type="room", code="", why=why))
