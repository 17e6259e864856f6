"""Rooms: an experiment that a lecturer shows, and those who follow it."""

import asyncio
import io
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from cellscope.app.features.hall.address import find_address, qr
from cellscope.app.features.hall.frame import png
from cellscope.app.features.hall.halls import ALPHABET, LENGTH, plain_code
from cellscope.app.server.safety import Safety
from tests.app.conftest import Server, served

QUERY = "?width=6&depth=3&layer=1&dataset=moons"
HERE = "http://127.0.0.1:8050/"


class Page:
    """A socket, read as a page reads it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def say(self, **message: object) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next message of a kind."""
        async with asyncio.timeout(30):
            while True:
                said = await self.socket.recv()
                if isinstance(said, str) and json.loads(said)["type"] == kind:
                    return json.loads(said)

    async def frame(self) -> tuple[dict[str, Any], bytes]:
        """The next picture, asked for."""
        await self.say(type="next")
        async with asyncio.timeout(30):
            while True:
                said = await self.socket.recv()
                if isinstance(said, bytes):
                    length = int.from_bytes(said[:4], "little")
                    head = json.loads(said[4 : 4 + length])
                    if head["kind"] in ("frame", "hall-frame"):
                        return head, said[4 + length :]


@asynccontextmanager
async def page(server: Server, **hello: object) -> AsyncGenerator[Page]:
    async with connect(f"ws://127.0.0.1:{server.port}/stream", max_size=None) as socket:
        opened = Page(socket)
        await opened.say(**({"type": "hello", "session": None, "query": QUERY} | hello))
        yield opened


async def open_room(presenter: Page, **more: object) -> dict[str, Any]:
    await presenter.hear("welcome")
    await presenter.say(type="present", at=HERE, **more)
    return await presenter.hear("room")


def run(story: Any) -> Any:
    return asyncio.run(story)


def pixels(body: bytes) -> Any:
    return np.asarray(Image.open(io.BytesIO(body)))


