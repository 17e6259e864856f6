"""What gives an answer away leaves the server as `--answers` allows, and never beside it."""

import asyncio
import contextlib
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cellscope.app.settings.answer_policy import ANSWERS, DEFAULT, is_public
from cellscope.app.text.texts import catalogue
from tests.app.conftest import Page, Server, in_loop, opened, served

CHUNK = 25  # characters of a text that are surely its own


@pytest.fixture(scope="module")
def shown() -> Iterator[Server]:
    with served(answers="shown") as running:
        yield running


@pytest.fixture(scope="module")
def default(server: Server) -> Server:
    assert DEFAULT == "after-prediction"
    return server


@pytest.fixture(scope="module")
def hidden() -> Iterator[Server]:
    with served(answers="hidden") as running:
        yield running


@pytest.fixture(params=ANSWERS)
def kept(request: pytest.FixtureRequest) -> Server:
    of = {"shown": "shown", "after-prediction": "default", "hidden": "hidden"}
    return request.getfixturevalue(of[request.param])


def secrets(*kinds: str) -> set[str]:
    """The longest stretch without numbers of every secret text, in both languages."""
    found: set[str] = set()
    for language in ("en", "de"):
        for key, said in catalogue(language).items():
            if not is_public(key) and (not kinds or key.startswith(kinds)):
                longest = max(re.split(r"\{+\w*\}+|\n|[\\\"]", said), key=len)
                if len(longest) >= CHUNK:
                    found.add(longest)
    return found


def test_no_page_source_layout_or_script_has_any_of_it(kept: Server):
    with httpx.Client(base_url=kept.url, timeout=30.0) as client:
        paths = ["/", "/_dash-layout", "/_dash-dependencies"]
        index = client.get("/").text
        paths += re.findall(r'(?:src|href)="\.(/assets/[^"]+)"', index)
        sources = [client.get(path).text for path in paths]
    assert sum(map(len, sources)) > 1_000_000  # the page's scripts are among them
    hidden_texts = secrets()
    assert len(hidden_texts) > 150
    for source in sources:
        plain = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), source)
        assert not [text for text in hidden_texts if text in plain]


async def everything(page: Page, seconds: float) -> str:
    """All text messages of a while."""
    said: list[str] = []
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                raw = await page.socket.recv()
                if isinstance(raw, str):
                    said.append(json.dumps(json.loads(raw), ensure_ascii=False))
    return "\n".join(said)


def ask(server: Server, **message: Any) -> dict[str, Any]:
    heard: dict[str, Any] = {}

    async def story() -> None:
        async with opened(server, f"sheet={message['question']}") as (page, _):
            await page.say(type="sheet", **message)
            heard.update(await page.hear("sheet"))

    in_loop(story())
    return heard


def test_without_a_prediction_no_message_has_any_of_it(default: Server):
    async def story() -> None:
        async with opened(default, "sheet=2.4") as (page, _):
            await page.say(type="sheet", question="2.4")
            heard = await everything(page, 1.5)
            assert '"question": "2.4"' in heard
            assert not [text for text in secrets() if text in heard]

    in_loop(story())


def test_a_prediction_brings_the_comment_and_the_answer(default: Server):
    heard = ask(default, question="2.4", prediction=["vectors"])
    assert heard["parts"][0]["right"] is False
    assert "every sign vector occurs" in heard["parts"][0]["comment"]
    assert "Zaslavsky" in heard["answer"]


def test_a_server_that_hides_them_never_sends_them(hidden: Server):
    async def story() -> None:
        async with opened(hidden, "sheet=2.4&width=16") as (page, _):
            for prediction in (None, ["vectors"], ["arrangement"], ["vectors"]):
                await page.say(type="sheet", question="2.4", prediction=prediction)
            heard = await everything(page, 1.5)
            assert "137" in heard  # it is measured
            withheld = secrets("sheet.answer.", "sheet.misconception.", "sheet.agrees")
            assert not [text for text in withheld if text in heard]

    in_loop(story())


def test_a_server_that_hides_them_keeps_the_derivations_back_too(hidden: Server, default: Server):
    kept = httpx.get(f"{hidden.url}/theory/de")
    assert kept.status_code == 403
    assert "Herleitungen" in kept.text
    assert len(kept.text) < 200
    assert httpx.get(f"{default.url}/theory/de").status_code == 200


def test_a_server_that_shows_them_needs_no_prediction(shown: Server):
    assert "Zaslavsky" in ask(shown, question="2.4")["answer"]


