"""`GET /sheet/{question}/answer?lang=…`: a worked answer, for a hand-in."""

from starlette.responses import PlainTextResponse, Response

from cellscope.app.features.sheet.dialogue import worked_answer
from cellscope.app.features.sheet.own import start_facts
from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.settings.answer_policy import DEFAULT, Answers
from cellscope.app.settings.display_options import read_language
from cellscope.app.text.texts import LANGUAGES, problem, text
from cellscope.model.spec import SpecError


def answer_response(name: str, language: str | None, answers: Answers = DEFAULT) -> Response:
    r"""Text with TeX in \( \) and \[ \]. Measuring may take seconds: call it in a thread."""
    try:
        spoken = read_language(language)
    except SpecError as error:
        return PlainTextResponse(problem(error, LANGUAGES[0]), status_code=422)
    question = QUESTIONS.get(name)
    if question is None:
        error = SpecError("question", "choice", name, choices=", ".join(QUESTIONS))
        return PlainTextResponse(problem(error, spoken), status_code=404)
    if answers == "hidden":
        return PlainTextResponse(text("page.sheet_kept_back", spoken), status_code=403)
    return PlainTextResponse(worked_answer(question, start_facts(name), spoken))
