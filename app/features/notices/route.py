"""`/privacy` and `/accessibility`: plain pages, in both languages, of what this server does."""

from dataclasses import dataclass
from functools import lru_cache
from html import escape

from starlette.responses import HTMLResponse, Response

from cellscope.app.server.scripts import ASSETS
from cellscope.app.session.store import KEPT_DAYS
from cellscope.app.text.texts import LANGUAGES, spoken, text

PRIVACY = ("summary", "stored", "browser", "room", "lab", "log", "others", "delete")
ACCESSIBILITY = ("summary", "keys", "sight", "known", "contact")


@dataclass(frozen=True, slots=True)
class Notices:
    """What the pages say depends on whether experiments are stored, and on the operator."""

    stores: bool
    impressum: str = ""
    datenschutz: str = ""
    contact: str = ""

    async def privacy(self) -> Response:
        """What is stored, where, for how long, and who sees it."""
        stored = "privacy.stored" if self.stores else "privacy.stored.nothing"
        keys = tuple(stored if part == "stored" else f"privacy.{part}" for part in PRIVACY)
        return _answer("privacy.title", keys, self)

    async def accessibility(self) -> Response:
        """How the page can be used without a mouse, without colours; what is not so yet."""
        own = "accessibility.contact" if self.contact else "accessibility.contact.none"
        keys = tuple(
            own if part == "contact" else f"accessibility.{part}" for part in ACCESSIBILITY
        )
        return _answer("accessibility.title", keys, self)


def _answer(title: str, keys: tuple[str, ...], notices: Notices) -> Response:
    return HTMLResponse(_page(title, keys, notices, spoken()), headers={"Vary": "Accept-Language"})


@lru_cache(maxsize=16)
def _page(title: str, keys: tuple[str, ...], notices: Notices, language: str) -> str:
    filled = {"days": KEPT_DAYS, "contact": notices.contact}
    said = [text(key, language, **filled) for key in keys]
    style = ASSETS / "hall" / "hall.css"
    others = [one for one in LANGUAGES if one != language]
    links = "".join(
        f'<a href="?lang={one}" lang="{one}">{escape(text(f"language.{one}", language))}</a> '
        for one in others
    )
    own = ((notices.impressum, "foot.impressum"), (notices.datenschutz, "foot.datenschutz"))
    links += "".join(
        f'<a href="{escape(address)}">{escape(text(key, language))}</a> '
        for address, key in own
        if address
    )
    body = "".join(f"<p>{escape(part)}</p>" for part in said)
    return f"""<!DOCTYPE html>
<html lang="{language}" data-theme="light"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(text(title, language))} · Cellscope</title><link rel="icon" href="./_favicon.ico">
<link rel="stylesheet" href="./assets/hall/hall.css?m={style.stat().st_mtime_ns}"></head>
<body><header><h1>{escape(text(title, language))}</h1></header>
<main>{body}<nav>{links}<a href="./?lang={language}">Cellscope</a></nav></main></body></html>"""
