"""Who follows a room: sees what the presenter shows, with a layer, window and language of its own.

A follower has no experiment and knows none: its socket hears the few messages below and no other.
One frame is on its way to it at a time, and no more than its share of the line.
"""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from starlette.websockets import WebSocket

from cellscope.app.features.sheet.dialogue import read_lesson
from cellscope.app.hall.frame import hall_frame
from cellscope.app.hall.halls import Away, Hall, Halls, HallsFull, TooOften
from cellscope.app.hall.sample import Draw, Sample, draw
from cellscope.app.hall.votes import LONGEST_MARK, asked
from cellscope.app.server.metrics import Metrics
from cellscope.app.server.rates import EXPERIMENTS, Rates
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Full, Sessions
from cellscope.app.settings.controls import read_view
from cellscope.app.settings.display_options import read_language
from cellscope.app.settings.links import view_in_link
from cellscope.app.stream.duties import again_and_again, until_one_ends
from cellscope.app.stream.patience import Patience
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.wire import Message, as_json, problem_message, receive
from cellscope.model.datasets import Data, data_settings, seen_data
from cellscope.model.spec import Spec, SpecError
from cellscope.model.view import View

SIDE = 301  # points per side of a phone's picture
BYTES_PER_S = 100_000  # of frames, for each
PERIOD_S = 0.25
BURST = 40_000  # bytes that may come at once after a pause
NO_ROOM, TOO_MANY = 4404, 4429


@dataclass(frozen=True, slots=True)
class Choice:
    """What a follower looks at by its own choice; None is what the presenter does."""

    layer: int | None = None
    mode: str | None = None
    window: tuple[float, float, float, float] | None = None

    def view(self, shown: View) -> View:
        """The view of its picture. Lines are found from the pixels, points drawn by the phone."""
        return replace(self.copied(shown), pixels=SIDE, lines=False, points="train")

    def copied(self, shown: View) -> View:
        """The view that a copy of its own begins with. Who chooses looks at no unit any more."""
        follows = self.layer is None and self.mode is None
        return replace(
            shown,
            unit=shown.unit if follows else None,
            layer=self.layer or shown.layer,
            mode=self.mode or shown.mode,
            window=self.window or shown.window,
        )


@dataclass(frozen=True, slots=True)
class House:
    """What followers share with the rest of the server."""

    halls: Halls
    sessions: Sessions
    pools: Pools
    metrics: Metrics
    rates: Rates


class Following:
    """One socket in a room. **Threads**: the event loop's only."""

    def __init__(
        self, socket: WebSocket, hall: Hall, hello: Message, house: House, address: str
    ) -> None:
        self.socket = socket
        self.hall = hall
        self.language = _language(hello.get("lang"))
        self.house = house
        self.address = address
        self.patience = Patience(house.rates)
        self.choice = Choice()
        self.visible = True
        self.ready = False  # whether it asked for a frame
        self.wake = asyncio.Event()
        self.sent: object = None
        self.voted: set[int] = set()  # the numbers of votes it took part in; not what it voted
        self.draw: Draw | None = None  # its own network, while the hall is a sample
        self.drawn_for: Sample | None = None
        self.held: object = hello.get("draw")  # that it says it had before its line was cut
        self._left = float(BURST)  # bytes that may be sent now
        self._counted = time.monotonic()

    def wait(self, length: int) -> float:
        """Seconds until a frame of so many bytes may follow."""
        now = time.monotonic()
        self._left = min(BURST, self._left + (now - self._counted) * BYTES_PER_S) - length
        self._counted = now
        return max(0.0, -self._left / BYTES_PER_S)


