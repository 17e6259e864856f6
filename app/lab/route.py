"""`/lab`: the teacher's page, and its numbers for who shows the teacher's token.

The token is typed into the page, or came by the environment; it stands in no address.
"""

import hmac
import json
from functools import cache
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.hall.halls import Halls
from cellscope.app.lab.numbers import lab_numbers
from cellscope.app.page.small_page import Words, small_page
from cellscope.app.server.metrics import Metrics
from cellscope.app.server.rates import PASSWORDS, Rates, who
from cellscope.app.server.request_bodies import read_body
from cellscope.app.session.sessions import Sessions
from cellscope.app.stream.pools import Pools
from cellscope.app.text.texts import LANGUAGES, catalogue, spoken

LONGEST_BODY = 2000


class Lab:
    """One for the server; without a token it is closed."""

    def __init__(
        self, token: str, sessions: Sessions, halls: Halls, metrics: Metrics, pools: Pools,
        rates: Rates,
    ) -> None:  # fmt: skip
        self._token = token
        self._asked = sessions, halls, metrics
        self._pools = pools
        self._rates = rates

    async def page(self) -> Response:
        """The page, in the language of the request; it tells nothing by itself."""
        return HTMLResponse(_page(spoken()), headers={"Cache-Control": "no-cache"})

    async def numbers(self, request: Request) -> Response:
        """The numbers of now."""
        address = who(request.client)
        if not self._token:
            return JSONResponse({"error": "closed"}, 404)
        if not self._rates.free(PASSWORDS, address):
            seconds = int(self._rates.seconds_left(PASSWORDS, address)) + 1
            return JSONResponse({"error": "often"}, 429, headers={"Retry-After": str(seconds)})
        if not hmac.compare_digest(self._token.encode(), await _token(request)):
            self._rates.take(PASSWORDS, address)
            return JSONResponse({"error": "token"}, 403)
        found = lab_numbers(*self._asked, self._pools.named().items())
        return JSONResponse(found, headers={"Cache-Control": "no-store"})


async def _token(request: Request) -> bytes:
    """What the body says it is; nothing for anything else."""
    try:
        body: Any = json.loads(await read_body(request, LONGEST_BODY) or b"")
        return str(body["token"]).encode()
    except (ValueError, KeyError, TypeError, RecursionError, TimeoutError):
        return b""


@cache
def _page(language: str) -> str:
    texts = {
        each: {
            key: said
            for key, said in catalogue(each).items()
            if key.startswith("page.lab_") or key in _TITLES
        }
        for each in LANGUAGES
    }
    say = Words(language)
    return small_page(
        language,
        title="page.lab_title",
        known={"palettes": {}, "texts": texts},
        style="hall/hall.css",
        script="hall/lab.mjs",
        body=f"""<header><h1 {say("page.lab_title")}</h1>
<p id="lab-state" role="status"></p></header>
<main class="lab">
<form id="lab-entry"><label for="lab-token" {say("page.lab_token")}</label>
<input id="lab-token" type="password" autocomplete="off">
<button {say("page.lab_enter")}</button></form>
<section id="lab-numbers" hidden><dl id="lab-load"></dl>
<table><thead><tr><th {say("page.lab_question")}</th><th {say("page.lab_open")}</th>
<th {say("page.lab_predicted")}</th><th {say("page.lab_passed")}</th></tr></thead>
<tbody id="lab-questions"></tbody></table></section>
<form id="lab-help"><label for="lab-code" {say("page.lab_code")}</label>
<input id="lab-code" autocomplete="off" spellcheck="false">
<button {say("page.lab_look")}</button></form>
</main>""",
    )


_TITLES = {f"sheet.{name}.title" for name in QUESTIONS}
