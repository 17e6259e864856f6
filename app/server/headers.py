"""What every answer says to a browser: run nothing but this server's own scripts, guess no types.

Nothing forbids another page to show this one in a frame, as learning platforms do, unless asked.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cellscope.app.server.scripts import import_map

POLICY = (
    "default-src 'self'; script-src 'self'{hashes}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'none'"
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # requests within the page name its language by it
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Known here: of the computer that serves, Windows' registry above all, a script may be plain text,
# and browsers run none that is.
KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".woff2": "font/woff2",
}


class Headers:
    """ASGI middleware. `hashes` are those of Dash's own scripts, which stand in the page."""

    def __init__(
        self, app: ASGIApp, hashes: Sequence[str], frame_ancestors: str, *, may_eval: bool
    ) -> None:
        self.app = app
        self.hashes = (*hashes, "'unsafe-eval'") if may_eval else tuple(hashes)
        self.framed = f"; frame-ancestors {frame_ancestors}" if frame_ancestors else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, the answers' heads with a few lines more."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=message["headers"])
                if message["status"] < 300 and (
                    kind := KINDS.get(PurePosixPath(scope["path"]).suffix)
                ):
                    headers["Content-Type"] = kind
                self._add(headers)
            await send(message)

        await self.app(scope, receive, say)

    def _add(self, headers: MutableHeaders) -> None:
        page = headers.get("content-type", "").startswith("text/html")
        hashes = [*self.hashes, hash_of(import_map())] if page else []
        allowed = "".join(f" {one}" for one in hashes)
        headers["Content-Security-Policy"] = POLICY.format(hashes=allowed) + self.framed
        for name, value in ALWAYS.items():
            headers[name] = value


@lru_cache(maxsize=8)
def hash_of(script: str) -> str:
    """As a policy names a script that stands in the page."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