async def follow(house: House, opened: WebSocket, hello: Message, address: str) -> None:
    """One follower, from its first message to its last."""
    try:
        hall = house.halls.find(hello.get("room"), address, hello.get("admission"))
    except TooOften:
        house.metrics.refused("rate")
        await _turn_away(opened, "often", TOO_MANY)
        return
    except Away:
        await _turn_away(opened, "away", NO_ROOM)
        return
    if hall is None:
        was_in = house.halls.was_in(hello.get("room"), hello.get("admission"))
        await _turn_away(opened, "ended" if was_in else "unknown", NO_ROOM)
        return
    follower = Following(opened, hall, hello, house, address)
    try:
        hall.enter(follower)
    except HallsFull:
        house.metrics.refused("full")
        await _turn_away(opened, "full", TOO_MANY)
        return
    try:
        hall.look()
        admission = house.halls.admission(hall)
        await opened.send_text(as_json(type="following", code=hall.code, admission=admission))
        await until_one_ends(*(again_and_again(opened, partial(duty, follower)) for duty in DUTIES))
    finally:
        hall.leave(follower)


async def _turn_away(socket: WebSocket, why: str, code: int) -> None:
    await socket.send_text(as_json(type="no-room", why=why))
    await socket.close(code)


def _language(raw: object) -> str:
    try:
        return read_language(raw)
    except SpecError:
        return read_language(None)


async def _hear(follower: Following) -> None:
    while True:
        if not follower.patience.take():
            await follower.socket.send_text(problem_message(SpecError("message", "too_often", "")))
            await follower.patience.wait()
        message = await receive(follower.socket)
        follower.hall.session.spoke = True
        kind = None if message is None else message.get("type")
        handler = HANDLERS.get(kind) if isinstance(kind, str) else None
        if message is None or handler is None:
            await follower.socket.send_text(problem_message(SpecError("message", "message", kind)))
        else:
            await handler(follower, message)


async def _next(follower: Following, _message: Message) -> None:
    follower.ready = True
    follower.wake.set()


async def _view(follower: Following, message: Message) -> None:
    """A layer, mode and window of its own; null is the presenter's."""
    view, problems = read_view(
        {k: message[k] for k in ("layer", "mode", "window") if message.get(k) is not None},
        follower.hall.view,
    )
    for error in problems:
        await follower.socket.send_text(problem_message(error))
    follower.choice = Choice(
        view.layer if message.get("layer") is not None else None,
        view.mode if message.get("mode") is not None else None,
        view.window if message.get("window") is not None else None,
    )
    if "lang" in message:
        follower.language = _language(message["lang"])
    follower.wake.set()


async def _vote(follower: Following, message: Message) -> None:
    """One ballot; who has cast it is not kept, only that this socket has."""
    votes = follower.hall.votes
    try:
        if votes is None or message.get("number") != votes.number or votes.number in follower.voted:
            raise SpecError("vote", "vote_closed", "")
        lesson = read_lesson({**message, "question": votes.question.name})
        if lesson is None or lesson.prediction is None:
            raise SpecError("vote", "parts", "", parts=len(votes.question.parts))
        votes.cast(lesson.prediction, _mark(message.get("mark")))
    except SpecError as error:
        await follower.socket.send_text(problem_message(error))
        return
    follower.voted.add(votes.number)
    await follower.socket.send_text(as_json(type="hall-voted", number=votes.number))


def _mark(raw: object) -> str | None:
    return raw if isinstance(raw, str) and 0 < len(raw) <= LONGEST_MARK else None


async def _branch(follower: Following, _message: Message) -> None:
    """A copy of the experiment at the step that is shown, for this follower alone."""
    house, hall = follower.house, follower.hall
    if hall.covered:
        await follower.socket.send_text(problem_message(SpecError("branch", "covered", "")))
        return
    try:
        if not house.rates.take(EXPERIMENTS, follower.address):
            raise Full(house.sessions.limits.sessions)
        copy = await _copy(follower)
    except Full as full:
        await follower.socket.send_text(as_json(type="full", limit=full.limit, why=full.why))
        return
    looks = view_in_link(follower.choice.copied(hall.view))
    await follower.socket.send_text(as_json(type="hall-copy", session=copy.id, shown=looks))


async def _copy(follower: Following) -> Session:
    """An experiment with the network on the phone: its own, while the hall is a sample."""
    sessions, hall, shown = follower.house.sessions, follower.hall, follower.hall.snapshot
    own = follower.draw if hall.sample is not None else None
    if own is not None:
        spec, speed = own.start.spec, hall.session.speed
        return await sessions.open(spec, speed, owner=follower.address)
    copy = await sessions.copy(hall.session, follower.address)
    if shown.recalled and shown.experiment_step < copy.latest.experiment_step:
        copy.trainer.train_on_from(copy.latest.run, shown.experiment_step)
        copy.trainer.pause()
    return copy


