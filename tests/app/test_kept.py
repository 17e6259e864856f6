"""Files with their version in their address are answered from memory, and nothing else is."""

import re
from typing import Any

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from cellscope.app.server.kept import KEPT_BYTES, KeptFiles
from cellscope.app.server.scripts import without_needless
from tests.app.conftest import in_loop

FOREVER = "public, max-age=31536000, immutable"


class Counting:
    """An application that counts how often it is asked."""

    def __init__(self, cache: str, body: bytes, status: int = 200) -> None:
        self.asked = 0
        self.cache, self.body, self.status = cache, body, status

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        self.asked += 1
        headers = [(b"cache-control", self.cache.encode())]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        half = len(self.body) // 2
        await send({"type": "http.response.body", "body": self.body[:half], "more_body": True})
        await send({"type": "http.response.body", "body": self.body[half:]})


def ask(app: KeptFiles, path: str, query: str = "", **more: Any) -> bytes:
    """The body of an answer."""
    body = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        body.extend(message.get("body", b""))

    scope: Scope = {"type": "http", "method": "GET", "path": path, "headers": []}
    in_loop(app(scope | {"query_string": query.encode()} | more, receive, send))
    return bytes(body)


def test_a_file_of_a_version_is_made_once():
    inner = Counting(FOREVER, b"module")
    app = KeptFiles(inner)
    assert [ask(app, "/assets/a.mjs", "m=1") for _ in range(3)] == [b"module"] * 3
    assert inner.asked == 1
    ask(app, "/assets/a.mjs", "m=2")
    assert inner.asked == 2


def test_compressed_and_plain_are_two():
    inner = Counting(FOREVER, b"module")
    app = KeptFiles(inner)
    for _ in range(2):
        ask(app, "/assets/a.mjs", "m=1")
        ask(app, "/assets/a.mjs", "m=1", headers=[(b"accept-encoding", b"gzip")])
    assert inner.asked == 2


@pytest.mark.parametrize(
    ("path", "query", "cache", "status"),
    [
        ("/assets/a.mjs", "", FOREVER, 200),
        ("/assets/a.mjs", "m=1", "no-cache", 200),
        ("/assets/a.mjs", "m=1", FOREVER, 404),
        ("/_dash-layout", "m=1", FOREVER, 200),
        ("/export/png", "m=1", FOREVER, 200),
        ("/_dash-component-suites/plotly/package_data/plotly.min.js", "", "no-cache", 200),
    ],
)
def test_what_may_change_is_asked_for_again(path: str, query: str, cache: str, status: int):
    inner = Counting(cache, b"x", status)
    app = KeptFiles(inner)
    for _ in range(2):
        ask(app, path, query)
    assert inner.asked == 2


def test_questions_that_are_not_for_the_whole_file_go_on():
    inner = Counting(FOREVER, b"x")
    app = KeptFiles(inner)
    for header in (b"range", b"if-none-match", b"if-modified-since"):
        ask(app, "/assets/a.mjs", "m=1")
        ask(app, "/assets/a.mjs", "m=1", headers=[(header, b"x")])
    ask(app, "/assets/a.mjs", "m=1", method="POST")
    assert inner.asked == 5


def test_no_more_is_kept_than_its_share():
    app = KeptFiles(Counting(FOREVER, bytes(KEPT_BYTES // 3)))
    for version in range(9):
        ask(app, "/assets/a.mjs", f"m={version}")
    assert app.bytes == sum(len(kept.body) for kept in app.kept.values()) <= KEPT_BYTES


def test_the_page_asks_for_its_socket_before_all_else_and_for_no_polyfill(http: httpx.Client):
    page = http.get("/").text
    assert "polyfill@" not in page
    assert page.index("00-language.js?m=") < page.index("early.mjs?m=") < page.index("react@")
    assert page.index('id="cellscope-data"') < page.index("early.mjs?m=")
    assert page.count("00-language.js") == 1
    (early,) = re.findall(r'<script type="module" async src="\.([^"]+)">', page)
    assert http.get(early).status_code == 200
    assert http.get(early).headers["cache-control"] == FOREVER


def test_only_the_polyfill_and_tables_are_left_out():
    tags = '<script src="/a/polyfill@7.1.min.js"></script><script src="/a/react@18.js"></script>'
    tags += '<script src="/suites/dash/dash_table/bundle.v7m1.js"></script>'
    assert without_needless(tags) == '<script src="/a/react@18.js"></script>'
