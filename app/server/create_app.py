"""The server: one FastAPI app with the Dash page, the stream and a health check.

Nothing happens at import time; `create_app` builds everything, `run.py` serves it.
"""

import asyncio
import json
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, cast

from dash import Dash
from dash.development.base_component import Component
from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.routing import WebSocketRoute

from cellscope.app.features.notices.route import Notices
from cellscope.app.features.own_code.routes import Bridge
from cellscope.app.features.own_data.route import OwnPoints
from cellscope.app.features.own_network.route import Opening
from cellscope.app.features.picture.export_route import export_response
from cellscope.app.features.sheet.dialogue import public_table
from cellscope.app.features.sheet.route import answer_response
from cellscope.app.features.surface.route import plotly_3d
from cellscope.app.features.sweep.route import sweep_response
from cellscope.app.features.take_along.route import (
    experiment_response,
    recording_response,
    weights_response,
)
from cellscope.app.features.theory.route import theory_response
from cellscope.app.figures.colours import palettes
from cellscope.app.hall.halls import Halls
from cellscope.app.hall.page import HallPage, hall_page
from cellscope.app.lab.route import Lab
from cellscope.app.page.layout import page
from cellscope.app.page.shell import shell
from cellscope.app.page.static import with_static_parts
from cellscope.app.page.wording import page_words
from cellscope.app.server import callbacks
from cellscope.app.server.below import Below
from cellscope.app.server.bundles import EARLY, PAGE, STYLE
from cellscope.app.server.callback_guard import CallbackGuard
from cellscope.app.server.compression import Compressed
from cellscope.app.server.dash_variables import without_dash_variables
from cellscope.app.server.downloads import Downloads
from cellscope.app.server.exhausted import Exhausted
from cellscope.app.server.gate import Gate
from cellscope.app.server.head import Heads
from cellscope.app.server.headers import Headers
from cellscope.app.server.icon import ICON_ADDRESSES, icon
from cellscope.app.server.kept import KeptFiles
from cellscope.app.server.leaving import Leaving
from cellscope.app.server.metrics import Metrics
from cellscope.app.server.password import Password
from cellscope.app.server.rates import Rates
from cellscope.app.server.reach import Reach, own_names
from cellscope.app.server.reasons import add_reasons
from cellscope.app.server.request_language import Speaking
from cellscope.app.server.safety import Safety
from cellscope.app.server.scripts import (
    ASSETS,
    HALL,
    OURS,
    PLOTLY_ADDRESS,
    VENDOR,
    bundle,
    keep_or_ask,
    plotly,
    relative,
    script_tags,
    without_needless,
)
from cellscope.app.server.tokens import Tokens
from cellscope.app.server.uploads import Uploads
from cellscope.app.server.version import product_version
from cellscope.app.session.sessions import Limits, Sessions
from cellscope.app.session.store import Store
from cellscope.app.settings.answer_policy import DEFAULT, Answers
from cellscope.app.settings.controls import CONTROLS, REAL_NAMES, START_SPEED
from cellscope.app.settings.link_step import FARTHEST_STEP
from cellscope.app.settings.links import Asked, settings_of
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.route import Stream
from cellscope.app.text.texts import LANGUAGES, speaking, spoken, text
from cellscope.model import jit, warm
from cellscope.model.cells.picture.per_thread import let_go_unused
from cellscope.model.spec import Spec
from cellscope.model.view import MODES, UNIT, View

DASH_SOCKET = "/_dash-ws-callback"  # of callbacks over a socket, of which the page has none
DASH_ENTRY = '<div id="react-entry-point"></div>'
TIDY_PERIOD_S = 1.0
STORED_WITHIN_S = 2.0
SAID_WITHIN_S = 0.1
LOADED_WITHIN_S = 10.0  # kernels that are kept: about 1 s
FILES = {
    "sweep.csv": sweep_response,
    "experiment": experiment_response,
    "weights": weights_response,
    "recording": recording_response,
}
IDLE_S = 10.0  # after which a thread's arrays for building pictures are let go


@dataclass(frozen=True, slots=True)
class Start:
    """What a visitor without a link finds."""

    spec: Spec
    view: View
    speed: str = START_SPEED


