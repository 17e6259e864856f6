"""Frames: a picture and what it shows, as one binary message.

Layout: 4 bytes, little endian: length of the header; the header, UTF-8 JSON; the picture's
palette indices, one byte each, row by row from the top left; the lines' ends, four little endian
16-bit numbers each (`model.cells.picture.boundary_segments`); the lines' styles, one byte each.

Two networks side by side make one message of kind "both": a header with the first frame's length,
then the two frames, each with the layout above.
"""

import json
import struct
from math import inf
from typing import Any

from numpy.typing import NDArray

from cellscope.app.settings.comparison import headings
from cellscope.app.settings.mark import mark_of_shown
from cellscope.app.text.network_names import shown_text
from cellscope.app.text.numbers import fixed, number
from cellscope.app.text.of_task import of_task
from cellscope.app.text.texts import text
from cellscope.model import warm
from cellscope.model.cells.picture.picture import Picture
from cellscope.model.datasets import make_data, seen_data, split_of
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot, Status, Which
from cellscope.model.view import View, Window, mode_of

STEP_1_DID = 2.0  # a factor of the weights: a run that had less of it ends of something else


def encode(
    snapshot: Snapshot,
    view: View,
    picture: Picture,
    language: str,
    work_ms: float = 0.0,
    *,
    which: Which = "a",
    standing: Status | None = None,
) -> bytes:
    """The message for one (snapshot, view), whose picture took `work_ms` to draw.

    `standing` is what the run does while an earlier state of it is shown.
    """
    shown = snapshot.of(which)
    height, width = picture.indices.shape
    header = {
        "kind": "frame",
        "workMs": round(work_ms, 1),
        "version": snapshot.version,
        "run": snapshot.run,
        "step": shown.step,
        "status": _status(snapshot, standing),
        "recalled": standing is not None,
        "reproducible": snapshot.reproducible,
        "mark": mark_of_shown(snapshot),
        "goal": snapshot.goal or 0,
        "statusText": _standing_text(snapshot, standing, language),
        "rate": round(snapshot.steps_per_second),
        "epochText": _epochs(snapshot, language),
        "published": snapshot.published * 1000.0,
        "width": width,
        "height": height,
        "window": view.window,
        "mode": picture.mode,
        "unit": view.unit,
        "layer": picture.layer,
        "layers": shown.spec.layers,
        "classes": shown.spec.classes,
        "task": shown.spec.task,
        "count": picture.count,
        "countText": count_of(shown, picture, language),
        "note": note_text(shown, picture, view.window, language),
        "named": shown_text(shown, language),
        "shownStep": shown.shown_step,
        "exact": picture.exact,
        "lines": len(picture.lines.style),
        "edges": picture.lines.dropped > 0 and not len(picture.lines.style),
    }
    if snapshot.other is not None:
        header |= side_by_side(snapshot, which, language)
    return message(header, picture.indices, picture.lines.ends, picture.lines.style)


def epochs(step: int, batch_size: int, points: int) -> float:
    """How often the training points were seen after so many steps."""
    return step * min(batch_size, points) / points


def epoch_text(passed: float, language: str) -> str:
    """In no more room than its column has: tenths below 10 000, a power of ten from 10⁶ on."""
    if passed >= 1e6:
        return number(passed, language)
    return fixed(passed, language, 1 if passed < 1e4 else 0)


def _epochs(snapshot: Snapshot, language: str) -> str:
    points, _ = split_of(snapshot.spec)
    passed = epochs(snapshot.experiment_step, snapshot.spec.batch_size, points)
    return epoch_text(passed, language)


def encode_both(first: bytes, second: bytes) -> bytes:
    """Both frames of one published state as one message."""
    head = json.dumps({"kind": "both", "first": len(first)}, separators=(",", ":")).encode()
    return b"".join([struct.pack("<I", len(head)), head, first, second])


def side_by_side(snapshot: Snapshot, which: Which, language: str) -> dict[str, Any]:
    """What a frame says of its own network, beside what it says of the experiment."""
    assert snapshot.other is not None
    shown = snapshot.of(which)
    own, own_text = shown.own_status, _in_words(shown.own_status, shown, language)
    if snapshot.paired:
        heading = text("time.heading", language, step=shown.shown_step)
        own_text = "" if which == "b" else own_text
    else:
        heading = headings(snapshot.spec, snapshot.other.spec, language)[which == "b"]
    return {
        "which": which,
        "heading": heading,
        "own": own,
        "ownText": own_text,
        "experimentStep": snapshot.experiment_step,
    }


def message(header: dict[str, Any], *arrays: NDArray[Any]) -> bytes:
    """A header and arrays as one binary message."""
    head = json.dumps(header, separators=(",", ":")).encode()
    return b"".join([struct.pack("<I", len(head)), head, *(a.tobytes() for a in arrays)])


def _status(snapshot: Snapshot, standing: Status | None) -> Status:
    """What the page's buttons act on."""
    return standing if standing in ("training", "failed") else snapshot.status


def _standing_text(snapshot: Snapshot, standing: Status | None, language: str) -> str:
    """The state of the run; that of an earlier step says that it is one."""
    if standing is None or snapshot.status == "diverged" or standing == "failed":
        return status_text(snapshot, language)
    kind = "training" if standing == "training" else "paused"
    return text(f"status.recalled.{kind}", language)


