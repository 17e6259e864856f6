"""Cellscope below a path, `/user/ann/proxy/8050/`: what is asked for there is found here.

The page asks for everything relative to its own address, so a proxy that takes the path away needs
nothing. One that hands it on names it in a header, or `serve --public-url` does; Jupyter's, which
names it nowhere, is told by the shape of its paths.
"""

import re
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

NAMED_IN = ("x-forwarded-prefix", "x-forwarded-context", "x-script-name")
JUPYTER = re.compile(r".*?/proxy/absolute/[^/]+(?=/|$)")  # jupyter-server-proxy 4.6
SOCKET = "/stream"


class Below:
    """ASGI middleware that takes the path away; `prefix` is the one that is always expected."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self.app = app
        self.prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is asked for below a prefix as if it were asked for here."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path = str(scope["path"])
        named = (Headers(scope=scope).get(name, "").rstrip("/") for name in NAMED_IN)
        shaped = JUPYTER.match(path)
        for prefix in filter(None, (self.prefix, *named, shaped and shaped[0])):
            if path == prefix and scope["type"] == "http":
                await _to_folder(prefix, scope["query_string"])(scope, receive, send)
                return
            if path.startswith(f"{prefix}/"):
                path = path.removeprefix(prefix)
                break
        if scope["type"] == "websocket" and path.endswith(SOCKET):
            path = SOCKET  # the only one there is; proxies name no prefix here
        await self.app({**scope, "path": path}, receive, send)


def _to_folder(prefix: str, query: bytes) -> RedirectResponse:
    """With a slash at its end, so that what is relative to it lies below it."""
    asked = f"?{query.decode('latin-1')}" if query else ""
    return RedirectResponse(f"{quote(prefix.rsplit('/', 1)[-1])}/{asked}")
