"""`GET /theory/{language}`: docs/theory.md, which the page shows in a dialog."""

from pathlib import Path

from starlette.responses import PlainTextResponse, Response

from app.texts import problem
from model.spec import SpecError

DOCUMENTS = {"en": "theory.md", "de": "theory.de.md"}
FOLDER = Path(__file__).parent.parent / "docs"


def theory_response(language: str) -> Response:
    """The derivations in a language, as Markdown with TeX formulas."""
    if language not in DOCUMENTS:
        error = SpecError("lang", "choice", language, choices=", ".join(DOCUMENTS))
        return PlainTextResponse(problem(error), status_code=404)
    text = (FOLDER / DOCUMENTS[language]).read_text(encoding="utf-8")
    return PlainTextResponse(text, media_type="text/markdown")
