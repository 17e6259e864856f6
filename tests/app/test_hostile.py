"""What no page sends: over forty kinds of requests and messages, while an experiment trains on.

None makes the server fail, none shows a trace or another's experiment, and steps keep rising.
"""

import asyncio
import json
import logging
import socket as sockets
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.app.conftest import PATIENCE_S, Page, Server, connect, in_loop, opened, press_play

CALLBACK = "/_dash-update-component"
DEEP = "[" * 5000 + "]" * 5000
BODY: dict[str, Any] = {
    "output": "outcome.data",
    "outputs": {"id": "outcome", "property": "data"},
    "inputs": [{"id": "intent", "property": "data", "value": {}}],
    "state": [],
    "changedPropIds": ["intent.data"],
}


def intent(value: object) -> bytes:
    return json.dumps(BODY | {"inputs": [BODY["inputs"][0] | {"value": value}]}).encode()


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"\xff\xfe\x00{",
    "nested": DEEP.encode(),
    "too long": b"[" + b"1," * 200_000 + b"1]",
    "not a number": b'{"output": NaN}',
    "another callback": json.dumps(BODY | {"output": "__proto__.x"}).encode(),
    "other inputs": json.dumps(BODY | {"inputs": [{"id": {"type": "x"}, "property": 1}]}).encode(),
    "a key too many": json.dumps(BODY | {"__class__": "os"}).encode(),
    "an intent that is none": intent("'; DROP TABLE sessions; --"),
    "a session that is none": intent({"session": "../../etc/passwd", "settings": {}, "order": 1}),
    "a session of another type": intent({"session": {"$ne": None}, "settings": [], "order": -1}),
    "a surrogate": intent({"session": "\ud800", "lang": "\ud800"}),
    "a script as a language": intent({"lang": "<script>alert(1)</script>"}),
    "a number beyond all": intent({"session": "x", "order": 10**400}),
}
PATHS = (
    *("/../../etc/passwd", "/assets/..%2f..%2fapp/server/create_app.py", "/assets/%00", "/%ff"),
    *("/_dash-component-suites/dash/../../x", "/export/../app", "/export/png?session=*"),
    *("/export/weights?session=\x7f&layer=1e9", "/sheet/__class__/answer", "/theory/../../x"),
    *("/?width=" + "9" * 5000, "/?" + "&".join(f"k{k}=1" for k in range(2000)), "//evil.example/"),
    *("/compare?session=x&name=../../x.npy", "/stream", "/sessions", "/rooms", "/docs", "/.env"),
)
RAW: dict[str, bytes] = {
    "no request": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc",
    "a header without end": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000,
    "a length below nothing": b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    "two lengths": b"POST /reach HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n",
    "a broken chunk": b"POST /reach HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n",
    "an upgrade without a key": b"GET /stream HTTP/1.1\r\nHost: localhost\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
}
JUNK: tuple[dict[str, Any], ...] = (
    dict.fromkeys(("pixels", "x", "y", "p", "draws", "sent", "layer"), 10**400),
    dict.fromkeys(("pixels", "x", "p", "q", "name", "question"), "\x00<script>"),
    {name: [[[]]] for name in ("window", "x", "y", "p", "q", "sent", "value", "which")},
)
MESSAGES: tuple[str | bytes, ...] = (
    *("", "null", "[]", "{", '"x"', "NaN", DEEP, "{}", '{"type": {}}', '{"type": "__init__"}'),
    *(b"\x00\x01", b"", "x" * 40_000, '{"type": "\U0001f600"}'),
    *(
        json.dumps({"type": kind, **junk})
        for kind in (
            *("view", "sharp", "visible", "clock", "drag", "inspect", "line", "draws", "pair"),
            *("sweep-plan", "average-start", "deeper-start", "sheet", "next", "hello"),
        )
        for junk in JUNK
    ),
)
HELLOS: tuple[str | bytes, ...] = (
    *("", "[]", b"hello", '{"type": "next"}', '{"session": {"a": 1}, "query": 7, "before": "x"}'),
    json.dumps({"type": "hello", "session": ["x"] * 100, "before": [{}] * 1000, "lang": 3}),
    json.dumps({"type": "hello", "query": "?hidden=" + "9," * 4000, "ticket": {"a": []}}),
    json.dumps({"type": "hello", "query": "\ud800%ff&&&===;;;", "server": []}),
)


