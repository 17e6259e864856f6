"""The socket's route: from a viewer's first message to its last."""

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from cellscope.app.features.counts.feed import recounts
from cellscope.app.features.network.feed import drawings
from cellscope.app.features.own_network.feed import openings
from cellscope.app.features.sheet.feed import lessons, screens
from cellscope.app.features.sweep.dialogue import send_sweeps
from cellscope.app.features.time.feed import TIME_LINE, replays
from cellscope.app.features.undo.feed import hands
from cellscope.app.hall.following import House, follow
from cellscope.app.hall.halls import Halls
from cellscope.app.hall.presenting import tell_of_hall, tell_of_sample
from cellscope.app.server.metrics import Metrics
from cellscope.app.server.password import Password
from cellscope.app.server.rates import EXPERIMENTS, SOCKETS, Rates, who
from cellscope.app.server.reach import Reach
from cellscope.app.server.tokens import Tokens
from cellscope.app.session.intents import plain_settings
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Full, Sessions
from cellscope.app.settings.answer_policy import DEFAULT, Answers
from cellscope.app.settings.display_options import START_LOOKS
from cellscope.app.settings.links import (
    Asked,
    asks_for_something,
    read_link,
    view_values,
    with_layer_there,
)
from cellscope.app.settings.readouts import readouts
from cellscope.app.stream.dispatch import attend
from cellscope.app.stream.duties import Duty, again_and_again, until_one_ends
from cellscope.app.stream.feeds import run
from cellscope.app.stream.frame_feed import Sending
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.setting_messages import SETTINGS
from cellscope.app.stream.storing import storing
from cellscope.app.stream.tab_feeds import RECORDS, STUDY, SURVEY
from cellscope.app.stream.view_messages import GONE
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, Socket, as_json, receive
from cellscope.app.text.texts import LANGUAGES, complaint

FIRST_MESSAGE_S = 10.0
MOST_EARLIER = 8  # of a tab's experiments
WRONG_ORIGIN, TOO_MANY, BAD_MESSAGE, NO_PASSWORD = 4403, 4429, 4400, 4401