def test_who_has_the_code_sees_the_presenters_picture(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            assert len(room["code"]) == LENGTH
            assert set(room["code"]) <= set(ALPHABET)
            assert room["token"] not in room["link"]
            await presenter.say(type="view", layer=1, mode="classes")
            await presenter.hear("looking")
            own, _ = await presenter.frame()
            async with page(server, room=room["code"].lower()) as phone:
                assert (await phone.hear("following"))["code"] == room["code"]
                head, body = await phone.frame()
                while head["mode"] != "classes":
                    head, body = await phone.frame()
                assert (head["version"], head["layer"]) == (own["version"], 1)
                assert pixels(body).shape == (301, 301)
                assert len(np.unique(pixels(body))) == head["count"]
                assert (await presenter.hear("hall"))["followers"] == 1

    run(story())


def test_a_follower_looks_where_it_likes_and_the_presenter_stays_where_it_was(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            async with page(server, room=room["code"]) as phone:
                await phone.hear("following")
                assert (await phone.frame())[0]["layer"] == 1
                await phone.say(type="view", layer=2, window=[0, 1, 0, 1])
                head, _ = await phone.frame()
                assert (head["layer"], head["window"]) == (2, [0, 1, 0, 1])
                await phone.say(type="view", layer=None, window=None)
                assert (await phone.frame())[0]["layer"] == 1
            assert (await presenter.frame())[0]["layer"] == 1

    run(story())


@pytest.mark.parametrize("kind", ["drag", "time", "train-on", "present", "room-end", "sheet"])
def test_a_follower_can_do_nothing_to_the_experiment(server: Server, kind: str):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            async with page(server, room=room["code"]) as phone:
                said = await phone.hear("following")
                assert set(said) == {"type", "code"}, "no id of the experiment"
                await phone.say(type=kind, name="width", value=9, order=1, page="x", step=0, run=0)
                assert kind in (await phone.hear("problem"))["message"]

    run(story())


def test_a_frame_that_many_look_at_is_made_once(server: Server, monkeypatch: Any):
    made: list[object] = []
    from cellscope.app.features.hall import following

    real = following.hall_frame

    def counted(snapshot: Any, view: Any) -> bytes:
        made.append((snapshot.version, view))
        return real(snapshot, view)

    monkeypatch.setattr(following, "hall_frame", counted)

    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            phones = [page(server, room=room["code"]) for _ in range(10)]
            opened = [await phone.__aenter__() for phone in phones]
            await asyncio.gather(*(phone.frame() for phone in opened))
            for phone in phones:
                await phone.__aexit__(None, None, None)

    run(story())
    assert len(made) == len(set(made))
    assert len(set(made)) <= 2


def test_a_wrong_code_leads_nowhere_and_who_guesses_is_turned_away():
    async def why(server: Server, code: str) -> str:
        async with page(server, room=code) as phone:
            return (await phone.hear("no-room"))["why"]

    async def story(server: Server) -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            reasons = [await why(server, f"AAAA{a}{b}") for a in "ABCDEFGH" for b in "ABCDEFGH"]
            assert reasons[:60] == ["unknown"] * 60
            assert reasons[-1] == "often"
            assert await why(server, room["code"]) == "often", "no telling right from wrong"

    with served() as server:
        run(story(server))


def test_an_ended_room_says_so_and_its_code_is_gone(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            async with page(server, room=room["code"]) as phone:
                await phone.hear("following")
                await presenter.say(type="room-end")
                assert (await phone.hear("no-room"))["why"] == "ended"
                with pytest.raises(ConnectionClosed):
                    await phone.hear("following")
            assert (await presenter.hear("room"))["code"] == ""
            async with page(server, room=room["code"]) as late:
                assert (await late.hear("no-room"))["why"] == "unknown"

    run(story())


def test_the_token_brings_the_presenter_back_and_no_other_one_does(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
        async with page(server) as stranger:
            assert (await open_room(stranger, token="x" + room["token"]))["code"] == ""
        async with page(server) as stranger:  # the token, but another experiment
            assert (await open_room(stranger, token=room["token"]))["code"] == ""

    run(story())


def test_the_presenter_comes_back_after_the_line_was_cut(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            welcome = await presenter.hear("welcome")
            await presenter.say(type="present", at=HERE)
            room = await presenter.hear("room")
            async with page(server, room=room["code"]) as phone:
                await phone.hear("following")
                await presenter.socket.close()
                async with page(server, session=welcome["session"], resume=True) as again:
                    back = await open_room(again, token=room["token"])
                    assert back["code"] == room["code"]
                    assert (await phone.frame())[0]["kind"] == "hall-frame"

    run(story())


def test_handing_over_is_by_a_code_that_is_good_once(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            welcome = await presenter.hear("welcome")
            await presenter.say(type="present", at=HERE)
            room = await presenter.hear("room")
            await presenter.say(type="room-give")
            code = (await presenter.hear("room-code"))["code"]
            assert code != room["code"]
            async with page(server) as second:
                await second.hear("welcome")
                await second.say(type="room-take", code=code)
                taken = await second.hear("room-taken")
                assert taken["session"] == welcome["session"]
                await second.say(type="room-take", code=code)
                assert "one-time code" in (await second.hear("problem"))["message"]
            async with page(server, session=taken["session"], resume=True) as second:
                assert (await open_room(second, token=taken["token"]))["code"] == room["code"]
                gone = await presenter.hear("room")
                assert (gone["code"], gone["why"]) == ("", "handed")
                await presenter.say(type="present", at=HERE, token=room["token"])
                assert (await presenter.hear("room"))["code"] == "", "the former token is void"

    run(story())


def test_the_small_page_is_what_a_rooms_link_opens(server: Server):
    answer = httpx.get(f"{server.url}/?room=ABCDEF", headers={"Accept-Language": "de"})
    assert answer.status_code == 200
    assert 'lang="de"' in answer.text
    assert "_dash" not in answer.text
    assert "plotly" not in answer.text.lower()
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert 'id="hall-code"' in httpx.get(f"{server.url}/room").text
    assert "_dash" in httpx.get(f"{server.url}/?width=4").text


@pytest.mark.parametrize(
    ("at", "public_url", "host", "address", "reachable"),
    [
        (HERE, "https://cells.example/x", "127.0.0.1", "https://cells.example/x/", True),
        ("http://192.0.2.7:8050/", "", "0.0.0.0", "http://192.0.2.7:8050/", True),
        ("https://hub.example/user/a/proxy/8050/", "", "127.0.0.1",
         "https://hub.example/user/a/proxy/8050/", True),
    ],
)  # fmt: skip
def test_phones_are_sent_to_where_they_can_get(
    at: str, public_url: str, host: str, address: str, *, reachable: bool
):
    found = find_address(at, public_url, host)
    assert (found.address, found.reachable) == (address, reachable)


@pytest.mark.parametrize("at", [HERE, "http://localhost:8050/", "http://[::1]:8050/", 7, "x" * 999])
def test_no_phone_is_sent_to_its_own_localhost(at: object):
    found = find_address(at, "", "127.0.0.1")
    assert not found.reachable
    assert "localhost" not in found.address
    assert "127.0.0.1" not in found.address
    assert found.address.endswith(":8050/")


def test_a_qr_code_is_as_large_as_its_path_says():
    made = qr("http://192.0.2.7:8050/?room=ABCDEF")
    assert made["side"] in (25, 29)
    assert str(made["path"]).startswith("M0 0h1v1h-1z")


def test_a_png_holds_the_indices_as_they_are():
    indices = np.random.default_rng(1).integers(0, 256, (30, 30), dtype=np.uint8)
    assert (pixels(png(indices)) == indices).all()


def test_codes_are_read_as_people_type_them():
    assert plain_code(" abc-d ef ") == "ABCDEF"
    assert plain_code(["A"]) == ""
    assert plain_code("A" * 100) == ""


def test_a_password_is_not_asked_of_the_hall():
    async def story(server: Server) -> None:
        async with page(server, room="ABCDEF") as phone:
            assert (await phone.hear("no-room"))["why"] == "unknown"

    with served(safety=Safety(password="open sesame")) as server:
        run(story(server))
        assert httpx.get(f"{server.url}/?room=ABCDEF").status_code == 200
        assert httpx.get(f"{server.url}/assets/hall/hall.mjs").status_code == 200
        assert httpx.get(f"{server.url}/?room=ABCDEF&x", headers={}).status_code == 200
        assert httpx.get(f"{server.url}/").status_code == 401
        assert httpx.get(f"{server.url}/metrics?room=A").status_code == 401


def test_there_are_not_more_rooms_than_may_be(server: Server, monkeypatch: Any):
    monkeypatch.setattr("cellscope.app.features.hall.halls.MOST_HALLS", 0)

    async def story() -> None:
        async with page(server) as presenter:
            await presenter.hear("welcome")
            await presenter.say(type="present", at=HERE)
            assert "as many rooms" in (await presenter.hear("problem"))["message"]

    run(story())
