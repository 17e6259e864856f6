"""Every kernel compiled ahead of the first picture: by set-up, else before training may begin.

`python -m cellscope.model.warm` compiles them in two processes and keeps them; the server then
loads them in a second. What is not kept (another processor, edited sources) it has compiled in the
same way, by processes that nothing holds up, and where nothing can be kept by a thread. Until that
is `done` pictures are drawn in plain numpy, so that the first one need not wait.
"""

import atexit
import logging
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event

import numpy as np

from cellscope.model import jit
from cellscope.model.cells.exact import warm_exact
from cellscope.model.cells.grid import dense
from cellscope.model.cells.picture import colours
from cellscope.model.cells.power import labels
from cellscope.model.theory import data_share

log = logging.getLogger(__name__)
_preparing = Event()
_done = Event()
_trouble: list[str] = []


def done() -> bool:
    """Whether every kernel of the live page is there."""
    return _done.is_set()


def wait(seconds: float) -> bool:
    """Wait until they are; whether they are."""
    return _done.wait(seconds)


def state() -> tuple[bool, str]:
    """All that a picture shows of it."""
    return done(), trouble()


def preparing() -> bool:
    """Whether they are being compiled or loaded: nothing else is to take the core."""
    return _preparing.is_set()


def trouble() -> str:
    """Why they will not come; "" while nothing went wrong."""
    return _trouble[-1] if _trouble else ""


def _by_points() -> None:
    dense.warm()
    labels.warm()


def _by_lines() -> None:
    warm_exact.warm()
    colours.warm()
    data_share.relu_data_variances(np.eye(2), [1.0], [1.0])


PARTS: tuple[Callable[[], None], ...] = (_by_points, _by_lines)  # each takes about as long


def warm() -> None:
    """Run every kernel once, on tiny inputs, here."""
    for part in PARTS:
        part()
    _done.set()


def prepare() -> None:
    """Have all kernels, whatever it takes; an error is told, not raised. For a thread."""
    _preparing.set()
    _trouble.clear()
    try:
        if jit.missing():
            with suppress(OSError):  # no process can be started: all are compiled here
                compile_apart()
        warm()
    except Exception as error:
        log.exception("the kernels could not be compiled")
        _trouble.append(f"{type(error).__name__}: {error}".strip())
    finally:
        _preparing.clear()


def compile_apart() -> bool:
    """Compile the parts in processes of their own, at the same time; whether that went well."""
    command = [sys.executable, "-m", "cellscope.model.warm"]
    folder = Path(__file__).parents[1]
    running = [
        subprocess.Popen([*command, str(part)], cwd=folder, stdin=subprocess.DEVNULL)
        for part in range(len(PARTS))
    ]
    for process in running:
        atexit.register(process.kill)
    ended = [process.wait() for process in running]
    for process in running:
        atexit.unregister(process.kill)
    return not any(ended)


def _main(part: str = "") -> int:
    if part:
        PARTS[int(part)]()
        return 0
    return int(bool(jit.missing()) and not compile_apart())


if __name__ == "__main__":
    sys.exit(_main(*sys.argv[1:]))
