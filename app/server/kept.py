"""Files whose address carries their version are answered from memory once somebody asked for them.

A page is made of about a hundred; on the long way through routes and middleware each costs 6 ms of
the event loop, which the first picture waits for; from here less than 3, the asker's time included.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cellscope.app.server.compression import takes_gzip

OWN = "/assets/"  # with the version as ?m=…
DASH = re.compile(r"^/_dash-component-suites/.+\.v[\d_]+m\d+[.\w]*\.js$")
KEPT_BYTES = 16 * 1024 * 1024
Key = tuple[str, str, bool]  # path, version, in gzip


@dataclass(frozen=True, slots=True)
class _Kept:
    start: Message
    body: bytes


class KeptFiles:
    """ASGI middleware: what came with "immutable", or has its version in its name, is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: OrderedDict[Key, _Kept] = OrderedDict()
        self.bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from memory, or pass on and keep what comes."""
        key = _key(scope)
        if key is None:
            await self.app(scope, receive, send)
        elif key in self.kept:
            self.kept.move_to_end(key)
            await send(_copy(self.kept[key].start))
            await send({"type": "http.response.body", "body": self.kept[key].body})
        else:
            await self.app(scope, receive, _Answer(self, key, send).send)

    def keep(self, key: Key, start: Message, body: bytes) -> None:
        """Keep an answer; the least asked for go when there are too many."""
        if key in self.kept:
            return
        self.kept[key] = _Kept(start, body)
        self.bytes += len(body)
        while self.bytes > KEPT_BYTES:
            self.bytes -= len(self.kept.popitem(last=False)[1].body)


class _Answer:
    """One response on its way, noted as it passes."""

    def __init__(self, owner: KeptFiles, key: Key, send: Send) -> None:
        self.owner = owner
        self.key = key
        self.forward = send
        self.start: Message | None = None
        self.body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = _copy(message)  # others on the way add to its headers
            await self.forward(message)
            return
        await self.forward(message)
        self.body += message.get("body", b"")
        if self.start is not None and not message.get("more_body") and _may_keep(self.start):
            self.owner.keep(self.key, self.start, bytes(self.body))


def _copy(start: Message) -> Message:
    return {**start, "headers": list(start["headers"])}


def _key(scope: Scope) -> Key | None:
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    path, version = scope["path"], ""
    if path.startswith(OWN):
        version = parse_qs(scope["query_string"].decode("latin-1")).get("m", [""])[0]
    if not version and not DASH.match(path):
        return None
    headers = Headers(scope=scope)
    if "if-none-match" in headers or "if-modified-since" in headers or "range" in headers:
        return None
    return path, version, takes_gzip(headers.get("accept-encoding", ""))


def _may_keep(start: Message) -> bool:
    """Only what is right for good; `keep_or_ask` says "immutable" of the version that there is."""
    said = Headers(raw=start["headers"]).get("cache-control", "")
    return start["status"] == 200 and ("immutable" in said or "max-age=31536000" in said)
