"""`GET /export/{kind}?session=…&layer=…`: the picture or the complex of a session, to save."""

from collections.abc import Mapping

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from cellscope.app.features.picture.exports import KINDS, export
from cellscope.app.session.looking_back import recalled
from cellscope.app.session.session import Session
from cellscope.app.session.sessions import Sessions
from cellscope.app.settings.controls import read_view
from cellscope.app.settings.display_options import THEMES, read_language, read_which
from cellscope.app.text.texts import LANGUAGES, sentence, text
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.grid.patterns import NoPolygons
from cellscope.model.spec import SpecError
from cellscope.model.training.snapshot import Snapshot, Which
from cellscope.model.view import View


def export_response(sessions: Sessions, kind: str, request: Request) -> Response:
    """The file, or one line that says why there is none. Runs in a worker thread."""
    query: Mapping[str, str] = dict(request.query_params)
    try:
        language = read_language(query.get("lang"))
    except SpecError as error:
        return _refusal(422, error, LANGUAGES[0])
    if kind not in KINDS:
        return _refusal(404, SpecError("kind", "choice", kind, choices=", ".join(KINDS)), language)
    session = sessions.get(query.get("session"))
    if session is None:
        return PlainTextResponse(text("session.lost", language), status_code=404)
    try:
        theme, view, which = _look(query)
        both = _state(session, query)
    except SpecError as error:
        return _refusal(422, error, language)
    if both is None:
        return Response(status_code=204)  # the page wants what it shows, and no other state
    snapshot, of_two = both.of(which), which if both.other else None
    try:
        file = export(kind, snapshot, view, theme, language, which=of_two)
    except BudgetExceeded as error:
        said = text("export.too_large", language, faces=error.faces)
        return PlainTextResponse(said, status_code=422)
    except NoPolygons:
        curved = ".features" if snapshot.spec.features else ""
        return PlainTextResponse(text(f"export.no_polygons{curved}", language), status_code=422)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"'}
    return Response(file.data, media_type=file.media_type, headers=headers)


def _look(query: Mapping[str, str]) -> tuple[str, View, Which]:
    """Palette, view and network that are asked for."""
    theme = query.get("theme", "light")
    if theme not in THEMES:
        raise SpecError("theme", "choice", theme, choices=", ".join(THEMES))
    view, problems = read_view(query, View())
    if problems:
        raise problems[0]
    palette = "lecture" if theme == "light" and query.get("lecture") == "1" else theme
    return palette, view, read_which(query.get("which"))


def _state(session: Session, query: Mapping[str, str]) -> Snapshot | None:
    """A step of the run, or the newest state; None where that is another than the page shows."""
    if "step" in query:
        return recalled(session, query.get("run"), query["step"])
    latest = session.latest
    return latest if query.get("version", str(latest.version)) == str(latest.version) else None


def _refusal(status: int, error: SpecError, language: str) -> Response:
    return PlainTextResponse(sentence(error, language), status_code=status)
