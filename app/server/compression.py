"""Responses in gzip: on the way to a lab's browsers the page's files weigh a third of their size.

Each content is compressed once, off the event loop, and kept. Only what the page consists of: a
download is mostly compressed already, and answers to callbacks are shorter than a packet.
"""

import asyncio
import gzip
from collections import OrderedDict
from hashlib import blake2b

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PARTS = ("/assets/", "/_dash-component-suites/", "/_dash-layout", "/_dash-dependencies", "/theory/")
TYPES = ("text/", "application/javascript", "application/json", "image/svg+xml")
SHORTEST = 1024  # bytes: below, a packet is a packet
LEVEL = 6  # zlib's own choice between size and time
KEPT_BYTES = 16 * 1024 * 1024  # of compressed contents; all of the page's are 2 MB


class Compressed:
    """ASGI middleware: compress what a page consists of, for browsers that take it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.kept: OrderedDict[bytes, bytes] = OrderedDict()  # digest of a content -> compressed
        self.bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on; compress what is asked for by a browser that knows gzip."""
        if scope["type"] != "http" or not _may_compress(scope):
            await self.app(scope, receive, send)
            return
        answer = _Answer(self, send)
        await self.app(scope, receive, answer.send)

    async def compress(self, content: bytes) -> bytes:
        """The content in gzip: the same bytes for the same content."""
        digest = blake2b(content, digest_size=16).digest()
        if digest in self.kept:
            self.kept.move_to_end(digest)
            return self.kept[digest]
        loop = asyncio.get_running_loop()
        packed = await loop.run_in_executor(None, lambda: gzip.compress(content, LEVEL, mtime=0))
        if digest not in self.kept:
            self.kept[digest] = packed
            self.bytes += len(packed)
        while self.bytes > KEPT_BYTES:
            self.bytes -= len(self.kept.popitem(last=False)[1])
        return packed


class _Answer:
    """One response on its way: its head waits until the whole content is there."""

    def __init__(self, owner: Compressed, send: Send) -> None:
        self.owner = owner
        self.forward = send
        self.head: Message | None = None
        self.body = bytearray()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_text(message):
            self.head = message
        elif self.head is None:
            await self.forward(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self.head, bytes(self.body))

    async def _finish(self, head: Message, content: bytes) -> None:
        headers = MutableHeaders(raw=head["headers"])
        headers.add_vary_header("Accept-Encoding")
        if len(content) >= SHORTEST:
            content = await self.owner.compress(content)
            headers["Content-Encoding"] = "gzip"
            headers["Content-Length"] = str(len(content))
            if "ETag" in headers:  # another representation of the same; RFC 9110, 8.8.3.3
                headers["ETag"] = f"W/{headers['ETag'].removeprefix('W/')}"
        await self.forward(head)
        await self.forward({"type": "http.response.body", "body": content})


def _may_compress(scope: Scope) -> bool:
    path: str = scope["path"]
    if scope["method"] != "GET" or not (path == "/" or path.startswith(PARTS)):
        return False
    return takes_gzip(Headers(scope=scope).get("accept-encoding", ""))


def takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header names gzip (RFC 9110, 12.5.3).

    >>> takes_gzip("gzip, deflate, br"), takes_gzip("br;q=1, GZIP;q=0"), takes_gzip("")
    (True, False, False)
    """
    for coding in accepted.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _is_text(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return (
        message["status"] == 200
        and "content-encoding" not in headers
        and headers.get("content-type", "").startswith(TYPES)
    )
