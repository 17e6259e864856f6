"""Who gets in: a known host, our own page where something changes, the password, and not too often.

Sockets are looked at by `app.stream.route`, which can say more to a page.
"""

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cellscope.app.hall.link import is_for_room
from cellscope.app.server.icon import ICON_ADDRESSES
from cellscope.app.server.metrics import Metrics
from cellscope.app.server.password import Password
from cellscope.app.server.rates import CHANGES, PASSWORDS, Rates, who
from cellscope.app.server.reach import Reach
from cellscope.app.text.texts import text

READING = ("GET", "HEAD", "OPTIONS")
HEALTH = "/healthz"  # is asked by machines, as whatever they call this one, and tells nothing
OF_HALL = (
    *("/assets/hall/", "/assets/modules/", "/assets/fonts/", "/assets/00-language.js"),
    *ICON_ADDRESSES,
)
REACH = "/reach"  # tells a page of another host that it is one


class Gate:
    """ASGI middleware."""

    def __init__(
        self, app: ASGIApp, reach: Reach, password: Password, rates: Rates, metrics: Metrics
    ) -> None:
        self.app = app
        self.refused = metrics.refused
        self.reach = reach
        self.password = password
        self.rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may come in."""
        open_to_all = scope["type"] != "http" or scope["path"] == HEALTH
        refusal = None if open_to_all else self._refusal(scope)
        await (refusal or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> Response | None:
        asked, address = HTTPConnection(scope), who(scope.get("client"))
        if not self.reach.knows_host(asked):
            self.reach.unknown_host(asked)
            self.refused("host")
            host = self.reach.shown_host(asked)
            return PlainTextResponse(text("server.unknown_host", "en", host=host), 421)
        if scope["method"] not in READING:
            if not self.rates.take(CHANGES, address):
                self.refused("rate")
                return _too_often(self.rates.seconds_left(CHANGES, address))
            if scope["path"] != REACH and not self.reach.allows(asked):
                self.reach.refuse(asked)
                self.refused("origin")
                return JSONResponse({"error": "the page is another site's"}, 403)
        if is_for_hall(scope):
            return None
        if not self.password.right(Headers(scope=scope), address):
            self.refused("password")
            if not self.rates.free(PASSWORDS, address):
                return _too_often(self.rates.seconds_left(PASSWORDS, address))
            head = {"WWW-Authenticate": 'Basic realm="Cellscope", charset="UTF-8"'}
            return PlainTextResponse("password", 401, head)
        return None


def is_for_hall(scope: Scope) -> bool:
    """What the small page of a room is made of: its code is all that a hall is asked for."""
    if scope["method"] not in ("GET", "HEAD"):
        return False
    return is_for_room(scope) or str(scope["path"]).startswith(OF_HALL)


def _too_often(seconds: float) -> Response:
    return JSONResponse(
        {"error": "too many requests"}, 429, headers={"Retry-After": str(int(seconds) + 1)}
    )
