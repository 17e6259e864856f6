"""The page as Dash serves it, in a language from its first byte on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, cast

from dash import Dash
from dash.development.base_component import Component
from fastapi import FastAPI

from cellscope.app.features.notices.route import Notices
from cellscope.app.features.sheet.dialogue import public_table
from cellscope.app.figures.colours import palettes
from cellscope.app.page.layout import page
from cellscope.app.page.shell import shell
from cellscope.app.page.static import with_static_parts
from cellscope.app.page.wording import page_words
from cellscope.app.server.dash_variables import without_dash_variables
from cellscope.app.server.scripts import (
    ASSETS,
    HALL,
    OURS,
    VENDOR,
    relative,
    script_tags,
    without_needless,
)
from cellscope.app.settings.answer_policy import Answers
from cellscope.app.settings.controls import CONTROLS, REAL_NAMES, START_SPEED
from cellscope.app.settings.link_step import FARTHEST_STEP
from cellscope.app.settings.links import settings_of
from cellscope.app.text.texts import LANGUAGES, speaking, spoken, text
from cellscope.model.spec import Spec
from cellscope.model.view import MODES, UNIT, View

DASH_SOCKET = "/_dash-ws-callback"  # of callbacks over a socket, of which the page has none
DASH_ENTRY = '<div id="react-entry-point"></div>'


@dataclass(frozen=True, slots=True)
class Start:
    """What a visitor without a link finds."""

    spec: Spec
    view: View
    speed: str = START_SPEED


def dash_page(server: FastAPI, start: Start, answers: Answers, notices: Notices) -> "Page":
    """The page, in all languages, behind the routes that are there by now."""
    pages = page_by_language(start)
    dash_app = Page(
        __name__,
        server=cast(Any, server),
        title=text("app.name"),
        update_title=cast(str, None),  # no flicker of the title while callbacks run
        assets_folder=str(ASSETS),
        assets_ignore=OURS,
        assets_path_ignore=[VENDOR, HALL],
        index_string=_index(start, page_words(pages), answers, notices),
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    dash_app.shells = shell_by_language(start)
    backend = cast(Any, dash_app.backend)
    backend._setup_catchall = lambda: None  # what is nowhere is a 404, and not the page
    dash_app.backend.websocket_capability = False  # ours is the only socket the page opens
    server.router.routes[:] = [
        route for route in server.router.routes if getattr(route, "path", "") != DASH_SOCKET
    ]
    shown = {language: with_static_parts(page) for language, page in pages.items()}
    dash_app.layout = lambda: shown[spoken()]
    return dash_app


class Page(Dash):
    """Dash, with a page that is in one language from its first byte on, wherever it is found."""

    ticket: Callable[[], str] = staticmethod(str)  # that a page shows when it opens its socket
    shells: Mapping[str, str] = MappingProxyType({})  # language -> the page's shell

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        with without_dash_variables():
            super().__init__(*arguments, **settings)

    def _config(self) -> dict[str, Any]:
        """Its own requests go to where the page is, which may be below a path."""
        return cast(Any, super())._config() | {"requests_pathname_prefix": "./"}

    def know_files(self) -> None:
        """Dash notes its files as it names them: an open tab may ask before a page is served."""
        known = cast(Any, self)
        known._generate_scripts_html()
        known._generate_css_dist_html()

    def interpolate_index(self, *_: Any, **parts: Any) -> str:
        """No word of Dash's own while the page loads; its scripts are named before all else."""
        parts = {name: relative(without_needless(part)) for name, part in parts.items()}
        entry = self.shells[spoken()] + DASH_ENTRY  # which shell.css hides behind it
        parts |= {"app_entry": entry, "css": script_tags() + parts["css"]}
        page = super().interpolate_index(**parts)
        ticket = self.ticket()
        shown = f' data-ticket="{ticket}"' if ticket else ""
        return page.replace("<html", f'<html lang="{spoken()}"{shown}', 1)


def shell_by_language(start: Start) -> dict[str, str]:
    """Language -> what is seen before the page stands, as HTML."""
    shells: dict[str, str] = {}
    for language in LANGUAGES:
        with speaking(language):
            shells[language] = shell(settings_of(start.spec, start.view, start.speed))
    return shells


def page_by_language(start: Start) -> dict[str, Component]:
    """Language -> the whole page."""
    pages: dict[str, Component] = {}
    for language in LANGUAGES:
        with speaking(language):
            pages[language] = page(start.spec, start.view, start.speed)
    return pages


def _index(start: Start, words: dict[str, Any], answers: Answers, notices: Notices) -> str:
    """The page's frame, with what its scripts need to know."""
    known = {
        "palettes": palettes(),
        "modes": {mode.name: asdict(mode) for mode in (*MODES.values(), UNIT)},
        "controls": [
            {
                "name": c.name,
                "id": c.element,
                "kind": c.kind,
                "group": c.group,
                "choices": () if c.kind == "checks" else c.choices,
                "real": c.name in REAL_NAMES,  # its box has a decimal sign
                "brings": c.brings,
            }
            for c in CONTROLS
        ],
        "start": settings_of(start.spec, start.view, start.speed),
        "languages": LANGUAGES,
        "questions": public_table(),
        "answers": answers,
        "stores": notices.stores,
        "links": {"impressum": notices.impressum, "datenschutz": notices.datenschutz},
        "farthest": FARTHEST_STEP,
        **words,
    }
    data = json.dumps(known).replace("<", "\\u003c")
    return f"""<!DOCTYPE html>
<html data-languages="{" ".join(LANGUAGES)}" data-answers="{answers}">
<head>
{{%metas%}}<title>{{%title%}}</title>{{%favicon%}}
<script type="application/json" id="cellscope-data">{data}</script>
{{%css%}}
</head>
<body>{{%app_entry%}}<footer>{{%config%}}{{%scripts%}}{{%renderer%}}</footer></body>
</html>"""
