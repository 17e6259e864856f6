"""`GET /theory/{language}`: docs/theory.md, which the page shows in a dialog."""

from pathlib import Path

from starlette.responses import PlainTextResponse, Response

from cellscope.app.settings.answer_policy import DEFAULT, Answers
from cellscope.app.text.texts import problem, text
from cellscope.model.spec import SpecError

DOCUMENTS = {"en": "theory.md", "de": "theory.de.md"}
FOLDER = Path(__file__).parents[3] / "docs"


def theory_response(language: str, answers: Answers = DEFAULT) -> Response:
    """The derivations in a language, as Markdown with TeX formulas; no answers no derivations."""
    if language not in DOCUMENTS:
        error = SpecError("lang", "choice", language, choices=", ".join(DOCUMENTS))
        return PlainTextResponse(problem(error), status_code=404)
    if answers == "hidden":
        return PlainTextResponse(text("theory.kept_back", language), status_code=403)
    markdown = (FOLDER / DOCUMENTS[language]).read_text(encoding="utf-8")
    return PlainTextResponse(markdown, media_type="text/markdown")
