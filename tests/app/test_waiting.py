"""What waits behind a network from a file is there after a restart, too; what is not is said."""

import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from cellscope.app.session import waiting
from cellscope.app.session.sessions import Limits
from cellscope.app.session.store import Store
from cellscope.app.settings.comparison import NONE
from cellscope.model.own_data import OwnData
from cellscope.model.spec import Spec
from tests.app.conftest import Server, in_loop, opened, served
from tests.app.test_own_network import body, hears, network, points, upload

DRAWN = {"points": [[0.25 * k, 0.5 - 0.125 * k, k % 3] for k in range(12)], "classes": 3}


def send_points(server: Server, session: str) -> None:
    where = f"{server.url}/own-data?session={session}&kind=drawn"
    answer = httpx.post(where, content=json.dumps(DRAWN), headers={"Origin": server.url})
    assert answer.json() == {}


def own_points(server: Server, session: str) -> list[list[float]]:
    return httpx.get(f"{server.url}/own-data?session={session}").json()["points"]


def test_points_of_ones_own_behind_a_network_come_back_after_a_restart(tmp_path: Path):
    story: dict[str, Any] = {}

    async def first() -> None:
        async with opened(server, "?width=7&depth=3") as (page, welcome):
            story["session"] = session = welcome["session"]
            send_points(server, session)
            files = [("net.npz", network()), ("points.csv", points())]
            assert await upload(server, session, body(files)) == (200, {})
            await hears(page, name="net.npz")

    async def second() -> None:
        async with opened(server, "", story["session"]) as (page, welcome):
            assert welcome["note"] == "back"
            await page.say(type="close-network")
            settings = (await page.hear("settings"))["settings"]
            while settings["dataset"] != "own":
                settings = (await page.hear("settings"))["settings"]
            assert settings["width"] == 7, "what there was before the file, and no other"
            assert own_points(server, story["session"]) == DRAWN["points"]
        async with opened(server, "", story["session"]) as (_, welcome):
            assert welcome["note"] == "", "said once"

    for part in (first, second):
        with served(Limits(sessions=3), store=Store(tmp_path)) as server:
            in_loop(part())


@pytest.mark.parametrize("damaged", [{"own": 3}, {"before": [1]}, {"own": {}, "before": None}])
def test_what_is_damaged_keeps_no_experiment_from_coming_back(damaged: dict[str, Any]):
    assert waiting.read(damaged) == (None, None)


def test_points_that_are_shown_are_written_once():
    own = OwnData("drawn", np.zeros((3, 2)), np.zeros(3))
    shown = Spec(dataset="own", own=own)
    assert waiting.written(own, None, shown) == {}
    found = waiting.written(own, (shown, NONE), Spec())
    assert waiting.read(json.loads(json.dumps(found))) == (own, (shown, NONE))
