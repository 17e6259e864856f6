"""Why the page is not live, as far as the server can tell: the page asks when its socket fails.

A refused socket carries no reason to a page, so it is asked for at an address of its own.
"""

from typing import Any

from fastapi import FastAPI, Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response

from cellscope.app.server.reach import Reach
from cellscope.app.text.texts import text
from cellscope.model.spec_error import printable

LONGEST_PATH = 100  # characters that are shown


def add_reasons(server: FastAPI, reach: Reach) -> None:
    """`POST /reach`, `/stream` without a socket, bodies cut short, and what is nowhere."""

    @server.post("/reach")
    async def why(request: Request) -> dict[str, Any]:
        allowed = reach.allows(request)
        if not allowed:
            reach.refuse(request)
        origin, host = (request.headers.get(name, "") for name in ("origin", "host"))
        return {"allowed": allowed, "origin": origin, "host": host}

    @server.get("/stream")
    async def no_socket(request: Request) -> Response:
        reach.no_upgrade(request)
        return JSONResponse(
            {"error": "this address is for WebSockets"},
            status_code=426,
            headers={"Upgrade": "websocket", "Connection": "Upgrade"},
        )

    @server.exception_handler(ClientDisconnect)
    async def left(_request: Request, _error: ClientDisconnect) -> Response:
        return Response(status_code=400)  # a body that was cut short: nobody hears the answer

    @server.exception_handler(404)
    async def nowhere(request: Request, _error: HTTPException) -> Response:
        return not_found(str(request.scope["path"]), request.url.query)


def not_found(path: str, query: str) -> Response:
    """One line; but an address whose question mark was escaped is the page's."""
    if path.startswith("/?"):
        return RedirectResponse(f"./{path[1:]}{'&' if query else ''}{query}")
    shown = printable(path[:LONGEST_PATH])
    return PlainTextResponse(text("server.nowhere", "en", path=shown, page="/"), status_code=404)
