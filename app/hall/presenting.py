"""What a presenter's page asks of its room: to open it, to hand it over, to end it."""

import asyncio
import json
import sqlite3
from contextlib import suppress

from starlette.websockets import WebSocketDisconnect

from cellscope.app.features.sheet.dialogue import read_lesson
from cellscope.app.features.sheet.own import start_facts
from cellscope.app.features.sheet.parts import Facts
from cellscope.app.hall.address import find_address, qr
from cellscope.app.hall.halls import Hall, HallsFull, TooOften
from cellscope.app.hall.sample import Sample, sample_figure
from cellscope.app.hall.votes import STAGES, Stage, Votes
from cellscope.app.server.rates import who
from cellscope.app.session.sessions import Full
from cellscope.app.settings.links import view_in_link
from cellscope.app.stream.duties import aside
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, as_json, problem_message
from cellscope.model.spec import SpecError, check_drawn

PERIOD_S = 0.25
SAMPLE_PERIOD_S = 0.5
SHOWN = ("tab", "side", "which", "precision")  # besides the view
COMMAND = "HOST=0.0.0.0 make run"


async def present(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Open the experiment's room, or go on presenting in it."""
    try:
        hall = viewer.halls.open(viewer.session, message.get("token"))
    except HallsFull:
        await viewer.socket.send_text(problem_message(SpecError("room", "no_room_free", "")))
        return
    if hall is None:
        await _no_room(viewer, "other")
        return
    await _present_in(viewer, hall, message.get("at"))


async def _present_in(viewer: Viewer, hall: Hall, at: object) -> None:
    viewer.hall = hall
    hall.show_by(viewer)
    found = find_address(at, viewer.halls.public_url, viewer.halls.host)
    link = f"{found.address}?room={hall.code}"
    said = as_json(
        type="room",
        code=hall.code,
        token=viewer.halls.token(hall),
        link=link,
        put=None if hall.votes is None else [hall.votes.question.name, hall.votes.stage],
        address=found.address,
        reachable=found.reachable,
        command=COMMAND,
        qr=qr(link) if found.reachable else None,
        why="",
    )
    await viewer.socket.send_text(said)


async def show_mine(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    """A room for the teacher's eyes: a code to say aloud, until it is ended.

    An experiment that a hall sees has a code already, and its room does not end by that click.
    """
    there = viewer.halls.of(viewer.session)
    if there is not None and not there.mine:
        error = SpecError("room", "presented", "", code=there.code)
        await viewer.socket.send_text(problem_message(error))
        return
    try:
        hall = viewer.halls.open(viewer.session)
    except HallsFull:
        await viewer.socket.send_text(problem_message(SpecError("room", "no_room_free", "")))
        return
    assert hall is not None, "without a token there is one"
    hall.mine = True
    _show_in(viewer, hall)


def _show_in(viewer: Viewer, hall: Hall) -> None:
    viewer.hall = hall
    hall.show_by(viewer)


async def delete(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    """The visitor's experiment, here and where it was stored."""
    try:
        await viewer.sessions.delete(viewer.session)
    except (OSError, sqlite3.Error):
        await viewer.socket.send_text(problem_message(SpecError("delete", "not_deleted", "")))
        return
    await viewer.socket.send_text(as_json(type="deleted"))


async def end(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    """The room is over."""
    hall = viewer.hall or _mine(viewer)
    if hall is not None:
        hall.end()


def _mine(viewer: Viewer) -> Hall | None:
    """The room in which the student of this page, or of another one of the experiment, shows it."""
    hall = viewer.halls.of(viewer.session)
    return hall if hall is not None and hall.mine else None


async def hand_over(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    """A one-time code for who is to present next."""
    if viewer.hall is not None:
        code = viewer.hall.one_time_code()
        await viewer.socket.send_text(as_json(type="room-code", code=code))


async def take_over(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Present in the room whose one-time code this is; its experiment is this page's now."""
    try:
        hall = viewer.halls.hand_over(message.get("code"), who(viewer.socket.client))
    except TooOften:
        await viewer.socket.send_text(problem_message(SpecError("code", "too_often", "")))
        return
    if hall is None:
        await viewer.socket.send_text(problem_message(SpecError("room", "one_time_code", "")))
        return
    shown = shown_by(hall)
    await _send_away(viewer, hall)
    token = viewer.halls.token(hall)
    said = as_json(
        type="room-taken", session=hall.session.id, token=token, code=hall.code, shown=shown
    )
    await viewer.socket.send_text(said)


def shown_by(hall: Hall) -> dict[str, str]:
    """What the hall looks at, as a link has it: it is to see the same on."""
    hall.look()
    looks = hall.presenter.looks if isinstance(hall.presenter, Viewer) else {}
    kept = {name: looks[name] for name in SHOWN if name in looks}
    return view_in_link(hall.view) | kept


async def _send_away(viewer: Viewer, hall: Hall) -> None:
    """Who presented before goes on with a copy; the experiment itself is no longer theirs."""
    former, hall.presenter = hall.presenter, None
    copy = ""
    with suppress(Full):
        copy = (await viewer.sessions.copy(hall.session, who(viewer.socket.client))).id
    if isinstance(former, Viewer):
        former.hall = None
        with suppress(WebSocketDisconnect):  # it has left
            await former.socket.send_text(as_json(type="room-handed", session=copy))
    with suppress(OSError, sqlite3.Error):  # the old row expires
        await viewer.sessions.hand_on(hall.session)


async def put_question(pools: Pools, viewer: Viewer, message: Message) -> None:
    """A question of the sheet is put to the room, its vote closed, its answer marked."""
    hall = viewer.hall
    if hall is None:
        return
    try:
        lesson = read_lesson({"question": message.get("question")})
        stage = _read_stage(message.get("stage"))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    hall.put_question(None if lesson is None else lesson.question, stage)
    hall.covered = message.get("covered") is True
    hall.look()
    hall.wake()
    if hall.votes is not None and hall.votes.stage == "answer" and viewer.answers != "hidden":
        viewer.measuring = aside(_find_right(pools, viewer, hall.votes.question.name))


async def _find_right(pools: Pools, viewer: Viewer, name: str) -> None:
    """What is right of a question; measuring may take seconds, in which the page is heard."""
    facts = await pools.facts.get(name, pools.lessons, lambda: start_facts(name))
    if viewer.hall is not None and viewer.hall.votes and viewer.hall.votes.question.name == name:
        viewer.right = name, facts  # not once another question is put


def _read_stage(raw: object) -> Stage | None:
    if raw is None:
        return None
    for stage in STAGES:
        if raw == stage:
            return stage
    raise SpecError("stage", "choice", raw, choices=", ".join(STAGES))


async def take_sample(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Every phone gets a draw of its own, or no more."""
    hall = viewer.hall
    if hall is None:
        return
    on = message.get("on") is True
    try:
        if on:
            check_drawn(viewer.session.spec, "sample")
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    spec, sample = viewer.session.spec, hall.sample
    if on and sample is not None and sample.fits(spec):
        return  # a page that comes back says again what it wants
    hall.sample = Sample(spec) if on else None
    hall.wake()


async def tell_of_sample(pools: Pools, viewer: Viewer) -> None:
    """The chart of all draws, whenever one has joined; other settings are another sample."""
    told: object = None
    while True:
        hall = viewer.hall
        sample = None if hall is None else hall.sample
        spec = viewer.session.spec
        if hall is not None and sample is not None and not sample.fits(spec):
            sample = hall.sample = Sample(spec) if spec.opened is None else None
            hall.wake()
        drawn = None if sample is None else len(sample.squares)
        state = sample and id(sample), drawn, viewer.theme, viewer.language
        if state != told and (sample is not None or told is not None):
            told = state
            figure = None
            if sample is not None:
                made = sample.spec, tuple(sample.squares), viewer.theme, viewer.language
                figure = await pools.draws.make(viewer.session.id, sample_figure, *made)
            said = {"type": "hall-sample", "draws": drawn, "figure": figure}
            await viewer.socket.send_text(json.dumps(said))
        await asyncio.sleep(SAMPLE_PERIOD_S)


async def tell_of_hall(viewer: Viewer) -> None:
    """How many follow; that the room is over, or somebody else's."""
    told: object = None
    shown = ""
    try:
        while True:
            shown = await _tell_of_mine(viewer, shown)
            hall = viewer.hall
            if hall is not None and (hall.ended.is_set() or hall.presenter is not viewer):
                viewer.hall = None
                await _no_room(viewer, "ended" if hall.ended.is_set() else "handed")
            elif hall is not None:
                votes = hall.votes
                vote = None if votes is None else votes.told(_facts(viewer, votes))
                state = hall.code, len(hall.followers), vote
                if state != told:
                    told = state
                    followers = len(hall.followers)
                    await viewer.socket.send_text(
                        as_json(type="hall", followers=followers, votes=vote)
                    )
            await asyncio.sleep(PERIOD_S)
    finally:
        if viewer.hall is not None:
            viewer.hall.lose(viewer)


async def _tell_of_mine(viewer: Viewer, told: str) -> str:
    """Whether the experiment is shown, on a page that is loaded again, too: it ends by a click."""
    hall = _mine(viewer)
    if hall is not None and hall.presenter is None and viewer.hall is None:
        _show_in(viewer, hall)
    code = "" if hall is None else hall.code
    if code != told:
        await viewer.socket.send_text(as_json(type="mine", code=code))
    return code


def _facts(viewer: Viewer, votes: Votes) -> Facts | None:
    """What is right, once it may be told."""
    name, facts = viewer.right
    return facts if name == votes.question.name else None


async def _no_room(viewer: Viewer, why: str) -> None:
    await viewer.socket.send_text(as_json(type="room", code="", why=why))
