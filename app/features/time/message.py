"""The time line as a message: how far the runs go, what happened on the way, what is kept."""

from collections.abc import Sequence
from typing import Any

from cellscope.app.session.looking_back import Time
from cellscope.app.text.numbers import fixed
from cellscope.app.text.texts import text
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.recording.recording import Recording
from cellscope.model.recording.room import MIB
from cellscope.model.view import View

Mark = dict[str, Any]
MOST_EDITS = 24  # marks: a drag while it trains makes one at every step


def time_message(time: Time, view: View, record: CountRecord, language: str) -> dict[str, Any]:
    """What the row below the picture shows."""
    session = time.session
    recorder, latest = session.trainer.recorder, session.latest
    shown = time.past or latest
    here = recorder.find(shown.run) or recorder.now
    last = latest.experiment_step if here is recorder.now else here.last
    return {
        "type": "timeline",
        "run": here.run,
        "last": max(last, shown.experiment_step),
        "step": shown.experiment_step,
        "recalled": time.looking_back,
        "asked": time.wish is not None,
        "now": {"run": latest.run, "step": latest.experiment_step},
        "branches": _branches(recorder.branches, latest.experiment_step, language),
        "marks": _marks(here, view, record, language),
        "kept": _kept(time, language),
        "waits": time.waits,
        "stop": session.trainer.stop,
        "paired": time.pairing,
        "alone": shown.other is None or shown.paired,
        "replaying": time.progress and time.progress[0] / max(1, time.progress[1]),
    }


def _branches(branches: Sequence[Recording], now: int, language: str) -> list[dict[str, Any]]:
    """The runs, oldest first; each is named by its last step and where it left another."""
    numbers = {branch.run: k + 1 for k, branch in enumerate(branches)}
    lasts = [*(branch.last for branch in branches[:-1]), now]
    return [
        {
            "run": branch.run,
            "last": last,
            "name": _branch_name(branch, last, numbers, language),
        }
        for branch, last in zip(branches, lasts, strict=True)
    ]


def _branch_name(branch: Recording, last: int, numbers: dict[int, int], language: str) -> str:
    number = numbers[branch.run]
    if branch.parent is None or branch.parent[0] not in numbers:
        return text("time.branch", language, number=number, last=last)
    parent, left = branch.parent
    return text(
        "time.branch.of", language, number=number, last=last, step=left, parent=numbers[parent]
    )


def _marks(here: Recording, view: View, record: CountRecord, language: str) -> list[Mark]:
    """Steps at which something happened, each with its words."""
    marks = [
        _mark("change", step, text("time.mark.change", language, step=step))
        for step in here.changes()
    ]
    edited = here.edited()
    marks += [
        _mark("change", step, text("time.mark.edit", language, step=step))
        for step in edited[:: max(1, len(edited) // MOST_EDITS)]
    ]
    for k in range(len(here.tracks)):
        end = here.track(k).end
        if end is not None:
            key = "time.mark.diverged" + ("" if end.nonfinite_layer is None else ".layer")
            said = text(key, language, step=end.step, layer=end.nonfinite_layer)
            marks.append(_mark("diverged", end.step, said))
    if here.parent is not None:
        step = here.parent[1]
        marks.append(_mark("branch", step, text("time.mark.branch", language, step=step)))
    return [*marks, *_peak(here, view, record, language)]


def _peak(here: Recording, view: View, record: CountRecord, language: str) -> list[Mark]:
    """The step with the most cells among those that were counted."""
    layer = min(view.layer, here.specs[0].layers)
    mode = view.shows.counted
    counted = record.curves(here.run, view.window, layer, mode).window
    if len(counted) < 3:
        return []
    step, most = max(counted, key=lambda point: point[1])[:2]
    said = text(f"time.mark.peak.{mode}", language, step=step, most=most, counted=len(counted))
    return [_mark("peak", step, said)]


def _mark(kind: str, step: int, said: str) -> Mark:
    return {"kind": kind, "step": step, "text": said}


def _kept(time: Time, language: str) -> str:
    """How coarse the recording is, and how much memory it takes of what it may."""
    kept = time.session.trainer.recorder.kept
    used, most = (fixed(value / MIB, language, 1) for value in (kept.nbytes, kept.allowed))
    now = time.session.trainer.recorder.now
    key = "time.kept" if now.keyframes else "time.kept.none"
    said = text(key, language, spacing=kept.spacing, used=used, most=most)
    between = text("time.elsewhere" if now.elsewhere else "time.exact", language)
    return f"{said} {between}"
