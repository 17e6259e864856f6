"""What a worker does: it has a network and a window, and takes one tile after the other."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from cellscope.model.cells.exact.origin import Window
from cellscope.model.counting.sending import from_bytes, to_bytes
from cellscope.model.counting.tile import Key, Tile, count_tile
from cellscope.model.counting.tiling import Divided, divide, faces_of_a_tile, room
from cellscope.model.own.cutter import Cutter
from cellscope.model.own.errors import BudgetExceeded
from cellscope.model.own.evaluation import Evaluator
from cellscope.model.own.graph import Graph
from cellscope.model.own.plane import Plane


@dataclass(frozen=True, slots=True)
class Job:
    """A tile to be counted; every `stride`-th face is compared with the network itself."""

    key: Key
    window: Window
    stride: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A tile, or the parts of one that has too many faces; and what it took."""

    job: Job
    found: Tile | Divided
    who: str
    peak_mb: float


@dataclass(frozen=True, slots=True)
class Problem:
    """All that a worker needs to know."""

    graph: Graph
    plane: Plane
    window: Window
    layer: int

    def cutter(self) -> Cutter:
        """One for all tiles."""
        return Cutter(Evaluator(self.graph, self.plane, self.window, self.layer), self.window)


class Desk:
    """Where tiles are counted, one after the other, in this process.

    **Threads**: one at a time.
    """

    def __init__(self, problem: Problem, tile_faces: int | None = None) -> None:
        self.cutter = problem.cutter()
        self.budget = faces_of_a_tile(self.cutter) if tile_faces is None else tile_faces

    def do(self, job: Job) -> Answer:
        """Count a tile or divide it."""
        found: Tile | Divided
        budget = room(self.budget, job.key)
        with torch.no_grad():
            try:
                found = count_tile(self.cutter, job.key, job.window, budget, job.stride)
            except BudgetExceeded:
                found = divide(self.cutter, job.key, job.window, budget)
        return Answer(job, found, *own_peak())


def own_peak() -> tuple[str, float]:
    """The process that runs, and its peak in MB, as an `Answer` has them."""
    return f"{socket.gethostname()}:{os.getpid()}", peak_mb()


def peak_mb() -> float:
    """The most memory that this process has had, in MB."""
    try:
        # ru_maxrss would be the parent's where that is larger: it survives fork and exec.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024
    except (OSError, IndexError):
        return _peak_by_rusage()


def _peak_by_rusage() -> float:
    try:
        import resource
    except ImportError:  # Windows
        return 0.0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (2**20 if sys.platform == "darwin" else 2**10)


_desks: dict[str, Desk] = {}


def do_apart(name: str, problem: bytes, tile_faces: int | None, job: bytes) -> bytes:
    """A job on a cluster: its process keeps the network, by a name for this count."""
    if name not in _desks:
        torch.set_num_threads(1)
        _desks.clear()
        _desks[name] = Desk(from_bytes(problem), tile_faces)
    return to_bytes(_desks[name].do(from_bytes(job)))
