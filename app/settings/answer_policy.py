"""`--answers`: when worked answers and misconceptions may leave the server."""

from typing import Literal, get_args

from cellscope.model.spec import SpecError

Answers = Literal["shown", "after-prediction", "hidden"]
ANSWERS: tuple[Answers, ...] = get_args(Answers)
DEFAULT: Answers = "after-prediction"
SECRET = ("sheet.answer.", "sheet.misconception.", "sheet.seen.", "sheet.now.", "sheet.agrees")


def read_answers(raw: str) -> Answers:
    """One of the three, or a `SpecError`."""
    for answers in ANSWERS:
        if raw == answers:
            return answers
    raise SpecError("answers", "choice", raw, choices=", ".join(ANSWERS))


def is_public(key: str) -> bool:
    """Whether a text may lie open in the page: not what gives an answer away."""
    return not key.startswith(SECRET)
