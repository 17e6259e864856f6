"""`GET /export/{kind}?session=…&layer=…`: the picture or the complex of a session, to save."""

from collections.abc import Mapping

from fastapi import Request
from starlette.responses import PlainTextResponse, Response

from cellscope.app.features.picture.exports import KINDS, export
from cellscope.app.session.looking_back import recalled
from cellscope.app.session.sessions import Sessions
from cellscope.app.settings.controls import read_view
from cellscope.app.settings.display_options import THEMES, read_language, read_which
from cellscope.app.text.texts import LANGUAGES, sentence, text
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.spec import SpecError
from cellscope.model.view import View


def export_response(sessions: Sessions, kind: str, request: Request) -> Response:
    """The file, or one line that says why there is none. Runs in a worker thread."""
    query: Mapping[str, str] = dict(request.query_params)
    session = sessions.get(query.get("session"))
    try:
        language = read_language(query.get("lang"))
    except SpecError as error:
        return _refusal(422, error, LANGUAGES[0])
    if kind not in KINDS:
        return _refusal(404, SpecError("kind", "choice", kind, choices=", ".join(KINDS)), language)
    if session is None:
        return PlainTextResponse(text("session.lost", language), status_code=404)
    theme = query.get("theme", "light")
    if theme not in THEMES:
        return _refusal(
            422, SpecError("theme", "choice", theme, choices=", ".join(THEMES)), language
        )
    view, problems = read_view(query, View())
    if problems:
        return _refusal(422, problems[0], language)
    try:
        which = read_which(query.get("which"))
    except SpecError as error:
        return _refusal(422, error, language)
    latest = session.latest
    if "step" in query:
        try:
            latest = recalled(session, query.get("run"), query["step"])
        except SpecError as error:
            return _refusal(422, error, language)
    elif query.get("version", str(latest.version)) != str(latest.version):
        latest = None
    if latest is None:
        return Response(status_code=204)  # the page wants what it shows, and no other state
    if theme == "light" and query.get("lecture") == "1":
        theme = "lecture"
    of_two = which if latest.other else None
    try:
        file = export(kind, latest.of(which), view, theme, language, which=of_two)
    except BudgetExceeded as error:
        return PlainTextResponse(
            text("export.too_large", language, faces=error.faces), status_code=422
        )
    except (BelowReach, ValueError):
        curved = ".features" if latest.of(which).spec.features else ""
        return PlainTextResponse(text(f"export.no_polygons{curved}", language), status_code=422)
    return Response(
        file.data,
        media_type=file.media_type,
        headers={"Content-Disposition": f'attachment; filename="{file.name}"'},
    )


def _refusal(status: int, error: SpecError, language: str) -> Response:
    return PlainTextResponse(sentence(error, language), status_code=status)
