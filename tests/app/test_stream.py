"""The socket: who may open it, what it answers to nonsense, what several viewers share."""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from cellscope.app.session import sessions
from cellscope.app.session.sessions import Limits
from cellscope.app.stream import frame_feed as sending
from cellscope.app.stream import route
from cellscope.app.stream.route import BAD_MESSAGE, TOO_MANY
from cellscope.app.stream.view_messages import GONE
from cellscope.app.stream.wire import LONGEST_MESSAGE
from tests.app.conftest import Page, Server, in_loop, opened, served, take_apart, wait_until

PRESS = {
    "output": "outcome.data@",
    "outputs": {"id": "outcome", "property": "data"},
    "changedPropIds": ["play.n_clicks"],
}


@pytest.fixture(scope="module")
def small() -> Iterator[Server]:
    """A server with room for two experiments, which soon stand still and are soon dropped."""
    with served(Limits(sessions=2, stand_still_after=0.2, drop_after=0.5)) as running:
        yield running


@pytest.fixture
def empty(small: Server) -> Server:
    """The same, once nothing is left of the test before."""
    wait_until(lambda: experiments(small) == 0, timeout=20.0)
    return small


def address(server: Server) -> str:
    return f"ws://127.0.0.1:{server.port}/stream"


def experiments(server: Server) -> int:
    return httpx.get(f"{server.url}/healthz").json()["sessions"]


async def picture(page: Page) -> dict[str, Any]:
    """The header of the next frame."""
    header, _ = await page.frame()
    return header


async def play(server: Server, session: str) -> None:
    assert await press(server, session, "play") == {"problems": []}


async def press(server: Server, session: str, button: str) -> dict[str, Any]:
    """Press a button, as the page does."""
    async with httpx.AsyncClient(base_url=server.url) as client:
        dependencies = (await client.get("/_dash-dependencies")).json()
        output = next(d["output"] for d in dependencies if d["output"].startswith("outcome.data@"))
        clicks = [
            {"id": name, "property": "n_clicks", "value": int(name == button)}
            for name in ("play", "step", "rewind", "reseed")
        ]
        state = [
            {"id": name, "property": "data", "value": value}
            for name, value in (("session", session), ("language", "en"))
        ]
        changed = {"changedPropIds": [f"{button}.n_clicks"]}
        body = PRESS | changed | {"output": output, "inputs": clicks, "state": state}
        answer = await client.post("/_dash-update-component", json=body)
        return answer.json()["response"]["outcome"]["data"]


@pytest.mark.parametrize(
    "first",
    [
        "",
        "nonsense",
        "[]",
        "null",
        "17",
        "NaN",
        "[" * 30000,
        '{"a":' * 3000,
        "x" * 40000,
        b"",
        b"\x00\xff",
        b'{"type": "hello"}',
    ],
    ids=lambda first: repr(first)[:14],
)
def test_a_first_message_that_is_none_closes_the_socket(server: Server, first: str | bytes):
    async def story() -> None:
        async with connect(address(server), compression=None) as socket:
            await socket.send(first)
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 10.0)
            assert socket.close_code == BAD_MESSAGE

    before = experiments(server)
    in_loop(story())
    assert experiments(server) <= before  # those of other tests may have ended


def test_a_first_message_that_never_comes_does_not_hang_for_ever(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(route, "FIRST_MESSAGE_S", 0.05)

    async def story() -> None:
        async with connect(address(server)) as socket:
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), 10.0)
            assert socket.close_code == BAD_MESSAGE

    in_loop(story())


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", "", "http://["])
def test_a_page_of_another_origin_is_refused(server: Server, origin: str):
    async def story() -> None:
        with pytest.raises(InvalidStatus) as refused:
            async with connect(address(server), additional_headers={"Origin": origin}):
                pass
        assert refused.value.response.status_code == 403

    in_loop(story())


def test_the_servers_own_page_may_open_the_socket(server: Server):
    async def story() -> None:
        async with connect(address(server), additional_headers={"Origin": server.url}) as socket:
            page = Page(socket)
            await page.say(type="hello")
            assert (await page.hear("welcome"))["session"]

    in_loop(story())


@pytest.mark.parametrize("message", [{}, {"session": 17, "query": 5}, {"query": [[]], "type": {}}])
def test_a_hello_with_wrong_types_gets_the_start(server: Server, message: dict[str, Any]):
    async def story() -> None:
        async with connect(address(server)) as socket:
            page = Page(socket)
            await page.say(**message)
            welcome = await page.hear("welcome")
            assert welcome["settings"]["width"] == 4
            assert welcome["problems"] == []
            assert welcome["note"] == ""

    in_loop(story())


