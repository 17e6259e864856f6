"""From a server's start to its end: threads, kernels, what is tidied meanwhile, who is told."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any

from fastapi import FastAPI

from cellscope.app.hall.halls import Halls
from cellscope.app.server.metrics import Metrics
from cellscope.app.server.uploads import Uploads
from cellscope.app.session.keeping import Keeping
from cellscope.app.session.sessions import Sessions
from cellscope.app.stream.route import Stream
from cellscope.model import jit, warm
from cellscope.model.cells.picture.per_thread import let_go_unused

TIDY_PERIOD_S = 1.0
STORED_WITHIN_S = 2.0
END_PERIOD_S = 0.02
SAID_WITHIN_S = 0.1
LOADED_WITHIN_S = 10.0  # kernels that are kept: about 1 s
LOG = logging.getLogger("cellscope")
IDLE_S = 10.0  # after which a thread's arrays for building pictures are let go


def lifespan(
    sessions: Sessions,
    stream: Stream,
    uploads: tuple[Uploads, ...],
    metrics: Metrics,
    halls: Halls,
) -> Any:
    @asynccontextmanager
    async def living(_server: FastAPI) -> AsyncGenerator[None]:
        sessions.loop = asyncio.get_running_loop()
        stream.pools.start()
        if sessions.keeping is not None:
            sessions.keeping.start()
        preparing = asyncio.create_task(prepare(sessions))
        tidying = asyncio.create_task(_tidy(sessions, metrics))
        if not jit.missing():  # the first picture is then exact
            await asyncio.wait([preparing], timeout=LOADED_WITHIN_S)
        try:
            yield
        finally:
            tidying.cancel()
            halls.close()
            await asyncio.sleep(SAID_WITHIN_S)  # who was broken off is told so
            if sessions.keeping is not None:
                await store_all(sessions.keeping)
            sessions.close()
            stream.pools.close()
            for one in uploads:
                one.close()

    return living


async def prepare(sessions: Sessions) -> None:
    """Have the kernels compiled or loaded; training waits for that, and then goes on."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def compile_or_load() -> None:
        warm.prepare()
        with suppress(RuntimeError):  # the loop is closed: the server has left meanwhile
            loop.call_soon_threadsafe(ended.set)

    await _start(threading.Thread(target=compile_or_load, name="warm", daemon=True))
    await ended.wait()
    sessions.release()


async def _start(thread: threading.Thread) -> None:
    """As soon as the machine has a thread to give."""
    said = False
    while True:
        try:
            return thread.start()
        except RuntimeError as error:
            if not said:
                LOG.warning("pictures wait for a thread: %s", error)
        said = True
        await asyncio.sleep(TIDY_PERIOD_S)


async def store_all(keeping: Keeping) -> None:
    """Have all stored by its own thread, which asks this loop: there may be no other to wait."""
    keeping.end()
    until = time.monotonic() + STORED_WITHIN_S
    while keeping.writes and time.monotonic() < until:
        await asyncio.sleep(END_PERIOD_S)
    keeping.close(0.0)


async def _tidy(sessions: Sessions, metrics: Metrics) -> None:
    while True:
        await asyncio.sleep(TIDY_PERIOD_S)
        sessions.tidy()
        if sessions.keeping is not None:
            sessions.keeping.start()  # if there was no thread for it
        metrics.count_steps(sessions)
        let_go_unused(IDLE_S)
