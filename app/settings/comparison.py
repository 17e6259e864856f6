"""The second network of a comparison: the first one's settings, but for some.

Links and the page write the differences as one text, `init:normal;weight_variance:1`; nothing
written means no second network. Whenever the first one's settings change, the second one's follow.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cellscope.app.settings.controls import BY_NAME, CONTROLS
from cellscope.app.settings.readouts import sizes_text
from cellscope.app.text.network_names import activation_text
from cellscope.app.text.numbers import typed
from cellscope.app.text.texts import field_name, text
from cellscope.model.spec import Spec, SpecError, shorten

COMPARED = tuple(control.name for control in CONTROLS if control.group not in ("data", "view"))
SAME = tuple(control.name for control in CONTROLS if control.group == "data")  # for both
LONGEST = 500  # characters; all settings together have about 300


@dataclass(frozen=True, slots=True)
class Differences:
    """Name -> value of what the second network has otherwise, in the table's order."""

    values: tuple[tuple[str, Any], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.values)

    def second(self, first: Spec) -> Spec | None:
        """The second network's settings, None if there is none; a `SpecError` names what fails."""
        changes = dict(self.values)
        if "hidden" not in changes and changes.keys() & {"width", "depth"}:
            changes["hidden"] = None  # the first one's widths are not to override the second's
        try:
            return first.but(**changes) if changes else None
        except SpecError as error:
            raise _of_second(error) from None

    def written(self) -> str:
        """As links hold it; `read_differences` reads it again."""
        return ";".join(f"{name}:{_plain(value)}" for name, value in self.values)


NONE = Differences()


def read_differences(raw: object) -> Differences:
    """The differences that a text asks for; a `SpecError` names what is wrong with it."""
    if not isinstance(raw, str):
        raise SpecError("compare", "differences", raw)
    if len(raw) > LONGEST:
        raise SpecError("compare", "too_long", raw)
    parts: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in raw.split(";"))):
        name, colon, value = part.partition(":")
        if not colon:
            raise SpecError("compare", "differences", part)
        if parts.setdefault(name, value) != value:
            raise SpecError(f"compare:{shorten(name)}", "twice", f"{parts[name]} / {value}")
    for control in CONTROLS:
        along, choice = control.brings or ("", "")
        if choice and control.name in parts:  # listed widths are `second`'s to leave out
            parts.setdefault(along, choice)
    return Differences(tuple((name, _read(name, parts[name])) for name in _in_order(parts)))


def differences_of(first: Spec, second: Spec | None) -> Differences:
    """In what a second network differs from the first; a `SpecError` if it is none beside it."""
    if second is None:
        return NONE
    other = [name for name in COMPARED if getattr(first, name) != getattr(second, name)]
    if {"width", "depth"} & set(other):
        other = [name for name in COMPARED if name in other or name == "hidden"]
    found = Differences(tuple((name, getattr(second, name)) for name in other))
    if found.second(first) != second:
        raise SpecError("compare", "differences", found.written())
    return found


def _in_order(parts: Mapping[str, str]) -> list[str]:
    for name in parts:
        if name in SAME:
            raise SpecError(f"compare:{name}", "same_data", parts[name])
        if name not in COMPARED:
            raise SpecError(f"compare:{shorten(name)}", "unknown_key", parts[name])
    return [name for name in COMPARED if name in parts]


def _read(name: str, raw: str) -> Any:
    """The value as a `Spec` takes it: this one alone is checked here, all together later."""
    try:
        value = BY_NAME[name].read(name, raw)
        return getattr(Spec(**{name: value}), name)
    except SpecError as error:
        raise _of_second(error) from None


def _of_second(error: SpecError) -> SpecError:
    """The error, under a name that says whose setting it is."""
    field = error.field if error.field.startswith("compare") else f"compare:{error.field}"
    return SpecError(field, error.rule, error.value, **error.limits)


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if value == ():
        return "none"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value).removesuffix(".0")


def headings(first: Spec, second: Spec, language: str) -> tuple[str, str]:
    """What the two networks are called: in what they differ, each with its own value."""
    names = [name for name in COMPARED if getattr(first, name) != getattr(second, name)]
    return _heading(first, names, language), _heading(second, names, language)


def _heading(spec: Spec, names: list[str], language: str) -> str:
    said = dict.fromkeys(setting_text(name, spec, language) for name in names)  # each once
    return " · ".join(filter(None, said)) or text("compare.same", language)


def setting_text(name: str, spec: Spec, language: str) -> str:
    """One setting in a few words; nothing where another one says it."""
    if name in ("init", "weight_variance"):
        return _scheme(spec, language)
    if name in ("width", "depth", "hidden"):
        return sizes_text(spec)
    if name == "bias_variance" and spec.bias != "fixed":
        return ""
    if name == "bias":
        return text("compare.bias", language, bias=text(f"choice.bias.{spec.bias}", language))
    value = getattr(spec, name)
    if name == "activation":
        return activation_text(spec, language)
    if name == "features":
        chosen = [text(f"choice.features.{one}", language) for one in value]
        return text("compare.features", language, features=", ".join(chosen) or "0")
    if name == "batch_norm":
        return text(f"compare.batch_norm.{str(value).lower()}", language)
    if BY_NAME[name].choices:
        return text(f"choice.{name}.{value}", language)
    return text(
        "compare.value", language, name=field_name(name, language), value=typed(value, language)
    )


def _scheme(spec: Spec, language: str) -> str:
    if spec.init == "normal":
        return text("sheet.named.normal", language, s=typed(spec.weight_variance, language))
    return text(f"choice.init.{spec.init}", language)
