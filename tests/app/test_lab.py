"""The teacher's view, a student's own experiment, and the pages that everybody may want."""

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from cellscope.app.server.rates import PASSWORDS
from cellscope.app.server.safety import Safety
from cellscope.app.session import keeping
from cellscope.app.session.store import FILE, TEACHER, Store
from tests.app.conftest import LIMITS, Server, served
from tests.app.test_hall import HERE, open_room, page, run

TOKEN = "chalk and board"


@pytest.fixture(scope="module")
def taught() -> Iterator[Server]:
    """One that has a teacher."""
    with served(safety=Safety(teacher=TOKEN)) as running:
        yield running


def lab(server: Server, token: object = TOKEN) -> httpx.Response:
    return httpx.post(f"{server.url}/lab/numbers", json={"token": token}, timeout=60)


def test_the_teacher_sees_counts_and_no_person(taught: Server):
    async def story(server: Server) -> None:
        async with page(server) as student, page(server) as other:
            welcome = await student.hear("welcome")
            await other.hear("welcome")
            await student.say(type="sheet", question="2.4", prediction=["lines"], passed=False)
            await student.hear("sheet")
            await other.say(type="sheet", question="2.4", prediction=None, passed=False)
            await other.hear("sheet")
            answer = await asyncio.to_thread(lab, server)
            found = answer.json()
            counted = next(row for row in found["questions"] if row["name"] == "2.4")
            assert (counted["predicted"], counted["open"], counted["passed"]) == (1, 1, 0)
            assert found["experiments"] >= 2
            assert found["runs"]["paused"] >= 2
            assert welcome["session"] not in answer.text
            assert "127.0.0.1" not in answer.text

    run(story(taught))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"token": null}', b'{"token": "x"}', b"[" * 999]
)
def test_nobody_else_sees_them(taught: Server, body: bytes):
    assert httpx.post(f"{taught.url}/lab/numbers", content=body).status_code == 403
    assert httpx.get(f"{taught.url}/lab/numbers").status_code == 405


def test_who_tries_many_tokens_is_turned_away_also_with_the_right_one():
    with served(safety=Safety(teacher=TOKEN)) as server:
        assert TOKEN not in httpx.get(f"{server.url}/lab").text
        wrong = [lab(server, "no").status_code for _ in range(PASSWORDS.amount + 1)]
        assert wrong == [403] * PASSWORDS.amount + [429]
        assert lab(server).status_code == 429


def test_without_a_token_there_is_no_lab(server: Server):
    assert lab(server, "").status_code == 404


def test_with_a_data_folder_the_teachers_token_is_made_and_kept(tmp_path: Path):
    made = Store(tmp_path).secret(TEACHER)
    assert len(made) > 20
    assert Store(tmp_path).secret(TEACHER) == made
    assert Store(tmp_path).secret() != made
    assert (tmp_path / TEACHER).stat().st_mode & 0o077 == 0


def test_a_student_shows_an_experiment_until_the_second_press(server: Server):
    async def story() -> None:
        async with page(server) as student:
            await student.hear("welcome")
            await student.say(type="show-mine")
            code = (await student.hear("mine"))["code"]
            async with page(server, room=code) as teacher:
                await teacher.hear("following")
                assert (await teacher.frame())[0]["layer"] == 1
                await student.say(type="room-end")
                assert (await teacher.hear("no-room"))["why"] == "ended"
            assert (await student.hear("mine"))["code"] == ""

    run(story())


