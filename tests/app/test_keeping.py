"""Nothing is lost: what is stored, what comes back, and what a broken disk costs."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import numpy as np
import pytest

from cellscope.app.cli.commands import main
from cellscope.app.session import keeping
from cellscope.app.session.keeping import Keeping
from cellscope.app.session.sessions import Limits
from cellscope.app.session.store import DAY_S, MIGRATIONS, Row, Store
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training.held import pack
from tests.app.conftest import PATIENCE_S, Server, in_loop, opened, press_play, served, wait_until
from tests.trainers import Trainers

ROOT = Path(__file__).parents[2]
SPEC = Spec(width=4, depth=3, samples=60, batch_size=8)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that writes its experiments down."""
    with served(store=Store(tmp_path_factory.mktemp("kept"))) as running:
        yield running


def row(start: Trainers, name: str, used: float = 0.0) -> Row:
    settings = {"speed": "200", "differences": "", "revision": 3}
    return Row(name, used, used, settings, *pack(start(SPEC).hold()))


def sound(folder: Path) -> bool:
    with closing(sqlite3.connect(folder / "cellscope.sqlite")) as connection:
        return connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def stored(folder: Path) -> dict[str, int]:
    """Experiment -> step."""
    return {one.id: json.loads(one.words)["networks"][0]["step"] for one in Store(folder).rows()}


def test_an_experiment_is_back_after_the_server_has_ended(tmp_path: Path):
    story: dict[str, Any] = {}

    async def first() -> None:
        async with opened(server, "?width=5&seed=7&step=60&speed=50") as (page, welcome):
            while (await page.frame())[0]["step"] < 60:
                pass
            story.update(welcome)
            story["step"] = 60

    async def second() -> None:
        async with opened(server, "", story["session"]) as (page, welcome):
            assert welcome["session"] == story["session"]
            assert welcome["note"] == "back", "undo begins anew, and so does counting"
            assert welcome["settings"] == story["settings"]
            header, _ = await page.frame()
            assert header["step"] == 60

    for part in (first, second):
        with served(Limits(sessions=3), store=Store(tmp_path)) as server:
            in_loop(part())
    assert sound(tmp_path)


def test_without_the_option_nothing_is_written_and_nothing_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    kept: list[str] = []

    async def story() -> None:
        async with opened(server, "", kept[0] if kept else None) as (_, welcome):
            kept.append(welcome["session"])

    for _ in range(2):
        with served() as server:
            in_loop(story())
    assert kept[0] != kept[1]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("session", ["' OR 1=1 --", "x" * 9999, "\ud800", "../../secret", ""])
def test_nobody_gets_anothers_experiment_by_a_strange_id(kept: Server, session: str):
    async def story() -> None:
        async with opened(kept) as (_, mine), opened(kept, "", session) as (_, other):
            assert other["session"] != mine["session"]

    in_loop(story())


@pytest.mark.long
def test_a_killed_server_loses_at_most_five_seconds(tmp_path: Path):
    command = [sys.executable, "-m", "app", "serve", "--port", "0", "--data", str(tmp_path)]

    def begin() -> tuple[subprocess.Popen[str], Any]:
        process = subprocess.Popen(command, cwd=ROOT, stdout=-1, text=True)
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1].rstrip("/")

        class Address:
            port, url = httpx.URL(address).port, address

        return process, Address()

    process, address = begin()
    kept: dict[str, Any] = {}

    async def train() -> None:
        async with opened(address, "?width=4&depth=3&speed=50") as (page, welcome):
            kept["session"] = welcome["session"]
            await press_play(address, welcome["session"])
            while not stored(tmp_path).get(welcome["session"]):
                kept["step"] = (await page.frame())[0]["step"]
            process.send_signal(signal.SIGKILL)

    in_loop(train())
    process.wait()
    process.stdout.close()  # pyright: ignore[reportOptionalMemberAccess]
    assert sound(tmp_path)
    before = stored(tmp_path)[kept["session"]]
    process, address = begin()

    async def back() -> None:
        async with opened(address, "", kept["session"]) as (page, welcome):
            assert welcome["session"] == kept["session"]
            assert (await page.frame())[0]["step"] >= before
            while (await page.frame())[0]["step"] <= before:  # it trains on
                pass

    in_loop(back())
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=PATIENCE_S) == 0
    process.stdout.close()  # pyright: ignore[reportOptionalMemberAccess]


