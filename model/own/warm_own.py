"""Compile the kernels that cut graphs: for an image, or before a page opens its first one.

`python -m cellscope.model.own.warm_own` does it in a process of its own, which nothing holds up. A
server has it done ahead, by one that takes what others leave of the cores: `… warm_own ahead`.
"""

import atexit
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock

import numpy as np
import torch
from torch import nn

from cellscope.model import jit
from cellscope.model.own import cutting
from cellscope.model.own.cells import show
from cellscope.model.own.result import AtPoints, ExactCells, GridCells

_one_at_a_time = Lock()
_ahead: list[subprocess.Popen[bytes]] = []
LAST = 19  # how far a process gives way that nobody waits for


class Beside(nn.Module):
    """A sum of a layer and what goes past it."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(2, 4), nn.Linear(4, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """relu(A x) + B relu(A x), its sign."""
        h = torch.relu(self.first(x))
        return h + torch.relu(self.second(h) + self.first(x))


def warm() -> None:
    """Run every kernel once, on tiny graphs, here."""
    torch.manual_seed(0)
    clamped = nn.Sequential(nn.Linear(2, 4), nn.Hardtanh(), nn.Linear(4, 2))
    pooled = nn.Sequential(
        nn.Linear(2, 8), nn.Unflatten(1, (1, 8)), nn.MaxPool1d(4), nn.Flatten(), nn.Linear(2, 2)
    )
    curved = nn.Sequential(nn.Linear(2, 2), nn.Tanh(), nn.Linear(2, 2))
    none = np.zeros(2, np.int32)
    cutting.interpolate(np.zeros((2, 1)), none, none, np.zeros(2), 1)
    for module in (clamped, pooled, curved, Beside()):
        layer = 1 if module is curved else 2
        found = show(module, window=(-1, 1, -1, 1), layer=layer).result
        _ = found.counts, found.ids(3, 3)
        if isinstance(found, ExactCells):
            _ = found.cells.neighbours, found.cells.ids
            AtPoints(found.values).filled(np.zeros((1, 2)), (-1.0, 1.0, -1.0, 1.0), 1)
        else:
            assert isinstance(found, GridCells)


def prepare() -> None:
    """Have them compiled where they are not kept; whoever waits for them may wait here."""
    with _one_at_a_time:
        for process in _ahead:
            process.kill()  # what it has compiled is kept
        if jit.missing(graphs=True):
            with suppress(OSError):  # no process can be started: each is compiled where it is used
                _start().wait()


def prepare_ahead() -> None:
    """Have them compiled before anybody opens a graph. For a thread."""
    if jit.keeps() and jit.missing(graphs=True):
        process = _start("ahead")
        _ahead.append(process)
        atexit.register(process.kill)
        process.wait()


def _start(*options: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cellscope.model.own.warm_own", *options]
    folder = Path(__file__).parents[2]
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    if sys.argv[1:] == ["ahead"] and hasattr(os, "nice"):
        os.nice(LAST)
    warm()