def test_a_follower_branches_off_and_the_lecture_goes_on(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            async with page(server, room=room["code"]) as phone:
                await phone.hear("following")
                shown, _ = await phone.frame()
                await phone.say(type="branch")
                copy = (await phone.hear("hall-copy"))["session"]
                async with page(server, session=copy, resume=True, query="?layer=2") as own:
                    welcome = await own.hear("welcome")
                    assert welcome["session"] == copy
                    assert welcome["settings"]["hidden"] or welcome["settings"]["width"] == 6
                    head, _ = await own.frame()
                    assert (head["step"], head["layer"]) == (shown["step"], 2)
                await presenter.say(
                    type="room-question", question="1.1", stage="open", covered=True
                )
                put = await phone.hear("hall-question")
                while put["question"] is None:
                    put = await phone.hear("hall-question")
                await phone.say(type="branch")
                assert "answered" in (await phone.hear("problem"))["message"], "no way round a vote"

    run(story())


def test_a_deleted_experiment_is_gone_from_memory_and_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(keeping, "PERIOD_S", 0.1)
    monkeypatch.setattr(keeping, "LONGEST_PERIOD_S", 0.2)
    store = Store(tmp_path)
    store.take()

    async def story(server: Server) -> None:
        async with page(server) as student:
            kept = (await student.hear("welcome"))["session"]
            async with asyncio.timeout(30):
                while not (tmp_path / FILE).exists() or store.read(kept) is None:
                    await asyncio.sleep(0.02)
            await student.say(type="delete")
            await student.hear("deleted")
        async with page(server, session=kept, resume=True) as again:
            assert (await again.hear("welcome"))["session"] != kept
        await asyncio.sleep(0.7)  # a write that was under way has come by now
        with sqlite3.connect(tmp_path / FILE) as connection:
            found = connection.execute("SELECT id FROM experiments").fetchall()
        assert (kept,) not in found

    with served(LIMITS, store=store) as server:
        run(story(server))


def test_an_experiment_that_is_handed_over_is_stored_at_every_moment(tmp_path: Path):
    store = Store(tmp_path)
    store.take()

    async def story(server: Server) -> None:
        async with page(server) as presenter, page(server) as second:
            mine = (await presenter.hear("welcome"))["session"]
            await presenter.say(type="present", at=HERE)
            await presenter.hear("room")
            async with asyncio.timeout(30):
                while not (tmp_path / FILE).exists() or store.read(mine) is None:
                    await asyncio.sleep(0.02)
            await presenter.say(type="room-give")
            code = (await presenter.hear("room-code"))["code"]
            await second.hear("welcome")
            await second.say(type="room-take", code=code)
            taken = (await second.hear("room-taken"))["session"]
            assert store.read(taken) is not None, "a crash now would take it away"
            assert store.read(mine) is None

    with served(LIMITS, store=store) as server:
        run(story(server))


@pytest.mark.parametrize("path", ["/privacy", "/accessibility"])
@pytest.mark.parametrize(("lang", "word"), [("en", "server"), ("de", "Server")])
def test_notices_are_in_both_languages(server: Server, path: str, lang: str, word: str):
    answer = httpx.get(f"{server.url}{path}?lang={lang}")
    assert answer.status_code == 200
    assert f'<html lang="{lang}"' in answer.text
    assert word in answer.text
    assert "<script" not in answer.text


def test_privacy_says_what_is_true_of_this_server(tmp_path: Path):
    store = Store(tmp_path)
    store.take()
    with served(store=store) as keeping, served() as plain:
        assert "30" in httpx.get(f"{keeping.url}/privacy?lang=en").text
        assert "memory only" in httpx.get(f"{plain.url}/privacy?lang=en").text


def test_the_operators_own_pages_are_linked():
    own = Safety(impressum="https://uni.example/i", datenschutz="https://uni.example/d")
    with served(safety=own) as server:
        known = httpx.get(f"{server.url}/?lang=de").text
        assert "https://uni.example/i" in known
        assert 'href="https://uni.example/d"' in httpx.get(f"{server.url}/privacy?lang=de").text


def test_no_cookie_is_set_anywhere(server: Server):
    for path in ("/", "/privacy", "/lab", "/room", "/?room=A", "/healthz"):
        assert "set-cookie" not in httpx.get(f"{server.url}{path}").headers, path


def test_what_a_follower_is_told_holds_no_id(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            welcome: dict[str, Any] = await presenter.hear("welcome")
            await presenter.say(type="present", at=HERE)
            room = await presenter.hear("room")
            async with page(server, room=room["code"]) as phone:
                heard: list[object] = [await phone.hear("following"), await phone.frame()]
                assert welcome["session"] not in json.dumps(heard, default=repr)

    run(story())