def test_a_second_server_on_the_same_folder_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    first = Store(tmp_path)
    first.take()
    assert main(["serve", "--port", "0", "--data", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert len(error.splitlines()) == 1
    assert "--data" in error
    assert str(tmp_path)[:20] in error  # shortened
    first.give()
    second = Store(tmp_path)
    second.take()
    second.give()


def test_a_disk_that_takes_nothing_is_said_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(keeping, "PERIOD_S", 0.1)
    store = Store(tmp_path)
    told: list[str] = []

    async def story() -> None:
        async with opened(server, "?speed=50") as (page, _):
            told.append((await page.hear("storing"))["problem"])
            assert (await page.frame())[0]["step"] == 0  # and the rest goes on
            store.path.rmdir()
            told.append((await page.hear("storing"))["problem"])

    store.path.mkdir()  # where the file would be
    with served(store=store) as server:
        in_loop(story())
    assert told == ["other", ""]
    assert len(store.rows()) == 1


def test_a_full_disk_that_sqlite_calls_an_io_error_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """As on a full tmpfs, where the memory map beside the file finds no room (SQLITE_IOERR)."""

    def usage(_folder: Path) -> SimpleNamespace:
        return SimpleNamespace(free=4096)

    monkeypatch.setattr(keeping, "disk_usage", usage)
    error = sqlite3.OperationalError("disk I/O error")
    assert keeping.why(error, Store(tmp_path)) == "full"


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (sqlite3.OperationalError("database or disk is full"), "full"),
        (OSError(28, "No space left on device"), "full"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "read_only"),
        (sqlite3.OperationalError("disk I/O error"), "other"),
    ],
)
def test_what_is_wrong_with_the_disk_has_a_name(tmp_path: Path, error: Exception, problem: str):
    class Broken(Store):
        def write(self, rows: object, news: object = ()) -> None:
            raise error

    def living() -> list[Any]:
        return []

    kept = Keeping(Broken(tmp_path), living)
    kept.problem = "before"
    kept.start()
    wait_until(lambda: kept.problem == problem)
    kept.close(5.0)


def test_what_nobody_uses_expires(tmp_path: Path, start: Trainers):
    store, now = Store(tmp_path), 1e9
    store.write([row(start, "old", now - 31 * DAY_S), row(start, "new", now - 29 * DAY_S)])
    assert store.expire(now) == 1
    assert [one.id for one in store.rows()] == ["new"]


@pytest.mark.parametrize(
    ("began", "corrected"), [(0.0, 1.8e9), (1.8e9, 0.0), (4e9, 1.8e9), (1.8e9, 4e9)]
)
def test_a_clock_that_is_wrong_at_first_or_later_makes_nothing_expire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, began: float, corrected: float
):
    monkeypatch.setattr(keeping.time, "time", lambda: began)
    kept = keeping.Keeping(Store(tmp_path), list)
    monkeypatch.setattr(keeping.time, "time", lambda: corrected)
    day = 24 * 3600.0
    assert kept.expiring() < 1.8e9 + day, "what was used just now stays"
    assert kept.used() > 1.8e9 - day, "and is no older when the next server starts"


def test_nothing_expires_before_a_machine_has_asked_for_the_time(tmp_path: Path, start: Trainers):
    store = Store(tmp_path)
    store.write([row(start, "old", used=1.0)])
    kept = keeping.Keeping(store, list)
    for due in (False, True):
        if due:
            kept._expire_at = 0.0  # pyright: ignore[reportPrivateUsage]
        kept._attempt()  # pyright: ignore[reportPrivateUsage]
        assert (store.read("old") is None) == due


