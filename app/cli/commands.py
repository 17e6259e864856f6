"""The command line: `serve` and the reports. Errors are one line on stderr, exit status 2."""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from math import isfinite
from typing import Any, NoReturn, TextIO

from cellscope.app.cli.cells import add_cells
from cellscope.app.server.create_app import Start, product_version, serve
from cellscope.app.server.reach import read_public_url
from cellscope.app.session.sessions import Limits
from cellscope.app.settings.answer_policy import DEFAULT, read_answers
from cellscope.app.settings.controls import BY_NAME, CONTROLS, SPEC_NAMES, START_SPEED, Control
from cellscope.app.settings.links import settings_of
from cellscope.app.text.texts import catalogue, problem, text
from cellscope.model.moments_over_draws import moments_report
from cellscope.model.spec import Spec, SpecError
from cellscope.model.threads import one_thread
from cellscope.model.training.run import train
from cellscope.model.view import View

COUNTS = {
    "steps": (0, 100_000_000),
    "draws": (1, 10_000),
    "port": (0, 65_535),
    "max_sessions": (1, 10_000),
}
Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    one_thread()
    try:
        return _run(arguments)
    except OSError as error:  # a closed pipe, a full disk
        _say(text("cli.output", why=error.strerror or error))
        _abandon(sys.stdout)
        return 2


def _run(arguments: Sequence[str] | None) -> int:
    """Run one command, its output flushed: what can't be written is an error, and said as one."""
    try:
        options = build_parser().parse_args(arguments)
        status = int(options.command(options))
    except SpecError as error:
        _say(option_problem(error))
        status = 2
    except KeyboardInterrupt:
        status = 130  # as shells call it
    except SystemExit as left:  # --help, --version, an option that there is not
        status = left.code if isinstance(left.code, int) else 0
    sys.stdout.flush()
    return status


def _say(line: str) -> None:
    with suppress(OSError):
        print(f"cellscope: {line}", file=sys.stderr, flush=True)


def _abandon(stream: TextIO) -> None:
    """Python flushes once more when it ends, and would complain of the same again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def option_problem(error: SpecError) -> str:
    """One line: the option's own name, the rule, the value."""
    if error.field == "network":  # the one that is no option
        return problem(error, name=error.field)
    option = f"--{error.field.replace('_', '-')}"
    return problem(error, name=f"{option} ({error.field})" if "_" in error.field else option)


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


def build_parser() -> Parser:
    """The parser of all commands; options of the experiment come from CONTROLS."""
    parser = Parser(prog="cellscope", description=text("cli.description"))
    parser.add_argument("--version", action="version", version=product_version())
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    serving = _command(commands, "serve", run_serve)
    serving.add_argument("--host", help=text("cli.host"))
    serving.add_argument("--port", help=text("cli.port"))
    serving.add_argument("--max-sessions", help=text("cli.max_sessions"))
    serving.add_argument("--answers", help=text("cli.answers"))
    serving.add_argument("--public-url", help=text("cli.public_url"))
    training = _command(commands, "train", run_train)
    training.add_argument("--steps", default="1000", help=text("cli.steps"))
    training.add_argument("--json", action="store_true", help=text("cli.json"))
    measuring = _command(commands, "moments", run_moments)
    measuring.add_argument("--draws", default="1", help=text("cli.draws"))
    measuring.add_argument("--json", action="store_true", help=text("cli.json"))
    add_cells(commands)
    return parser


def _command(commands: Any, name: str, run: Command) -> Parser:
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


def read_count(name: str, raw: object) -> int:
    """A whole number within the limits of its option."""
    low, high = COUNTS[name]
    if not isinstance(raw, str) or not re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", raw, re.ASCII):
        raise SpecError(name, "whole", raw, low=low, high=high)
    if not low <= int(raw) <= high:
        raise SpecError(name, "range", raw, low=low, high=high)
    return int(raw)


def run_serve(options: argparse.Namespace) -> int:
    """Serve the page until told to stop."""
    spec = read_spec(options)
    port = read_count("port", _given(options.port, "PORT", "8050"))
    host = _given(options.host, "HOST", "127.0.0.1")
    sessions = _given(options.max_sessions, "CELLSCOPE_MAX_SESSIONS", str(Limits().sessions))
    limits = Limits(sessions=read_count("max_sessions", sessions))
    answers = read_answers(_given(options.answers, "CELLSCOPE_ANSWERS", DEFAULT))
    public_url = read_public_url(_given(options.public_url, "CELLSCOPE_PUBLIC_URL", ""))
    serve(Start(spec, View()), limits, host, port, answers, public_url)
    return 0


def _given(option: str | None, variable: str, default: str) -> str:
    """The option, or else the environment's value, where an empty one is none."""
    return option if option is not None else os.environ.get(variable) or default


def run_train(options: argparse.Namespace) -> int:
    """Train without a page and print how it went."""
    result = train(read_spec(options), read_count("steps", options.steps))
    return _print(finite(result), options.json, "cli.trained")


def run_moments(options: argparse.Namespace) -> int:
    """Moments of every layer, measured and predicted."""
    report = moments_report(read_spec(options), read_count("draws", options.draws))
    if options.json:
        return _print(report, True, "")
    print(moments_table(report))
    return 0


def moments_table(report: dict[str, Any]) -> str:
    """The report for people: a line a layer, before the activation, theory beside it."""
    rows = [text("cli.moments_head")]
    for layer in report["layers"]:
        pre, theory = layer["pre"], layer["theory"]
        predicted = None if theory is None else theory["pre_variance"]
        numbers = (pre["mean"], pre["variance"], pre["data_variance"], predicted)
        shown = ["–" if n is None else f"{n:.4g}" for n in numbers]
        rows.append(f"{layer['layer']:>5} " + " ".join(f"{n:>12}" for n in shown))
    return "\n".join(rows)


def _print(result: dict[str, Any], as_json: bool, key: str) -> int:
    print(json.dumps(result, allow_nan=False) if as_json else text(key, **result))
    return 0


def finite(values: dict[str, Any]) -> dict[str, Any]:
    """The values with null for what JSON has no number for."""
    return {
        key: None if isinstance(value, float) and not isfinite(value) else value
        for key, value in values.items()
    }
