"""The meter of change as a message: the chart over the run, and what the newest interval was."""

from typing import Any

from cellscope.app.features.change.figure import change_figure
from cellscope.app.text.texts import text
from cellscope.model.cells.count.change import Change
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View


def change_message(
    snapshot: Snapshot, view: View, record: CountRecord, theme: str, language: str
) -> dict[str, Any]:
    """Of the view's layer and window, up to the step that is shown."""
    layer = min(view.layer, snapshot.spec.layers)
    known = record.changes(snapshot.run, view.window, layer)
    changes = [one for one in known if one.last <= snapshot.shown_step]
    return {
        "type": "change",
        "figure": change_figure(changes, theme, language, comes=snapshot.spec.is_exact),
        "step": changes[-1].last if changes else snapshot.shown_step,
        "caption": _caption(snapshot, changes, layer, language),
    }


def _caption(snapshot: Snapshot, changes: list[Change], layer: int, language: str) -> str:
    """Both steps, and what happened between them."""
    if not changes:
        key = "none" if snapshot.spec.is_exact else snapshot.spec.why_grid
        return text(f"change.{key}", language, layer=layer)
    newest = changes[-1]
    return text(
        "change.caption",
        language,
        layer=layer,
        first=newest.first,
        last=newest.last,
        flipped=newest.flipped,
        points=newest.points,
        born=newest.born,
        gone=newest.gone,
        after=newest.after,
    )
