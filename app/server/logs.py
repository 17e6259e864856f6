"""What the server says while it runs: sentences, or with `CELLSCOPE_LOG=json` a JSON object a line.

Never an address, a name, or an id of an experiment.
"""

import json
import logging
import time

from cellscope.model.spec import SpecError

KINDS = ("text", "json")
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


def read_log(raw: str) -> str:
    if raw not in KINDS:
        raise SpecError("CELLSCOPE_LOG", "choice", raw, choices=", ".join(KINDS))
    return raw


def begin_logging(kind: str) -> None:
    """Events go to stderr; as JSON also what is no warning, such as the start and the end."""
    if kind != "json":
        return
    handler = logging.StreamHandler()
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    LOG.setLevel(logging.INFO)
