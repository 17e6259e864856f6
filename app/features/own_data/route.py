"""`/own-data?session=…`: points of one's own come in by POST, those on screen go out by GET.

What comes in is a table (`kind=file&name=…`), a formula, a JSON list of drawn points, or nothing
but the wish to have them standardised or as they are (`standardise`, `raw`); what is drawn in one
`stroke` is undone as one. The answer is `{}`, perhaps with what is `said` of them, or the
`problem`, in all languages.
"""

from typing import Any

from fastapi import Request
from starlette.responses import JSONResponse, Response

from cellscope.app.features.own_data.reading import read_own
from cellscope.app.server.reach import Reach
from cellscope.app.server.uploads import Uploads, in_every_language
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Sessions
from cellscope.app.text.texts import complaint
from cellscope.model.datasets import seen_data
from cellscope.model.own_data import MOST_POINTS
from cellscope.model.spec import Spec, SpecError

LARGEST_MEBIBYTES = 4
MOST_WAITING = 4  # bodies held in memory
LONGEST_NAME = 60


class OwnPoints:
    """Both routes. **Threads**: the event loop's only; bodies are read one after another."""

    def __init__(self, sessions: Sessions, reach: Reach) -> None:
        self.sessions = sessions
        self.uploads = Uploads(
            sessions, reach, "own-data", most=MOST_WAITING, mebibytes=LARGEST_MEBIBYTES
        )

    async def put(self, request: Request) -> Response:
        """Have the experiment train on the points in the body."""
        return await self.uploads.answer(request, lambda session: self._take(session, request))

    async def _take(self, session: Session, request: Request) -> Response:
        query = request.query_params
        kind, name = query.get("kind", ""), query.get("name", "")[-LONGEST_NAME:]
        body = await self.uploads.body(request)
        try:
            if body is None:
                raise SpecError("own_file", "file_large", name, high=self.uploads.mebibytes)
            work = (kind, body, name, session.spec, session.own)
            taken = await self.uploads.run(read_own, *work)
            stroke = query.get("stroke", "")[:LONGEST_NAME]
            session.take_own(taken.own, taken.task, stroke)
        except SpecError as error:
            return JSONResponse({"problem": complaint(error)["messages"]})  # heard, and refused
        return JSONResponse({} if taken.said is None else {"said": taken.said})

    async def get(self, request: Request) -> Response:
        """The points on screen, to draw on."""
        session = self.sessions.get(request.query_params.get("session"))
        if session is None:
            return in_every_language(404, "session.lost")
        rows = await self.uploads.run(points_on, session.spec)
        own = session.spec.own
        told = {"classes": session.spec.classes, "standardise": bool(own and own.standardise)}
        return JSONResponse({"points": rows} | told)


def points_on(spec: Spec) -> list[list[float]]:
    """x, y and class of the points in the picture: drawn ones in their order."""
    own = spec.own
    if own is not None and own.kind == "drawn":
        return [[x, y, k] for (x, y), k in zip(own.x.tolist(), own.y.tolist(), strict=True)]
    data = seen_data(spec)
    low, high = data.reach
    rows: list[list[Any]] = []
    for x, y in ((data.train_x, data.train_y), (data.test_x, data.test_y)):
        k = (y > (low + high) / 2).astype(int) if spec.is_regression else y
        rows += [[a, b, c] for (a, b), c in zip(x.tolist(), k.tolist(), strict=True)]
    return rows[:MOST_POINTS]
