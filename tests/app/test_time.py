"""The time line: what is shown is of the step asked for, everywhere; branches; then beside now."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

from tests.app.conftest import PATIENCE_S, Page, Server, in_loop, opened, take_apart

SMALL = "width=6&depth=3&samples=100&batch_size=10&step=150"


class Told:
    """The newest message of each kind; frames are asked for all the while."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.newest: dict[str, Any] = {}
        self.pixels = b""

    async def until(self, true: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """Hear on until this holds of the newest messages."""
        await self.page.say(type="next")
        while not self._holds(true):
            raw = await asyncio.wait_for(self.page.socket.recv(), PATIENCE_S)
            if isinstance(raw, str):
                message = json.loads(raw)
                self._note(message["type"], message)
                continue
            header, rest = take_apart(raw)
            if header["kind"] == "both":
                first, second = rest[: header["first"]], rest[header["first"] :]
                header["frames"] = [take_apart(part)[0] for part in (first, second)]
            self.newest[header["kind"]] = header
            if header["kind"] in ("frame", "both"):
                self.pixels = rest
                await self.page.say(type="next")
        return self.newest

    def _note(self, kind: str, message: dict[str, Any]) -> None:
        """Charts come in turn: what a panel does not bring is that of the one before."""
        if kind == "panel" and kind in self.newest:
            before = self.newest[kind]
            for part in ("figures", "texts", "tables", "steps"):
                message[part] = before[part] | message[part]
        self.newest[kind] = message

    def _holds(self, true: Callable[[dict[str, Any]], object]) -> bool:
        try:
            return bool(true(self.newest))
        except KeyError:
            return False


async def line(page: Page, **wanted: Any) -> dict[str, Any]:
    """The time line's message, once it says so."""
    told = await Told(page).until(
        lambda m: all(m["timeline"][key] == value for key, value in wanted.items()) and m
    )
    return told["timeline"]


async def at(page: Page, step: int, **wanted: Any) -> tuple[dict[str, Any], bytes]:
    """The frame of a step, and its picture."""
    told = Told(page)
    wanted["step"] = step
    await told.until(lambda m: all(m["frame"][key] == value for key, value in wanted.items()))
    return told.newest["frame"], told.pixels


def test_everything_follows_to_the_step_that_is_asked_for(server: Server):
    async def story() -> None:
        async with opened(server, SMALL) as (page, _):
            told = Told(page)
            now = await told.until(lambda m: m["timeline"]["last"] == 150)
            assert not now["timeline"]["recalled"]
            await page.say(type="time", run=now["timeline"]["run"], step=70)
            seen = await told.until(
                lambda m: (
                    (m["frame"]["step"], m["survey"]["step"], m["timeline"]["step"]) == (70, 70, 70)
                    and m["panel"]["step"] == m["panel"]["steps"]["loss"] == 70
                )
            )
            frame, panel = seen["frame"], seen["panel"]
            assert (frame["shownStep"], frame["recalled"], frame["reproducible"]) == (
                70,
                True,
                True,
            )
            assert (frame["status"], frame["statusText"]) == ("paused", "earlier step")
            assert panel["counted"] == 70
            drawn = [max(trace["x"]) for trace in panel["figures"]["loss"]["data"]]
            assert {70, 150} <= set(drawn)  # so far, and pale what came after
            assert seen["survey"]["story"]["now"].startswith("step 70:")
            await page.say(type="inspect", x=0.1, y=0.2)
            await told.until(lambda m: m["inspection"]["blocks"])
            await page.say(type="time", step=None)
            back = await told.until(lambda m: m["frame"]["step"] == 150)
            assert not back["frame"]["recalled"]

    in_loop(story())


def test_the_picture_of_a_step_is_the_one_of_a_run_that_stopped_there(server: Server):
    async def story() -> None:
        async with opened(server, SMALL) as (page, _):
            now = await line(page, last=150)
            await page.say(type="time", run=now["run"], step=60)
            _, again = await at(page, 60)
        async with opened(server, SMALL.replace("step=150", "step=60")) as (fresh, _):
            _, first = await at(fresh, 60, status="paused")
        assert again == first

    in_loop(story())


def test_training_waits_for_who_looks_back_and_goes_on_afterwards(server: Server):
    async def story() -> None:
        async with opened(server, f"{SMALL}00&speed=max") as (page, _):  # to step 15,000
            told = Told(page)
            now = await told.until(lambda m: m["timeline"]["last"] > 20)
            await page.say(type="time", run=now["timeline"]["run"], step=10)
            back = await told.until(
                lambda m: m["frame"]["step"] == 10 and m["timeline"]["recalled"]
            )
            assert back["frame"]["status"] == "paused"
            held = back["timeline"]["now"]["step"]
            await page.say(type="time", step=None)
            later = await told.until(
                lambda m: m["frame"]["step"] > held and not m["frame"]["recalled"]
            )
            assert later["frame"]["goal"] == 15_000  # on the way to where the link wants it

    in_loop(story())


def test_training_goes_on_unseen_where_it_is_not_to_wait(server: Server):
    async def story() -> None:
        async with opened(server, f"{SMALL}00&speed=max") as (page, _):
            told = Told(page)
            await page.say(type="time-waits", waits=False)
            now = await told.until(lambda m: m["timeline"]["last"] > 20)
            await page.say(type="time", run=now["timeline"]["run"], step=10)
            back = await told.until(lambda m: m["frame"]["step"] == 10)
            seen = back["timeline"]["now"]["step"]
            later = await told.until(lambda m: m["timeline"]["now"]["step"] > seen + 50)
            assert (later["frame"]["step"], later["frame"]["status"]) == (10, "training")
            assert later["frame"]["statusText"] == "earlier step · training"

    in_loop(story())


def test_training_on_from_a_step_is_a_branch_and_the_old_one_can_be_shown(server: Server):
    async def story() -> None:
        async with opened(server, SMALL) as (page, _):
            now = await line(page, last=150)
            await page.say(type="train-on", run=now["run"], step=40)
            told = await Told(page).until(lambda m: len(m["timeline"]["branches"]) == 2)
            message = told["timeline"]
            old, new = message["branches"]
            assert (old["run"], old["last"]) == (now["run"], 150)
            assert new["run"] == message["now"]["run"] == now["run"] + 1
            assert new["name"].startswith("2: from 1 at step 40")
            await page.say(type="time", run=old["run"], step=150)
            shown = Told(page)
            await shown.until(lambda m: m["frame"]["run"] == old["run"] and m["frame"]["recalled"])
            assert shown.newest["frame"]["step"] == 150

    in_loop(story())


def test_step_0_stands_beside_the_step_that_is_shown(server: Server):
    async def story() -> None:
        async with opened(server, SMALL) as (page, _):
            await line(page, last=150)
            await page.say(type="then-now", on=True)
            told = Told(page)
            seen = await told.until(lambda m: m["both"] and "numbers-b" in m["panel"]["texts"])
            assert [(f["which"], f["step"], f["heading"]) for f in seen["both"]["frames"]] == [
                ("a", 150, "step 150"),
                ("b", 0, "step 0"),
            ]
            texts = seen["panel"]["texts"]
            assert texts["numbers-a"] != texts["numbers-b"]
            await page.say(type="then-now", on=False)
            await at(page, 150)

    in_loop(story())


def test_two_networks_are_not_paired_with_their_starts(server: Server):
    async def story() -> None:
        async with opened(server, f"{SMALL}&compare=init:normal") as (page, _):
            told = Told(page)
            await told.until(lambda m: m["both"]["frames"][0]["step"] == 150)
            await page.say(type="then-now", on=True)
            seen = await told.until(lambda m: m["timeline"]["paired"])
            assert not seen["timeline"]["alone"]
            assert [frame["step"] for frame in seen["both"]["frames"]] == [150, 150]

    in_loop(story())


def test_a_file_is_of_the_step_that_is_shown(server: Server):
    async def story() -> None:
        async with opened(server, SMALL) as (page, welcome):
            now = await line(page, last=150)
            asked = {"session": welcome["session"], "run": str(now["run"]), "step": "33"}
            async with httpx.AsyncClient(base_url=server.url) as client:
                picture = await client.get("/export/png", params=asked)
                code = await client.get("/export/code", params=asked)
                script = await client.get("/export/experiment", params=asked)
                weights = await client.get("/export/weights", params=asked)
                wrong = await client.get("/export/png", params=asked | {"step": "-1"})
                gone = await client.get("/export/png", params=asked | {"run": "99"})
            for answer in (picture, code, script, weights):
                assert answer.status_code == 200
                assert "step-33" in answer.headers["Content-Disposition"]
            assert (wrong.status_code, gone.status_code) == (422, 204)

    in_loop(story())


def test_nonsense_about_time_is_named(server: Server):
    async def story() -> None:
        async with opened(server, SMALL) as (page, _):
            now = await line(page, last=150)
            for kind in ("time", "train-on"):
                for step in (-1, "x", 1.5, True, [3], 2**60):
                    await page.say(type=kind, run=now["run"], step=step)
                    assert (await page.hear("problem"))["field"] == "step"
            await page.say(type="time", run=now["run"] + 7, step=3)  # not known: now stays
            await page.say(type="time", run=now["run"], step=10**9)  # the last one there is
            await at(page, 150)

    in_loop(story())


def test_what_is_kept_and_what_happened_is_said_in_the_page_s_language(server: Server):
    async def story() -> None:
        async with opened(server, "sheet=1.2b&lang=de&step=20") as (page, _):
            told = await Told(page).until(lambda m: m["timeline"]["marks"])
            message = told["timeline"]
            assert message["marks"][0]["kind"] == "diverged"
            assert message["marks"][0]["text"].startswith("Divergiert in Schritt")
            assert "MiB" in message["kept"]

    in_loop(story())


def test_every_step_of_a_stretch_is_compared_on_request_and_the_run_comes_back(server: Server):
    async def story() -> None:
        async with opened(server, SMALL) as (page, _):
            told = Told(page)
            await page.say(type="view", tab="training")
            await told.until(lambda m: m["timeline"]["last"] == 150 and m["change"])
            for first, last in (("soon", "9"), (9, 9), (20, 500), (150, 151), (0, 401)):
                await page.say(type="change-steps", first=first, last=last)
                await told.until(lambda m: m["problem"]["field"] == "change_steps")
                told.newest.pop("problem")
            await page.say(type="change-steps", first="20", last="60")
            await page.say(type="change-steps", first="100", last="110")  # the newest wins
            seen = await told.until(lambda m: m["change"]["stretch"] and m["change"]["step"] == 110)
            assert "every step from 100 to 110" in seen["change"]["caption"]
            assert seen["change"]["figure"]["layout"]["xaxis"]["range"] == [100, 110]
            drawn = seen["change"]["figure"]["data"][0]["x"]
            assert drawn == [step for k in range(100, 110) for step in (k, k + 1)]
            await page.say(type="change-run")
            await told.until(lambda m: not m["change"]["stretch"])

    in_loop(story())


def test_a_run_that_was_left_has_its_curves_once_it_is_shown_again(server: Server):
    """What was counted for its pictures is forgotten: the states that are kept are counted."""

    def ends(message: dict[str, Any], kind: str, name: str) -> tuple[int, int]:
        figure = message[kind]["figure"]
        (steps,) = (trace["x"] for trace in figure["data"] if trace["name"] == name)
        return (steps[0], steps[-1]) if len(steps) > 2 else (-1, -1)

    async def story() -> None:
        async with opened(server, SMALL.replace("step=150", "step=700")) as (page, _):
            now = await line(page, last=700)
            await page.say(type="train-on", run=now["run"], step=100)
            await page.say(type="view", look=1, tab="cells")
            told = Told(page)
            await told.until(lambda m: len(m["timeline"]["branches"]) == 2)
            await page.say(type="time", run=now["run"], step=700)
            seen = await told.until(
                lambda m: (
                    ends(m, "counts", "window") == (0, 700)
                    and m["timeline"]["run"] == now["run"] == m["frame"]["run"]
                )
            )
            assert seen["timeline"]["recalled"]
            assert "hold data" in seen["counts"]["caption"]
            assert "since" not in seen["counts"]["caption"]
            marks = (await told.until(lambda m: _peaks(m) and m))["timeline"]["marks"]
            assert any("steps counted" in mark["text"] for mark in marks)
            await page.say(type="view", look=2, tab="training")
            await told.until(lambda m: ends(m, "change", "points flipped") == (0, 700))

    in_loop(story())


def _peaks(told: dict[str, Any]) -> list[str]:
    return [mark["text"] for mark in told["timeline"]["marks"] if mark["kind"] == "peak"]
