"""Undo and redo: whatever was set, drawn, opened or edited has a name and a way back."""

import json
from itertools import pairwise

import httpx
import numpy as np
import pytest

from cellscope.app.features.undo.message import hands_message
from cellscope.app.session.deeds import Deeds, Settings
from cellscope.app.settings.comparison import NONE, Differences
from cellscope.app.text.texts import LANGUAGES
from cellscope.model.opened import Inputs, Opened
from cellscope.model.own.opening import spec_of
from cellscope.model.own_data import OwnData
from cellscope.model.spec import OWN, Spec
from cellscope.model.training.edits import Edit
from cellscope.model.training.lockstep import Lockstep
from tests.app.conftest import Server, in_loop, opened
from tests.app.test_time import SMALL, Told

PLAIN = Spec(samples=60, width=4, depth=3)


def drawn(count: int) -> OwnData:
    return OwnData("drawn", np.arange(2.0 * count).reshape(count, 2), np.arange(count) % 2)


def from_file(inputs: int) -> Spec:
    layers = ((np.ones((3, inputs)), np.ones(3)), (np.ones((2, 3)), np.ones(2)))
    points = Inputs(np.eye(inputs), np.arange(inputs) % 2, "points.csv")
    return spec_of(Opened("net.npz", layers, "relu", points), PLAIN)


MINE = PLAIN.but(dataset=OWN, own=drawn(5))
CHANGES = {
    "points where there were others": (MINE, PLAIN.but(dataset=OWN, own=drawn(6))),
    "points of one's own": (PLAIN, MINE),
    "no points of one's own": (MINE, PLAIN),
    "a network": (PLAIN, from_file(4)),
    "another plane": (from_file(4), from_file(4).but(cut=None)),
    "one setting": (PLAIN, PLAIN.but(width=5)),
    "many settings": (PLAIN, PLAIN.but(width=5, depth=4, noise=0.2, seed=7)),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changed_has_a_name(what: str, language: str):
    before, after = (Settings(spec, NONE, "max") for spec in CHANGES[what])
    deeds = Deeds()
    deeds.set(before, after)
    shown = Lockstep((PLAIN,)).snapshot(version=0, run=0, status="paused", rate=0.0, error=None)
    assert hands_message(deeds, shown, language)["undo"]


def test_a_drag_that_ends_where_it_began_is_nothing_to_take_back():
    deeds = Deeds()
    deeds.edited(0, Edit(((7, 1.0, 2.0),)), "another drag")
    for was, now in pairwise((0.5, 0.6, 0.9, 0.5)):
        deeds.edited(0, Edit(((3, was, now),)), "a drag")
    assert [deed.gesture for deed in deeds.done] == ["another drag"]
    deeds.edited(0, Edit(((3, 0.5, 0.4),)), "a drag")  # and on
    assert [deed.edit for deed in deeds.done[1:]] == [Edit(((3, 0.5, 0.4),))]


def test_speed_and_a_second_network_have_names_too():
    start = Settings(PLAIN, NONE, "max")
    assert start.changed(Settings(PLAIN, NONE, "5")) == ("speed",)
    assert start.changed(Settings(PLAIN, Differences((("seed", 1),)), "max")) == ("compare",)


def test_points_drawn_on_are_undone_and_drawn_again(server: Server):
    def body(count: int) -> str:
        rows = [[0.1 * k, 0.2, k % 2] for k in range(count)]
        return json.dumps({"points": rows, "classes": 2})

    async def story() -> None:
        async with opened(server, SMALL) as (page, welcome):
            told = Told(page)
            await told.until(lambda m: m["frame"]["step"] == 150)
            async with httpx.AsyncClient(base_url=server.url) as http:
                for count in (6, 9):
                    where = {"session": welcome["session"], "kind": "drawn"}
                    answer = await http.post("/own-data", params=where, content=body(count))
                    assert answer.json() == {}
                    await told.until(lambda m: m["hands"]["undo"])

                async def points() -> int:
                    answer = await http.get("/own-data", params={"session": welcome["session"]})
                    return len(answer.json()["points"])

                assert await points() == 9
                await page.say(type="undo")
                await told.until(lambda m: m["hands"]["redo"])
                assert await points() in (6, 100)  # drawn within a moment they are one deed
                await page.say(type="redo")
                await told.until(lambda m: not m["hands"]["redo"])
                assert await points() == 9

    in_loop(story())


def settings(**changes: object) -> Settings:
    return Settings(PLAIN.but(**changes), NONE, "max")


def test_what_a_hand_moves_within_a_moment_is_one_deed():
    deeds = Deeds()
    steps = [settings(init="he"), *(settings(weight_variance=s) for s in (2.0, 3.0))]
    for before, after in pairwise(steps):
        deeds.set(before, after)
    assert [(one.before, one.after) for one in deeds.done] == [(steps[0], steps[-1])]


def test_a_stroke_is_one_deed_however_late_its_points_come():
    deeds = Deeds()
    steps = [settings(), *(settings(dataset=OWN, own=drawn(count)) for count in (2, 9, 20, 25))]
    for k, (before, after) in enumerate(pairwise(steps)):
        deeds.set(before, after, "one" if k < 3 else "another").at = float("-inf")
    found = [(one.before, one.after) for one in deeds.done]
    assert found == [(steps[0], steps[3]), (steps[3], steps[4])]


def test_moved_and_moved_back_it_has_a_name_since_another_run_began():
    deeds, two, three = Deeds(), settings(width=2), settings(width=3)
    deeds.set(two, three)
    deeds.set(three, two)
    assert [one.names for one in deeds.done] == [("width",)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (PLAIN, from_file(4)),
        (from_file(4), from_file(4).but(cut=None)),
        (PLAIN, PLAIN.but(activation="tanh")),
        (PLAIN, PLAIN.but(width=9, depth=4, init="xavier")),  # as presets do
    ],
)
def test_what_is_chosen_opened_or_closed_is_a_deed_by_itself_however_soon(one: Spec, other: Spec):
    deeds = Deeds()
    before, after = (Settings(spec, NONE, "max") for spec in (one, other))
    deeds.set(before, after)
    deeds.set(after, before)
    assert [(deed.before, deed.after) for deed in deeds.done] == [(before, after), (after, before)]