def test_a_session_that_is_gone_starts_anew_and_says_so(server: Server):
    async def story() -> None:
        async with opened(server, "width=9", session="forgotten") as (_, welcome):
            assert welcome["session"] != "forgotten"
            assert welcome["settings"]["width"] == 9
            assert welcome["note"]

    in_loop(story())


@pytest.mark.parametrize(
    ("run", "said"), [("another", "restarted"), (None, "gone"), ("", "restarted"), (5, "gone")]
)
def test_a_restart_is_said_only_where_it_is_known(server: Server, run: object, said: str):
    async def story() -> None:
        async with connect(address(server)) as socket:
            page = Page(socket)
            await page.say(type="hello", session="forgotten", resume=True, server=run)
            welcome = await page.hear("welcome")
            assert welcome["note"] == said
        async with connect(address(server)) as socket:
            page = Page(socket)
            await page.say(type="hello", session="forgotten", server=welcome["server"])
            assert (await page.hear("welcome"))["note"] == "gone"

    in_loop(story())


def test_what_a_link_gets_wrong_is_named_in_the_welcome(server: Server):
    async def story() -> None:
        async with opened(server, "width=abc&nonsense=1&depth=4") as (_, welcome):
            assert [p["field"] for p in welcome["problems"]] == ["nonsense", "width"]
            assert (welcome["settings"]["width"], welcome["settings"]["depth"]) == (4, 4)

    in_loop(story())


def test_a_link_s_step_is_trained_to_and_no_further(server: Server):
    async def story() -> None:
        async with opened(server, "width=6&depth=2&step=150") as (page, welcome):
            assert welcome["step"] == 150
            header = await picture(page)
            while header["status"] == "training" or header["step"] == 0:
                header = await picture(page)
            assert (header["step"], header["status"]) == (150, "paused")

    in_loop(story())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("layer", 0),
        ("layer", 10**400),
        ("layer", "abc"),
        ("layer", None),
        ("layer", True),
        ("mode", "nonsense"),
        ("mode", []),
        ("pixels", -1),
        ("pixels", 10**9),
        ("pixels", 1e400),
        ("window", [1, 2, 3]),
        ("window", [10**400, 1, 2, 3]),
        ("window", [0, 0, 0, 0]),
        ("window", ["a", "b", "c", "d"]),
        ("window", "nan,1,2,3"),
        ("window", {"a": 1}),
        ("lines", "maybe"),
        ("theme", "pink"),
        ("side", {}),
    ],
)
def test_a_bad_view_is_named_and_changes_nothing(server: Server, name: str, value: object):
    async def story() -> None:
        async with opened(server) as (page, welcome):
            await page.say(type="view", **{name: value})
            problem = await page.hear("problem")
            assert problem["field"] == name
            assert len(problem["message"]) < 300
            assert (await page.hear("looking"))["view"] == welcome["view"] | {"unit": None}

    in_loop(story())


@pytest.mark.parametrize(
    "message",
    [
        b"\x00\x01",
        "nonsense",
        "[1]",
        '{"type": "nonsense"}',
        '{"type": ["x"]}',
        "{}",
        '{"type": "clock", "sent": [[[[]]]]}',
        '{"type": "inspect"}',
        '{"type": "inspect", "x": NaN, "y": 1}',
        '{"type": "inspect", "x": 1e999, "y": "a"}',
        '{"type": "line", "p": [1], "q": [1, 2]}',
        '{"type": "line", "p": [true, 1], "q": {"a": 1}}',
        '{"type": "pair"}',
        '{"type": "pair", "x": [0], "y": 1e999}',
        '{"type": "draws", "draws": -1}',
        '{"type": "draws", "draws": 1e9}',
        '{"type": "draws"}',
        "x" * (LONGEST_MESSAGE + 1),
    ],
    ids=lambda message: repr(message)[:40],
)
def test_a_message_that_is_none_is_named_and_the_pictures_go_on(
    server: Server, message: str | bytes
):
    async def story() -> None:
        async with opened(server) as (page, _):
            await page.socket.send(message)
            assert (await page.hear("problem"))["message"]
            assert (await picture(page))["step"] == 0

    in_loop(story())


