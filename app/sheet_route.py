"""`GET /sheet/{question}/answer?lang=…`: a worked answer, for a hand-in."""

from starlette.responses import PlainTextResponse, Response

from app.looks import read_language
from app.sheet.lessons import worked_answer
from app.sheet.own import start_facts
from app.sheet.policy import DEFAULT, Answers
from app.sheet.table import QUESTIONS
from app.texts import LANGUAGES, problem, text
from model.spec import SpecError


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
