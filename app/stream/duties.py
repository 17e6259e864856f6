"""What runs for one socket, side by side, for as long as the socket is open."""

import asyncio
import logging
from collections.abc import Callable, Coroutine

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from cellscope.model.threads import is_exhausted

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
        except Exception as error:
            if not _is_open(socket):
                raise
            _log(error)
            await asyncio.sleep(PAUSE_S)


def aside(work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    """What is answered later, while the socket is heard; who has left needs no answer."""

    async def attempt() -> None:
        try:
            await work
        except WebSocketDisconnect:
            pass
        except Exception as error:
            _log(error)

    return asyncio.create_task(attempt())


def _log(error: Exception) -> None:
    """In a line where the machine had nothing more to give; else where it happened."""
    if is_exhausted(error):
        log.warning("%s: %s", FAILED, error)
    else:
        log.error(FAILED, exc_info=error)


def _is_open(socket: WebSocket) -> bool:
    states = socket.client_state, socket.application_state
    return states == (WebSocketState.CONNECTED, WebSocketState.CONNECTED)