def create_app(
    start: Start,
    limits: Limits,
    answers: Answers = DEFAULT,
    public_url: str = "",
    safety: Safety | None = None,
    store: Store | None = None,
    cluster: str = "",
) -> FastAPI:
    """The whole application, ready to be served by one process."""
    safety = safety or Safety()
    sessions = Sessions(limits, store)
    reach = Reach(public_url, own_names(safety.host))
    rates = Rates()
    password = Password(safety.password, Tokens(safety.secret), rates)
    bridge = Bridge(sessions, reach)
    opening = Opening(sessions, reach)
    points = OwnPoints(sessions, reach)
    asked = Asked(start.spec, start.view, start.speed)
    metrics = Metrics()
    halls = Halls(Tokens(safety.secret), rates, public_url, safety.host)
    stream = Stream(sessions, asked, answers, reach, rates, password, metrics, halls, cluster)
    uploads = (bridge.uploads, opening.uploads, points.uploads)
    notices = Notices(store is not None, safety.impressum, safety.datenschutz, safety.contact)
    lab = Lab(safety.teacher, sessions, halls, metrics, stream.pools, rates)
    server = FastAPI(
        title="Cellscope",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan(sessions, stream, uploads, metrics, halls),
    )

    @server.get("/healthz")
    async def healthz() -> dict[str, Any]:
        return {"status": "ok", "version": product_version(), "sessions": len(sessions)}

    @server.get("/metrics")
    async def numbers() -> Response:
        return metrics.answer(sessions, stream.pools.named().items())

    server.add_api_route("/lab", lab.page)
    server.add_api_route("/lab/numbers", lab.numbers, methods=["POST"])
    server.add_api_route("/privacy", notices.privacy)
    server.add_api_route("/accessibility", notices.accessibility)

    @server.get("/ticket")
    async def ticket() -> dict[str, str]:
        return {"ticket": password.ticket()}

    server.add_api_route("/export/code", bridge.code)
    server.add_api_route("/compare", bridge.compare, methods=["POST"])
    server.add_api_route("/open", opening.open, methods=["POST"])
    server.add_api_route("/own-data", points.put, methods=["POST"])
    server.add_api_route("/own-data", points.get)

    _add_downloads(server, sessions, stream.pools)
    _add_texts(server, answers)
    server.router.routes.append(WebSocketRoute("/stream", stream))
    server.add_api_route("/plotly-3d.js", plotly_3d)
    add_reasons(server, reach)
    server.add_api_route(PLOTLY_ADDRESS, plotly)  # before Dash's own of the same address
    for address in ICON_ADDRESSES:
        server.add_api_route(address, icon)
    for name in (EARLY, PAGE, STYLE):
        server.add_api_route(f"/assets/{name}", bundle)
    dash_app = _dash_app(server, start, answers, notices)
    dash_app.ticket = password.ticket
    callbacks.register(dash_app, sessions)
    dash_app.know_files()
    gate = partial(Gate, reach=reach, password=password, rates=rates, metrics=metrics)
    _add_middleware(server, dash_app, safety, gate, reach.prefix)
    return server


def _add_downloads(server: FastAPI, sessions: Sessions, pools: Pools) -> None:
    downloads = Downloads(sessions, pools.exports)
    for name, make in FILES.items():
        server.add_api_route(f"/export/{name}", downloads.route(make))

    @server.get("/export/{kind}")
    async def download(kind: str, request: Request) -> Response:
        return await downloads.answer(request, lambda: export_response(sessions, kind, request))


def _add_texts(server: FastAPI, answers: Answers) -> None:
    @server.get("/theory/{language}")
    def theory(language: str) -> Response:
        return theory_response(language, answers)

    @server.get("/sheet/{question}/answer")
    def worked(question: str, lang: str | None = None) -> Response:
        return answer_response(question, lang, answers)


def _dash_app(server: FastAPI, start: Start, answers: Answers, notices: Notices) -> "_Dash":
    """The page, in all languages, behind the routes that are there by now."""
    pages = page_by_language(start)
    dash_app = _Dash(
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


def _add_middleware(
    server: FastAPI, dash_app: "_Dash", safety: Safety, gate: Any, prefix: str
) -> None:
    """What every request goes through, from the innermost to the outermost."""
    server.add_middleware(HallPage, answer=hall_page)
    server.add_middleware(CallbackGuard, dash_app=dash_app)
    server.middleware("http")(keep_or_ask)
    server.add_middleware(Speaking)
    server.add_middleware(Compressed)
    server.add_middleware(KeptFiles)
    server.add_middleware(gate)
    server.add_middleware(Below, prefix=prefix)
    server.add_middleware(Leaving)
    server.add_middleware(Exhausted)
    hashes = tuple(dash_app.csp_hashes())  # of the scripts that Dash writes into the page
    server.add_middleware(
        Headers, hashes=hashes, frame_ancestors=safety.frame_ancestors, may_eval=safety.may_eval
    )
    server.add_middleware(Heads)


def _lifespan(
    sessions: Sessions,
    stream: Stream,
    uploads: tuple[Uploads, ...],
    metrics: Metrics,
    halls: Halls,
) -> Any:
    @asynccontextmanager
    async def lifespan(_server: FastAPI) -> AsyncGenerator[None]:
        sessions.loop = asyncio.get_running_loop()
        stream.pools.start()
        if sessions.keeping is not None:
            sessions.keeping.start()
        preparing = asyncio.create_task(_prepare(sessions))
        tidying = asyncio.create_task(_tidy(sessions, metrics))
        if not jit.missing():  # the first picture is then exact
            await asyncio.wait([preparing], timeout=LOADED_WITHIN_S)
        try:
            yield
        finally:
            tidying.cancel()
            halls.close()
            await asyncio.sleep(SAID_WITHIN_S)  # who was broken off is told so
            if sessions.keeping is not None:
                await asyncio.to_thread(sessions.keeping.close, STORED_WITHIN_S)
            sessions.close()
            stream.pools.close()
            for one in uploads:
                one.close()

    return lifespan


async def _prepare(sessions: Sessions) -> None:
    """Have the kernels compiled or loaded; training waits for that, and then goes on."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()

    def prepare() -> None:
        warm.prepare()
        with suppress(RuntimeError):  # the loop is closed: the server has left meanwhile
            loop.call_soon_threadsafe(ended.set)

    threading.Thread(target=prepare, name="warm", daemon=True).start()
    await ended.wait()
    sessions.release()


async def _tidy(sessions: Sessions, metrics: Metrics) -> None:
    while True:
        await asyncio.sleep(TIDY_PERIOD_S)
        sessions.tidy()
        metrics.count_steps(sessions)
        let_go_unused(IDLE_S)


class _Dash(Dash):
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
