"""`Lesson`: one question with a prediction; as messages, what is measured beside it.

Prediction, measured value, verdict, misconception and worked answer belong to the question's own
experiment. What is on screen now is measured apart, in a message that holds no verdict.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from cellscope.app.features.sheet.on_screen import named_on_screen
from cellscope.app.features.sheet.own import is_own, own_experiment, start_facts
from cellscope.app.features.sheet.parts import Choice, Facts, Number, Part, Question, Try, Value
from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.features.sheet.unmeasured import Unmeasured
from cellscope.app.features.sheet.wording import said, tex
from cellscope.app.settings.answer_policy import Answers
from cellscope.app.text.numbers import accuracy_text
from cellscope.app.text.texts import LANGUAGES, text
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.spec import SpecError
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import Window

Prediction = tuple[Value, ...]
Message = dict[str, Any]
SCREEN = "screen"  # the key of what is said of a network on screen as a whole


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question that a page has open. Without a prediction it is only being looked at.

    `passed`: in a lecture one goes on without a prediction, to what is measured and the answer.
    """

    question: Question
    prediction: Prediction | None = None
    passed: bool = False

    def may_see(self, answers: Answers) -> bool:
        """Whether anything measured may leave the server."""
        return self.prediction is not None or self.passed or answers == "shown"


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
        return Lesson(question, passed=message.get("passed") is True)
    if not isinstance(given, list) or len(given) != len(question.parts):  # pyright: ignore[reportUnknownArgumentType]
        raise SpecError("prediction", "parts", given, parts=len(question.parts))
    values = [_value(part, raw) for part, raw in zip(question.parts, given, strict=True)]  # pyright: ignore[reportUnknownArgumentType]
    return Lesson(question, tuple(values))


def _value(part: Part, raw: object) -> Value:
    if isinstance(part, Choice):
        if isinstance(raw, str) and raw in part.options:
            return raw
        raise SpecError("prediction", "choice", raw, choices=", ".join(part.options))
    if _is_number(raw) and part.low <= raw <= part.high and (not part.whole or raw == int(raw)):
        return float(raw)  # nor nan
    rule = "whole" if part.whole else "number"
    raise SpecError("prediction", rule, raw, low=part.low, high=part.high)


def _is_number(raw: object) -> TypeGuard[int | float]:
    return isinstance(raw, int | float) and not isinstance(raw, bool)


def own_message(lesson: Lesson, answers: Answers, language: str) -> Message:
    """What the page may show of a question: measured on its own experiment, and judged by it.

    Nothing measured leaves before a prediction, or before somebody goes on without one.
    """
    question = lesson.question
    message: Message = {
        "type": "sheet",
        "question": question.name,
        "parts": [],
        "answer": None,
        "explanation": None,
    }
    if not lesson.may_see(answers):
        return message
    facts = start_facts(question.name)
    message["parts"] = [
        {"seen": _seen(question, part, facts)}
        | _judged(question, k, lesson.prediction, facts, answers, language)
        for k, part in enumerate(question.parts)
    ]
    if answers != "hidden":
        message["explanation"] = question.explanations[0]
        message["answer"] = worked_answer(question, facts, language)
    return message


def named_message(lesson: Lesson, snapshot: Snapshot, window: Window) -> Message:
    """What is on screen, named and not measured yet: while that takes long, it is no older one."""
    name = lesson.question.name
    return _unmeasured(lesson, snapshot, window) | {
        "named": named_on_screen(name, snapshot, window),
        "measuring": True,
    }


def _unmeasured(lesson: Lesson, snapshot: Snapshot, window: Window) -> Message:
    return {
        "type": "sheet-now",
        "question": lesson.question.name,
        "version": snapshot.version,
        "step": snapshot.shown_step,
        "own": is_own(lesson.question.name, snapshot, window),
        "named": None,
        "seen": None,
        "of_settings": [],
        "measuring": False,
    }


def now_message(lesson: Lesson, snapshot: Snapshot, window: Window, answers: Answers) -> Message:
    """The same measure on what is on screen; it is never judged. Nothing where it is the own one.

    `named` says which network that is, `seen` what is measured on it, None where it cannot be;
    `of_settings` names what was measured on other draws or lengths of its settings.
    """
    question = lesson.question
    message = _unmeasured(lesson, snapshot, window)
    if message["own"]:
        return message
    message["named"] = named_on_screen(question.name, snapshot, window)
    facts = _facts(question, snapshot, window) if lesson.may_see(answers) else None
    if facts is None:
        return message
    if question.screen is not None:
        return message | {"seen": {SCREEN: _in_all(f"sheet.now.{question.name}", facts)}}
    message["seen"] = {part.name: _seen(question, part, facts) for part in question.parts}
    message["of_settings"] = [part.name for part in question.parts if part.of_settings]
    return message


def _facts(question: Question, snapshot: Snapshot, window: Window) -> Facts | None:
    if snapshot.spec.is_regression:  # the sheet's networks tell classes apart
        return None
    if question.of_run and (snapshot.edits or not snapshot.reproducible):
        return None  # the settings alone lead elsewhere
    try:
        return (question.screen or question.measure)(snapshot, window)
    except (Unmeasured, BudgetExceeded, BelowReach, OverflowError):
        return None
    except SpecError:  # asked of weights by layer, which a graph has not
        if snapshot.spec.graph is None:
            raise
        return None


def _seen(question: Question, part: Part, facts: Facts) -> dict[str, str]:
    """What is measured, in every language: the page keeps it for the hand-in."""
    return _in_all(f"sheet.seen.{question.name}.{part.name}", facts)


def _in_all(key: str, facts: Facts) -> dict[str, str]:
    return {language: text(key, language, **_said(facts, language)) for language in LANGUAGES}


def _judged(
    question: Question,
    k: int,
    prediction: Prediction | None,
    facts: Facts,
    answers: Answers,
    language: str,
) -> Message:
    """Whether a part was predicted right, and if not, where the idea comes from."""
    if prediction is None or answers == "hidden":
        return {"right": None, "comment": ""}
    part = question.parts[k]
    if part.is_right(facts, prediction[k]):
        return {"right": True, "comment": text("sheet.agrees", language)}
    mistake = part.mistake(facts, prediction[k])
    key = f"sheet.misconception.{question.name}.{part.name}.{mistake}"
    return {"right": False, "comment": text(key, language, **_said(facts, language))}


def worked_answer(question: Question, facts: Facts, language: str) -> str:
    r"""The answer with the experiment's numbers: text, and TeX in \( \) and \[ \]."""
    values = {name: tex(value, language) for name, value in facts.items()}
    return text(f"sheet.answer.{question.name}", language, **values)


def _said(facts: Facts, language: str) -> dict[str, str]:
    """The facts as sentences write them; one that is a text's id is that text."""
    numbers = {
        name: accuracy_text(value, language)
        if name.startswith("accuracy") and isinstance(value, float)
        else said(value, language)
        for name, value in facts.items()
    }
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
            "tries": [_public_try(each) for each in question.tries],
        }
        | own_experiment(question.name)
        for question in QUESTIONS.values()
    ]


def _public_try(each: Try) -> Message:
    return {"name": each.name, "settings": dict(each.settings), "perInput": each.per_input}


def _public_part(part: Part) -> Message:
    common: Message = {"name": part.name, "ofSettings": part.of_settings}
    if isinstance(part, Number):
        return common | {"low": part.low, "high": part.high, "whole": part.whole}
    return common | {"options": list(part.options)}
