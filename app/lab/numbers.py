"""What a teacher sees: counts by question, runs, load. No row for a person, no names, no ids."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from cellscope.app.features.sheet.table import QUESTIONS
from cellscope.app.hall.halls import Halls
from cellscope.app.server.metrics import Metrics, waiting_in
from cellscope.app.session.memory import resident
from cellscope.app.session.sessions import Sessions
from cellscope.app.stream.viewer import Viewer

STAGES = ("open", "predicted", "passed")


def lab_numbers(
    sessions: Sessions, halls: Halls, metrics: Metrics, pools: Iterable[tuple[str, object]]
) -> dict[str, Any]:
    """All of it, as of now."""
    living = sessions.living()
    pages = [viewer for one in living for viewer in one.viewers if isinstance(viewer, Viewer)]
    statuses = Counter(session.latest.status for session in living)
    return {
        "experiments": len(living),
        "most": sessions.limits.sessions,
        "watched": sum(bool(session.viewers) for session in living),
        "runs": {name: statuses[name] for name in ("training", "paused", "diverged", "failed")},
        "questions": _questions(pages),
        "rooms": halls.count(),
        "followers": halls.followers(),
        "frames": round(metrics.total("cellscope_frames_total")),
        "steps": round(metrics.total("cellscope_steps_total")),
        "megabytes": round(resident() / 2**20),
        "waiting": sum(waiting_in(pool) for _, pool in pools),
    }


def _questions(pages: Iterable[Viewer]) -> list[dict[str, Any]]:
    """Of each question: pages that have it open, and how far they are."""
    counted = {name: Counter[str]() for name in QUESTIONS}
    for page in pages:
        lesson = page.lesson
        if lesson is not None:
            stage = "predicted" if lesson.prediction else "passed" if lesson.passed else "open"
            counted[lesson.question.name][stage] += 1
    return [{"name": name} | {s: counts[s] for s in STAGES} for name, counts in counted.items()]