class Stream:
    """The socket's route. `start` is what a visitor without link or session gets."""

    def __init__(
        self,
        sessions: Sessions,
        start: Asked,
        answers: Answers = DEFAULT,
        reach: Reach | None = None,
        rates: Rates | None = None,
        password: Password | None = None,
        metrics: Metrics | None = None,
        halls: Halls | None = None,
        cluster: str = "",
    ) -> None:
        self.sessions = sessions
        self.answers: Answers = answers
        self.start = start
        self.reach = reach or Reach()
        self.rates = rates or Rates()
        self.password = password or Password("", Tokens(""), self.rates)
        self.metrics = metrics or Metrics()
        self.halls = halls or Halls(Tokens(""), self.rates)
        self.pools = Pools(cluster)
        self.sending = Sending(self.pools, self.metrics)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI application of the one socket that there is."""
        await self.serve(Socket(scope, receive, send))

    async def serve(self, socket: Socket) -> None:
        """One viewer, from its first message to its last."""
        if not self.reach.knows_host(socket):
            self.reach.unknown_host(socket)
            self.metrics.refused("host")
            await socket.close(WRONG_ORIGIN)
            return
        if not self.reach.allows(socket):
            self.reach.refuse(socket)
            self.metrics.refused("origin")
            await socket.close(WRONG_ORIGIN)
            return
        if not self.rates.take(SOCKETS, who(socket.client)):
            self.metrics.refused("rate")
            await socket.close(TOO_MANY)
            return
        await socket.accept()
        try:
            viewer = await self._welcome(socket)
            if viewer is not None:
                await self._attend(viewer)
        except WebSocketDisconnect:  # closed while something was sent
            pass

    async def _welcome(self, socket: Socket) -> Viewer | None:
        """The first message names a session and a link; the answer names what came of them."""
        hello = await receive(socket, timeout=FIRST_MESSAGE_S)
        if hello is None:
            await socket.close(BAD_MESSAGE)
            return None
        socket.packs = hello.get("packs") is True
        address = who(socket.client)
        if "room" in hello:  # its code is all that it takes, and all that it gives
            house = House(self.halls, self.sessions, self.pools, self.metrics, self.rates)
            await follow(house, socket, hello, address)
            return None
        if not self._may_enter(socket, hello.get("ticket"), address):
            self.metrics.refused("password")
            await socket.close(NO_PASSWORD)
            return None
        try:
            return await self._look_at(socket, hello, address)
        except Full as full:
            self.metrics.refused("full")
            await socket.send_text(as_json(type="full", limit=full.limit, why=full.why))
            await socket.close(TOO_MANY)
            return None

    async def _look_at(self, socket: Socket, hello: Message, address: str) -> Viewer:
        """The viewer of the experiment that is meant, or a new one; `Full` if there is no place."""
        query = hello.get("query")
        session = await self.sessions.back(hello.get("session"), address)
        resumed = session is not None and hello.get("resume") is True
        left = self._left(hello.get("before"))
        earlier = await _newest_run(left)
        anew = hello.get("anew") is True
        asked = self._asked(query, session, resumed=resumed, anew=anew)
        language = _language(asked, hello.get("lang"))
        ended = self._note(session, hello.get("session"), hello.get("server"))
        if session is None:
            session = await self._begun(asked, left, address)
        elif resumed:  # the address is to look at it, not to change it
            asked = replace(asked, step=session.latest.goal or 0, stop_at=session.trainer.stop)
        else:
            asked = self._taken(session, asked)
        if asked.stop_at is not None and not resumed:
            session.trainer.stop_at(asked.stop_at)
        if asked.step and not resumed:
            session.run_to(asked.step)
        said = _welcome_text(session, asked, ended, language)
        said |= {"server": self.sessions.server, "resumed": resumed, "before": _run_of(earlier)}
        said["fresh"] = not asks_for_something(query)
        await socket.send_text(as_json(**said))
        return Viewer(
            socket, session, asked, language, self.answers, self.rates, self.halls, self.sessions
        )

    async def _begun(self, asked: Asked, left: list[Session], address: str) -> Session:
        """A new experiment, in the place of one that its tab has left."""
        if not self.rates.take(EXPERIMENTS, address):
            raise Full(self.sessions.limits.sessions)
        return await self.sessions.open(
            *(asked.spec, asked.speed, asked.differences),
            instead=next(iter(left), None),
            owner=address,
        )

    def _taken(self, session: Session, asked: Asked) -> Asked:
        """Have a living experiment as the address says; where that leaves out, as it is."""
        hall = self.halls.of(session)
        if hall is not None and asked.sheet is not None:
            hall.covered = True  # until the page says how far its question is
        session.take(asked.spec, asked.differences)
        if "speed" in asked.names:
            session.set_speed(asked.speed)
        return asked if asked.stop_at is not None else replace(asked, stop_at=session.trainer.stop)

    def _asked(self, query: object, session: Session | None, *, resumed: bool, anew: bool) -> Asked:
        """What an address asks for; "/" leaves a living experiment as it is, unless it is anew."""
        kept = session if resumed or not (anew or asks_for_something(query)) else None
        start = kept or self.start
        text = query if isinstance(query, str) else ""
        view = self.start.view
        asked = read_link(text, start.spec, view, start.differences, resumed=resumed)
        return with_layer_there(asked, view)

    def _may_enter(self, socket: WebSocket, ticket: object, address: str) -> bool:
        """Whether the page shows its ticket, or the socket has the password."""
        if self.password.knows_ticket(ticket):
            return True
        return self.password.right(socket.headers, address)

    def _note(self, session: Session | None, session_id: object, server: object) -> str | None:
        """What became of an experiment that is not here; or that one has come back as it is stored.

        Only what is known is said.
        """
        if not isinstance(session_id, str):
            return None
        other = isinstance(server, str) and server != self.sessions.server
        if session is not None:
            news = session.stored and (other or not session.said_so)
            session.said_so = True
            return "back" if news else None
        return self.sessions.ending(session_id) or ("restarted" if other else "gone")

    def _left(self, raw: object) -> list[Session]:
        """A tab's earlier experiments that live, the newest first."""
        ids: list[object] = raw[:MOST_EARLIER] if isinstance(raw, list) else []
        return list(filter(None, map(self.sessions.get, ids)))

    async def _attend(self, viewer: Viewer) -> None:
        if viewer.session.closed:  # while the welcome was under way
            await viewer.socket.close(GONE)
            return
        viewer.listen(asyncio.get_running_loop())
        viewer.session.connect(True)
        viewer.session.watch(viewer, True)
        try:
            await until_one_ends(*self._duties(viewer))
        finally:
            viewer.stop_listening()
            viewer.question += 1  # nobody waits for the answer any more
            viewer.session.watch(viewer, False)
            viewer.session.connect(False)

    def _duties(self, viewer: Viewer) -> tuple[Coroutine[None, None, None], ...]:
        sent: tuple[Duty, ...] = (
            *(partial(each, viewer) for each in (self.sending.frames, self.sending.panels)),
            *(partial(each, viewer) for each in (self.sending.jobs, tell_of_hall, hands)),
            *(partial(each, self.pools, viewer) for each in BESIDE),
            *(partial(run, feed, self.pools, viewer) for feed in FEEDS),
            partial(run, storing(self.sessions.keeping), self.pools, viewer),
        )
        return (
            again_and_again(viewer.socket, partial(attend, self.pools, viewer)),
            _until_sent_away(viewer),
            *(again_and_again(viewer.socket, duty) for duty in sent),
        )


