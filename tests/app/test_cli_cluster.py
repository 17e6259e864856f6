"""`--cluster` of sweeps and counts: a real scheduler on loopback, and workers that are killed."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import numpy as np
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


def _run(stack: ExitStack, *command: str, out: bool = False) -> subprocess.Popen[str]:
    quiet = os.environ | {"OMP_NUM_THREADS": "1", "DASK_LOGGING__DISTRIBUTED": "critical"}
    process = stack.enter_context(
        subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=quiet,
            stderr=subprocess.PIPE,
            text=True,
            stdout=subprocess.PIPE if out else None,
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


def test_a_count_outlives_its_workers_and_goes_on_when_the_scheduler_has_died(
    tmp_path: Path, dask: Dask
):
    network, kept = tmp_path / "network.npz", tmp_path / "count.jsonl"
    rng, sizes = np.random.default_rng(0), (2, 128, 128, 128, 128, 128, 2)
    arrays = dict[str, np.ndarray]()
    for k, (a, b) in enumerate(pairwise(sizes)):
        arrays[f"W{k}"], arrays[f"b{k}"] = rng.normal(0, (2 / a) ** 0.5, (b, a)), rng.normal(size=b)
    np.savez(network, **arrays)  # pyright: ignore[reportArgumentType]
    command = ("-m", "app", "count", str(network), "--window", "-6", "6", "-6", "6", "--json")
    given = ("--cluster", dask.address, "--resume", str(kept))
    with ExitStack() as stack:
        running = _run(stack, *command, *given, out=True)
        when_some_are_made(kept, dask.workers[0].kill)
        said, errors = running.communicate(timeout=PATIENCE_S)
        assert not running.returncode, errors
        expected = json.loads(said)
        assert all(expected["certificate"].values())

        kept.unlink()
        running = _run(stack, *command, *given)
        when_some_are_made(kept, dask.scheduler.kill)
        _, said = running.communicate(timeout=PATIENCE_S)
        assert running.returncode == 2, said
        (line,) = said.splitlines()
        assert line.startswith("cellscope: --cluster: its scheduler is gone")
        assert "tiles are kept" in line

        said, _ = _run(stack, *command, "--resume", str(kept), out=True).communicate()
        assert json.loads(said)["linear_regions"] == expected["linear_regions"]
