"""A served Cellscope, as `python -m app serve` starts it, and the Chromium that looks at it."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

from playwright.sync_api import Playwright

ROOT = Path(__file__).parents[2]
START_S = 120.0  # a cold start on a busy machine: numba compiles what no cache holds yet
BROWSERS = ("/usr/bin/chromium", "chromium-browser", "google-chrome")
NO_BROWSER = (
    "the browser tests need Chromium (Debian: apt-get install chromium; "
    "macOS: brew install --cask chromium), or CHROMIUM=/path/to/it"
)


class Server:
    """`python -m app serve` on a free port, which stays its own when it is started again."""

    def __init__(self, *options: str) -> None:
        self.options = options
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        host = options[options.index("--host") + 1] if "--host" in options else "127.0.0.1"
        self.url = f"http://{host}:{self.port}/"

    def start(self) -> None:
        """Run it and wait for the line that says it answers."""
        command = [sys.executable, "-m", "app", "serve", "--port", str(self.port), *self.options]
        environment = os.environ | {"CELLSCOPE_POLICY": "strict"}  # as where others can reach it
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said: list[str] = []
        self.answers = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        assert self.answers.wait(START_S), f"the server did not start: {self.said}"
        assert self.said[0] == f"Cellscope is running at {self.url}\n", self.said

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.said.append(line)
                self.answers.set()
        self.answers.set()  # it ended, perhaps without a word

    def stop(self) -> None:
        """Ask it to end: it does, with status 0 and without complaint."""
        self.process.send_signal(signal.SIGTERM)
        assert self._wait() == 0
        assert len(self.said) == 1, f"the server said more than where it runs: {self.said}"

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self._wait()

    def _wait(self) -> int:
        try:
            return self.process.wait(timeout=30.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self.reader.join(timeout=30.0)


def find_chromium(playwright: Playwright) -> str | None:
    """$CHROMIUM, the system's, or Playwright's own; None where there is none of them."""
    asked = os.environ.get("CHROMIUM")
    candidates = (asked,) if asked else (*BROWSERS, playwright.chromium.executable_path)
    return next(filter(None, map(shutil.which, candidates)), None)
