"""Programs that serve a page on a free port, the Chromium that looks at it, and what both cost."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parents[2]
START_S = 120.0  # on a busy machine
# No sandbox: in a container there may be none, and it only ever sees our own pages.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@dataclass(frozen=True)
class Served:
    """A running server."""

    url: str
    pid: int
    started: float  # on the clock of time.perf_counter

    def cpu_seconds(self) -> float:
        """CPU time of the process so far."""
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system


@contextmanager
def serving(*command: str, environment: Mapping[str, str] | None = None) -> Generator[Served]:
    """`python -m COMMAND … --port PORT`, from its first answer on; ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", *command, "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdout=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}/"
        _until_it_answers(url, process)
        yield Served(url, process.pid, started)
    finally:
        process.terminate()
        try:
            process.wait(timeout=20.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_it_answers(url: str, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with status {process.returncode}")
        try:
            with urlopen(url, timeout=START_S):
                return
        except (URLError, ConnectionError):
            time.sleep(0.02)
    raise TimeoutError(f"no answer from {url} within {START_S:.0f} s")


@contextmanager
def chromium() -> Generator[Browser]:
    """The system's browser, or that of $CHROMIUM, headless."""
    path = shutil.which(os.environ.get("CHROMIUM") or "chromium")
    if path is None:
        raise RuntimeError(
            "needs Chromium (Debian: apt-get install chromium), or CHROMIUM=/its/path"
        )
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=path, args=FLAGS) as browser,
    ):
        yield browser


def machine_cpu_seconds() -> float:
    """CPU time so far of everything that runs on the machine."""
    times = psutil.cpu_times()
    return times.user + times.system + getattr(times, "nice", 0.0)


def browser_cpu_seconds() -> float:
    """CPU time so far of all the browser's processes that live."""
    total = 0.0
    for child in psutil.Process().children(recursive=True):
        try:
            if "chrom" in child.name():
                times = child.cpu_times()
                total += times.user + times.system
        except psutil.NoSuchProcess:
            continue
    return total
