"""Rooms: an experiment that a lecturer shows, and those who follow it."""

import asyncio
import io
import json
from base64 import b64decode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from cellscope.app.hall.address import find_address, qr
from cellscope.app.hall.following import points_told
from cellscope.app.hall.frame import png
from cellscope.app.hall.halls import ALPHABET, LENGTH, plain_code
from cellscope.app.hall.votes import bins
from cellscope.app.server.safety import Safety
from cellscope.model.datasets import seen_data
from cellscope.model.spec import Spec
from tests.app.conftest import PATIENCE_S, Server, served

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
        async with asyncio.timeout(PATIENCE_S):
            while True:
                said = await self.socket.recv()
                if isinstance(said, str) and json.loads(said)["type"] == kind:
                    return json.loads(said)

    async def frame(self) -> tuple[dict[str, Any], bytes]:
        """The next picture, asked for."""
        await self.say(type="next")
        async with asyncio.timeout(PATIENCE_S):
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
                assert set(said) == {"type", "code", "admission"}, "no id of the experiment"
                signed = said["admission"].partition(".")[0]
                assert json.loads(b64decode(signed + "=="))[0] == room["code"]
                await phone.say(type=kind, name="width", value=9, order=1, page="x", step=0, run=0)
                assert kind in (await phone.hear("problem"))["message"]

    run(story())


def test_a_frame_that_many_look_at_is_made_once(server: Server, monkeypatch: Any):
    made: list[object] = []
    from cellscope.app.hall import following

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


def test_who_ends_a_room_and_presents_again_at_once_has_another_one_that_stays(server: Server):
    async def story() -> None:
        async with page(server, query=QUERY) as presenter:
            before = await open_room(presenter)
            await presenter.say(type="room-end")
            await presenter.say(type="present", at=HERE)  # in the same breath
            room = await presenter.hear("room")
            assert room["code"]
            assert room["code"] != before["code"]
            async with page(server, room=room["code"]) as phone:
                await phone.hear("following")
                await asyncio.sleep(0.5)  # by then an ended one is said to be over
                await phone.frame()

    asyncio.run(story())


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
                assert taken["session"] != welcome["session"], "who knew the old id has lost it"
                handed = (await presenter.hear("room-handed"))["session"]
                await second.say(type="room-take", code=code)
                assert "one-time code" in (await second.hear("problem"))["message"]
            async with page(server, session=taken["session"], resume=True) as second:
                assert (await open_room(second, token=taken["token"]))["code"] == room["code"]
                with pytest.raises(ConnectionClosed):
                    await presenter.hear("room")
                async with page(server, session=welcome["session"], resume=True) as former:
                    said = await former.hear("welcome")
                    assert said["session"] not in (welcome["session"], taken["session"])
                    await former.say(type="present", at=HERE, token=room["token"])
                    assert (await former.hear("room"))["code"] == "", "the former token is void"
                async with page(server, session=handed, resume=True) as former:
                    assert (await former.hear("welcome"))["session"] == handed

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
    monkeypatch.setattr("cellscope.app.hall.halls.MOST_HALLS", 0)

    async def story() -> None:
        async with page(server) as presenter:
            await presenter.hear("welcome")
            await presenter.say(type="present", at=HERE)
            assert "as many rooms" in (await presenter.hear("problem"))["message"]

    run(story())


async def phones_of(server: Server, code: str, many: int) -> list[Any]:
    """Opened followers, as context managers and pages."""
    managers = [page(server, room=code) for _ in range(many)]
    return [(manager, await manager.__aenter__()) for manager in managers]


async def binary(phone: Page) -> None:
    """Until a picture comes."""
    while not isinstance(await phone.socket.recv(), bytes):
        pass


async def votes_when(presenter: Page, count: int, stage: str) -> dict[str, Any]:
    """What the projector shows once so many have voted."""
    while True:
        votes = (await presenter.hear("hall"))["votes"]
        if votes and (votes["count"], votes["stage"]) == (count, stage):
            return votes


