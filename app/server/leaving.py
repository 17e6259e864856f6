"""What is asked for while the server leaves: broken off, and said to be, so that one asks again."""

import asyncio

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

AGAIN_S = 2  # by then the next server may be there


class Leaving:
    """ASGI middleware. The server cancels what has not ended in time: a slow upload, say."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the place of who was cancelled, if nothing was answered yet."""
        begun = scope["type"] != "http"

        async def say(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, say)
        except asyncio.CancelledError:
            if begun:
                raise
            head = {"Retry-After": str(AGAIN_S), "Connection": "close"}
            await PlainTextResponse("the server is restarting", 503, head)(scope, receive, send)