def status_text(snapshot: Snapshot, language: str) -> str:
    """The state of the run in words; of two networks, what they do together."""
    if snapshot.other is not None and snapshot.status == "diverged" and not snapshot.paired:
        return text("compare.diverged", language, a=snapshot.step, b=snapshot.other.step)
    return _in_words(snapshot.status, snapshot, language)


def _in_words(status: Status, snapshot: Snapshot, language: str) -> str:
    if status == "diverged":
        return _diverged(snapshot, language)
    if status == "failed":
        return text("status.failed", language, error=snapshot.error)
    return text(f"status.{status}", language)


def _diverged(snapshot: Snapshot, language: str) -> str:
    """What step 1 did to the weights; where it did little or none knows, what is not finite."""
    if snapshot.step_1 is not None and STEP_1_DID <= snapshot.step_1 < inf:
        what = text("status.diverged.first", language, factor=snapshot.step_1)
    else:
        finite = snapshot.shown_step == snapshot.step
        what = text(f"status.diverged.{'logits' if finite else 'parameters'}", language)
    return text("status.diverged", language, step=snapshot.step, what=what)


def count_of(snapshot: Snapshot, picture: Picture, language: str) -> str:
    """What the picture counts; of a regression or of one unit, what its colours say."""
    if picture.unit is not None:
        return unit_text(snapshot.spec, picture, language)
    if picture.mode != "value":
        linear, curved = is_linear(snapshot), not snapshot.spec.is_exact
        return count_text(picture, language, linear=linear, curved=curved)
    low, high = make_data(snapshot.spec).reach
    pieces = ".regions" if picture.exact and picture.count > 1 else ""
    return text(f"count.value{pieces}", language, low=low, high=high, count=picture.count)


def count_text(
    picture: Picture, language: str, *, linear: bool = False, curved: bool = False
) -> str:
    """How many patterns or classes there are, and how that is known.

    A `linear` network has a single linear region, whatever signs its layers have; one that is
    `curved` by a smooth activation or further inputs has joint patterns, but no linear regions.
    """
    key = f"count.{picture.mode}"
    if (linear or curved) and mode_of(picture.mode).joint:
        key = "count.linear" if linear else "count.joint"
    if picture.exact and picture.mode == "cells" and picture.pieces is None:
        key = "count.cells.live"
    if key == "count.linear":
        return text(key, language)
    return text(
        key + ("" if picture.exact else ".grid") + (".one" if picture.count == 1 else ""),
        language,
        count=picture.count,
        pieces=picture.pieces,
        layer=picture.layer,
        of_layers=of_layers(picture.layer, language),
    )


def unit_text(spec: Spec, picture: Picture, language: str) -> str:
    """Whose output a picture shows, and its range."""
    assert picture.unit is not None
    (layer, unit), (low, high) = picture.unit, picture.values
    key = of_task("count.logit", spec) if layer == spec.layers else "count.unit"
    return text(key, language, layer=layer, unit=unit, low=low, high=high)


def of_layers(layer: int, language: str) -> str:
    """Of layers 1…3; of the first alone: of layer 1."""
    return text("of_layers" if layer > 1 else "of_layers.one", language, layer=layer)


def is_linear(snapshot: Snapshot) -> bool:
    """Whether the whole network is one affine map."""
    return snapshot.spec.folding_layers == 0


def note_text(snapshot: Snapshot, picture: Picture, window: Window, language: str) -> str:
    """What one must know to read the picture right; often nothing."""
    notes: list[str] = []
    if snapshot.spec.opened is not None and not points_inside(snapshot.spec, window):
        notes.append(text("opened.none_inside", language))
    if snapshot.shown_step != snapshot.step:
        notes.append(text("note.shown_step", language, step=snapshot.shown_step))
    if picture.why_grid:
        notes.append(text(f"note.grid.{picture.why_grid}", language, why=warm.trouble()))
    if picture.on_grid is not None:
        missed = picture.count - picture.on_grid
        notes.append(text("note.on_grid", language, seen=picture.on_grid, missed=missed))
    linear = is_linear(snapshot)
    mode = mode_of(picture.mode)
    if mode.of_layer and not (mode.joint and linear):
        if picture.colours < picture.count:
            notes.append(text("note.colours", language, colours=picture.colours))
        if linear and picture.count > 1:
            notes.append(text("note.identity", language))
        if snapshot.spec.is_homogeneous and zero_biases(snapshot):
            notes.append(text("note.wedges", language))
    if picture.lines.dropped:
        # The folds of classes are as few at rest.
        later = snapshot.status == "training" and mode.of_layer
        at_rest = "" if later else ".rest"
        notes.append(text(f"note.lines{at_rest}", language))
    return " · ".join(notes)


def points_inside(spec: Spec, window: Window) -> bool:
    """Whether a point of the data lies in the window; of stand-ins none is asked."""
    if spec.opened is not None and spec.opened.still == "data":
        return True
    data, (x0, x1, y0, y1) = seen_data(spec), window
    return any(
        bool(((x >= (x0, y0)) & (x <= (x1, y1))).all(axis=1).any())
        for x in (data.train_x, data.test_x)
    )


def zero_biases(snapshot: Snapshot) -> bool:
    """Whether the network is positively homogeneous, so that every cell is a wedge."""
    return all(not b.any() for _, b in snapshot.weights)
