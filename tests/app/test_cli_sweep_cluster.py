"""`cellscope sweep --cluster`: a real scheduler and workers on loopback, some of them killed."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.browser.serving import ROOT

pytestmark = pytest.mark.long(seconds=60)
PATIENCE_S = 120.0
SWEEP = (
    *("sweep", "--width", "6", "--depth", "3", "--samples", "60", "--seeds", "10", "--steps", "40"),
    *("--axis", "weight_variance", "--values", "1/16, 1, 4"),
)


class Dask:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, stack: ExitStack, folder: Path, workers: int) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        here = ("--host", "127.0.0.1", "--no-dashboard")
        self.scheduler = _run(stack, "-m", "dask", "scheduler", "--port", str(port), *here)
        alone = ("--nthreads", "1", "--no-nanny", "--local-directory", str(folder))
        self.workers = [
            _run(stack, "-m", "dask", "worker", self.address, *alone, *here) for _ in range(workers)
        ]


def _run(stack: ExitStack, *command: str) -> subprocess.Popen[str]:
    quiet = os.environ | {"OMP_NUM_THREADS": "1", "DASK_LOGGING__DISTRIBUTED": "critical"}
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=quiet, stderr=subprocess.PIPE, text=True
        )
    )
    stack.callback(process.kill)
    return process


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    pytest.importorskip("distributed")
    with ExitStack() as stack:
        yield Dask(stack, tmp_path / "dask", 3)


def sweep(stack: ExitStack, *options: str) -> subprocess.Popen[str]:
    return _run(stack, "-m", "app", *SWEEP, *options)


def table(out: Path) -> str:
    with ExitStack() as stack:
        assert sweep(stack, "--out", str(out)).wait(PATIENCE_S) == 0
    return out.read_text()


def when_some_are_made(kept: Path, then: Callable[[], None]) -> None:
    """Wait until a few networks are there, and do something to those who make the others."""
    end = time.monotonic() + PATIENCE_S
    while not kept.exists() or len(kept.read_text().splitlines()) < 4:
        assert time.monotonic() < end
        time.sleep(0.02)
    then()


def test_a_killed_worker_costs_time_and_a_dead_scheduler_one_line(tmp_path: Path, dask: Dask):
    expected = table(tmp_path / "here.csv")
    kept, out = tmp_path / "kept.jsonl", tmp_path / "cluster.csv"
    given = ("--cluster", dask.address, "--resume", str(kept), "--out", str(out))
    with ExitStack() as stack:
        running = sweep(stack, *given)
        when_some_are_made(kept, dask.workers[0].kill)
        assert running.wait(PATIENCE_S) == 0
        assert out.read_text() == expected

        kept.unlink()
        running = sweep(stack, *given)
        when_some_are_made(kept, dask.scheduler.kill)
        _, said = running.communicate(timeout=PATIENCE_S)
        assert running.returncode == 2
        (line,) = said.splitlines()
        made = len(kept.read_text().splitlines()) - 1  # the first says which sweep it is
        assert f"after {made} of 30 networks" in line

        rest = ("--resume", str(kept), "--out", str(out))
        assert sweep(stack, *rest).wait(PATIENCE_S) == 0
        assert out.read_text() == expected
