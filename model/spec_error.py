"""What is wrong with a setting: an error that names field, rule and value."""

import reprlib
from collections.abc import Callable
from functools import partial
from typing import Any

LONGEST_VALUE = 60  # characters of a refused value that an error repeats


class SpecError(ValueError):
    """A setting that cannot be: which `field`, which `rule`, which `value`.

    The sentence a user reads is made from these by the catalogue of texts; `limits` holds the
    numbers and names the rule speaks of.
    """

    def __init__(self, field: str, rule: str, value: object, **limits: object) -> None:
        self.field = field
        self.rule = rule
        self.value = shorten(value)
        self.limits = limits
        numbers = ", ".join(f"{name} {limit}" for name, limit in limits.items())
        super().__init__(f"{field}: {rule} ({numbers}), got {self.value}")

    def __reduce__(self) -> tuple[Callable[..., "SpecError"], tuple[Any, ...], dict[str, Any]]:
        """So that another process can raise it: exceptions are rebuilt from their message alone."""
        given = (self.field, self.rule, self.value)
        return partial(SpecError, **self.limits), given, {"args": self.args}


def printable(text: str) -> str:
    """The same in one line that no terminal and no page takes for anything but letters."""
    return "".join(c if c.isprintable() else "�" for c in text)


def shorten(value: object) -> str:
    """The value as an error repeats it: one printable line, never longer than `LONGEST_VALUE`."""
    if isinstance(value, str):
        text = value[: LONGEST_VALUE + 1]
    elif isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        text = str(int(value))  # 0, as it was typed, and not 0.0
    else:
        try:
            text = reprlib.repr(value)  # bounded: a list of a million, or nested a thousand deep
        except ValueError:  # Python writes no int of more than 4300 digits
            text = f"<{type(value).__name__}>"
    text = printable(text)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
