"""Every text a user can see, by id, from one gettext catalogue per language."""

from functools import lru_cache
from pathlib import Path

from babel.messages.pofile import read_po

from model.spec import SpecError

LANGUAGES = ("en",)
_FOLDER = Path(__file__).parent / "locale"


@lru_cache
def catalogue(language: str) -> dict[str, str]:
    """id -> text of one language."""
    with (_FOLDER / language / "cellscope.po").open("rb") as file:
        messages = read_po(file, locale=language)
    return {str(message.id): str(message.string) for message in messages if message.id}


def text(key: str, language: str = "en", /, **values: object) -> str:
    """The text with the id `key`, its {names} filled in; an unknown id is a `KeyError`."""
    return catalogue(language)[key].format(**values)


def problem(error: SpecError, language: str = "en", *, name: str | None = None) -> str:
    """The sentence for a refused setting: which field (by a name, if given), rule and value."""
    name = field_name(error.field, language) if name is None else name
    limits = {key: _number(limit) for key, limit in error.limits.items()}
    rule = text(f"error.{error.rule}", language, **limits)
    return text("error", language, name=name, rule=rule, value=error.value)


def field_name(field: str, language: str = "en") -> str:
    """What the page calls a setting; names the page does not know stay as they are."""
    if field.startswith("compare:"):
        of_first = field_name(field.removeprefix("compare:"), language)
        return text("compare.of_second", language, name=of_first)
    return catalogue(language).get(f"control.{field}", field)


def _number(limit: object) -> object:
    return (
        f"{limit:g}"
        if isinstance(limit, float)
        else f"{limit:,}".replace(",", "\u202f")
        if (isinstance(limit, int))
        else limit
    )
