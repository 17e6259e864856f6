"""Which language a request is to be answered in: the page is worded before a script can say.

The page's address holds `lang` before Dash asks for the layout (assets/00-language.js), and a
request within the page names that address. Without it, the browser's preference counts.
"""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from cellscope.app.settings.mangled_links import pairs_of
from cellscope.app.text.texts import LANGUAGES, speaking

LONGEST_HEADER = 10_000  # characters that are looked at
MOST_RANGES = 20


class Speaking:
    """ASGI middleware: while a request is answered, texts that name no language are in its own."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer in the request's language."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with speaking(language_of(Request(scope))):
            await self.app(scope, receive, send)


def language_of(request: Request) -> str:
    """The language of the request's address, of the page that it came from, or the preferred."""
    for address in (request.url.query, _query(request.headers.get("referer", ""))):
        asked = [value for key, value in pairs_of(address[:LONGEST_HEADER]) if key == "lang"]
        if len(asked) == 1 and asked[0] in LANGUAGES:
            return asked[0]
    return preferred(request.headers.get("accept-language", ""))


def preferred(accept: str) -> str:
    """The known language with the greatest weight in an Accept-Language header (RFC 9110, 12.5.4).

    >>> preferred("fr, de-AT;q=0.8, en;q=0.5"), preferred(""), preferred("*")
    ('de', 'en', 'en')
    """
    wishes: list[tuple[float, str]] = []
    for wish in accept[:LONGEST_HEADER].split(",")[:MOST_RANGES]:
        tag, _, weight = wish.partition(";")
        language = tag.strip().lower().split("-")[0]
        if language in LANGUAGES:
            wishes.append((_weight(weight), language))
    best = max(wishes, key=lambda wish: wish[0], default=(0.0, ""))  # the first of equals
    return best[1] if best[0] > 0.0 else LANGUAGES[0]


def _weight(raw: str) -> float:
    name, _, value = raw.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0


def _query(address: str) -> str:
    try:
        return urlsplit(address).query
    except ValueError:
        return ""
