"""Rooms that go on: after a restart of the server, for phones that wake up, for who comes back."""

import asyncio
import itertools
import threading
from pathlib import Path
from typing import Any

import pytest

from cellscope.app.features.sheet.dialogue import read_lesson
from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.hall import following, halls
from cellscope.app.hall.halls import Away, Halls
from cellscope.app.hall.votes import Votes
from cellscope.app.server.rates import Rates
from cellscope.app.server.safety import Safety
from cellscope.app.server.tokens import Tokens
from cellscope.app.session.sessions import Limits
from cellscope.app.session.store import Store
from cellscope.app.text.texts import sentence
from cellscope.model.spec import SpecError
from tests.app.conftest import PATIENCE_S, Server, served
from tests.app.test_hall import HERE, QUERY, Page, open_room, page, pixels

KEPT = Safety(secret="kept in the folder of the data")
CROWD = 70  # phones behind one address, of which 60 wrong codes a minute are taken


async def why(server: Server, code: str, **more: object) -> str:
    async with page(server, room=code, **more) as phone:
        return str((await phone.hear("no-room"))["why"])


def test_a_hall_waits_through_a_restart_and_goes_on(tmp_path: Path):
    told: dict[str, Any] = {}

    async def before(server: Server) -> None:
        async with page(server) as presenter:
            told["session"] = (await presenter.hear("welcome"))["session"]
            await presenter.say(type="present", at=HERE)
            told["room"] = await presenter.hear("room")
            async with page(server, room=told["room"]["code"]) as phone:
                told["admission"] = (await phone.hear("following"))["admission"]

    async def after(server: Server) -> None:
        code, admission = told["room"]["code"], told["admission"]
        for _ in range(CROWD):
            assert await why(server, code, admission=admission) == "away"
        async with page(server, session=told["session"], resume=True) as presenter:
            assert (await open_room(presenter, token=told["room"]["token"]))["code"] == code
            async with page(server, room=code) as phone:  # nobody has been shut out meanwhile
                await phone.hear("following")
            for guess in range(CROWD):
                await why(server, f"ZZZ{'ABCDEFGHJK'[guess // 10]}{'ABCDEFGHJK'[guess % 10]}Z")
            assert await why(server, code) == "often"
            async with page(server, room=code, admission=admission) as phone:
                await phone.hear("following")
                await phone.frame()

    for part in (before, after):
        with served(Limits(sessions=3), safety=KEPT, store=Store(tmp_path)) as server:
            asyncio.run(part(server))


def test_a_whole_hall_with_an_old_code_shuts_nobody_out():
    async def story(server: Server) -> None:
        for _ in range(CROWD):
            assert await why(server, "AAAAAA") == "unknown"
        async with page(server) as presenter:
            room = await open_room(presenter)
            async with page(server, room=room["code"]) as phone:
                await phone.hear("following")

    with served() as server:
        asyncio.run(story(server))


