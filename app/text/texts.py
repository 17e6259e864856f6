"""Every text a user can see, by id, from one gettext catalogue per language."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from numbers import Integral, Real
from pathlib import Path
from string import Formatter
from typing import Any

from babel.messages.pofile import read_po

from cellscope.app.text.numbers import NONE, POINTS, grouped, number, read_aloud, typed
from cellscope.model.spec import SpecError

LANGUAGES = ("en", "de")  # the first is that of the command line, too
ONLY_ENGLISH = ("cli.", "server.")  # ids of what the command line says
_FOLDER = Path(__file__).parent / "locale"
_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+(e[+-]?[0-9]+)?")
_POWER = re.compile(r"-?[0-9](\.[0-9]+)?e[+-][0-9]{2,3}")  # as Python writes a float
_spoken: ContextVar[str] = ContextVar("language", default=LANGUAGES[0])


@lru_cache
def catalogue(language: str) -> dict[str, str]:
    """id -> text of one language."""
    with (_FOLDER / language / "cellscope.po").open("rb") as file:
        messages = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in messages if message.id}


@contextmanager
def speaking(language: str) -> Generator[None]:
    """Meanwhile texts that name no language are in this one. Not across threads: name it there."""
    token = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(token)


def spoken() -> str:
    """The language that texts are in which name none."""
    return _spoken.get()


def text(key: str, language: str | None = None, /, **values: object) -> str:
    """The text with the id `key`, its {names} filled in; an unknown id is a `KeyError`.

    Numbers are written as the language writes them: whole ones in full, others with three
    significant digits. Who wants other digits gives them as text (`app.text.numbers`).

    A text says one as one by ``{points:# point|# points}``: # is the number, and the first of the
    two is said where it is one.
    """
    language = language or spoken()
    return _Filled(language).vformat(catalogue(language)[key], (), values)


def problem(error: SpecError, language: str | None = None, *, name: str | None = None) -> str:
    """The sentence for a refused setting: which field (by a name, if given), rule and value."""
    language = language or spoken()
    on_page = name is None
    if name is None:  # the command line has names of its own, and numbers as one types them there
        name, error = field_name(error.field, language), _as_on_page(error, language)
    write = read_aloud if on_page else typed
    limits = {key: write(limit, language) for key, limit in error.limits.items()}
    name = name if name.strip() else text("error.no_name", language)
    rule = text(f"error.{error.rule}", language, **limits)
    if on_page and (deed := catalogue(language).get(f"deed.{error.field}")):
        return f"{deed} {rule}"  # no setting: nothing was given
    if not error.value.strip():
        return text("error.nothing_given", language, name=name, rule=rule)
    # What can be read in two ways is repeated as it was typed.
    as_it_is = error.rule in ("unclear", "choice")  # nor is a name, of a question say, a number
    given = error.value if as_it_is else _given(error.value, language, on_page=on_page)
    return text("error", language, name=name, rule=rule, value=given)


def sentence(error: SpecError, language: str | None = None, *, name: str | None = None) -> str:
    """The same as a page says it: a whole sentence, with a full stop."""
    return problem(error, language, name=name).removesuffix(".") + "."


def complaint(error: SpecError, language: str | None = None) -> dict[str, Any]:
    """A refused setting for the page, in every language: the page keeps what it has been told."""
    return {
        "field": error.field,
        "message": sentence(error, language),
        "messages": {each: sentence(error, each) for each in LANGUAGES},
    }


def field_name(field: str, language: str | None = None) -> str:
    """What the page calls a setting; names the page does not know stay as they are."""
    language = language or spoken()
    if field.startswith("compare:"):
        of_first = field_name(field.removeprefix("compare:"), language)
        return text("compare.of_second", language, name=of_first)
    return catalogue(language).get(f"control.{field}", field)


class _Filled(Formatter):
    """Fills in numbers in a language; a format of its own, as in tables, is left alone."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        """One value as text."""
        if "|" in format_spec:  # of one, and of any other number
            said = self.format_field(value, "")
            one, _, many = format_spec.partition("|")
            return (one if said == "1" else many).replace("#", said)
        if format_spec or isinstance(value, bool):
            return format(value, format_spec)
        if value is None:
            return NONE
        if isinstance(value, Integral):
            return grouped(int(value))
        return number(float(value), self.language) if isinstance(value, Real) else str(value)


def _given(value: str, language: str, *, on_page: bool) -> str:
    """A refused value as it came, but for the decimal mark of a number, and a machine's powers."""
    if on_page and _POWER.fullmatch(value):
        return number(float(value), language, digits=6)
    return value.replace(".", POINTS[language]) if _NUMBER.fullmatch(value) else value


def _as_on_page(error: SpecError, language: str) -> SpecError:
    """The form of a sweep is filled in with the page's own names, so an error has them, too."""
    if not error.field.startswith("sweep_"):
        return error
    limits = dict(error.limits)
    if "choices" in limits:
        limits["choices"] = _page_names(str(limits["choices"]), language)
    value = _page_names(error.value, language)
    return SpecError(error.field, error.rule, value, **limits)


def _page_names(names: str, language: str) -> str:
    """A list of settings or kinds of biases; "width 256" is the setting's name and its value."""
    known = catalogue(language)

    def named(part: str) -> str:
        name, space, value = part.partition(" ")
        shown = known.get(f"sweep.bias.{part}") or known.get(f"control.{name}", name)
        return shown if shown == known.get(f"sweep.bias.{part}") else f"{shown}{space}{value}"

    return ", ".join(map(named, names.split(", ")))
