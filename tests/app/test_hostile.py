"""What no page sends: over a hundred kinds of requests and messages, while an experiment trains on.

None makes the server fail, none shows a trace or another's experiment, and steps keep rising.
"""

import asyncio
import io
import json
import logging
import socket as sockets
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import httpx
import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from cellscope.app.stream import dispatch, duties
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
    "a lab's body cut short": b"POST /lab/numbers HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 400\r\n\r\n{",
    "a file cut short": b"POST /open?session=x HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 400\r\n\r\nx",
    "many at once, and gone": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" * 200,
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


# Uploads: what no program that writes such files makes of them.
def _npy(shape: str, descr: str = "'<f8'", data: bytes = b"") -> bytes:
    head = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + data


def _npz(**members: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(f"{name}.npy", member)
    return packed.getvalue()


NUMBERS = np.full((4, 2), 1e300).tobytes()  # beyond single precision
FILES: dict[str, tuple[str, bytes]] = {
    "truth values as a shape": ("a.npy", _npy("(True, 2)", data=bytes(16))),
    "a shape below nothing": ("a.npy", _npy("(-3, 2)", data=bytes(48))),
    "a shape beyond all memory": ("a.npy", _npy("(1000000000000, 2)")),
    "dates": ("a.npy", _npy("(3, 2)", "'<m8[ns]'", bytes(48))),
    "objects": ("a.npy", _npy("(1,)", "'|O'", b"cos\nsystem\n(S'true'\ntR.")),
    "a header of brackets": ("a.npy", b"\x93NUMPY\x01\x00\x88\x13" + b"(" * 5000),
    "objects as weights": ("a.npz", _npz(W0=_npy("(1,)", "'|O'", b"cos\n"), b0=_npy("(1,)"))),
    "numbers beyond single precision": (
        "a.npz",
        _npz(
            W0=_npy("(4, 2)", data=NUMBERS),
            b0=_npy("(4,)", data=bytes(32)),
            W1=_npy("(2, 4)", data=bytes(64)),
            b1=_npy("(2,)", data=bytes(16)),
        ),
    ),
    "a bomb": ("a.npz", _npz(W0=bytes(20_000_000), b0=bytes(20_000_000))),
    "half an archive": ("a.npz", b"PK\x03\x04" + b"\xff" * 300),
    "a pickle": ("a.pt", b"cos\nsystem\n(S'true'\ntR."),
    "a header longer than the file": ("a.safetensors", (2**63).to_bytes(8, "little") + b"{}"),
    "nested brackets": ("a.safetensors", (5000).to_bytes(8, "little") + b"[" * 5000),
    "a field without end": ("a.onnx", b"\x3a" + b"\x80" * 10 + b"\x01"),
    "a table of one line": ("a.csv", b"," * 100_000),
    "a quote that does not end": ("a.csv", b'"' * 5000),
    "a spreadsheet's command": ("a.csv", b"=cmd|x,2,3\n"),
    "no name": ("\x00", b"x"),
    "another folder": ("../../a.npz", b"x"),
}
FORMULAS = (
    *("9**9**9**9", "__import__('os').system('id')", "(" * 5000, "x" + "+x" * 5000, "x.__class__"),
    *("[x for x in ()]", "1/0", "1e400", "f'{x}'", "x:=1", "x\x00", "sin(x,y,x)"),
)
UPGRADE = (
    b"GET /stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def upgrade(line: sockets.socket) -> None:
    """The server forgets what comes together with this: its answer is waited for."""
    line.sendall(UPGRADE)
    assert line.recv(4096).startswith(b"HTTP/1.1 101 ")


FRAMES: dict[str, bytes] = {  # of a socket, after its handshake
    "not masked": b"\x81\x01x",
    "reserved bits": b"\xf1\x80\0\0\0\0",
    "a reserved kind": b"\x83\x80\0\0\0\0",
    "a long ping": b"\x89\xfe\x00\xc8\0\0\0\0" + b"x" * 200,
    "a ping in parts": b"\x09\x80\0\0\0\0",
    "a rest without a begin": b"\x80\x81\0\0\0\0x",
    "no UTF-8": b"\x81\x82\0\0\0\0\xff\xfe",
    "a length beyond all": b"\x81\xff" + b"\x7f" + b"\xff" * 7 + b"\0\0\0\0x",
    "parts without end": b"\x01\x81\0\0\0\0a" + b"\x00\x81\0\0\0\0a" * 3000,
    "a close with no code": b"\x88\x81\0\0\0\0x",
    "a close with a wrong code": b"\x88\x82\0\0\0\0\x03\xe7",
    "another protocol": b"GET / HTTP/1.1\r\n\r\n",
    "a long message": b"\x81\xff" + (70_000).to_bytes(8, "big") + b"\0\0\0\0" + b"x" * 70_000,
}
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
    *(
        json.dumps({"type": "edit", "which": "a", "layer": 1, "unit": 1, "weights": {place: 1.0}})
        for place in ("9" * 5000, "0", "-1", "٣" * 5000, "")
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
    for name, sent in (RAW | lines | FRAMES).items():
        with sockets.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as line:
            if name in FRAMES:
                upgrade(line)
            line.sendall(sent)
            with suppress(OSError):  # where the server has hung up before
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


def uploads(server: Server) -> list[tuple[str, int, str]]:
    """Files and formulas, for an experiment of the one who sends them."""

    async def own() -> str:
        async with opened(server) as (_, welcome):
            return welcome["session"]

    session, found = asyncio.run(own()), list[tuple[str, int, str]]()
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as http:
        for kind, (name, data) in FILES.items():
            head = json.dumps([{"name": name, "size": len(data)}]).encode() + b"\n"
            query = {"session": session, "name": name, "kind": "file"}
            for route, body in (("/open", head + data), ("/compare", data), ("/own-data", data)):
                answer = http.post(route, params=query, content=body)
                found.append((f"{kind}: {route}", answer.status_code, answer.text))
                assert answer.json().get("problem"), f"{kind}: {route} is refused in words"
        for formula in FORMULAS:
            query = {"session": session, "kind": "formula"}
            answer = http.post("/own-data", params=query, content=formula.encode())
            found.append((formula[:40], answer.status_code, answer.text))
    return found


@pytest.mark.parametrize("attack", [requests, raw, uploads], ids=["requests", "raw", "uploads"])
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


def test_a_message_that_finds_a_fault_of_ours_costs_the_page_nothing_else(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(dispatch.HANDLERS, "undo", fail)
    monkeypatch.setattr(duties, "PAUSE_S", 0.05)

    async def story() -> None:
        async with opened(server) as (page, _):
            await page.say(type="undo")
            await page.say(type="clock", sent=7)
            assert (await page.hear("clock"))["sent"] == 7
            await page.frame()

    in_loop(story())


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 400])
def test_what_is_said_back_is_json(server: Server, number: str):
    async def story() -> None:
        async with opened(server) as (page, _):
            for kind in ("clock", "view", "inspect"):
                fields = ("sent", "x", "y", "look", "layer")
                said = ", ".join(f'"{name}": {number}' for name in fields)
                await page.socket.send(f'{{"type": "{kind}", {said}}}')
            await page.say(type="clock", sent=7)
            answer: dict[str, Any] = {}
            while answer.get("sent") != 7:
                raw = await asyncio.wait_for(page.socket.recv(), PATIENCE_S)
                if isinstance(raw, str):
                    answer = json.loads(raw, parse_constant=pytest.fail)

    in_loop(story())


def test_the_kinds_are_many():
    assert len(FILES) + len(FORMULAS) + len(FRAMES) > 40
    assert len(BODIES) + len(PATHS) + len(RAW) + len(HELLOS) + len(MESSAGES) > 90