def test_at_most_one_frame_is_sent_for_each_that_is_asked_for(server: Server):
    async def story() -> None:
        async with opened(server, "speed=max") as (page, welcome):
            await play(server, welcome["session"])
            await picture(page)
            frames = 0
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.5):
                    while True:
                        raw = await page.socket.recv()
                        frames += isinstance(raw, bytes) and b'"kind":"frame"' in raw[:800]
            assert frames == 0  # nobody asked for another
            later = await picture(page)
            assert later["status"] == "training"
            while later["step"] == 0:  # a busy machine
                later = await picture(page)

    in_loop(story())


def test_a_link_s_run_pauses_where_the_link_says(server: Server):
    async def story() -> None:
        async with opened(server, "stop_at=30&speed=max") as (page, welcome):
            assert (welcome["stop_at"], welcome["problems"]) == (30, [])
            await play(server, welcome["session"])
            header = await picture(page)
            while header["status"] == "training" or header["step"] < 30:
                header = await picture(page)
            assert (header["status"], header["step"]) == ("paused", 30)
            async with opened(server, "", welcome["session"]) as (_, again):
                assert again["stop_at"] == 30

    in_loop(story())


def test_while_a_hand_changes_weights_charts_take_turns_as_in_training(server: Server):
    async def story() -> None:
        async with opened(server) as (page, _):
            await page.hear("panel")  # of the start, all of it
            charts: list[int] = []
            for k in range(30):
                bias = {"bias": k / 10, "gesture": "drag"}
                await page.say(type="edit", which="a", layer=1, unit=1, **bias)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.06):
                        charts.append(len((await page.hear("panel"))["figures"]))
            assert len(charts) >= 2
            assert set(charts[1:]) == {1}  # the first may have been due before

    in_loop(story())


def test_two_viewers_share_one_experiment_and_one_drawing(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    drawn: list[tuple[int, Any]] = []
    draw = sending.draw

    def counting(snapshot: Any, view: Any) -> Any:
        drawn.append((snapshot.version, view))
        return draw(snapshot, view)

    monkeypatch.setattr(sending, "draw", counting)

    async def story() -> None:
        async with opened(server) as (first, welcome):
            query = "width=4&depth=3&samples=60&batch_size=8&layer=1&pixels=21"
            one = await picture(first)
            async with opened(server, query, welcome["session"]) as (second, again):
                assert again["session"] == welcome["session"]
                assert again["note"] == ""
                other = await picture(second)
                assert other["version"] == one["version"]

    in_loop(story())
    assert len(drawn) == len(set(drawn)) >= 1


def test_a_hidden_tab_gets_no_frames_until_it_is_seen_again(server: Server):
    async def story() -> None:
        async with opened(server, "speed=max") as (page, welcome):
            await picture(page)
            await page.say(type="visible", visible=False)
            await page.say(type="clock", sent=1.0)
            await page.hear("clock")  # from here on it is hidden
            await play(server, welcome["session"])
            await page.say(type="next")
            heard: list[str | bytes] = []
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.6):
                    while True:
                        heard.append(await page.socket.recv())
            frames = [raw for raw in heard if isinstance(raw, bytes) and b'"kind":"frame"' in raw]
            assert frames == []
            assert len(heard) <= 2  # a chart or a survey may have been under way
            await page.say(type="visible", visible=True)
            assert (await picture(page))["status"] == "training"

    in_loop(story())


def test_the_cap_on_experiments_is_told_and_reached_again_when_one_ends(
    empty: Server, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sessions, "ROOM_WITHIN_S", 1.0)

    async def story() -> None:
        async with opened(empty), opened(empty), connect(address(empty)) as socket:
            page = Page(socket)
            await page.say(type="hello")
            full = await page.hear("full")
            assert full["limit"] == 2
            with pytest.raises(ConnectionClosed):
                await page.hear("welcome")
            assert socket.close_code == TOO_MANY
        await asyncio.sleep(0.3)  # both are without a viewer now, for longer than the grace period
        async with opened(empty) as (_, welcome):
            assert welcome["session"]

    in_loop(story())


def test_an_experiment_that_was_left_is_dropped_and_starts_anew_for_who_comes_back(empty: Server):
    session = ""

    async def start() -> None:
        nonlocal session
        async with opened(empty, "speed=100") as (page, welcome):
            session = welcome["session"]
            await play(empty, session)
            while (await picture(page))["step"] < 3:
                pass

    async def come_back() -> None:
        async with opened(empty, "speed=100", session) as (_, welcome):
            assert welcome["note"] == "idle"

    in_loop(start())
    wait_until(lambda: experiments(empty) == 0, timeout=20.0)
    in_loop(come_back())


