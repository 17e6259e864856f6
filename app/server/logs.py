"""What the server says while it runs: sentences, or with `CELLSCOPE_LOG=json` a JSON object a line.

Never an address, a name, or an id of an experiment.
"""

import json
import logging
import time
from asyncio import CancelledError
from typing import Any

from uvicorn.config import LOGGING_CONFIG

from cellscope.model.spec import SpecError

KINDS = ("text", "json")
EVERY_S = 60.0  # from a warning of the HTTP server to the next one in the same words
MOST_WORDS = 100
STOPPED = "Cancel %s running task(s), timeout graceful shutdown exceeded"
NO_TEXT = "Invalid UTF-8 sequence received from client."  # which uvicorn takes for an error
LOG = logging.getLogger("cellscope")


class Lines(logging.Formatter):
    """One JSON object for each event."""

    def format(self, record: logging.LogRecord) -> str:
        said = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0]:
            said["error"] = record.exc_info[0].__name__
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said)


class Seldom(logging.Filter):
    """Lets the same words through once in a while: whoever sends nonsense fills no disk."""

    def __init__(self, every_s: float = EVERY_S) -> None:
        super().__init__()
        self.every_s = every_s
        self._last: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is to be said."""
        if record.exc_info or record.levelno > logging.WARNING:
            return True
        words, now = str(record.msg), time.monotonic()
        if now - self._last.get(words, -self.every_s) < self.every_s:
            return False
        if len(self._last) > MOST_WORDS:
            self._last.clear()
        self._last[words] = now
        return True


class Theirs(logging.Filter):
    """What clients do wrong, or is broken off at the end, is no fault: it has no trace."""

    def filter(self, record: logging.LogRecord) -> bool:
        """All of it is to be said."""
        broken_off = record.exc_info and isinstance(record.exc_info[1], CancelledError)
        if broken_off:
            record.msg, record.args = "an answer was broken off", ()
        if broken_off or record.msg in (NO_TEXT, STOPPED):
            record.exc_info, record.exc_text = None, None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


THEIRS = Theirs()


def read_log(raw: str) -> str:
    if raw not in KINDS:
        raise SpecError("CELLSCOPE_LOG", "choice", raw, choices=", ".join(KINDS))
    return raw


def uvicorn_logging() -> dict[str, Any] | None:
    """How uvicorn is to log: as everything else does, once there is a way that everything does."""
    return None if logging.getLogger().handlers else LOGGING_CONFIG


def begin_logging(kind: str) -> None:
    """Events go to stderr; as JSON also what is no warning, such as the start and the end."""
    said = logging.getLogger("uvicorn.error")
    said.addFilter(THEIRS)
    said.addFilter(Seldom())
    if kind != "json":
        return
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    LOG.setLevel(logging.INFO)
