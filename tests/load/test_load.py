"""Load and faults: many viewers, readers that do not read, crashes, full disks, clocks that jump.

The short form takes about a minute and is run by `make long`; `make soak` runs the long one
(CELLSCOPE_SOAK), which measures what a lab and a hall ask for.
"""

import asyncio
import json
import os
import random
import socket as sockets
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from cellscope.app.session.store import FILE, Store
from tests.app.conftest import LIMITS, Server, press_play, served
from tests.app.test_hostile import BODIES, CALLBACK, PATHS
from tests.browser.serving import ROOT
from tests.browser.serving import Server as Machine
from tests.load.viewers import Viewer, viewer

pytestmark = pytest.mark.long(seconds=60)
SOAK = os.environ.get("CELLSCOPE_SOAK", "") not in ("", "0")
LAB, HALL, SECONDS, KILLS, HOSTILE = (30, 100, 600.0, 50, 3000) if SOAK else (4, 12, 3.0, 2, 300)
LOST_S = 5.0  # of training, at most, by a crash
QUERY = "?width=16&depth=4&pixels=201&speed=max"
HERE = "http://127.0.0.1:8050/"


def run(story: Any) -> Any:
    return asyncio.run(story)


def threads() -> int:
    return threading.active_count()


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served() as running:
        yield running


async def opened(stack: AsyncExitStack, server: Any, many: int, **hello: Any) -> list[Viewer]:
    return [await stack.enter_async_context(viewer(server.port, **hello)) for _ in range(many)]


async def present(one: Viewer) -> str:
    await one.say(type="present", at=HERE)
    return str((await one.until("room"))["code"])