def test_the_verdict_stays_and_what_is_on_screen_has_a_message_of_its_own(default: Server):
    async def story() -> None:
        async with opened(default, "sheet=2.4") as (page, welcome):
            await page.say(type="sheet", question="2.4", prediction=["arrangement"])
            first = await page.hear("sheet")
            assert first["parts"][0]["seen"]["en"].startswith("137 ")
            shown = await page.hear("sheet-now")
            assert shown["own"] is True
            settings = welcome["settings"] | {"width": 6}
            async with httpx.AsyncClient(base_url=default.url) as client:
                await client.post("/_dash-update-component", json=intent(welcome, settings))
            now = await page.hear("sheet-now")
            while now["measuring"]:
                now = await page.hear("sheet-now")
            assert now["own"] is False
            assert now["seen"]["cells"]["en"].startswith("22 ")
            assert now["version"] > shown["version"]
            heard = await everything(page, 1.0)
            assert '"type": "sheet"' not in heard

    in_loop(story())


def test_what_takes_long_to_measure_is_named_first(default: Server):
    async def story() -> None:
        async with opened(default, "sheet=1.2b&optimizer=adam&learning_rate=0.0011") as (page, _):
            await page.say(type="sheet", question="1.2b", prediction=["weights", 6])
            named = await page.hear("sheet-now")  # fifty runs of 400 steps: seconds
            assert (named["measuring"], named["seen"], named["own"]) == (True, None, False)
            assert "Adam" in named["named"]["en"]
            measured = await page.hear("sheet-now")
            assert measured["measuring"] is False
            assert measured["version"] == named["version"]
            assert "fail: 0 with 3 layers" in measured["seen"]["depth"]["en"]

    in_loop(story())


def test_what_was_measured_of_what_has_left_the_screen_is_not_told(default: Server):
    async def story() -> None:
        query = "sheet=1.2b&optimizer=adam&learning_rate=0.0012"
        async with opened(default, query) as (page, welcome):
            await page.say(type="sheet", question="1.2b", prediction=["weights", 6])
            first = await page.hear("sheet-now")
            assert first["measuring"] is True
            settings = welcome["settings"] | {"learning_rate": 0.0013, "depth": 3}
            async with httpx.AsyncClient(base_url=default.url) as client:
                await client.post("/_dash-update-component", json=intent(welcome, settings))
            now = await page.hear("sheet-now")
            assert (now["version"] > first["version"], now["measuring"]) == (True, True)
            told = await page.hear("sheet-now")
            assert told["version"] >= now["version"]

    in_loop(story())


def intent(welcome: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """The page's message that its controls say something else."""
    data = {
        "session": welcome["session"],
        "order": 1,
        "changed": "width",
        "settings": {k: str(v) for k, v in settings.items() if k != "hidden"},
    }
    return {
        "output": "outcome.data",
        "outputs": {"id": "outcome", "property": "data"},
        "inputs": [{"id": "intent", "property": "data", "value": data}],
        "changedPropIds": ["intent.data"],
        "state": [],
    }


@pytest.mark.parametrize(
    "message",
    [
        {"question": "9.9"},
        {"question": {"a": []}},
        {"question": "2.4", "prediction": ["nonsense"]},
        {"question": "1.1", "prediction": [1e308 * 10]},
        {"question": "1.1", "prediction": ["x" * 30_000]},
        {"question": "1.2b", "prediction": [None, None]},
    ],
    ids=lambda message: str(message)[:40],
)
def test_nonsense_is_named_and_the_experiment_goes_on(default: Server, message: dict[str, Any]):
    async def story() -> None:
        async with opened(default, "sheet=2.4") as (page, _):
            await page.say(type="sheet", **message)
            refused = await page.hear("problem")
            assert refused["field"] in ("question", "prediction")
            assert len(refused["message"]) < 400
            await page.say(type="sheet", question="2.4", prediction=["lines"])
            assert (await page.hear("sheet"))["answer"]

    in_loop(story())


def test_a_megabyte_is_refused_without_a_word_too_many(default: Server):
    async def story() -> None:
        async with opened(default, "sheet=2.4") as (page, _):
            await page.socket.send(
                json.dumps({"type": "sheet", "question": "2.4", "prediction": ["x" * 50_000]})
            )
            assert (await page.hear("problem"))["field"] == "message"

    in_loop(story())
