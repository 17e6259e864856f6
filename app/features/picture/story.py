"""One sentence at the picture: at first what its colours mean, then what has happened."""

from collections.abc import Sequence

from cellscope.app.stream.frames import is_linear, status_text
from cellscope.app.text.of_task import of_task
from cellscope.app.text.texts import text
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.cells.count.survey import LayerCounts
from cellscope.model.cells.picture.unit_picture import has_unit
from cellscope.model.spec import Spec
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
    if view.shows.of_layer and not _switches(snapshot.spec, layer, joint=view.shows.joint):
        key = "story.regions.graph" if view.shows.joint and layer > 1 else "story.cells.graph"
    now = (
        _recalled(snapshot, view, layers, layer, language)
        if snapshot.recalled
        else _happened(snapshot, view, record, layer, language)
    )
    if now and not view.shows.of_layer and snapshot.status != "diverged":
        now = text("story.of_layer", language, layer=layer, said=now)  # not what the picture shows
    return {"start": _start(key, snapshot, language, layer=layer), "now": now}


def _switches(spec: Spec, layer: int, *, joint: bool) -> bool:
    """Whether a pattern is which units are active: not of a maximum, nor of two kinks a unit."""
    if spec.graph is not None:
        return False
    every = [len(row.kinks) for row in spec.activations] + [1]  # the last one's is the sign
    return max(every[:layer] if joint else every[layer - 1 : layer]) < 2


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