def test_own_experiments_all_get_pictures_and_nothing_is_left_of_them(server: Server):
    most = threads() + 12  # pools keep their threads; trainers are gone

    async def story() -> None:
        async with AsyncExitStack() as stack:
            lab = await opened(stack, server, LAB, query=QUERY)
            for one in lab:
                await press_play(server, one.seen.welcome["session"])
            await asyncio.gather(*(one.until_step(1) for one in lab))
            await asyncio.gather(*(one.watch(SECONDS) for one in lab))
            rates = sorted(one.seen.rate(SECONDS) for one in lab)
            assert not any(one.seen.problems for one in lab)
            assert all(one.seen.step > 0 for one in lab), "all of them train"
            assert rates[0] >= (2.0 if SOAK else 0.6), rates
            assert rates[0] >= rates[len(rates) // 2] / (2 if SOAK else 4), rates

    run(story())
    end = time.monotonic() + 30
    while threads() > most and time.monotonic() < end:
        time.sleep(0.1)
    assert threads() <= most


def test_a_hall_follows_and_who_never_reads_costs_the_others_nothing(server: Server):
    async def story() -> None:
        async with AsyncExitStack() as stack:
            (lecturer,) = await opened(stack, server, 1, query=QUERY)
            code = await present(lecturer)
            await press_play(server, lecturer.seen.welcome["session"])
            phones = await opened(stack, server, HALL, room=code)
            (stuck,) = await opened(stack, server, 1, room=code)
            for _ in range(50):
                await stuck.say(type="next")  # and never reads
            watching = [lecturer, *phones]
            await asyncio.gather(*(one.watch(SECONDS) for one in watching))
            rates = sorted(one.seen.rate(SECONDS) for one in phones)
            assert rates[0] >= (10.0 if SOAK else 1.5), rates
            frames, size = (sum(getattr(p.seen, of) for p in phones) for of in ("frames", "bytes"))
            assert size / frames <= 12_000
            assert max(p.seen.bytes for p in phones) / SECONDS <= 120_000

    run(story())


def test_half_open_connections_take_nobodys_place(server: Server):
    held = [sockets.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
    for k, half in enumerate(held):
        half.sendall((b"GET / HTTP/1.1\r\nHost: x\r\nX: ", b"GET /stream HTT", b"")[k % 3])

    async def story() -> None:
        async with viewer(server.port, QUERY) as one:
            await one.watch(1.0)
            assert one.seen.frames

    try:
        run(story())
        assert httpx.get(f"http://127.0.0.1:{server.port}/healthz").status_code == 200
    finally:
        for half in held:
            half.close()


def hostile_messages(chance: random.Random) -> str | bytes:
    """One of very many kinds."""
    kinds = (
        *("hello", "next", "view", "sharp", "clock", "drag", "inspect", "line", "draws", "pair"),
        *("sweep-start", "time", "train-on", "sheet", "present", "room-take", "room-question"),
        *("room-sample", "vote", "branch", "show-mine", "x", "__class__"),
    )
    values: tuple[Any, ...] = (
        *(None, True, -1, 2**70, 1e308, "", "x" * 900, [], [[]] * 20, {}, {"a": {"b": []}}),
        *("../../etc/passwd", "<script>", "\ud800".encode("utf-8", "replace").decode(), "NaN"),
    )
    names = ("layer", "mode", "window", "pixels", "step", "run", "question", "stage", "token")
    names += ("prediction", "number", "code", "name", "value", "order", "lang", "x", "y", "at")
    shape = chance.randrange(8)
    if shape == 0:
        return chance.randbytes(chance.randrange(300))
    if shape == 1:
        return chance.choice(("", "[", "null", "[]", "7", '"x"', "{" * 400, "\x00"))
    said = {name: chance.choice(values) for name in chance.sample(names, 5)}
    return json.dumps({"type": chance.choice(kinds)} | said)


def test_nothing_that_is_sent_makes_it_fail_and_others_train_on(server: Server):
    chance = random.Random(7)

    async def pester(room: str) -> None:
        async with AsyncExitStack() as stack:
            page, *_ = await opened(stack, server, 1, query=QUERY)
            phone, *_ = await opened(stack, server, 1, room=room)
            for k in range(HOSTILE):
                one = (page, phone)[k % 2]
                try:
                    await one.socket.send(hostile_messages(chance))
                except Exception:  # it hung up on us
                    return

    def ask(path: str, body: bytes | None) -> int:
        with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=30) as client:
            kind = {"Content-Type": "application/json"}
            answer = (
                client.get(path) if body is None else client.post(path, content=body, headers=kind)
            )
            assert "Traceback" not in answer.text
            return answer.status_code

    async def story() -> None:
        async with viewer(server.port, QUERY) as one:
            code = await present(one)
            await press_play(server, one.seen.welcome["session"])
            await one.until_step(1)
            before = one.seen.step
            posts = [(CALLBACK, body) for body in BODIES.values()]
            posts += [("/lab/numbers", body) for body in BODIES.values()]
            gets = [
                (quote(path, safe="/?=&%"), None)
                for path in (*PATHS, "/?room=%00", "/room?x=1", "/lab", "/privacy")
            ]
            asked = [asyncio.to_thread(ask, *one_of) for one_of in (*posts, *gets)]
            pestering = asyncio.create_task(pester(code))
            found = await asyncio.gather(*asked)
            await pestering
            assert all(status < 500 for status in found), found
            await one.watch(1.0)
            assert one.seen.step > before

    run(story())


def test_a_clock_that_jumps_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = Store(tmp_path)
    store.take()
    real = time.time

    async def story(server: Server) -> None:
        async with viewer(server.port, QUERY) as one:
            await press_play(server, one.seen.welcome["session"])
            await one.watch(1.0)
            for days in (400, -400):
                monkeypatch.setattr(time, "time", lambda days=days: real() + days * 86_400.0)
                seen = one.seen.frames
                for _ in range(30):  # kernels may have to be compiled
                    await one.watch(1.0)
                    if one.seen.frames > seen:
                        break
                assert one.seen.frames > seen
            kept = one.seen.welcome["session"]
            assert store.read(kept) is not None

    with served(LIMITS, store=store) as server:
        run(story(server))


def test_a_full_disk_is_said_and_costs_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    store = Store(tmp_path)
    store.take()

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store, "write", full)

    async def story(server: Server) -> None:
        async with viewer(server.port, QUERY) as one:
            await press_play(server, one.seen.welcome["session"])
            said = await one.until("storing")
            assert said["problem"] == "full"
            await one.until_step(1)
            await one.watch(2.0)
            assert one.seen.frames

    with served(LIMITS, store=store) as server:
        run(story(server))


def test_a_crash_loses_five_seconds_at_most_and_the_file_is_whole(tmp_path: Path):
    machine = Machine("--data", str(tmp_path))
    machine.start()
    second = [sys.executable, "-m", "app", "serve", "--port", "0", "--data", str(tmp_path)]
    refused = subprocess.run(second, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert refused.returncode == 2
    assert "data" in refused.stderr
    session: object = None
    chance = random.Random(3)
    try:
        for _ in range(KILLS):
            session, step, rate = run(_train(machine, session, 6.0 + chance.random()))
            machine.kill()
            with sqlite3.connect(tmp_path / FILE) as connection:
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            machine.start()
            back, found = run(_step_of(machine, session))
            assert back == session, "the experiment is back"
            assert found >= step - LOST_S * rate - 20, (found, step, rate)
    finally:
        machine.stop()


async def _train(machine: Any, session: object, seconds: float) -> tuple[str, int, float]:
    """Its id, its step, and its steps a second."""
    async with viewer(machine.port, QUERY, session=session, resume=bool(session)) as one:
        if not session:
            await press_play(machine, one.seen.welcome["session"])
        await one.until_step(1)
        before = time.monotonic()
        await one.watch(1.0)
        first = one.seen.step
        await one.watch(seconds)
        steps = one.seen.step - first
        return one.seen.welcome["session"], one.seen.step, steps / (time.monotonic() - before)


async def _step_of(machine: Any, session: object) -> tuple[str, int]:
    async with viewer(machine.port, session=session, resume=True) as one:
        await one.watch(1.0)
        return one.seen.welcome["session"], one.seen.step
