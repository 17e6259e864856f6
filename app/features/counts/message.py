"""Exercise 2.7 as a message: counts of cells over the run."""

from typing import Any

from cellscope.app.features.counts.figure import beyond_axis, counts_figure
from cellscope.app.text.of_task import empty_until_played
from cellscope.app.text.texts import text
from cellscope.model.cells.count.count_history import CountCurves, CountRecord
from cellscope.model.cells.count.film_strip import bounds_of
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View


def counts_message(
    snapshot: Snapshot, view: View, record: CountRecord, theme: str, language: str
) -> dict[str, Any]:
    """The chart and its caption for the view's layer, mode and window."""
    layer = min(view.layer, snapshot.spec.layers)
    mode = view.shows.counted
    curves = record.curves(snapshot.run, view.window, layer, mode)
    bounds = bounds_of(snapshot, layer, mode)
    shown = _until(curves, snapshot)
    comes = snapshot.recalled and not record.is_given_up(snapshot.run, view.window, layer)
    levels: dict[str, float] = {"sign_vectors": bounds.sign_vectors}
    if bounds.maximum is not None:
        levels["maximum"] = bounds.maximum
    if bounds.typical is not None:
        levels["typical"] = bounds.typical
    if curves.window:
        levels["points"] = curves.window[-1][3]
    return {
        "type": "counts",
        "figure": counts_figure(
            curves,
            levels,
            theme,
            language,
            at=snapshot.shown_step if snapshot.recalled else None,
            comes=snapshot.spec.is_exact,
            empty=empty_until_played("counts.empty", snapshot.spec),
        ),
        "step": shown.window[-1][0] if shown.window else snapshot.shown_step,
        "caption": _caption(snapshot, shown, beyond_axis(curves, levels), language, comes=comes),
    }


def _until(curves: CountCurves, snapshot: Snapshot) -> CountCurves:
    """What was counted up to the step that is shown."""
    if not snapshot.recalled:
        return curves
    step = snapshot.shown_step
    return CountCurves(
        tuple(point for point in curves.window if point[0] <= step),
        tuple(point for point in curves.plane if point[0] <= step),
    )


def _caption(
    snapshot: Snapshot,
    curves: CountCurves,
    beyond: tuple[str, ...],
    language: str,
    *,
    comes: bool,
) -> str:
    """How many hold data, since when that is recorded, and what is not drawn.

    Of a branch that nobody saw it `comes` once training stands still.
    """
    if not curves.window:
        why = "too_many" if snapshot.spec.is_exact else snapshot.spec.why_grid
        why = "branch" if comes and why == "too_many" else why
        return text(f"counts.none.{why}", language)
    _, window, filled, points = curves.window[-1]
    said = text(
        "counts.caption",
        language,
        window=window,
        filled=filled,
        points=points,
    )
    first = curves.window[0][0]
    notes = [said]
    if first:
        notes.append(text("counts.since", language, step=first))
    if beyond:
        names = ", ".join(text(f"counts.{key}", language) for key in beyond)
        notes.append(text("counts.beyond", language, names=names))
    return " · ".join(notes)
