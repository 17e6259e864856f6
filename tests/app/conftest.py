"""A real server in a thread, and what tests ask of it."""

import asyncio
import json
import logging
import threading
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import Any
from unittest.mock import patch

import httpx
import pytest
import uvicorn
from httpx._transports import default as transports
from websockets.asyncio.client import ClientConnection, connect

from cellscope.app.server import dash_page as apps
from cellscope.app.server.create_app import create_app
from cellscope.app.server.dash_page import Start
from cellscope.app.server.logs import THEIRS
from cellscope.app.server.run import HTTP
from cellscope.app.server.safety import Safety
from cellscope.app.session.sessions import Limits
from cellscope.app.session.store import Store
from cellscope.app.settings.answer_policy import DEFAULT, Answers
from cellscope.model.spec import Spec
from cellscope.model.view import View

# Everything asked here is on this machine, without TLS: the world's certificates are read once, and
# not for each request (0.1 s).
transports.create_ssl_context = cache(httpx.create_ssl_context)  # pyright: ignore[reportPrivateImportUsage]


def _once(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same result for the same object."""
    made: dict[int, tuple[Any, Any]] = {}

    def result(given: Any) -> Any:
        if id(given) not in made:
            made[id(given)] = given, function(given)
        return made[id(given)][1]

    return result


# All servers here have one page, which is laid out once (0.3 s); nobody else is given it, since its
# largest parts are HTML by then.
ONE_PAGE: dict[str, Any] = {
    "page_by_language": cache(apps.page_by_language),
    "shell_by_language": cache(apps.shell_by_language),
    "page_words": _once(apps.page_words),
    "with_static_parts": _once(apps.with_static_parts),
}

SMALL = Spec(width=4, depth=3, samples=60, batch_size=8)
SMALL_VIEW = View(layer=1, pixels=21)
# Every test has its own experiments: they make room as soon as they are left.
LIMITS = Limits(sessions=500, drop_after=2.0)
# A guard against waiting for ever, not a measurement: tests run side by side on busy machines.
PATIENCE_S = 60.0


class Server:
    """A server on a free port."""

    def __init__(
        self,
        limits: Limits,
        answers: Answers,
        public_url: str,
        safety: Safety | None,
        store: Store | None,
    ) -> None:
        start = Start(SMALL, SMALL_VIEW, "20")
        with patch.multiple(apps, **ONE_PAGE):
            app = create_app(start, limits, answers, public_url, safety, store)
        logging.getLogger("uvicorn.error").addFilter(THEIRS)
        config = uvicorn.Config(  # what it logs, tests hear: `log_config`
            app, host="127.0.0.1", port=0, log_level="error", log_config=None, **HTTP
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, name="server")

    def start(self) -> None:
        self.thread.start()
        wait_until(lambda: self.server.started)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(timeout=PATIENCE_S)
        assert not self.thread.is_alive()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def served(
    limits: Limits = LIMITS,
    *,
    answers: Answers = DEFAULT,
    public_url: str = "",
    safety: Safety | None = None,
    store: Store | None = None,
) -> Generator[Server]:
    server = Server(limits, answers, public_url, safety, store)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with served() as running:
        yield running


@pytest.fixture(scope="session")
def http(server: Server) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=PATIENCE_S) as client:
        yield client


class Page:
    """What the page's script does with the socket, without a browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.others: list[dict[str, Any]] = []

    async def say(self, **message: Any) -> None:
        await self.socket.send(json.dumps(message))

    async def hear(self, kind: str) -> dict[str, Any]:
        """The next text message of a kind."""
        while True:
            raw = await asyncio.wait_for(self.socket.recv(), PATIENCE_S)
            if isinstance(raw, str):
                message = json.loads(raw)
                if message["type"] == kind:
                    return message
                self.others.append(message)

    async def frame(self) -> tuple[dict[str, Any], bytes]:
        """Ask for a frame; its header and its indices."""
        return await self._pictures("frame")

    async def pair(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Ask for the frames of two networks side by side; their headers."""
        header, rest = await self._pictures("both")
        first, second = rest[: header["first"]], rest[header["first"] :]
        return take_apart(first)[0], take_apart(second)[0]

    async def _pictures(self, kind: str) -> tuple[dict[str, Any], bytes]:
        """Ask for frames until they are of as many networks as expected."""
        while True:
            await self.say(type="next")
            header, rest = await self.picture("frame", "both")
            if header["kind"] == kind:
                return header, rest

    async def picture(self, *kinds: str) -> tuple[dict[str, Any], bytes]:
        """The next binary message of one of the kinds; others come in between, unasked."""
        while True:
            raw = await asyncio.wait_for(self.socket.recv(), PATIENCE_S)
            if isinstance(raw, bytes):
                header, rest = take_apart(raw)
                if header["kind"] in kinds:
                    return header, rest


def take_apart(frame: bytes) -> tuple[dict[str, Any], bytes]:
    length = int.from_bytes(frame[:4], "little")
    return json.loads(frame[4 : 4 + length]), frame[4 + length :]


@asynccontextmanager
async def opened(
    server: Server, query: str = "", session: object = None
) -> AsyncGenerator[tuple[Page, dict[str, Any]]]:
    """A page and the server's welcome."""
    async with connect(f"ws://127.0.0.1:{server.port}/stream", compression=None) as socket:
        page = Page(socket)
        await page.say(type="hello", session=session, query=query)
        yield page, await page.hear("welcome")


async def press_play(server: Server, session: str, button: str = "play") -> None:
    """What the page's button does, or one beside it."""
    buttons = ("play", "step", "rewind", "reseed")
    async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as http:
        layout = (await http.get("/_dash-dependencies")).json()
        entry = next(one for one in layout if one["inputs"][0]["id"] == "play")
        clicks = [{"id": name, "property": "n_clicks", "value": 1} for name in buttons]
        state = [
            {"id": "session", "property": "data", "value": session},
            {"id": "language", "property": "data", "value": "en"},
        ]
        body = {
            "output": entry["output"],
            "outputs": {"id": "outcome", "property": entry["output"].split(".")[1]},
            "inputs": clicks,
            "state": state,
            "changedPropIds": [f"{button}.n_clicks"],
        }
        answer = await http.post("/_dash-update-component", json=body)
        assert answer.status_code == 200, answer.text


def in_loop(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 3 * PATIENCE_S))


def wait_until(true: Callable[[], object], timeout: float = PATIENCE_S) -> None:
    end = time.monotonic() + timeout
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)
