"""Jobs as messages: how far, how long still, and what there is of the result."""

import json
from collections.abc import Callable
from typing import Any

from cellscope.app.session.jobs import Progress
from cellscope.app.text.texts import text

# Kind of job -> its result as plain values for the page, in a language.
RESULTS: dict[str, Callable[[Any, str], dict[str, Any]]] = {}


def job_message(progress: Progress, language: str) -> str:
    """One state of a job, as JSON."""
    left = progress.seconds_left()
    message: dict[str, Any] = {
        "type": "job",
        "kind": progress.kind,
        "status": progress.status,
        "done": progress.done,
        "total": progress.total,
        "share": progress.share,
        "text": _said(progress, left, language),
    }
    if progress.result is not None and progress.kind in RESULTS:
        message["result"] = RESULTS[progress.kind](progress.result, language)
    return json.dumps(message)


def _said(progress: Progress, left: float | None, language: str) -> str:
    values = {"done": progress.done, "total": progress.total, "error": progress.error}
    if progress.waiting:
        return text("job.waiting", language)
    if left is not None:
        return text("job.left", language, seconds=max(1, round(left)), **values)
    return text(f"job.{progress.status}", language, **values)
