"""The drawing as a binary message, and what is said of one unit."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.app.features.network.focus import SHOWN
from cellscope.app.stream.frames import message
from cellscope.app.text.numbers import number
from cellscope.app.text.of_task import of_task
from cellscope.app.text.texts import text
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.grid.patterns import NoPolygons
from cellscope.model.datasets import make_data
from cellscope.model.inputs import train_inputs, with_features
from cellscope.model.spec import Spec
from cellscope.model.training.edits import Unit
from cellscope.model.training.snapshot import Snapshot, Which
from cellscope.model.units import (
    Float,
    Fold,
    as_indices,
    fold_of,
    outputs,
    over_plane,
    points_of,
    strongest,
    unit_values,
)
from cellscope.model.view import Window

SIDE = 25  # points per side of a unit's small picture
MOST_EDGES = 48  # between two layers: more would be a hairball
MOST_FOLD = 4_000  # segments of a fold that are drawn
GRID_SIDE = 201  # points, for the range of what a unit gives where it is not known exactly


def drawing(snapshot: Snapshot, window: Window, first: int, which: Which, language: str) -> bytes:
    """Layers, units, edges; then the pictures of the inputs and of the units, layer by layer."""
    spec = snapshot.spec
    points = points_of(window, SIDE)
    layers: list[dict[str, int]] = []
    taken = with_features(points, spec.features)
    pictures = [as_indices(taken.T).tobytes()]
    for number_, values in enumerate(over_plane(snapshot, points), start=1):
        begin = max(0, min(first, spec.sizes[number_] - SHOWN))
        rows = values[begin : begin + SHOWN]
        layers.append({"first": begin, "shown": len(rows)})
        pictures.append(as_indices(rows).tobytes())
    holds = snapshot.holds
    header: dict[str, Any] = {
        "kind": "network",
        "version": snapshot.version,
        "step": snapshot.shown_step,
        "which": which,
        "side": SIDE,
        "sizes": sizes_of(spec),
        "inputs": ["x₁", "x₂", *(text(f"choice.features.{f}", language) for f in spec.features)],
        "turns": spec.cut is None,  # whether a line of layer 1 has two weights of its own
        "layers": layers,
        "edges": _edges(snapshot, layers),
        "lines": [] if spec.features else _lines(snapshot),
        "frozen": _units(holds.frozen),
        "off": _units(holds.off),
    }
    body = np.frombuffer(b"".join(pictures), np.uint8)
    return message(header, body)


def sizes_of(spec: Spec) -> tuple[int, ...]:
    """Of the inputs, which are those of the picture's plane, and of the layers."""
    return (2 + len(spec.features), *spec.sizes[1:])


def _lines(snapshot: Snapshot) -> list[list[float]]:
    """Of layer 1, w₁ x₁ + w₂ x₂ + b = 0."""
    return [[*map(float, w), float(b)] for w, b in zip(*snapshot.weights[0], strict=True)]


def _edges(snapshot: Snapshot, layers: list[dict[str, int]]) -> list[list[list[float]]]:
    """Of each layer its strongest weights among the units that are seen, (from, to, share).

    The share is of the layer's largest weight, all its units counted.
    """
    edges: list[list[list[float]]] = []
    before = {"first": 0, "shown": snapshot.weights[0][0].shape[1]}
    for (W, _), layer in zip(snapshot.weights, layers, strict=True):
        rows = slice(layer["first"], layer["first"] + layer["shown"])
        columns = slice(before["first"], before["first"] + before["shown"])
        top = float(np.abs(W).max()) or 1.0
        edges.append(
            [
                [k + before["first"], j + layer["first"], round(w / top, 4)]
                for k, j, w in strongest(W[rows, columns], MOST_EDGES)
            ]
        )
        before = layer
    return edges


def _units(units: frozenset[Unit]) -> list[list[int]]:
    return [[layer, row + 1] for layer, row in sorted(units)]


def about(snapshot: Snapshot, window: Window, unit: Unit, which: Which, language: str) -> str:
    """One unit: its fold, its output, its numbers; an answer as JSON."""
    layer, row = unit
    spec = snapshot.spec
    W, b = snapshot.full_weights[layer - 1]
    x = train_inputs(spec, make_data(spec))
    own = snapshot.full_weights if x.shape[1] == spec.sizes[0] else snapshot.weights
    *_, on_data = outputs(own[:layer], spec.activations, x)
    hidden = layer < spec.layers
    active = float((on_data[row] > 0).mean())
    fold, why = _fold(snapshot, window, unit)
    range_of = fold or unit_values(snapshot, window, unit, GRID_SIDE)
    out = snapshot.weights[layer][0][:, row] if hidden else None
    said = [
        text(
            _about(hidden, spec),
            language,
            low=range_of.low,
            high=range_of.high,
            share=number(100 * active, language, 3),
            step=snapshot.shown_step,
        ),
        *([] if out is None else [_carried(out, language)]),
        *([text(f"network.no_fold.{why}", language)] if why else []),
    ]
    return json.dumps(
        {
            "type": "unit",
            "which": which,
            "version": snapshot.version,
            "step": snapshot.shown_step,
            "layer": layer,
            "unit": row + 1,
            "sizes": sizes_of(spec),
            "title": text(_called(hidden, snapshot.spec), language, **_named(unit)),
            "text": " ".join(said),
            "bias": _exact(b[row]),
            "weights": [_exact(w) for w in W[row]],
            "out": [] if out is None else [float(w) for w in out],
            "holding": snapshot.holds.of(unit),
            "hidden": hidden,
            "fold": [] if fold is None else _rounded(fold.segments),
        }
    )


def _about(hidden: bool, spec: Spec) -> str:
    """On how many of the points it is active is known where there are points."""
    return f"network.about{'' if hidden else '.last'}{'' if spec.has_points else '.unseen'}"


def _carried(out: NDArray[np.floating[Any]], language: str) -> str:
    """The length of the weights by which the next layer takes what the unit gives."""
    length = float(np.sqrt((out.astype(np.float64) ** 2).sum()))
    return text("network.carries", language, carried=number(length, language))


def _called(hidden: bool, spec: Spec) -> str:
    return "network.unit" if hidden else of_task("network.logit", spec)


def _named(unit: Unit) -> dict[str, int]:
    return {"layer": unit[0], "unit": unit[1] + 1}


def _exact(value: Any) -> str:
    """The shortest number that is just this one in float32."""
    return str(np.float32(value))


def _fold(snapshot: Snapshot, window: Window, unit: Unit) -> tuple[Fold | None, str]:
    """Its fold; why it has no segments, if that is so."""
    try:
        fold = fold_of(snapshot, window, unit)
    except BudgetExceeded:
        return None, "budget"
    except NoPolygons:
        return None, "reach"
    if fold is None:
        return None, "curved" if _has_fold(snapshot.spec, unit) else "activation"
    return fold, "" if len(fold.segments) else "outside"


def _has_fold(spec: Spec, unit: Unit) -> bool:
    """Whether its own activation has kinks; a logit is one class or the other at 0."""
    return unit[0] == spec.layers or spec.activations[unit[0] - 1].exact


def _rounded(segments: Float) -> list[float]:
    """One after the other."""
    return [round(float(v), 9) for v in segments[:MOST_FOLD].ravel()]