def test_a_hidden_tab_keeps_its_experiment_unless_the_place_is_needed(empty: Server):
    async def story() -> None:
        async with opened(empty) as (hidden, first), opened(empty):
            await hidden.say(type="visible", visible=False)
            await asyncio.sleep(1.2)  # longer than experiments without a socket live
            async with opened(empty, "", first["session"]) as (_, again):
                assert again["session"] == first["session"]
            await asyncio.sleep(0.3)
            async with opened(empty) as (_, new):  # takes the place of the hidden one
                assert new["session"] != first["session"]
                await hidden.say(type="visible", visible=True)
                with pytest.raises(ConnectionClosed):
                    await hidden.hear("nothing more")
                assert hidden.socket.close_code == GONE

    in_loop(story())


# Two networks side by side.

BESIDE = "compare=init:normal;weight_variance:4;depth:4"


def test_one_message_brings_both_networks_of_one_state(server: Server):
    async def story() -> None:
        async with opened(server, f"{BESIDE}&speed=max") as (page, welcome):
            assert welcome["settings"]["compare"] == "depth:4;init:normal;weight_variance:4"
            first, second = await page.pair()
            assert (first["which"], second["which"]) == ("a", "b")
            assert (first["layers"], second["layers"]) == (3, 4)
            await play(server, welcome["session"])
            while first["step"] < 50:
                first, second = await page.pair()
                assert first["version"] == second["version"]
                assert first["step"] == second["step"] == first["experimentStep"]

    in_loop(story())


def test_two_pictures_in_motion_have_fewer_points_unless_their_number_was_chosen(server: Server):
    async def widths(query: str) -> tuple[int, int]:
        async with opened(server, f"{BESIDE}&{query}&speed=max") as (page, welcome):
            still, _ = await page.pair()
            await play(server, welcome["session"])
            moving, other = await page.pair()
            while moving["status"] != "training":
                moving, other = await page.pair()
            assert moving["width"] == other["width"]
            return still["width"], moving["width"]

    async def story() -> None:
        assert await widths("pixels=401") == (401, 301)
        assert await widths("pixels=101") == (101, 101)
        assert await widths("pixels=501") == (501, 501)

    in_loop(story())


def test_each_network_is_inspected_and_measured_by_itself(server: Server):
    async def story() -> None:
        async with opened(server, f"{BESIDE}&layer=4&mode=regions") as (page, _):
            answers: dict[str, Any] = {}
            for which in ("a", "b", "a"):
                await page.say(type="inspect", x=0.5, y=0.25, which=which)
                found = await page.hear("inspection")
                assert found["which"] == which
                assert answers.setdefault(which, found) == found
            titles = [answers[which]["blocks"][0]["title"] for which in "ab"]
            assert [title[-1] for title in titles] == ["3", "4"]  # A has but three layers
            await page.say(type="line", p=[-4, -3], q=[4, 3])
            line = await page.hear("line")
            assert line["points"] != line["other"]["points"]

    in_loop(story())


@pytest.mark.parametrize("which", ["c", "", 0, [], True])
def test_a_network_that_there_is_not_is_named(server: Server, which: object):
    async def story() -> None:
        async with opened(server, BESIDE) as (page, _):
            await page.say(type="inspect", x=0.5, y=0.25, which=which)
            assert (await page.hear("problem"))["field"] == "which"
            await page.say(type="view", which=which)
            assert (await page.hear("problem"))["field"] == "which"

    in_loop(story())


def test_layers_and_counts_are_those_of_the_chosen_network(server: Server):
    async def thumbs(page: Page) -> tuple[int, str]:
        while True:
            raw = await asyncio.wait_for(page.socket.recv(), 10.0)
            if isinstance(raw, bytes):
                header, _ = take_apart(raw)
                if header["kind"] == "survey":
                    return len(header["thumbs"]), header["title"][:3]

    async def story() -> None:
        async with opened(server, BESIDE) as (page, _):
            assert await thumbs(page) == (3, "A: ")
            await page.say(type="view", which="b")
            assert await thumbs(page) == (4, "B: ")

    in_loop(story())


def test_who_comes_back_without_a_link_finds_both_networks(server: Server):
    async def story() -> None:
        async with opened(server, BESIDE) as (_, welcome):
            session = welcome["session"]
            async with opened(server, "", session) as (page, again):
                assert again["settings"] == welcome["settings"]
                await page.pair()
            async with opened(server, "width=4", session) as (page, again):
                assert again["settings"]["compare"] == ""
                await page.frame()

    in_loop(story())


