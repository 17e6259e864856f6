"""The command line. `main` is what `cellscope` and `python -m app` run."""

import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit status."""
    for library in ("OMP", "OPENBLAS", "MKL"):  # before numpy and torch load their BLAS:
        # two threads on two busy cores make small matrix products 10–100 times slower.
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")
    _open_streams()
    given = sys.argv[1:] if arguments is None else arguments
    if given[:1] == ["serve"]:
        _end_by_sigterm()
    try:
        if _is_refused(given):
            return 2
        run = _loaded()
    except KeyboardInterrupt:  # loading takes seconds, and its trace would tell nobody anything
        return 130
    except Exception as error:
        if not _is_of_numba(error):
            raise
        _say(f"numba can't be loaded, see the variables NUMBA_…: {error}")
        return 2
    return run(arguments)


def _end_by_sigterm() -> None:
    """A server that still loads has nothing to store: it ends at once, and that is no failure.

    In a container, as its first process, it would otherwise not hear the signal at all.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _ended)


def _ended(_signal: int, _frame: FrameType | None) -> None:
    os._exit(0)


def _loaded() -> Callable[[Sequence[str] | None], int]:
    from cellscope.app.cli.commands import main as run

    return run


def _open_streams() -> None:
    """What is said can be written: a character that the terminal's encoding lacks becomes "?".

    Who closed a stream (cron, `>&-`) hears nothing, but is not refused.
    """
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison]
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _is_of_numba(error: Exception) -> bool:
    """Whether it was raised in numba as that was imported: of a variable's nonsense, say."""
    return "numba" in traceback.extract_tb(error.__traceback__)[-1].filename


def _is_refused(arguments: Sequence[str]) -> bool:
    """Whether a file is so wrong that it is said before the rest is loaded."""
    from cellscope.app.cli.first_look import look_at
    from cellscope.app.text.texts import problem
    from cellscope.model.spec import SpecError

    try:
        look_at(arguments)
    except SpecError as error:
        _say(problem(error, name=error.field))
        return True
    return False


def _say(line: str) -> None:
    with suppress(OSError):
        print(f"cellscope: {line}", file=sys.stderr, flush=True)
