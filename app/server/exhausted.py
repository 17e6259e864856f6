"""What fails since the machine has no more threads, open files or memory to give."""

import logging
import time
from contextlib import suppress

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cellscope.model.threads import is_exhausted

LOG = logging.getLogger(__name__)
AGAIN_S = 5
SAID_EVERY_S = 10.0
TRY_AGAIN_LATER = 1013  # of the closing codes of a WebSocket


class Exhausted:
    """ASGI middleware: who asked is told to come again, the log in a line; what runs goes on."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._said = float("-inf")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the place of what failed, if nothing was answered yet."""
        begun = False

        async def say(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, say)
        except Exception as error:
            if not is_exhausted(error):
                raise
            self._log(error)
            if scope["type"] == "websocket":
                with suppress(Exception):  # closed already
                    await send({"type": "websocket.close", "code": TRY_AGAIN_LATER})
            elif not begun:
                head = {"Retry-After": str(AGAIN_S)}
                await PlainTextResponse("out of resources", 503, head)(scope, receive, send)

    def _log(self, error: Exception) -> None:
        now = time.monotonic()
        if now - self._said > SAID_EVERY_S:
            self._said = now
            LOG.warning("the system gives no more: %s; threads, files and memory: ulimit -a", error)