async def _visible(follower: Following, message: Message) -> None:
    follower.visible = message.get("visible") is not False
    follower.hall.session.watch(follower, follower.visible)
    follower.wake.set()


HANDLERS: dict[str, Callable[[Following, Message], Coroutine[Any, Any, None]]] = {
    "next": _next,
    "view": _view,
    "visible": _visible,
    "vote": _vote,
    "branch": _branch,
}


async def _frames(follower: Following) -> None:
    """The newest state, whenever it was asked for; one that many look at is made once."""
    hall, pools, metrics = follower.hall, follower.house.pools, follower.house.metrics
    while not hall.ended.is_set():
        follower.wake.clear()
        own = follower.draw if hall.sample is not None else None
        snapshot = hall.snapshot if own is None else own.start
        view = follower.choice.view(hall.view)
        frame = hall.state if own is None else own.name, view
        if not (follower.ready and follower.visible) or follower.sent == frame or hall.covered:
            await follower.wake.wait()
            continue
        follower.ready = False
        with metrics.frame_seconds.time():
            made = partial(hall_frame, snapshot, view)
            content = await hall.frames.get(frame, pools.halls.of(hall.code), made)
            await follower.socket.send_bytes(content)
        metrics.frames.inc()
        follower.sent = frame
        await asyncio.sleep(follower.wait(len(content)))
    await follower.socket.send_text(as_json(type="no-room", why="ended"))
    await follower.socket.close(NO_ROOM)


async def _tell(follower: Following) -> None:
    """The question, whenever it is another: that waits for nothing which is computed."""
    put: object = None  # it hears at once, also that there is none: it may show an older one
    while True:
        votes = follower.hall.votes
        asking = votes and (votes.number, votes.stage), follower.hall.covered
        if asking != put:
            put = asking
            said = asked(votes) | {"covered": follower.hall.covered}
            await follower.socket.send_text(json.dumps(said))
        await asyncio.sleep(PERIOD_S)


async def _give(follower: Following) -> None:
    """Its own draw, unless a question is covered, and the data points, whenever they are others."""
    told: object = None
    while True:
        if not follower.hall.covered:
            await _draw(follower)
        spec = follower.hall.snapshot.spec
        drawn = data_settings(spec), follower.hall.view.points != "none"
        if drawn != told and follower.visible:
            data = await follower.house.pools.halls.make(follower.hall.code, seen_data, spec)
            await follower.socket.send_text(json.dumps(points_told(spec, data, shown=drawn[1])))
            told = drawn
        await asyncio.sleep(PERIOD_S)


DUTIES = (_hear, _frames, _tell, _give)


def points_told(spec: Spec, data: Data, *, shown: bool) -> Message:
    """The training points: their classes, or where between the extremes their targets lie."""
    low, high = data.reach
    shares = (data.train_y - low) / (high - low) if spec.is_regression else None
    return {
        "type": "hall-points",
        "points": data.train_x.round(3).tolist() if shown else [],
        "labels": data.train_y.tolist() if shares is None else [],
        "shares": None if shares is None else shares.round(3).tolist(),
    }


async def _draw(follower: Following) -> None:
    """Its network of the sample: drawn once, and told. No picture waits for a hall's draws."""
    sample = follower.hall.sample
    if sample is follower.drawn_for:
        return
    follower.drawn_for, follower.draw = sample, None
    if sample is not None:
        held = sample.held(follower.held)
        name = sample.name, held or sample.next()
        found = await follower.house.pools.draws.make(follower.hall.code, draw, sample.spec, name)
        if held is None:
            sample.takes(found)
        follower.draw = found
    own = follower.draw
    said = None
    if sample is not None and own is not None:
        name, number = own.name
        said = {"seed": own.seed, "squares": own.squares, "sample": name, "number": number}
    await follower.socket.send_text(as_json(type="hall-draw", draw=said))
    follower.wake.set()
