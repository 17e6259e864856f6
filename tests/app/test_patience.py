"""Who begins to say something and does not go on is not waited for, and nothing is logged of it."""

import asyncio
import logging
import socket
import time
from collections.abc import Generator
from contextlib import contextmanager

import pytest

from cellscope.app.server import callback_guard as guard
from cellscope.app.server import protocol
from cellscope.app.server import request_bodies as bodies
from cellscope.app.server.callback_guard import CALLBACK_PATH
from tests.app.conftest import Server, in_loop, opened, wait_until

HEAD = f"POST {CALLBACK_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
CUT_SHORT = f'{HEAD}Content-Length: 100\r\n\r\n{{"output":'.encode()


@contextmanager
def line(server: Server) -> Generator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20.0) as opened:
        yield opened


@pytest.mark.parametrize(
    "begun", [b"", b"GET /he", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"]
)
def test_a_head_that_does_not_end_is_hung_up_on(
    server: Server, monkeypatch: pytest.MonkeyPatch, begun: bytes
):
    monkeypatch.setattr(protocol, "HEAD_S", 0.2)
    with line(server) as asking:
        asking.sendall(begun)
        assert asking.recv(100) == b""


def test_nor_one_after_a_request_that_was_answered(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(protocol, "HEAD_S", 0.3)
    with line(server) as asking:
        asking.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert asking.recv(100_000).startswith(b"HTTP/1.1 200")
        asking.sendall(b"GET /he")
        while received := asking.recv(100_000):  # what is left of the first answer
            assert b"HTTP" not in received


def test_a_slow_head_and_a_socket_are_served(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(protocol, "HEAD_S", 1.0)
    with line(server) as asking:
        for part in (b"GET /healthz HTTP/1.1\r\n", b"Host: 127.0.0.1\r\n", b"\r\n"):
            asking.sendall(part)
            time.sleep(0.1)
        assert asking.recv(100_000).startswith(b"HTTP/1.1 200")

    async def story() -> None:
        async with opened(server) as (page, _):
            await asyncio.sleep(1.1)
            await page.frame()

    in_loop(story())


def test_a_body_that_does_not_arrive_is_answered(server: Server, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bodies, "PATIENCE_S", 0.2)
    with line(server) as asking:
        asking.sendall(CUT_SHORT)
        assert asking.recv(100_000).startswith(b"HTTP/1.1 408")


def test_a_body_that_is_cut_short_logs_nothing(server: Server, monkeypatch: pytest.MonkeyPatch):
    logged, ended = list[logging.LogRecord](), list[str]()
    monkeypatch.setattr(logging.getLogger("uvicorn.error"), "handle", logged.append)
    answer = vars(guard)["_answer"]

    def noted(status: int, why: str) -> object:
        ended.append(why)
        return answer(status, why)

    monkeypatch.setattr("cellscope.app.server.callback_guard._answer", noted)
    with line(server) as asking:
        asking.sendall(CUT_SHORT)
    wait_until(lambda: ended)
    time.sleep(0.2)
    assert (ended, logged) == (["the body was cut short"], [])
