"""Downloads: made in a thread of their own, one experiment's after another's.

A picture as a file takes up to seconds: twelve at once in the server's own threads left a page
beside them 6 pictures a second, of 51.
"""

from collections.abc import Awaitable, Callable
from contextvars import copy_context

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from cellscope.app.session.fair import FairPool
from cellscope.app.session.sessions import Sessions
from cellscope.app.text.texts import text

Route = Callable[[Request], Awaitable[Response]]
MOST_WAITING = 8  # of one experiment


class Downloads:
    """The door of all routes for files. **Threads**: the event loop's only."""

    def __init__(self, sessions: Sessions, pool: FairPool) -> None:
        self._sessions, self._pool = sessions, pool

    def route(self, make: Callable[[Sessions, Request], Response]) -> Route:
        """A route whose answers `make` gives."""

        async def answered(request: Request) -> Response:
            return await self.answer(request, lambda: make(self._sessions, request))

        return answered

    async def answer(self, request: Request, make: Callable[[], Response]) -> Response:
        """What `make` answers, in its turn; or that there are too many."""
        session = self._sessions.get(request.query_params.get("session"))
        key = "" if session is None else session.id
        if self._pool.waiting_of(key) >= MOST_WAITING:
            return PlainTextResponse(text("export.busy"), 429, {"Retry-After": "2"})
        context = copy_context()  # the language of the request
        return await self._pool.make(key, lambda: context.run(make))
