"""HEAD: what GET would answer, without its content (RFC 9110, 9.3.2). Watchdogs ask so."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Heads:
    """ASGI middleware. The server itself leaves the content out, by what was asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on as a GET."""
        asks = scope["type"] == "http" and scope["method"] == "HEAD"
        await self.app({**scope, "method": "GET"} if asks else scope, receive, send)
