"""What is refused in Python, in the words of the command line."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from cellscope.app.text.texts import problem
from cellscope.model.spec_error import SpecError

P = ParamSpec("P")
R = TypeVar("R")


def in_words(function: Callable[P, R]) -> Callable[P, R]:
    """The function, whose `SpecError` is a sentence: else it would name a rule by its id."""

    @wraps(function)
    def said(*args: P.args, **named: P.kwargs) -> R:
        try:
            return function(*args, **named)
        except SpecError as error:
            error.args = (problem(error, "en", name=error.field),)
            raise

    return said