def hello(**said: Any) -> dict[str, Any]:
    return {"type": "hello", "query": "", **said}


async def welcomed(server: Server, **said: Any) -> dict[str, Any]:
    async with connect(address(server)) as socket:
        page = Page(socket)
        await page.say(**hello(**said))
        return await page.hear("welcome")


def test_who_resumes_finds_the_living_run_whatever_the_address_says(server: Server):
    async def story() -> None:
        async with opened(server, "width=5&step=30") as (page, first):
            while (await picture(page))["step"] < 30:
                pass
            again = await welcomed(
                server, session=first["session"], resume=True, query="width=9&mode=classes&step=70"
            )
            assert again["session"] == first["session"]
            assert again["resumed"]
            assert again["settings"] == first["settings"]
            assert again["view"]["mode"] == "classes"
            await page.say(type="view", pixels=31)  # the same frame is not sent twice
            assert (await picture(page))["step"] == 30

    in_loop(story())


def test_a_tab_is_told_of_its_earlier_run_only_where_there_is_one(server: Server):
    async def story() -> None:
        async with opened(server, "width=5&step=30") as (page, first):
            while (await picture(page))["step"] < 30:
                pass
        async with opened(server) as (_, untrained):
            pass
        ids = [untrained["session"], first["session"], "gone", 5, None]
        new = await welcomed(server, before=ids)
        assert new["before"] == {"session": first["session"], "step": 30}
        assert new["fresh"]
        assert new["session"] not in ids
        assert (await welcomed(server, before=["gone"]))["before"] is None
        assert (await welcomed(server, before="nonsense"))["before"] is None
        assert not (await welcomed(server, before=ids, query="width=6"))["fresh"]

    in_loop(story())


def test_a_tab_that_opens_another_link_finds_a_place_on_a_full_server(empty: Server):
    async def story() -> None:
        async with opened(empty) as (_, another):
            async with opened(empty) as (_, left):
                pass
            new = await welcomed(empty, before=[left["session"]])  # at once: no grace period
            assert new["session"] not in (left["session"], another["session"])
            assert experiments(empty) == 2

    in_loop(story())


def test_a_frame_says_whether_its_link_leads_there_and_what_it_is_on_its_way_to(server: Server):
    async def story() -> None:
        async with opened(server, "width=5&step=30000&pixels=21") as (page, welcome):
            assert welcome["step"] == 30000
            while (header := await picture(page))["goal"] != 30000:
                pass
            assert header["reproducible"]

    in_loop(story())


def test_everyone_who_looks_is_told_when_the_settings_change(server: Server):
    async def story() -> None:
        async with opened(server, "width=5") as (first, welcome):
            again = hello(session=welcome["session"], resume=True)
            async with connect(address(server)) as socket:
                second = Page(socket)
                await second.say(**again)
                assert (await second.hear("welcome"))["revision"] == welcome["revision"]
                await press(server, welcome["session"], "reseed")
                for page in (first, second):
                    told = await page.hear("settings")
                    assert told["revision"] > welcome["revision"]
                    assert told["settings"]["seed"] == welcome["settings"]["seed"] + 1

    in_loop(story())


def test_a_picture_at_rest_stays_as_sharp_when_only_something_beside_it_changes(server: Server):
    async def work() -> None:
        async with opened(server, "?width=4&depth=3&layer=2") as (page, _):
            await page.frame()
            await page.say(type="sharp", pixels=506)
            header, _ = await page.frame()
            assert header["width"] == 506
            await page.say(type="view", strip=60, theme="dark", tab="cells")
            await page.say(type="next")
            await page.hear("looking")
            await asyncio.sleep(0.3)  # in which nothing is to be drawn
            await page.say(type="view", layer=1)
            header, _ = await page.picture("frame")
            assert header["layer"] == 1
            assert header["width"] < 506

    in_loop(work())


def test_an_answer_says_which_view_it_answers(server: Server):
    async def story() -> None:
        async with opened(server, "width=4&depth=3") as (page, _):
            for look, layer in ((1, 1), (2, 2)):
                await page.say(type="view", look=look, layer=layer)
            answers = [await page.hear("looking") for _ in range(2)]
            assert [(one["look"], one["view"]["layer"]) for one in answers] == [(1, 1), (2, 2)]
            await page.say(type="view", look=["<b>"], layer=1)
            assert (await page.hear("looking"))["look"] is None

    in_loop(story())
