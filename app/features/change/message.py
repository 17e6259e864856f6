"""The meter of change as a message: the chart over the run, and what the newest interval was."""

from typing import Any

from cellscope.app.features.change.figure import change_figure
from cellscope.app.text.of_task import empty_until_played
from cellscope.app.text.texts import text
from cellscope.model.cells.count.change import Change, Stretch
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View


def change_message(
    snapshot: Snapshot, view: View, record: CountRecord, theme: str, language: str
) -> dict[str, Any]:
    """Of the view's layer and window, up to the step that is shown."""
    layer = min(view.layer, snapshot.spec.layers)
    stretch = record.stretch(snapshot.run, view.window, layer)
    if stretch is not None:
        return _of_stretch(stretch, theme, language)
    known = record.changes(snapshot.run, view.window, layer)
    changes = [one for one in known if one.last <= snapshot.shown_step]
    return {
        "type": "change",
        "stretch": False,
        "figure": change_figure(
            changes,
            theme,
            language,
            comes=snapshot.spec.is_exact,
            empty=empty_until_played("counts.empty", snapshot.spec),
        ),
        "step": changes[-1].last if changes else snapshot.shown_step,
        "caption": _caption(snapshot, changes, layer, language),
    }


def _of_stretch(stretch: Stretch, theme: str, language: str) -> dict[str, Any]:
    """Step by step, from the stretch's first step to where it is computed."""
    changes = stretch.changes
    last = changes[-1].last if changes else stretch.first
    said = text(
        "change.stretch",
        language,
        layer=stretch.layer,
        first=stretch.first,
        last=last,
        flips=sum(one.flipped for one in changes),
        born=sum(one.born for one in changes),
        gone=sum(one.gone for one in changes),
    )
    if not stretch.whole:
        said += " " + text("change.stretch.large", language, step=last)
    return {
        "type": "change",
        "stretch": True,
        "figure": change_figure(changes, theme, language, stretch=(stretch.first, stretch.last)),
        "step": last,
        "caption": said,
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