def test_an_old_code_is_a_guess_again_after_a_while(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(halls, "SAME_GUESS_S", 0.0)
    rooms = Halls(Tokens("s"), Rates())
    for _ in range(60):
        assert rooms.find("AAAAAA", "192.0.2.1") is None
    with pytest.raises(halls.TooOften):
        rooms.find("AAAAAA", "192.0.2.1")


def test_who_was_in_a_room_that_is_over_hears_so_and_waits_no_longer_than_the_room(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            async with page(server, room=room["code"]) as phone:
                admission = (await phone.hear("following"))["admission"]
                await presenter.say(type="room-end")
                await phone.hear("no-room")
        assert await why(server, room["code"], admission=admission) == "ended"
        assert await why(server, "ABCDEF", admission=admission) == "unknown", "of another room"
        assert await why(server, room["code"], admission="x" + admission) == "unknown"

    asyncio.run(story())
    old, new = (Halls(Tokens("the same"), Rates()) for _ in range(2))
    admission = old._tokens.sign("follow", ["ABCDEF", old._run])  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(Away):
        new.find("ABCDEF", "192.0.2.1", admission)
    monkeypatch.setattr(halls, "ABSENT_S", 0.0)
    assert new.find("ABCDEF", "192.0.2.1", admission) is None


def test_a_phone_that_comes_back_holds_its_own_draw_and_is_counted_once(server: Server):
    async def drawn(phone: Page) -> dict[str, Any]:
        while True:
            if draw := (await phone.hear("hall-draw"))["draw"]:
                return draw

    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            await presenter.say(type="room-sample", on=True)
            async with page(server, room=room["code"]) as phone:
                first = await drawn(phone)
            async with page(server, room=room["code"], draw=first) as phone:
                assert await drawn(phone) == first
            await presenter.say(type="room-sample", on=True)  # a page that was loaded again
            for held in (None, first | {"number": 99}, first | {"sample": "x"}, {"number": [1]}):
                async with page(server, room=room["code"], draw=held) as phone:
                    assert (await drawn(phone))["number"] > first["number"]
            said = await presenter.hear("hall-sample")
            while said["draws"] < 5:
                said = await presenter.hear("hall-sample")
            assert said["draws"] == 5, "the first phone, and four that say what can't be"

    asyncio.run(story())


async def drawn_of(phone: Page) -> dict[str, Any]:
    """What it is told that it holds."""
    while True:
        if draw := (await phone.hear("hall-draw"))["draw"]:
            return draw


def test_of_other_settings_a_phone_holds_another_network_with_the_same_seed(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            await presenter.say(type="room-sample", on=True)
            async with page(server, room=room["code"]) as phone:
                before = await drawn_of(phone)
                _, six = await phone.frame()
                await presenter.say(type="drag", name="width", value=9, page="p", order=1)
                after = await drawn_of(phone)
                assert after["seed"] == before["seed"]
                _, nine = await phone.frame()
                assert (pixels(nine) != pixels(six)).any()

    asyncio.run(story())


def test_a_phone_that_chooses_a_layer_looks_at_the_presenters_unit_no_more(server: Server):
    async def story() -> None:
        async with page(server, query=f"{QUERY}&unit=2,3") as presenter:
            room = await open_room(presenter)
            async with page(server, room=room["code"]) as phone:
                assert (await phone.frame())[0]["mode"] == "unit"
                await phone.say(type="view", layer=1)
                head, _ = await phone.frame()
                assert (head["mode"], head["layer"]) == ("cells", 1)
                await phone.say(type="view", layer=None)
                assert (await phone.frame())[0]["mode"] == "unit"

    asyncio.run(story())


def test_a_question_and_the_picture_wait_for_nobodys_draw(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    drawn, real = threading.Event(), following.draw
    monkeypatch.setattr(following, "draw", lambda *of: drawn.wait(PATIENCE_S) and real(*of))  # pyright: ignore[reportUnknownLambdaType]

    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            await presenter.say(type="room-sample", on=True)
            async with page(server, room=room["code"]) as phone:
                await phone.hear("following")
                await presenter.say(type="room-question", question="2.4", stage="closed")
                while (await phone.hear("hall-question"))["question"] != "2.4":
                    pass
                await phone.frame()
                drawn.set()
                assert (await drawn_of(phone))["number"] == 1

    asyncio.run(story())


def test_who_holds_a_draw_has_a_copy_of_that_network(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            await presenter.say(type="room-sample", on=True)
            async with page(server, room=room["code"]) as phone:
                seed = (await drawn_of(phone))["seed"]
                await phone.say(type="branch")
                copy = (await phone.hear("hall-copy"))["session"]
            async with page(server, session=copy, resume=True) as own:
                welcome = await own.hear("welcome")
                assert welcome["session"] == copy
                assert welcome["settings"]["seed"] == seed != 0
                assert welcome["settings"]["width"] == 6

    asyncio.run(story())


def test_phones_see_the_one_of_two_networks_that_the_presenter_looks_at(server: Server):
    async def story() -> None:
        async with page(server, query=f"{QUERY}&compare=width:9") as presenter:
            room = await open_room(presenter)
            async with page(server, room=room["code"]) as phone:
                _, six = await phone.frame()
                await presenter.say(type="view", layer=1, which="b")
                _, nine = await phone.frame()
                assert (pixels(nine) != pixels(six)).any()

    asyncio.run(story())


def test_votes_after_a_restart_are_none_that_a_phone_took_part_in():
    # A phone remembers the numbers of those, and a server's numbers begin anew.
    question = next(iter(QUESTIONS.values()))
    numbers = [Votes(question).number for _ in range(3)]
    assert numbers == list(itertools.islice(itertools.count(numbers[0]), 3))
    assert numbers[0] > 10**6, f"by chance one time in {2**40 // 10**6}"


def test_a_broken_number_is_no_ballot_on_a_count(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            await presenter.say(type="room-question", question="2.2", stage="open")
            async with page(server, room=room["code"]) as phone:
                number = (await phone.hear("hall-question"))["number"]
                for given, wanted in ((3.5, "problem"), (3.0, "hall-voted")):
                    await phone.say(type="vote", number=number, prediction=[given])
                    said = await phone.hear(wanted)
                    assert said.get("field", "prediction") == "prediction"

    asyncio.run(story())


@pytest.mark.parametrize("stage", ["open", "closed", "answer"])
def test_a_presenter_that_comes_back_hears_what_is_put_to_the_room(server: Server, stage: str):
    async def story() -> None:
        async with page(server) as presenter:
            welcome = await presenter.hear("welcome")
            await presenter.say(type="present", at=HERE)
            room = await presenter.hear("room")
            assert room["put"] is None
            await presenter.say(type="room-question", question="2.2", stage=stage)
        async with page(server, session=welcome["session"], resume=True) as again:
            assert (await open_room(again, token=room["token"]))["put"] == ["2.2", stage]

    asyncio.run(story())


def test_a_phone_that_comes_back_hears_that_nothing_is_put_any_more(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            await presenter.say(type="room-question", question="2.4", stage="open", covered=True)
            async with page(server, room=room["code"]) as phone:
                assert (await phone.hear("hall-question"))["question"] == "2.4"
            await presenter.say(type="room-question", question=None, stage=None, covered=True)
            async with page(server, room=room["code"]) as phone:  # it may still show the question
                said = await phone.hear("hall-question")
                while said["question"]:
                    said = await phone.hear("hall-question")
                assert said["covered"], "and no picture comes yet"

    asyncio.run(story())


async def put(presenter: Page, phone: Page, question: str, stage: str) -> int:
    """Put a question to the room; the number of the vote on it."""
    await presenter.say(type="room-question", question=question, stage=stage)
    while True:
        said = await phone.hear("hall-question")
        if (said["question"], said.get("stage")) == (question, stage):
            return int(said["number"])


async def counted(presenter: Page, question: str, stage: str, least: int = 0) -> int:
    """How many votes the hall's page says, once there are so many: it may hear of none first."""
    while True:
        votes = (await presenter.hear("hall"))["votes"]
        at = votes and (votes["question"], votes["stage"]) == (question, stage)
        if votes and at and votes["count"] >= least:
            return int(votes["count"])


def test_votes_are_kept_while_other_questions_are_put_and_asked_again_from_the_start(
    server: Server,
):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            async with page(server, room=room["code"]) as phone:
                number = await put(presenter, phone, "2.4", "open")
                await phone.say(type="vote", number=number, prediction=["lines"])
                await phone.hear("hall-voted")
                other = await put(presenter, phone, "2.5", "open")
                await phone.say(type="vote", number=other, prediction=["always"])
                await phone.hear("hall-voted")
                assert await put(presenter, phone, "2.4", "open") == number
                await phone.say(type="vote", number=number, prediction=["lines"])
                await phone.hear("problem")  # one ballot, whatever came between
                await put(presenter, phone, "2.5", "closed")
                await put(presenter, phone, "2.4", "answer")
                assert await counted(presenter, "2.4", "answer") == 1
                assert await put(presenter, phone, "2.4", "open") != number
                assert await counted(presenter, "2.4", "open") == 0
                assert await put(presenter, phone, "2.4", "closed") == number, "one key too many"
                assert await counted(presenter, "2.4", "closed") == 1
                again = await put(presenter, phone, "2.4", "open")
                await phone.say(type="vote", number=again, prediction=["vectors"])
                await phone.hear("hall-voted")
                assert await put(presenter, phone, "2.4", "closed") == again

    asyncio.run(story())


def test_a_ballot_whose_answer_was_lost_is_sent_again_and_counts_once(server: Server):
    async def story() -> None:
        async with page(server) as presenter:
            room = await open_room(presenter)
            ballot = {"type": "vote", "prediction": ["lines"], "mark": "a" * 32}
            async with page(server, room=room["code"]) as phone:
                number = await put(presenter, phone, "2.4", "open")
                await phone.say(number=number, **ballot)
                await phone.hear("hall-voted")  # say that the phone did not hear it
            async with page(server, room=room["code"]) as phone:
                await phone.hear("hall-question")
                await phone.say(number=number, **ballot)
                await phone.hear("hall-voted")
            assert await counted(presenter, "2.4", "open", 1) == 1
            async with page(server, room=room["code"]) as other:
                await other.hear("hall-question")
                await other.say(number=number, **ballot | {"mark": "b" * 32})
                await other.hear("hall-voted")
            assert await counted(presenter, "2.4", "open", 2) == 2
            async with page(server, room=room["code"]) as phone:
                await put(presenter, phone, "2.4", "closed")
                await phone.say(number=number, **ballot)
                await phone.hear("hall-voted")  # it is, although none is taken any more
                await phone.say(number=number, **ballot | {"mark": "c" * 32})
                await phone.hear("problem")
            assert await counted(presenter, "2.4", "closed") == 2

    asyncio.run(story())


def test_of_whole_numbers_only_those_that_are_right_are_marked():
    votes = Votes(QUESTIONS["1.2b"])  # within half a layer of 6 lies 6 alone
    for depth in (4, 5, 6, 6, 7, 9):
        votes.cast(("forward", float(depth)))
    facts = {"finite": True, "from_depth": 6}
    bars = votes.bars(1, facts)
    assert [(bar.low, bar.high, bar.count) for bar in bars if bar.count] == [
        (n, n, 1 + (n == 6)) for n in (4, 5, 6, 7, 9)
    ]
    assert [bar.low for bar in bars if bar.right] == [6]
    few = Votes(QUESTIONS["1.2b"])
    few.cast(("forward", 3.0))
    assert [(bar.low, bar.high) for bar in few.bars(1, facts)] == [(3, 3)]
    missed = Votes(QUESTIONS["2.2"])
    for count in (0, 5, 40, 2000):
        missed.cast((float(count),))
    ends = [(bar.low, bar.high) for bar in missed.bars(0, None)]
    assert ends == [(0, 0), (1, 9), (10, 99), (100, 999), (1000, 9999)]


def test_who_shows_an_experiment_sees_so_on_every_page_of_it_and_ends_it_there(server: Server):
    async def shown(student: Page, code: str) -> None:
        while (await student.hear("mine"))["code"] != code:
            pass

    async def story() -> None:
        async with page(server) as student:
            session = (await student.hear("welcome"))["session"]
            await student.say(type="show-mine")
            code = (await student.hear("mine"))["code"]
            async with page(server, session=session, resume=True) as second:
                await shown(second, code)
        async with page(server, room=code) as teacher:
            await teacher.hear("following")
            async with page(server, session=session, resume=True) as again:  # loaded again
                await shown(again, code)
                await again.say(type="view", mode="classes")
                while (await teacher.frame())[0]["mode"] != "classes":
                    pass
                await again.say(type="room-end")
                assert (await teacher.hear("no-room"))["why"] == "ended"
                await shown(again, "")

    asyncio.run(story())


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "must be a number from 0 to 10³⁰; got 1.5·10⁴⁰."),
        ("de", "muss eine Zahl von 0 bis 10³⁰ sein; angegeben ist 1,5·10⁴⁰."),
    ],
)
def test_a_ballot_is_refused_with_numbers_as_people_write_them(language: str, said: str):
    with pytest.raises(SpecError) as refusal:
        read_lesson({"question": "1.1", "prediction": [1.5e40]})
    assert sentence(refusal.value, language).endswith(said)


@pytest.mark.parametrize("language", ["en", "de"])
def test_who_mistypes_a_one_time_code_reads_a_whole_sentence(server: Server, language: str):
    error = SpecError("room", "one_time_code", "")
    assert sentence(error, language).startswith(("The room can't be", "Der Raum kann nicht"))

    async def story() -> None:
        async with page(server) as other:
            await other.hear("welcome")
            await other.say(type="room-take", code="ABCD2345")
            said = (await other.hear("problem"))["messages"][language]
            assert said == sentence(error, language)
            assert "given" not in said
            assert "angegeben" not in said

    asyncio.run(story())


def test_an_experiment_that_a_hall_sees_is_not_shown_by_a_second_code(server: Server):
    """It would be the same room, which a click on *Show mine* would then end for all."""

    async def story() -> None:
        async with page(server) as presenter:
            await presenter.hear("welcome")
            await presenter.say(type="present")
            code = (await presenter.hear("room"))["code"]
            async with page(server, room=code) as phone:
                await phone.hear("following")
                await presenter.say(type="show-mine")
                said = (await presenter.hear("problem"))["messages"]["en"]
                assert said.startswith("The room can't be opened: others see")
                assert code in said
                await presenter.say(type="view", mode="classes")
                while (await phone.frame())[0]["mode"] != "classes":
                    pass

    asyncio.run(story())
