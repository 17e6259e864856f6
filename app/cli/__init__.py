"""The command line. `main` is what `cellscope` and `python -m app` run."""

import os
import sys
from collections.abc import Sequence
from contextlib import suppress


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    for library in ("OMP", "OPENBLAS", "MKL"):  # before numpy and torch load their BLAS:
        # two threads on two busy cores make small matrix products 10–100 times slower.
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    if _is_refused(sys.argv[1:] if arguments is None else arguments):
        return 2
    from cellscope.app.cli.commands import main as run

    return run(arguments)


def _is_refused(arguments: Sequence[str]) -> bool:
    """Whether a file is so wrong that it is said before the rest is loaded."""
    from cellscope.app.cli.first_look import look_at
    from cellscope.app.text.texts import problem
    from cellscope.model.spec import SpecError

    try:
        look_at(arguments)
    except SpecError as error:
        with suppress(OSError):
            print(f"cellscope: {problem(error, name=error.field)}", file=sys.stderr, flush=True)
        return True
    return False
