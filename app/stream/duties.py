"""What runs for one socket, side by side, for as long as the socket is open."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

PAUSE_S = 1.0  # after a failure
FAILED = "a part of the page could not be made"
Duty = Callable[[], Coroutine[None, None, None]]
log = logging.getLogger(__name__)


async def until_one_ends(*work: Coroutine[None, None, None]) -> None:
    """All of it at once; when one ends or fails the others are ended, too."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def again_and_again(socket: WebSocket, duty: Duty) -> None:
    """A duty that begins anew when it fails: one part of a page takes no other with it."""
    while True:
        try:
            await duty()
            return
        except WebSocketDisconnect:
            raise
        except Exception:
            if not _is_open(socket):
                raise
            log.exception(FAILED)
            await asyncio.sleep(PAUSE_S)


def aside(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """What is answered later, while the socket is heard; who has left needs no answer."""

    async def attempt() -> None:
        try:
            await work
        except WebSocketDisconnect:
            pass
        except Exception:
            log.exception(FAILED)

    return asyncio.create_task(attempt())


def _is_open(socket: WebSocket) -> bool:
    states = socket.client_state, socket.application_state
    return states == (WebSocketState.CONNECTED, WebSocketState.CONNECTED)
