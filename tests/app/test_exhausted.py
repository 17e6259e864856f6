"""Where there are no more threads, files or memory to be had, that is said; the rest goes on."""

import asyncio
import errno
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.types import Message, Receive, Scope, Send
from websockets.asyncio.client import connect

from cellscope.app.cli import commands
from cellscope.app.server import lifespan
from cellscope.app.server.exhausted import TRY_AGAIN_LATER, Exhausted
from cellscope.app.session import sessions
from cellscope.app.session.fair import FairPool
from cellscope.app.session.keeping import Keeping
from cellscope.app.session.store import Store
from cellscope.app.stream.duties import aside
from cellscope.model import warm
from cellscope.model.own import warm_own
from cellscope.model.threads import is_exhausted
from tests.app.conftest import PATIENCE_S, Page, Server, in_loop, opened

NO_THREAD = "can't start new thread"
FAULTS = (
    OSError(errno.EMFILE, "Too many open files"),
    RuntimeError(NO_THREAD),
    MemoryError(),
    ExceptionGroup("some parts", [ValueError(), RuntimeError(NO_THREAD)]),
)


@pytest.mark.parametrize("error", FAULTS, ids=repr)
def test_what_is_missing_is_told_from_what_is_wrong(error: Exception):
    assert is_exhausted(error)
    assert not is_exhausted(RuntimeError("a fault of ours"))
    assert not is_exhausted(OSError(errno.ENOENT, "no such file"))


def asked(kind: str, error: Exception) -> list[Message]:
    """What is answered to a request, or a socket, that fails so twice."""
    sent: list[Message] = []

    async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise error

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    app = Exhausted(fails)
    for _ in range(2):
        asyncio.run(app({"type": kind}, receive, send))
    return sent


@pytest.mark.parametrize("error", FAULTS, ids=repr)
def test_who_asks_is_told_to_come_again_and_the_log_in_one_line(
    error: Exception, caplog: pytest.LogCaptureFixture
):
    start, *_ = asked("http", error)
    assert start["status"] == 503
    assert (b"retry-after", b"5") in start["headers"]
    (line,) = caplog.records
    assert line.exc_info is None
    assert [m["code"] for m in asked("websocket", error)] == [TRY_AGAIN_LATER] * 2


def test_what_is_wrong_is_no_want_of_anything():
    with pytest.raises(ValueError, match="a fault of ours"):
        asked("http", ValueError("a fault of ours"))


def without_threads(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """No thread but so many can be started; their names stay."""
    start, started = threading.Thread.start, list[str]()

    def few(thread: threading.Thread) -> None:
        if len(started) >= after:
            raise RuntimeError(NO_THREAD)
        started.append(thread.name)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", few)


def test_a_pool_works_with_the_threads_that_it_got_and_has_the_others_later(
    monkeypatch: pytest.MonkeyPatch,
):
    pool = FairPool(3, "few")
    with monkeypatch.context() as scarce:
        without_threads(scarce, 0)
        with pytest.raises(RuntimeError, match=NO_THREAD):
            pool.start()
    with monkeypatch.context() as scarce:
        without_threads(scarce, 1)
        assert pool.submit(lambda: 7).result(PATIENCE_S) == 7
    met = threading.Barrier(3)
    for future in [pool.submit(met.wait, PATIENCE_S) for _ in range(3)]:
        future.result(PATIENCE_S)
    pool.shutdown()


def test_a_command_that_gets_no_thread_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def fails(_options: Any) -> int:
        with monkeypatch.context() as scarce:
            without_threads(scarce, 0)
            threading.Thread().start()
        return 0

    def add(parsers: Any) -> None:
        parsers.add_parser("work").set_defaults(command=fails)

    monkeypatch.setattr(commands, "SUBCOMMANDS", (add,))
    assert commands.main(["work"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("cellscope: machine: it has no more threads")
    assert NO_THREAD in line


def test_kernels_are_prepared_and_experiments_stored_once_there_are_threads_for_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
):
    keeping = Keeping(Store(tmp_path), list)
    monkeypatch.setattr(warm, "prepare", lambda: None)
    monkeypatch.setattr(lifespan, "TIDY_PERIOD_S", 0.01)
    released = threading.Event()

    async def story() -> None:
        with monkeypatch.context() as scarce:
            without_threads(scarce, 0)
            keeping.start()
            assert (keeping.writes, keeping.problem) == (False, "other")
            preparing = asyncio.create_task(lifespan.prepare(cast(Any, Held(released.set))))
            await asyncio.sleep(0.05)
            assert not released.is_set()
        await asyncio.wait_for(preparing, PATIENCE_S)
        keeping.start()
        assert keeping.writes
        await lifespan.store_all(keeping)

    asyncio.run(story())
    assert released.is_set()
    assert (keeping.writes, keeping.problem) == (False, "")
    assert len(caplog.records) == 2, "each is said once"


@dataclass
class Held:
    """Experiments that wait until kernels are compiled."""

    release: Callable[[], None]


def test_an_experiment_that_gets_no_thread_is_refused_in_words_and_others_go_on(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    def none(*_: Any) -> Any:
        raise RuntimeError(NO_THREAD)

    async def story() -> None:
        async with opened(server, "width=6&depth=3") as (page, _):
            await page.frame()
            with monkeypatch.context() as scarce:
                scarce.setattr(sessions, "trainer_of", none)
                async with connect(f"ws://127.0.0.1:{server.port}/stream") as socket:
                    other = Page(socket)
                    await other.say(type="hello", query="width=5")
                    full = await other.hear("full")
            assert full["why"] == "threads"
            assert full["limit"] > 1
            await page.say(type="inspect", x=0.1, y=0.2)
            await page.hear("inspection")

    in_loop(story())


def test_a_part_of_the_page_that_gets_none_is_one_line(caplog: pytest.LogCaptureFixture):
    async def part() -> None:
        raise RuntimeError(NO_THREAD)

    async def story() -> None:
        await aside(part())

    with caplog.at_level(logging.WARNING):
        asyncio.run(story())
    (line,) = caplog.records
    assert NO_THREAD in line.getMessage()
    assert line.exc_info is None


def test_kernels_are_compiled_here_where_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch):
    warmed: list[str] = []

    def none(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EAGAIN, "Resource temporarily unavailable")

    def missing(**_: bool) -> list[str]:
        return ["a kernel"]

    monkeypatch.setattr(warm.subprocess, "Popen", none)
    monkeypatch.setattr(warm.jit, "missing", missing)
    monkeypatch.setattr(warm, "warm", lambda: warmed.append("here"))
    warm.prepare()
    warm_own.prepare()
    assert warmed == ["here"]
    assert warm.trouble() == ""
