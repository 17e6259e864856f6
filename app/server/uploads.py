"""Bodies that are handed in for an experiment: from whom, how many at once, and who reads them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, TypeVarTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from cellscope.app.server.reach import Reach
from cellscope.app.server.request_bodies import read_body
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Sessions
from cellscope.app.text.texts import LANGUAGES, text
from cellscope.model.threads import give_way

T = TypeVar("T")
Values = TypeVarTuple("Values")


def in_every_language(status: int, key: str) -> JSONResponse:
    """A refusal that the page words in its own language."""
    said = {language: text(key, language) for language in LANGUAGES}
    return JSONResponse({"problem": said}, status_code=status)


class Uploads:
    """The door of one route. **Threads**: the event loop's; `run` works in one of its own.

    `most` bodies are held in memory, `most_of_one` of one experiment; each has at most `mebibytes`.
    """

    def __init__(
        self,
        sessions: Sessions,
        reach: Reach,
        name: str,
        *,
        most: int,
        mebibytes: int,
        most_of_one: int | None = None,
    ) -> None:
        self.mebibytes = min(mebibytes, sessions.limits.upload_mb)
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name, initializer=give_way)
        self._sessions = sessions
        self._reach = reach
        self._most, self._most_of_one = most, most_of_one or most
        self._held = Counter[str]()  # by experiment

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def run(self, work: Callable[[*Values], T], *values: *Values) -> T:
        """Have it done in the route's thread, one after another."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work, *values)

    async def body(self, request: Request) -> bytes | None:
        """What is handed in; None where it is too large."""
        return await read_body(request, self.mebibytes * 2**20)

    async def answer(
        self, request: Request, take: Callable[[Session], Awaitable[Response]]
    ) -> Response:
        """What `take` answers, which reads the body; or why it may not."""
        if not self._reach.allows(request):
            self._reach.refuse(request)
            return in_every_language(403, "code.stranger")
        session = self._sessions.get(request.query_params.get("session"))
        try:
            if session is None:
                await read_body(request, 0)
                return in_every_language(404, "session.lost")
            return await self._in_turn(session, request, take)
        except TimeoutError:
            return in_every_language(408, "code.slow")

    async def _in_turn(
        self, session: Session, request: Request, take: Callable[[Session], Awaitable[Response]]
    ) -> Response:
        """As many at once as memory is for, and none that keeps others from it."""
        if self._held.total() >= self._most or self._held[session.id] >= self._most_of_one:
            await read_body(request, 0)
            return in_every_language(429, "code.busy")
        self._held[session.id] += 1
        try:
            return await take(session)
        finally:
            self._held[session.id] -= 1
            self._held += Counter()  # forget those that have none
