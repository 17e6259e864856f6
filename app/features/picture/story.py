"""One sentence at the picture: at first what its colours mean, then what has happened."""

from collections.abc import Sequence

from cellscope.app.stream.frames import is_linear, status_text
from cellscope.app.text.of_task import of_task
from cellscope.app.text.texts import text
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.cells.count.survey import LayerCounts
from cellscope.model.cells.picture.unit_picture import has_unit
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View, mode_for


def stories(
    snapshot: Snapshot,
    view: View,
    record: CountRecord,
    language: str,
    layers: Sequence[LayerCounts] = (),
) -> dict[str, str]:
    """`start` is for who has not pressed play yet, `now` for everybody else.

    `layers` are the counts of this very step, which the record of a run may not have.
    """
    if view.unit is not None and has_unit(snapshot.spec.sizes, view.unit):
        return dict.fromkeys(("start", "now"), _of_unit(snapshot, view.unit, language))
    layer = min(view.layer, snapshot.spec.layers)
    if view.shows.joint and is_linear(snapshot):  # its sign patterns are no regions
        return {"start": _start("story.regions.linear", snapshot, language), "now": ""}
    mode = mode_for(view.mode, snapshot.spec.task)
    key = f"story.{mode}" + (".one" if view.shows.joint and layer == 1 else "")
    if snapshot.spec.graph is not None and view.shows.of_layer:  # a maximum is not active
        key = f"story.{mode}.graph"
    now = (
        _recalled(snapshot, view, layers, layer, language)
        if snapshot.recalled
        else _happened(snapshot, view, record, layer, language)
    )
    if now and not view.shows.of_layer and snapshot.status != "diverged":
        now = text("story.of_layer", language, layer=layer, said=now)  # not what the picture shows
    return {"start": _start(key, snapshot, language, layer=layer), "now": now}


def _of_unit(snapshot: Snapshot, unit: tuple[int, int], language: str) -> str:
    """Of the picture of one unit nothing is said of cells."""
    layer, number = unit
    last = layer == snapshot.spec.layers
    key = of_task("story.logit", snapshot.spec) if last else "story.unit"
    return text(key, language, layer=layer, unit=number)


def _start(key: str, snapshot: Snapshot, language: str, **values: object) -> str:
    """What is seen, and what to do next."""
    said = text(key, language, **values)
    return text("story.play", language, said=said) if snapshot.spec.trains else said


def _recalled(
    snapshot: Snapshot, view: View, layers: Sequence[LayerCounts], layer: int, language: str
) -> str:
    """How many cells there are at an earlier step."""
    mode = view.shows.counted
    for counts in layers:
        if counts.layer == layer:
            now, filled = counts.of(mode)
            step = snapshot.shown_step
            return text(f"story.step.{mode}", language, step=step, now=now, filled=filled)
    return ""


def _happened(
    snapshot: Snapshot, view: View, record: CountRecord, layer: int, language: str
) -> str:
    """How many cells there were at first and are now; nothing where nobody counts them."""
    if snapshot.status == "diverged":
        return status_text(snapshot, language)
    mode = view.shows.counted
    counted = record.curves(snapshot.run, view.window, layer, mode).window
    if not counted or counted[-1][0] != snapshot.shown_step:
        return ""
    step, now, filled, _ = counted[-1]
    before = counted[0][1]
    if len(counted) == 1:
        return text(f"story.step.{mode}", language, step=step, now=now, filled=filled)
    return text(
        f"story.happened.{mode}", language, step=step, before=before, now=now, filled=filled
    )
