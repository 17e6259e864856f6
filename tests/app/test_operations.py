"""Numbers for those who run a server, its log, and how it ends."""

import asyncio
import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed

from cellscope.app.cli.commands import main
from cellscope.app.server.logs import Lines
from tests.app.conftest import Page, Server, connect, in_loop, opened

ROOT = Path(__file__).parents[2]


def numbers(server: Server) -> dict[tuple[str, str], float]:
    answer = httpx.get(f"{server.url}/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


LOADING = """import sys
from cellscope.app import cli
def load():
    print("loading", flush=True)
    while True: pass
cli._loaded = load
sys.exit(cli.main())"""


def test_the_metrics_count_what_happens(server: Server):
    before = numbers(server)

    async def story() -> None:
        async with opened(server, "?step=30") as (page, welcome):
            while (await page.frame())[0]["step"] < 30:
                pass
            now = numbers(server)
            assert now["cellscope_viewers", ""] >= 1
            assert now["cellscope_frames_total", ""] > before["cellscope_frames_total", ""]
            assert now["cellscope_steps_total", ""] >= before["cellscope_steps_total", ""] + 30
            assert now["cellscope_memory_bytes", ""] > 1e7
            assert now["cellscope_waiting", "pictures"] >= 0
            assert welcome["session"] not in httpx.get(f"{server.url}/metrics").text

    in_loop(story())
    httpx.get(server.url, headers={"Host": "evil.example"})
    why = ("cellscope_refusals_total", "host")
    assert numbers(server)[why] == before[why] + 1


def test_a_line_of_the_log_is_a_json_object():
    try:
        raise ValueError("no")
    except ValueError:
        error = sys.exc_info()
    record = logging.LogRecord("cellscope", logging.ERROR, "", 1, "it %s", ("failed",), error)
    said = json.loads(Lines().format(record))
    assert (said["level"], said["message"], said["error"]) == ("error", "it failed", "ValueError")


def test_another_kind_of_log_is_refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CELLSCOPE_LOG", "xml")
    assert main(["serve", "--port", "0"]) == 2
    assert "CELLSCOPE_LOG: must be one of text, json" in capsys.readouterr().err


@contextmanager
def serving() -> Generator[subprocess.Popen[str]]:
    """The process of `serve`, with its log as JSON."""
    command = [sys.executable, "-m", "app", "serve", "--port", "0", "--width", "3"]
    environment = os.environ | {"CELLSCOPE_LOG": "json"}
    with subprocess.Popen(
        command, cwd=ROOT, stdout=-1, stderr=-1, text=True, env=environment
    ) as process:
        yield process


def test_it_serves_until_sigterm_when_sockets_are_told_and_it_ends_with_0():
    """The process of `serve`, from its line on the output to its exit status."""
    with serving() as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # Its output goes to a pipe, as that of scripts that wait for the line.
        line = process.stdout.readline()
        found = re.fullmatch(r"Cellscope is running at (http://127\.0\.0\.1:(\d+)/)\n", line)
        assert found
        url, port = found.groups()
        assert httpx.get(url).status_code == 200
        assert httpx.get(f"{url}healthz").json()["status"] == "ok"

        async def story() -> None:
            async with connect(f"ws://127.0.0.1:{port}/stream", compression=None) as socket:
                page = Page(socket)
                await page.say(type="hello", query="")
                await page.hear("welcome")
                process.send_signal(signal.SIGTERM)
                with suppress(ConnectionClosed):
                    while await socket.recv():
                        pass
                assert socket.close_code == 1012

        in_loop(story())
        told = time.monotonic()
        assert process.wait(timeout=60) == 0
        assert time.monotonic() - told < 30.0  # within 5 s where nobody else computes
        assert process.stdout.read() == ""
        lines = [json.loads(line) for line in process.stderr.read().splitlines()]
        assert [line["message"].split(":")[0] for line in lines] == ["started", "stopping"]
        assert all("127.0.0.1" not in json.dumps(line) for line in lines)


def test_a_server_that_still_loads_ends_with_0_too():
    command = [sys.executable, "-c", LOADING, "serve", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=-1, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


@pytest.mark.parametrize("sent", [b"x" * 1000, b""])
def test_an_upload_that_is_under_way_is_told_to_come_again(sent: bytes):
    with serving() as process:
        assert process.stdout is not None
        assert process.stderr is not None
        port = int(process.stdout.readline().rstrip("/\n").rpartition(":")[2])

        answers: list[bytes] = []

        async def story() -> None:
            async with connect(f"ws://127.0.0.1:{port}/stream", compression=None) as socket:
                page = Page(socket)
                await page.say(type="hello", query="")
                session = (await page.hear("welcome"))["session"]
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                head = f"POST /open?session={session} HTTP/1.1\r\nHost: localhost\r\n"
                writer.write(f"{head}Content-Length: 100000\r\n\r\n".encode() + sent)
                await asyncio.sleep(0.3)
                process.send_signal(signal.SIGTERM)
                answers.append(await reader.readline())
                writer.close()
                with suppress(OSError):
                    await writer.wait_closed()

        in_loop(story())
        assert answers == [b"HTTP/1.1 503 Service Unavailable\r\n"]
        assert process.wait(timeout=60) == 0
        lines = [json.loads(line) for line in process.stderr.read().splitlines()]
        assert not [line for line in lines if "trace" in line or line["level"] == "error"]
