"""The server as a process: where it listens, what it prints, how it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from cellscope.app.cli.commands import main
from cellscope.app.server.run import address, listen
from cellscope.model.spec import SpecError

ROOT = Path(__file__).parents[2]


@contextmanager
def taken() -> Generator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def test_a_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str]):
    with taken() as port:
        assert main(["serve", "--port", str(port)]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "--port" in error
    assert str(port) in error


@pytest.mark.parametrize(
    "host", ["bad host", "nowhere.invalid", "192.0.2.1", "", "x" * 300, "\u2028", "1.2.3.4.5"]
)
def test_a_host_that_is_none_is_named(host: str):
    with pytest.raises(SpecError) as refused:
        listen(host, 0)
    assert (refused.value.field, refused.value.rule) == ("host", "no_address")


@pytest.mark.parametrize(
    "variable",
    [
        *("HOST", "PORT", "CELLSCOPE_MAX_SESSIONS", "CELLSCOPE_MAX_EXPERIMENTS"),
        *("CELLSCOPE_RECORDING_MB", "CELLSCOPE_FRAME_ANCESTORS"),
    ],
)
def test_a_bad_environment_is_one_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variable: str
):
    monkeypatch.setenv("PORT", "0")
    monkeypatch.setenv(variable, "no such thing;")
    assert main(["serve"]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert f"--{variable.removeprefix('CELLSCOPE_').replace('_', '-').lower()}" in error
    assert "no such thing" in error


@pytest.mark.parametrize(
    "arguments",
    [
        ("--port=",),
        ("--host=",),
        ("--port", "-1"),
        ("--max-sessions", "0"),
        ("--recording-mb", "0"),
        ("--max-experiments", "x"),
    ],
)
def test_a_bad_option_does_not_fall_back_to_the_environment(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
):
    monkeypatch.setenv("PORT", "0")
    assert main(["serve", *arguments]) == 2
    assert arguments[0].split("=")[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    ("variable", "value"),
    [("CELLSCOPE_SECRET", "short"), ("CELLSCOPE_PASSWORD", " x "), ("CELLSCOPE_PASSWORD", "a\tb")],
)
def test_a_bad_secret_is_named_and_not_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, variable: str, value: str
):
    monkeypatch.setenv("PORT", "0")
    monkeypatch.setenv(variable, value)
    assert main(["serve"]) == 2
    error = capsys.readouterr().err
    assert variable.removeprefix("CELLSCOPE_").lower() in error.lower()
    assert value not in error


def test_localhost_listens_where_its_address_says():
    with listen("localhost", 0) as listening:
        assert listening.family == socket.AF_INET


def test_the_address_is_one_that_a_browser_on_this_machine_opens():
    assert address("127.0.0.1", 8050) == "http://127.0.0.1:8050/"
    assert address("0.0.0.0", 80) == "http://127.0.0.1:80/"
    assert address("::1", 80) == "http://[::1]:80/"
    assert address("::", 80) == "http://[::1]:80/"


def test_the_command_line_needs_no_terminal_and_no_locale():
    command = [sys.executable, "-m", "app", "train", "--width", "1_0"]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr.count(b"\n") == 1
    assert b"Traceback" not in done.stderr


BUSY = """
import time
from cellscope.app.server import run as server
from cellscope.app.session.sessions import Limits
from cellscope.model.spec import Spec
from cellscope.model.view import View

made = server.create_app

def create(*arguments):
    app = made(*arguments)
    app.add_api_route("/busy", lambda: time.sleep(600))
    app.router.routes.insert(0, app.router.routes.pop())
    return app

server.create_app = create
server.serve(server.Start(Spec(), View()), Limits(), "127.0.0.1", 0)
"""


def test_sigterm_ends_the_server_soon_whatever_it_is_computing():
    command = [sys.executable, "-c", BUSY]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        with pytest.raises(httpx.ReadTimeout):
            httpx.get(f"{url}busy", timeout=1.0)
        told = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=60) == 0
        assert time.monotonic() - told < 30.0  # 3.5 s where nobody else computes


SLOW_TO_UNLOAD = """
import time
from cellscope.app.server import run as server
from cellscope.app.session.sessions import Limits
from cellscope.model.spec import Spec
from cellscope.model.view import View

class Large:
    def __del__(self):
        time.sleep(60)

large = Large()
server.serve(server.Start(Spec(), View()), Limits(), "127.0.0.1", 0)
"""


def test_sigterm_does_not_wait_for_libraries_to_be_unloaded():
    """On a busy machine torch and numba take longer than the five seconds that there are."""
    command = [sys.executable, "-c", SLOW_TO_UNLOAD]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("Cellscope is running at ")
        told = time.monotonic()
        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=120) == 0
        assert time.monotonic() - told < 30.0
