"""What the server says while it runs: nobody can make it say the same without end."""

import json
import logging
import os
import socket
import subprocess
import sys
import time

import pytest

from cellscope.app.server import logs
from tests.app.conftest import Server
from tests.browser.serving import ROOT, START_S


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


def test_as_json_every_line_is_an_object_also_what_the_http_server_says():
    command = [sys.executable, "-m", "app", "serve", "--port", "0"]
    environment = os.environ | {"CELLSCOPE_LOG": "json"}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=START_S) as rude:
            rude.sendall(b"\x16\x03\x01 not http\r\n\r\n")
            rude.recv(200)
        process.terminate()
        _, said = process.communicate(timeout=START_S)
    lines = [json.loads(line) for line in said.splitlines()]
    assert {line["level"] for line in lines} == {"info", "warning"}
    assert any("Invalid HTTP" in line["message"] for line in lines)
