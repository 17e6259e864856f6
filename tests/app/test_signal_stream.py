"""The signal tab over the socket: only what is seen is made; jobs start, run and are cancelled."""

from typing import Any

import pytest

from cellscope.app.features.signal import job_messages as working
from cellscope.app.session.jobs import Job
from tests.app.conftest import Page, Server, in_loop, opened


async def panel_with(page: Page, kind: str, key: str) -> dict[str, Any]:
    """The next panel that has this figure, text or table."""
    while True:
        message = await page.hear("panel")
        if key in message[kind]:
            return message


def test_the_backward_chart_is_made_for_its_tab_only(server: Server):
    async def story() -> None:
        async with opened(server) as (page, _):
            first = await panel_with(page, "figures", "loss")
            assert "backward" not in first["figures"]
            await page.say(type="view", tab="signal")
            shown = await panel_with(page, "figures", "backward")
            assert len(shown["tables"]["gains"]["rows"]) == 3
            assert "loss" not in shown["figures"]

    in_loop(story())


def test_a_link_asks_for_a_side_a_format_and_a_tab(server: Server):
    async def story() -> None:
        query = "tab=signal&precision=float16&side=post&width=100&depth=11&init=normal&bias=zero"
        async with opened(server, query) as (page, welcome):
            looks = welcome["looks"]
            assert (looks["precision"], looks["side"]) == ("float16", "post")
            texts = (await panel_with(page, "texts", "precision-text"))["texts"]
            assert "float16: overflow in layer" in texts["precision-text"]
            assert "in float16" in texts["moments-caption"]
            assert "after ReLU" in texts["moments-caption"]

    in_loop(story())


def test_an_unknown_format_is_named_and_the_chart_stays(server: Server):
    async def story() -> None:
        async with opened(server, "precision=float8") as (page, welcome):
            (problem,) = welcome["problems"]
            assert "float64, float32, bfloat16, float16" in problem["message"]
            await panel_with(page, "figures", "moments")
            await page.say(type="view", precision="int8", side="post")
            assert "int8" in (await page.hear("problem"))["message"]
            texts = (await panel_with(page, "texts", "moments-caption"))["texts"]
            assert "in " not in texts["moments-caption"].split("·")[-1]

    in_loop(story())


def test_an_average_shows_how_far_it_is_and_then_itself(server: Server):
    async def story() -> None:
        async with opened(server, "tab=signal") as (page, _):
            await page.say(type="average-start", draws="20")
            state = await page.hear("job")
            while state["status"] == "running":
                state = await page.hear("job")
            assert (state["kind"], state["status"], state["done"]) == ("average", "finished", 20)
            await page.say(type="view", side="post")  # the charts once more, if they were quicker
            said = ""
            while "20 draws" not in said:  # one made before may still be under way
                said = (await panel_with(page, "texts", "average-text"))["texts"]["average-text"]

    in_loop(story())


@pytest.mark.parametrize("draws", [5, 2000, "many", None, True, [10]])
def test_nonsense_draws_are_refused_and_nothing_starts(server: Server, draws: object):
    async def story() -> None:
        async with opened(server) as (page, _):
            await page.say(type="average-start", draws=draws)
            problem = await page.hear("problem")
            assert problem["field"] == "average_draws"
            assert "10" in problem["message"]
            await page.say(type="clock", sent=1)
            await page.hear("clock")
            assert not any(message["type"] == "job" for message in page.others)

    in_loop(story())


@pytest.mark.parametrize("kind", ["average", "deeper"])
def test_a_second_job_of_a_kind_waits_for_the_first_to_be_cancelled(
    server: Server, monkeypatch: pytest.MonkeyPatch, kind: str
):
    def endless(*_values: object) -> Any:
        def work(job: Job) -> None:
            while job.report(1):
                pass

        return work

    monkeypatch.setattr(working, f"{kind}_work", endless)

    async def story() -> None:
        async with opened(server) as (page, _):
            await page.say(type=f"{kind}-start", draws=100)
            assert (await page.hear("job"))["status"] == "running"
            await page.say(type=f"{kind}-start", draws=100)
            assert "cancel it first" in (await page.hear("problem"))["message"]
            await page.say(type=f"{kind}-cancel")
            state = await page.hear("job")
            while state["status"] == "running":
                state = await page.hear("job")
            assert state["status"] == "cancelled"

    in_loop(story())


@pytest.mark.parametrize(
    ("query", "said"),
    [("init=lsuv", "this scheme fits each layer"), ("batch_norm=true", "normalisation fits each")],
)
def test_what_is_fitted_to_the_data_cannot_go_on_deeper(server: Server, query: str, said: str):
    async def story() -> None:
        async with opened(server, query) as (page, _):
            await page.say(type="deeper-start")
            assert said in (await page.hear("problem"))["message"]

    in_loop(story())