def test_all_of_a_writing_is_there_or_nothing(tmp_path: Path, start: Trainers):
    store, good = Store(tmp_path), row(start, "good")
    with pytest.raises(sqlite3.IntegrityError):
        store.write([good, Row("bad", 0.0, None, {}, "", b"")])  # pyright: ignore[reportArgumentType]
    assert store.rows() == []


def test_data_of_a_newer_version_are_left_alone(tmp_path: Path, start: Trainers):
    store = Store(tmp_path)
    store.write([row(start, "one")])
    with closing(sqlite3.connect(store.path)) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(SpecError) as refused:
        store.write([])
    assert refused.value.rule == "newer_data"


def test_an_experiment_that_was_broken_is_not_brought_back(tmp_path: Path, start: Trainers):
    store, good = Store(tmp_path), row(start, "one")
    store.write([Row("one", 0.0, 0.0, good.settings, good.words, good.numbers[:-4])])
    assert Keeping(store, list).back("one") is None
    assert Keeping(store, list).back("nobody") is None


def test_the_secret_outlives_the_server_and_is_the_owners(tmp_path: Path):
    assert Store(tmp_path).secret() == Store(tmp_path).secret()
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damaged", [b"", b"abc", b"\xf1\xff" * 20, b"\n" * 40])
def test_a_damaged_secret_is_made_anew(tmp_path: Path, damaged: bytes):
    (tmp_path / "secret").write_bytes(damaged)
    made = Store(tmp_path).secret()
    assert len(made) >= 16
    assert Store(tmp_path).secret() == made
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_data_of_a_newer_version_are_named_in_a_sentence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    with closing(sqlite3.connect(tmp_path / "cellscope.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")
    with served(Limits(sessions=3), store=Store(tmp_path)) as server, caplog.at_level(30):

        async def story() -> None:
            async with opened(server) as (page, _):
                await page.hear("storing")

        in_loop(story())
    assert "newer Cellscope" in caplog.text
    assert "newer_data" not in caplog.text


def test_the_command_lists_exports_and_purges(
    tmp_path: Path, start: Trainers, capsys: pytest.CaptureFixture[str]
):
    def said(*arguments: str) -> Any:
        assert main(["data", *arguments, "--data", str(tmp_path), "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    store = Store(tmp_path)
    store.write([row(start, "one", time.time()), row(start, "two", 0.0)])
    listed = said("list")["experiments"]
    assert [one["id"] for one in listed] == ["one", "two"]
    assert listed[0]["hidden"] == "4,4"
    out = tmp_path / "network.npz"
    said("export", "--id", "one", "--out", str(out))
    with np.load(out, allow_pickle=False) as arrays:
        assert [arrays[f"W{k}"].shape for k in range(3)] == [(4, 2), (4, 4), (2, 4)]
        assert json.loads(str(arrays["settings"]))["id"] == "one"
    assert main(["cells", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["patterns"] > 0
    assert said("purge", "--days", "30") == {"deleted": 1}
    assert said("purge", "--id", "one") == {"deleted": 1}
    assert said("list") == {"experiments": []}
    assert said("purge", "--all") == {"deleted": 0}


@pytest.mark.parametrize(
    "arguments", [("purge",), ("purge", "--all", "--days", "3"), ("export", "--id", "x")]
)
def test_a_wrong_question_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
):
    assert main(["data", *arguments, "--data", str(tmp_path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "--purge" not in line  # a command, no option
    assert main(["data", *arguments, "--data", str(tmp_path / "no")]) == 2
    line = capsys.readouterr().err
    assert line.startswith("cellscope: --data: ")
    assert "(No such file or directory)" in line
    assert os.listdir(tmp_path) == []
