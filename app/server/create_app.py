"""The server: one FastAPI app with the Dash page, the stream and a health check.

Nothing happens at import time; `create_app` builds everything, `run.py` serves it.
"""

from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import Response
from starlette.routing import WebSocketRoute

from cellscope.app.features.notices.route import Notices
from cellscope.app.features.own_code.routes import Bridge
from cellscope.app.features.own_data.route import OwnPoints
from cellscope.app.features.own_network.route import Opening
from cellscope.app.features.picture.export_route import export_response
from cellscope.app.features.sheet.route import answer_response
from cellscope.app.features.surface.route import plotly_3d
from cellscope.app.features.sweep.route import sweep_response
from cellscope.app.features.take_along.route import (
    experiment_response,
    recording_response,
    weights_response,
)
from cellscope.app.features.theory.route import theory_response
from cellscope.app.hall.halls import Halls
from cellscope.app.hall.page import HallPage, hall_page
from cellscope.app.lab.route import Lab
from cellscope.app.server import callbacks
from cellscope.app.server.below import Below
from cellscope.app.server.bundles import EARLY, PAGE, STYLE
from cellscope.app.server.callback_guard import CallbackGuard
from cellscope.app.server.compression import Compressed
from cellscope.app.server.dash_page import Page, Start, dash_page
from cellscope.app.server.downloads import Downloads
from cellscope.app.server.exhausted import Exhausted
from cellscope.app.server.gate import Gate
from cellscope.app.server.head import Heads
from cellscope.app.server.headers import Headers
from cellscope.app.server.icon import ICON_ADDRESSES, icon
from cellscope.app.server.kept import KeptFiles
from cellscope.app.server.leaving import Leaving
from cellscope.app.server.lifespan import lifespan
from cellscope.app.server.metrics import Metrics
from cellscope.app.server.password import Password
from cellscope.app.server.rates import Rates
from cellscope.app.server.reach import Reach, own_names
from cellscope.app.server.reasons import add_reasons
from cellscope.app.server.request_language import Speaking
from cellscope.app.server.safety import Safety
from cellscope.app.server.scripts import (
    PLOTLY_ADDRESS,
    bundle,
    keep_or_ask,
    plotly,
)
from cellscope.app.server.tokens import Tokens
from cellscope.app.server.version import product_version
from cellscope.app.session.sessions import Limits, Sessions
from cellscope.app.session.store import Store
from cellscope.app.settings.answer_policy import DEFAULT, Answers
from cellscope.app.settings.links import Asked
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.route import Stream

FILES = {
    "sweep.csv": sweep_response,
    "experiment": experiment_response,
    "weights": weights_response,
    "recording": recording_response,
}


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
        lifespan=lifespan(sessions, stream, uploads, metrics, halls),
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
    dash_app = dash_page(server, start, answers, notices)
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


def _add_middleware(
    server: FastAPI, dash_app: Page, safety: Safety, gate: Any, prefix: str
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
