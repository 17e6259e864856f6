"""What the server says while it runs: nobody can make it say the same without end."""

import logging
import socket
import time

import pytest

from cellscope.app.server import logs
from tests.app.conftest import Server


class Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())


def test_nonsense_instead_of_http_is_noted_once_in_a_while(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    seldom, heard, noted = logs.Seldom(), Heard(), logging.getLogger("uvicorn.error")
    monkeypatch.setattr(noted, "level", logging.WARNING)
    noted.addFilter(seldom)
    noted.addHandler(heard)
    try:
        for _ in range(20):
            with socket.create_connection(("127.0.0.1", server.port)) as rude:
                rude.sendall(b"\x16\x03\x01 not http\r\n\r\n")
                rude.recv(200)
        time.sleep(0.1)
    finally:
        noted.removeFilter(seldom)
        noted.removeHandler(heard)
    assert heard.words == ["Invalid HTTP request received."]


def test_the_same_words_come_again_later_and_errors_always():
    seldom = logs.Seldom(every_s=0.05)
    logger = logging.getLogger("test")

    def said(level: int, words: str) -> bool:
        return seldom.filter(logger.makeRecord("test", level, "", 0, words, (), None))

    assert [said(logging.WARNING, "a"), said(logging.WARNING, "a"), said(logging.WARNING, "b")] == [
        True, False, True,
    ]  # fmt: skip
    assert said(logging.ERROR, "a")
    time.sleep(0.06)
    assert said(logging.WARNING, "a")
