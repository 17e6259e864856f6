"""`Lesson`: one question with a prediction; as a message, the prediction beside what is measured.

A prediction is judged by the question's own start, so that trying other networks does not turn it
round; what is *measured*, and the worked answer's numbers, are of the experiment on screen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.controls import SPEC_NAMES
from app.presets import PRESETS
from app.sheet.parts import Choice, Facts, Number, Part, Question, Value
from app.sheet.policy import Answers
from app.sheet.table import QUESTIONS
from app.sheet.unmeasured import Unmeasured
from app.sheet.wording import said, tex
from app.texts import LANGUAGES, text
from model.cells.complex import BudgetExceeded
from model.cells.origin import BelowReach
from model.spec import Spec, SpecError
from model.training.live import LiveNetwork
from model.training.snapshot import Snapshot
from model.view import Window

Prediction = tuple[Value, ...]
Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question that a page has open. Without a prediction it is only being looked at."""

    question: Question
    prediction: Prediction | None = None


def read_lesson(message: Mapping[str, Any]) -> Lesson | None:
    """What a page asks for; None closes the question, nonsense is a `SpecError`."""
    name = message.get("question")
    if name is None:
        return None
    question = QUESTIONS.get(name) if isinstance(name, str) else None
    if question is None:
        raise SpecError("question", "choice", name, choices=", ".join(QUESTIONS))
    given = message.get("prediction")
    if given is None:
        return Lesson(question)
    if not isinstance(given, list) or len(given) != len(question.parts):  # pyright: ignore[reportUnknownArgumentType]
        raise SpecError("prediction", "parts", given, parts=len(question.parts))
    values = [_value(part, raw) for part, raw in zip(question.parts, given, strict=True)]  # pyright: ignore[reportUnknownArgumentType]
    return Lesson(question, tuple(values))


def _value(part: Part, raw: object) -> Value:
    if isinstance(part, Choice):
        if isinstance(raw, str) and raw in part.options:
            return raw
        raise SpecError("prediction", "choice", raw, choices=", ".join(part.options))
    if isinstance(raw, int | float) and not isinstance(raw, bool) and part.low <= raw <= part.high:
        return float(raw)  # nor nan
    raise SpecError("prediction", "number", raw, low=part.low, high=part.high)


def lesson_message(
    lesson: Lesson, snapshot: Snapshot, window: Window, answers: Answers, language: str
) -> Message:
    """What the page may show of a question now: nothing measured before a prediction."""
    question = lesson.question
    message: Message = {
        "type": "sheet",
        "question": question.name,
        "parts": [],
        "answer": None,
        "explanation": None,
        "note": "",
    }
    if lesson.prediction is None and answers != "shown":
        return message
    facts = _facts(question, snapshot, window)
    holds = facts is not None and bool(facts.get("holds", True))
    message["parts"] = [
        {"seen": _seen(question, part, facts)}
        | _judged(question, k, lesson.prediction, facts if holds else None, answers, language)
        for k, part in enumerate(question.parts)
    ]
    if facts is None:
        message["note"] = text("sheet.unmeasured", language)
    if answers == "hidden":
        return message
    message["explanation"] = question.explanations[0]
    if facts is not None and holds:
        message["answer"] = worked_answer(question, facts, language)
    elif facts is not None:
        message["note"] = text("sheet.elsewhere", language)
    return message


def _facts(question: Question, snapshot: Snapshot, window: Window) -> Facts | None:
    try:
        return question.measure(snapshot, window)
    except (Unmeasured, BudgetExceeded, BelowReach, OverflowError):
        return None


@cache
def start_facts(name: str) -> Facts:
    """What is measured at the question's own start."""
    start = LiveNetwork(start_spec(name)).snapshot(
        version=0, run=0, status="paused", rate=0.0, error=None
    )
    return QUESTIONS[name].measure(start, PRESETS[name].view.window)


def start_spec(name: str) -> Spec:
    """The experiment that a question speaks of: its preset, with what a prediction changes."""
    changes = QUESTIONS[name].changes
    return PRESETS[name].spec.but(**{k: v for k, v in changes.items() if k in SPEC_NAMES})


def _seen(question: Question, part: Part, facts: Facts | None) -> dict[str, str] | None:
    """What is measured, in every language: the page keeps it for the hand-in."""
    if facts is None:
        return None
    return {language: seen_text(question, part, facts, language) for language in LANGUAGES}


def _judged(
    question: Question,
    k: int,
    prediction: Prediction | None,
    facts: Facts | None,
    answers: Answers,
    language: str,
) -> Message:
    """Whether a part was predicted right, and if not, where the idea comes from."""
    if prediction is None or answers == "hidden":
        return {"right": None, "comment": ""}
    part, start = question.parts[k], start_facts(question.name)
    if part.is_right(start, prediction[k]):
        return {"right": True, "comment": text("sheet.agrees", language)}
    mistake = part.mistake(start, prediction[k])
    key = f"sheet.misconception.{question.name}.{part.name}.{mistake}"
    return {"right": False, "comment": text(key, language, **_said(facts or start, language))}


def seen_text(question: Question, part: Part, facts: Facts, language: str) -> str:
    """What is measured, as one sentence."""
    return text(f"sheet.seen.{question.name}.{part.name}", language, **_said(facts, language))


def worked_answer(question: Question, facts: Facts, language: str) -> str:
    r"""The answer with the experiment's numbers: text, and TeX in \( \) and \[ \]."""
    values = {name: tex(value, language) for name, value in facts.items()}
    return text(f"sheet.answer.{question.name}", language, **values)


def _said(facts: Facts, language: str) -> dict[str, str]:
    """The facts as sentences write them; one that is a text's id is that text."""
    numbers = {name: said(value, language) for name, value in facts.items()}
    texts = {
        name: text(value, language, **numbers)
        for name, value in facts.items()
        if isinstance(value, str) and value.startswith("sheet.")
    }
    return numbers | texts


def public_table() -> list[Message]:
    """What the page's script needs to know of the questions: nothing of what is right.

    Explanations come in the order of their names, since the table has the right one first.
    """
    return [
        {
            "name": question.name,
            "parts": [_public_part(part) for part in question.parts],
            "explanations": sorted(question.explanations),
            "controls": list(question.controls),
            "tab": question.tab,
            "changes": dict(question.changes),
            "tries": [{"name": t.name, "settings": dict(t.settings)} for t in question.tries],
        }
        for question in QUESTIONS.values()
    ]


def _public_part(part: Part) -> Message:
    if isinstance(part, Number):
        return {"name": part.name, "low": part.low, "high": part.high}
    return {"name": part.name, "options": list(part.options)}
