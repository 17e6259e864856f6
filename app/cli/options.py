"""What subcommands share: the parser, the options of an experiment, and how texts become values."""

import argparse
import os
import re
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from cellscope.app.settings.controls import (
    BY_NAME,
    CONTROLS,
    SPEC_NAMES,
    START_SPEED,
    Control,
    real_of,
)
from cellscope.app.settings.links import settings_of
from cellscope.app.text.texts import catalogue, text
from cellscope.model.files.reading import reason, shown
from cellscope.model.spec import Spec, SpecError
from cellscope.model.view import START_WINDOW, View

Command = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """argparse, less abbreviations, with one line per error, and -1e-06 and -inf as values."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)
        # What looks like a negative number is a value to be refused by name, not an option.
        self._negative_number_matcher = re.compile(r"^-(\d|\.\d|inf|nan)", re.IGNORECASE)

    def error(self, message: str) -> NoReturn:
        """Not the usage as well: one line is what a script reads."""
        line = "".join(c if c.isprintable() else "�" for c in message)
        self.exit(2, f"cellscope: {line}\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        """argparse says nothing where the text of --help can't be written."""
        (file or sys.stderr).write(message)


def experiment(commands: Any, name: str, run: Command) -> Parser:
    """A subcommand with the options of an experiment, from CONTROLS."""
    about = text(f"cli.{name}")
    command: Parser = commands.add_parser(name, help=about, description=about)
    command.set_defaults(command=run)
    group = command.add_argument_group(text("cli.experiment"))
    start = settings_of(Spec(), View(), START_SPEED)
    for control in CONTROLS:
        if control.name in SPEC_NAMES:
            group.add_argument(
                f"--{control.element}",
                dest=control.name,
                metavar="VALUE",
                help=option_help(control, start[control.name]),
            )
    return command


def option_help(control: Control, default: object) -> str:
    """What an option means, its choices and its default."""
    help_text = catalogue("en")[f"help.{control.name}"]
    choices = f" ({', '.join(control.choices)})" if control.choices else ""
    shown = "" if default == "" else f" [{default}]"
    return f"{help_text}{choices}{shown}".replace("%", "%%")


def read_spec(options: argparse.Namespace) -> Spec:
    """The spec the options ask for; a `SpecError` for the first that cannot be."""
    given = {name: getattr(options, name) for name in SPEC_NAMES}
    return Spec(**{n: BY_NAME[n].read(n, raw) for n, raw in given.items() if raw is not None})


def read_whole(name: str, raw: object, low: int, high: int) -> int:
    """A whole number within the limits of its option."""
    if not isinstance(raw, str) or not re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", raw, re.ASCII):
        raise SpecError(name, "whole", raw, low=low, high=high)
    if not low <= int(raw) <= high:
        raise SpecError(name, "range", raw, low=low, high=high)
    return int(raw)


def read_window(raw: list[str] | None) -> tuple[float, ...]:
    """Four numbers in plain digits; the default where none are given."""
    if raw is None:
        return START_WINDOW
    try:
        return tuple(real_of(value) for value in raw)
    except ValueError:
        raise SpecError("window", "four_numbers", " ".join(raw)) from None


def write_file(name: str, path: str, data: bytes) -> None:
    """Write a file; a `SpecError` of the option `name` where that is not possible."""
    try:
        Path(path).write_bytes(data)
    except (OSError, ValueError) as error:
        raise SpecError(name, "file_unwritable", shown(path), reason=reason(error)) from None


@contextmanager
def named_errors(options: argparse.Namespace) -> Generator[None]:
    """What Python functions say of their arguments, said of the options of the same names."""
    try:
        yield
    except SpecError:
        raise
    except (ValueError, RuntimeError) as error:
        field, _, why = str(error).partition(": ")
        value = getattr(options, field, None) if field.isidentifier() else None
        if value is None:
            field, value, why = "network", options.network, str(error)
        value = " ".join(value) if isinstance(value, list) else value
        raise SpecError(field, "own", value, reason=why) from None


def given(option: str | None, variable: str, default: str) -> str:
    """The option, or else the environment's value, where an empty one is none."""
    return option if option is not None else os.environ.get(variable) or default


def add_network(command: argparse.ArgumentParser, *, layer: str) -> None:
    """A network in a file and what of it is looked at; `layer` is the help of its option."""
    command.add_argument("network", metavar="NETWORK", help=text("cli.cells.network"))
    command.add_argument("--layer", metavar="I", help=layer)
    command.add_argument(
        "--window", nargs=4, metavar=("X0", "X1", "Y0", "Y1"), help=text("cli.cells.window")
    )
    command.add_argument("--activation", metavar="NAME", help=text("cli.cells.activation"))
    command.add_argument("--plane", metavar="FILE", help=text("cli.cells.plane"))
