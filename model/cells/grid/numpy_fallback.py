"""Pictures in plain numpy, for the seconds in which the compiled kernels are not there yet.

Slower and less careful than `dense`: float64 without rescaling, colours by hash alone.
"""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.picture.palette import COLOURS
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

MIX = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ / golden ratio: spreads the rows' bytes over a hash
Indices = NDArray[np.uint8]


def plain_patterns(snapshot: Snapshot, view: View, layer: int) -> tuple[Indices, int]:
    """(palette indices, distinct patterns) of layer i, or of layers 1…i in region mode."""
    grid = Grid(view.window, view.pixels, view.pixels, snapshot.spec.features)
    ids = np.zeros(len(grid.points()), np.uint64)
    h = grid.inputs()
    with np.errstate(all="ignore"):
        rows = snapshot.spec.activations
        for number, (W, b) in enumerate(snapshot.weights[:layer], start=1):
            y = h @ W.T.astype(np.float64) + b
            row = rows[number - 1] if number <= len(rows) else None
            if number == layer or view.shows.joint:
                kinks = (row.kinks if row else ()) or (0.0,)
                signs = np.concatenate([y > kink for kink in kinks], axis=1)
                for column in np.packbits(signs, axis=1).T:
                    ids = (ids ^ column.astype(np.uint64)) * MIX
                    ids ^= ids >> np.uint64(29)
            h = row.value(y) if row else y
    indices = (ids % np.uint64(COLOURS)).astype(np.uint8)
    return indices.reshape(grid.shape), len(np.unique(ids))


def plain_logits(snapshot: Snapshot, view: View) -> NDArray[np.float64]:
    """The logits at the grid's points. (height, width, classes)"""
    grid = Grid(view.window, view.pixels, view.pixels, snapshot.spec.features)
    h = np.asarray(grid.inputs(), np.float64)
    with np.errstate(all="ignore"):
        for (W, b), row in zip(snapshot.weights, snapshot.spec.activations, strict=False):
            h = row.value(h @ W.T.astype(np.float64) + b)
        W, b = snapshot.weights[-1]
        return (h @ W.T.astype(np.float64) + b).reshape(*grid.shape, -1)


def plain_classes(snapshot: Snapshot, view: View) -> tuple[Indices, NDArray[np.float64]]:
    """(arg max class, its softmax probability) at the grid's points."""
    logits = plain_logits(snapshot, view)
    shifted = logits - logits.max(axis=2, keepdims=True)
    confidence = 1.0 / np.exp(shifted).sum(axis=2)
    return logits.argmax(axis=2).astype(np.uint8), confidence
