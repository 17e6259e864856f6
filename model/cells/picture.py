"""`Picture`: what one view of one snapshot shows, as palette indices and counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.cells.colours import assign_colours
from model.cells.dense import (
    class_picture,
    compact,
    confidence_picture,
    joint_pattern_ids,
    neighbour_pairs,
    pattern_ids,
)
from model.cells.grid import Grid
from model.training.snapshot import Snapshot
from model.view import View

CONFIDENCE_LEVELS = 32  # per class: 8 classes fill the 256 values of a byte


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture. Row 0 is the top (y1), column 0 the left (x0)."""

    indices: NDArray[np.uint8]  # (height, width); the palette depends on the mode
    mode: str
    layer: int
    count: int  # distinct patterns (cells, regions) or classes that occur on the grid
    colours: int  # how many different colours they have
    exact: bool  # whether `count` is of the plane's geometry, not of the grid's points


def draw(snapshot: Snapshot, view: View) -> Picture:
    """The picture of a snapshot; a layer beyond the last one shows the last."""
    grid = Grid(view.window, view.pixels, view.pixels)
    layer = min(view.layer, snapshot.spec.layers)
    if view.mode in ("cells", "regions"):
        return _patterns(snapshot, view.mode, layer, grid)
    return _classes(snapshot, view.mode, layer, grid)


def _patterns(snapshot: Snapshot, mode: str, layer: int, grid: Grid) -> Picture:
    ids_of = pattern_ids if mode == "cells" else joint_pattern_ids
    ids = ids_of(snapshot.weights, snapshot.spec.activation, grid, layer)
    labels, distinct = compact(ids)
    colours = assign_colours(distinct, neighbour_pairs(labels))
    return Picture(
        indices=colours[labels],
        mode=mode,
        layer=layer,
        count=len(distinct),
        colours=len(np.unique(colours)),
        exact=False,
    )


def _classes(snapshot: Snapshot, mode: str, layer: int, grid: Grid) -> Picture:
    weights, activation = snapshot.weights, snapshot.spec.activation
    if mode == "classes":
        indices = class_picture(weights, activation, grid)
        classes = indices
    else:
        classes, confidence = confidence_picture(weights, activation, grid)
        indices = confidence_indices(confidence, classes)
    count = len(np.unique(classes))
    return Picture(indices, mode, layer, count=count, colours=count, exact=False)


def confidence_indices(
    confidence: NDArray[np.floating], classes: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """class · 32 + level, the level linear in the softmax probability of the chosen class."""
    level = np.minimum((confidence * CONFIDENCE_LEVELS).astype(np.uint8), CONFIDENCE_LEVELS - 1)
    return (classes * CONFIDENCE_LEVELS + level).astype(np.uint8)
