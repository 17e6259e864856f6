"""The small page of a room: a picture, a question, a vote. No Dash, no charts; about 150 kB.

It is what the page's own address gives for `?room=CODE`, and `/room` for who types the code.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from html import escape

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cellscope.app.figures.colours import MARKERS, palettes
from cellscope.app.hall.link import is_for_room
from cellscope.app.page.small_page import Words, small_page
from cellscope.app.text.texts import LANGUAGES, catalogue, spoken, text
from cellscope.model.view import MODES, UNIT

BEGINNINGS = ("page.hall_",)  # of the ids of its texts


class HallPage:
    """ASGI middleware: a link to a room leads to the small page."""

    def __init__(self, app: ASGIApp, answer: Callable[[], Response]) -> None:
        self.app = app
        self.answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for a room, pass on the rest."""
        await (self.answer() if is_for_room(scope) else self.app)(scope, receive, send)


def hall_page() -> Response:
    """In the language of the request."""
    return HTMLResponse(written(spoken()), headers={"Cache-Control": "no-cache"})


@cache
def written(language: str) -> str:
    """The page as HTML; hall.mjs words it anew in another language."""
    say = Words(language)
    return small_page(
        language,
        title="page.hall_title",
        known={
            "palettes": palettes(),
            "modes": {mode.name: asdict(mode) for mode in (*MODES.values(), UNIT)},
            "markers": MARKERS,
            "texts": {each: hall_texts(each) for each in LANGUAGES},
        },
        style="hall/hall.css",
        script="hall/hall.mjs",
        body=f"""<header><h1>Cellscope</h1><p id="hall-state" role="status"></p>
<button id="hall-language">{escape(text("page.hall_language", language))}</button>
<button id="hall-theme" {say("page.hall_theme")}</button></header>
<main>
<form id="hall-entry" hidden><label for="hall-code" {say("page.hall_code")}</label>
<input id="hall-code" autocomplete="off" autocapitalize="characters" spellcheck="false">
<button {say("page.hall_enter")}</button></form>
<section id="hall-vote" aria-live="polite" hidden></section>
<section id="hall-own" hidden></section>
<section id="hall-picture" hidden>
<canvas id="hall-canvas" role="img" tabindex="0" data-label="page.hall_picture"></canvas>
<p id="hall-count"></p><p id="hall-named"></p>
<div id="hall-tools" role="group" data-label="page.hall_tools">
<button id="hall-less" data-label="page.hall_less">−</button>
<span id="hall-layer"></span>
<button id="hall-more" data-label="page.hall_more">+</button>
<button id="hall-whole" {say("page.hall_whole")}</button>
<button id="hall-follow" {say("page.hall_follow")}</button>
<button id="hall-branch" {say("page.hall_branch")}</button>
</div></section>
</main><footer><a href="./privacy" {say("page.hall_privacy")}</a>
<a href="./accessibility" {say("page.hall_accessibility")}</a></footer>""",
    )


def hall_texts(language: str) -> dict[str, str]:
    """The texts of one language that it needs."""
    return {k: said for k, said in catalogue(language).items() if k.startswith(BEGINNINGS)}
