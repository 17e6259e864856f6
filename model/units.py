"""Units one by one: what each gives over the plane, its fold, and how layers are tied together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import Activation
from cellscope.model.cells.exact.boundaries import segments_between
from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.picture.complex_of import complex_of
from cellscope.model.inputs import with_features
from cellscope.model.training.edits import Unit
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import Window

Float = NDArray[np.float64]
ZERO = 127  # the index of 0 in a picture of values; 0 … 254 are −1 … 1 of the largest
CHUNK = 8192  # points at a time
FOLD_FACES = 60_000  # what a complex may have that a fold is read from


@dataclass(frozen=True, slots=True)
class Values:
    """A unit over the window: its picture, and the range of its output there."""

    indices: NDArray[np.uint8]  # (height, width), see `ZERO`
    low: float
    high: float


def outputs(
    weights: Sequence[tuple[NDArray[Any], NDArray[Any]]], rows: Sequence[Activation], points: Float
) -> Iterator[Float]:
    """What every layer gives at inputs (n, fan_in), (units, n); the last has no activation."""
    h = np.ascontiguousarray(points.T)
    with np.errstate(all="ignore"):  # overflow is a result here
        for number, (W, b) in enumerate(weights, start=1):
            y = W.astype(np.float64) @ h + b.astype(np.float64)[:, None]
            h = rows[number - 1].value(y) if number < len(weights) else y
            yield h


def over_plane(snapshot: Snapshot, points: Float, layers: int | None = None) -> Iterator[Float]:
    """What the first layers give at points (n, 2) of the picture, as (units, n) each."""
    spec = snapshot.spec
    return outputs(
        snapshot.weights[:layers], spec.activations, with_features(points, spec.features)
    )


def as_indices(values: Float) -> NDArray[np.uint8]:
    """Rows of values as palette indices, each by the largest of its own row; 0 alone is `ZERO`."""
    finite = np.nan_to_num(values, posinf=np.finfo(float).max, neginf=-np.finfo(float).max)
    top = np.abs(finite).max(axis=-1, keepdims=True)
    share = finite / np.where(top > 0, top, 1.0)
    level = np.ceil(np.abs(share) * ZERO).astype(np.int16)
    return (ZERO + np.sign(share).astype(np.int16) * level).astype(np.uint8)


def points_of(window: Window, side: int) -> Float:
    """The points of a grid, row by row from the top left. (side², 2)"""
    return Grid(window, side, side).points().astype(np.float64)


@dataclass(frozen=True, slots=True)
class Fold:
    """Where a unit bends, as segments (K, 4) in data units, and the range of its output.

    The range is exact but for rounding: what is affine on every face is largest at a corner.
    """

    segments: Float
    low: float
    high: float


def unit_values(snapshot: Snapshot, window: Window, unit: Unit, side: int) -> Values:
    """One unit over a window, in float64 at every point of the grid."""
    found = unit_at(snapshot, points_of(window, side), unit)
    indices = as_indices(found[None, :]).reshape(side, side)
    return Values(indices, float(found.min()), float(found.max()))


def unit_at(snapshot: Snapshot, plane: Float, unit: Unit) -> Float:
    """What one unit gives at points (n, 2) of the picture, after its activation. (n,)"""
    layer, row = unit
    points, found = with_features(plane, snapshot.spec.features), np.empty(len(plane))
    W, b = snapshot.weights[layer - 1]
    weights = [*snapshot.weights[: layer - 1], (W[row : row + 1], b[row : row + 1])]
    hidden = layer < snapshot.spec.layers
    for begin in range(0, len(points), CHUNK):
        *_, last = outputs(weights, snapshot.spec.activations, points[begin : begin + CHUNK])
        found[begin : begin + CHUNK] = last[0]
    return snapshot.spec.activations[layer - 1].value(found) if hidden else found


def fold_of(snapshot: Snapshot, window: Window, unit: Unit) -> Fold | None:
    """Where a unit bends, and how far its output goes; None where only a grid would know.

    Raises
    ------
    BudgetExceeded, BelowReach
        Where there is no exact complex.
    """
    if not snapshot.spec.is_exact:
        return None
    complex = complex_of(snapshot, window, unit[0], FOLD_FACES)
    at_corners = unit_at(snapshot, complex.vertices, unit)
    low, high = float(at_corners.min()), float(at_corners.max())
    return Fold(_segments(complex, snapshot, unit), low, high)


def _segments(complex: Complex, snapshot: Snapshot, unit: Unit) -> Float:
    layer, row = unit
    if layer < snapshot.spec.layers and len(snapshot.spec.activations[layer - 1].kinks) > 1:
        return _lines_of(complex, unit)
    word, bit = divmod(row, 64)
    active = (complex.layer_bits(layer)[:, word] >> np.uint64(bit)) & np.uint64(1)
    return segments_between(complex, active.astype(np.int64)).points


def _lines_of(complex: Complex, unit: Unit) -> Float:
    """All sides that a unit of several kinks has cut."""
    segments = segments_between(complex, np.arange(complex.faces))
    layer, row = unit
    return segments.points[(segments.layer == layer) & (segments.unit == row)]


def strongest(W: NDArray[Any], most: int) -> list[tuple[int, int, float]]:
    """The weights that count most, as (from, to, weight), the strongest last; 0 is no edge."""
    size = np.abs(W).ravel()
    chosen = np.argsort(size, kind="stable")[-most:]
    rows, columns = np.unravel_index(chosen, W.shape)
    return [
        (int(k), int(j), float(W[j, k]))
        for j, k in zip(rows, columns, strict=True)
        if W[j, k] != 0.0
    ]