async def rising(page: Page) -> None:
    """It trains on: a later picture has more steps."""
    before = (await page.frame())[0]["step"]
    while (await page.frame())[0]["step"] <= before:
        await asyncio.sleep(0.02)


Attack = Callable[[Server], list[tuple[str, int, str]]]


def requests(server: Server) -> list[tuple[str, int, str]]:
    found: list[tuple[str, int, str]] = []
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http:
        for name, body in BODIES.items():
            for kind in ("application/json", "text/plain", "application/x-pickle"):
                answer = http.post(CALLBACK, content=body, headers={"Content-Type": kind})
                found.append((name, answer.status_code, answer.text))
        for method in ("PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "FOO", "POST"):
            answer = http.request(method, CALLBACK)
            found.append((method, answer.status_code, answer.text))
        for name, value in (("Accept-Language", "de;q=9e999," * 500), ("Referer", "http://[")):
            answer = http.get("/", headers={name: value})
            found.append((name, answer.status_code, answer.text))
        for name in ("X-Forwarded-Prefix", "X-Forwarded-For", "X-Forwarded-Host", "Authorization"):
            answer = http.get("/healthz", headers=[(name.encode(), b"/../\x80,,;;[::")])
            found.append((name, answer.status_code, answer.text))
    return found


def raw(server: Server) -> list[tuple[str, int, str]]:
    found: list[tuple[str, int, str]] = []
    lines = {path: f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for path in PATHS}
    for name, sent in (RAW | lines).items():
        with sockets.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as line:
            line.sendall(sent)
            line.shutdown(sockets.SHUT_WR)
            answer = b""
            try:
                while piece := line.recv(65_536):
                    answer += piece
            except ConnectionError:
                pass
        status = int(answer.split()[1]) if answer.startswith(b"HTTP/") else 0
        found.append((name, status, answer.decode("latin-1")))
    return found


@pytest.mark.parametrize("attack", [requests, raw], ids=["requests", "raw"])
def test_no_request_makes_the_server_fail(
    server: Server, attack: Attack, caplog: pytest.LogCaptureFixture
):
    async def story() -> None:
        async with opened(server, "?speed=50") as (page, welcome):
            await press_play(server, welcome["session"])
            await rising(page)
            for name, status, said in await asyncio.to_thread(attack, server):
                assert status < 500 or status in (501, 505), (name, status, said[:300])
                assert "Traceback" not in said, name
                assert welcome["session"] not in said, name
                assert "root:" not in said, name
            await rising(page)

    with caplog.at_level(logging.WARNING):
        in_loop(story())
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


async def heard(socket: ClientConnection) -> tuple[str, int]:
    """The first answer, or the code that the socket was closed with."""
    try:
        return str(await asyncio.wait_for(socket.recv(), PATIENCE_S)), 0
    except ConnectionClosed as closed:
        return "", closed.rcvd.code if closed.rcvd else 1006


def test_no_message_makes_the_server_fail(server: Server, caplog: pytest.LogCaptureFixture):
    async def story() -> None:
        async with opened(server, "?speed=50") as (page, welcome):
            await press_play(server, welcome["session"])
            async with opened(server) as (other, _):
                for message in MESSAGES:
                    await other.socket.send(message)
                await other.say(type="clock", sent=-7)
                while (await other.hear("clock"))["sent"] != -7:
                    pass
                said = json.dumps(other.others)
                assert "Traceback" not in said
                assert welcome["session"] not in said
            for hello in HELLOS:
                async with connect(f"ws://127.0.0.1:{server.port}/stream") as socket:
                    await socket.send(hello)
                    said, code = await heard(socket)
                    assert code != 1011, hello  # "internal error"
                    assert welcome["session"] not in said
            await rising(page)

    with caplog.at_level(logging.WARNING):
        in_loop(story())
    assert not [one for one in caplog.records if one.levelno >= logging.ERROR]


def test_the_kinds_are_many():
    assert len(BODIES) + len(PATHS) + len(RAW) + len(HELLOS) + len(MESSAGES) > 90