def test_votes_are_shown_from_five_on_named_with_the_answer_and_gone_after_it(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            phones, number = await phones_of(server, room["code"], 6), 0
            ask = {"type": "room-question", "question": "2.4"}
            await presenter.say(**ask, stage="open", covered=True)
            for k, (_, phone) in enumerate(phones):
                put = await phone.hear("hall-question")
                while put["question"] is None:
                    put = await phone.hear("hall-question")
                assert set(put["parts"][0]["options"]) == {"lines", "arrangement", "vectors"}
                choice, number = ["arrangement" if k else "lines"], put["number"]
                await phone.say(type="vote", number=number, prediction=choice)
                await phone.hear("hall-voted")
                if k == 3:
                    assert (await votes_when(presenter, 4, "open"))["parts"] == []
            open_ = await votes_when(presenter, 6, "open")
            assert open_["parts"][0]["bars"] == [{"count": 5}, {"count": 1}, {"count": 0}]
            await presenter.say(**ask, stage="closed")
            await votes_when(presenter, 6, "closed")
            late = phones[0][1]
            await late.say(type="vote", number=number, prediction=["vectors"])
            assert "closed" in (await late.hear("problem"))["message"]
            await presenter.say(**ask, stage="answer")
            named = await votes_when(presenter, 6, "answer")
            while not any(bar["right"] for bar in named["parts"][0]["bars"]):
                named = await votes_when(presenter, 6, "answer")
            bars = {bar["option"]: bar for bar in named["parts"][0]["bars"]}
            assert (bars["arrangement"]["count"], bars["lines"]["count"]) == (5, 1)
            assert [name for name, bar in bars.items() if bar["right"]] == ["arrangement"]
            await presenter.say(type="room-question", question=None, stage=None)
            assert (await presenter.hear("hall"))["votes"] is None
            for manager, _ in phones:
                await manager.__aexit__(None, None, None)

    run(story())


def test_one_phone_has_one_vote_and_a_hidden_picture_stays_hidden(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            await presenter.say(type="room-question", question="1.1", stage="open", covered=True)
            await votes_when(presenter, 0, "open")
            async with page(server, room=room["code"]) as phone:
                put = await phone.hear("hall-question")
                await phone.say(type="next")
                ballot = {"type": "vote", "number": put["number"], "prediction": [20000]}
                await phone.say(**ballot)
                await phone.hear("hall-voted")
                await phone.say(**ballot)
                await phone.hear("problem")
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(binary(phone), 0.8)
                await presenter.say(type="room-question", question="1.1", stage="closed")
                await asyncio.wait_for(binary(phone), 20)

    run(story())


@pytest.mark.parametrize("prediction", [None, [], ["x"], [float("1e40")], {"a": 1}, [1, 2]])
def test_a_ballot_that_is_none_is_refused(server: Server, prediction: object):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            await presenter.say(type="room-question", question="1.1", stage="open")
            await votes_when(presenter, 0, "open")
            async with page(server, room=room["code"]) as phone:
                number = (await phone.hear("hall-question"))["number"]
                await phone.say(type="vote", number=number, prediction=prediction)
                await phone.hear("problem")
            await presenter.say(type="room-question", question="1.1", stage="closed")
            await votes_when(presenter, 0, "closed")

    run(story())


def test_every_phone_of_a_sample_has_a_seed_of_its_own_and_joins_the_chart(server: Server):
    async def story() -> None:
        async with page(server, query=f"{QUERY}&init=pytorch") as presenter:
            room = await open_room(presenter)
            phones = await phones_of(server, room["code"], 5)
            await presenter.say(type="room-sample", on=True)
            draws = [(await phone.hear("hall-draw"))["draw"] for _, phone in phones]
            assert len({draw["seed"] for draw in draws}) == 5
            assert len({tuple(draw["squares"]) for draw in draws}) == 5
            said = await presenter.hear("hall-sample")
            while said["draws"] < 5:
                said = await presenter.hear("hall-sample")
            marks = said["figure"]["data"]
            points = next(trace for trace in marks if trace["mode"] == "markers")
            assert sorted(points["y"]) == sorted(v for draw in draws for v in draw["squares"])
            dashed = next(trace for trace in marks if trace.get("line", {}).get("dash"))
            third = sorted(draw["squares"][0] for draw in draws)[2]
            assert dashed["y"][0] == third, "the median"
            _, body = await phones[0][1].frame()
            _, other = await phones[1][1].frame()
            assert (pixels(body) != pixels(other)).any()
            for manager, _ in phones:
                await manager.__aexit__(None, None, None)

    run(story())


def test_numbers_are_counted_in_bins_that_hold_all_of_them():
    for values in ([0.0], [3.0] * 9, [0.1, 0.2, 5.0], [1e-3, 1e30], [7.0, 20000.0, 1e6], [0, 999]):
        found = bins([float(v) for v in values])
        assert sum(n for _, _, n in found) == len(values)
        assert len(found) <= 10
        assert all(a < b for a, b, _ in found)


def test_a_phone_hears_of_classes_or_of_how_large_a_target_is():
    spec = Spec(samples=40, task="regression")
    data = seen_data(spec)
    told = points_told(spec, data, shown=True)
    low, high = data.train_y.min(), data.train_y.max()
    assert told["labels"] == []
    assert np.allclose(told["shares"], (data.train_y - low) / (high - low), atol=1e-3)
    of_classes = points_told(Spec(samples=40), seen_data(Spec(samples=40)), shown=True)
    assert of_classes["shares"] is None
    assert sorted(set(of_classes["labels"])) == [0, 1]
