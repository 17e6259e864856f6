"""The command line: `serve` and the reports. Errors are one line on stderr, exit status 2."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO

from cellscope.app.cli.cells import add_cells
from cellscope.app.cli.count import add_count
from cellscope.app.cli.data import add_data
from cellscope.app.cli.moments import add_moments
from cellscope.app.cli.options import Parser
from cellscope.app.cli.serve import add_serve
from cellscope.app.cli.sweep import add_sweep
from cellscope.app.cli.train import add_train
from cellscope.app.server.version import product_version
from cellscope.app.text.texts import problem, text
from cellscope.model.spec import SpecError
from cellscope.model.threads import is_exhausted, one_thread

SUBCOMMANDS = (add_serve, add_train, add_moments, add_cells, add_count, add_sweep, add_data)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    one_thread()
    try:
        return _run(arguments)
    except OSError as error:  # a closed pipe, a full disk
        _say(text("cli.output", why=error.strerror or error))
        _abandon(sys.stdout)
        return 2
    except Exception as error:
        if not is_exhausted(error):
            raise
        _say(text("cli.exhausted", why=error or type(error).__name__))
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
    if error.field in ("network", "purge") or error.field.isupper():  # no option; a variable
        return problem(error, name=error.field)
    option = f"--{error.field.replace('_', '-')}"
    return problem(error, name=f"{option} ({error.field})" if "_" in error.field else option)


def build_parser() -> Parser:
    """The parser of all subcommands."""
    parser = Parser(prog="cellscope", description=text("cli.description"))
    parser.add_argument("--version", action="version", version=product_version())
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    for add in SUBCOMMANDS:
        add(commands)
    return parser