BESIDE = (send_sweeps, lessons, screens, replays, recounts, openings, drawings, tell_of_sample)
FEEDS = (SURVEY, STUDY, RECORDS, SETTINGS, TIME_LINE)


async def _until_sent_away(viewer: Viewer) -> None:
    """A socket that never said a thing gives its place to others."""
    await viewer.session.sent_away.wait()
    await viewer.socket.close(GONE)


def _language(asked: Asked, preferred: object) -> str:
    """The link's, else the one that the page is in."""
    known = preferred if isinstance(preferred, str) and preferred in LANGUAGES else None
    return asked.looks.get("lang") or known or START_LOOKS["lang"]


async def _newest_run(left: list[Session]) -> Session | None:
    """The newest that has a step to go on from.

    It stands still if nobody else looks, so that what is said of its step stays true.
    """
    for session in left:
        if not session.viewers:
            session.stand_still(True)
            await asyncio.to_thread(session.trainer.settle)
        if session.latest.experiment_step and not session.closed:
            return session
    return None


def _run_of(session: Session | None) -> dict[str, Any] | None:
    """What a page says of an experiment that its tab can go back to."""
    if session is None or session.closed:
        return None
    return {"session": session.id, "step": session.latest.experiment_step}


def _welcome_text(
    session: Session, asked: Asked, ended: str | None, language: str
) -> dict[str, Any]:
    return {
        "type": "welcome",
        "session": session.id,
        "revision": session.revision,
        "mark": session.mark,
        "settings": plain_settings(session.spec, session.speed, session.differences),
        "opened": session.spec.opened is not None,
        "jobs": list(session.jobs.states()),
        "view": view_values(asked.view) | {"unit": asked.view.unit},
        "looks": asked.looks,
        "controls": asked.fold.controls,
        "hide": asked.fold.hide,
        "step": asked.step,
        "stop_at": asked.stop_at,
        "line": asked.line,
        "sheet": asked.sheet,
        "readouts": readouts(session.spec, language),
        "problems": [complaint(error, language) for error in asked.problems],
        "note": ended or "",
    }
