"""`Picture`: what one view of one snapshot shows, as palette indices, lines and counts.

The picture is read from the exact complex; dense evaluation on the grid's points stands in where
there is none (tanh) or where it would take too long, and `exact` says which of the two it is.
"""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.cells.classes import build_classes
from model.cells.colours import assign_colours
from model.cells.complex import BudgetExceeded, Complex, build
from model.cells.dense import (
    class_picture,
    compact,
    confidence_picture,
    joint_pattern_ids,
    neighbour_pairs,
    pattern_id_from_bits,
    pattern_ids,
)
from model.cells.grid import Grid
from model.cells.lines import NO_LINES, Lines, lines_between, lines_by_layer
from model.cells.merge import face_pairs, layer_cells
from model.cells.origin import BelowReach
from model.cells.raster import rasterise
from model.cells.workspace import Workspace
from model.training.snapshot import Snapshot
from model.view import SHEET_PIXELS, View

CONFIDENCE_LEVELS = 32  # per class: 8 classes fill the 256 values of a byte
EXACT = ("relu", "identity")  # activations whose cells are polygons
LIVE_FACES, REST_FACES = 100_000, 400_000  # what a picture may cost in motion and at rest
LIVE_LINES, REST_LINES = 12_000, 120_000
_own = threading.local()  # a workspace per thread: building reuses its arrays


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture. Row 0 is the top (y1), column 0 the left (x0)."""

    indices: NDArray[np.uint8]  # (height, width); the palette depends on the mode
    mode: str
    layer: int
    count: int  # distinct patterns (cells), joint patterns (regions) or classes
    pieces: int | None  # connected regions of the cells; None where there is no exact complex
    on_grid: int | None  # distinct patterns on the sheet's grid, where that is what is shown
    colours: int  # how many different colours the patterns have
    exact: bool  # whether counts and lines are the geometry's, not the grid's
    lines: Lines
    why_dense: str = ""  # "", "activation", "budget" or "reach"


def draw(snapshot: Snapshot, view: View) -> Picture:
    """The picture of a snapshot; a layer beyond the last one shows the last."""
    layer = min(view.layer, snapshot.spec.layers)
    if snapshot.spec.activation not in EXACT:
        return _dense(snapshot, view, layer, "activation")
    try:
        return _exact(snapshot, view, layer)
    except BudgetExceeded:
        return _dense(snapshot, view, layer, "budget")
    except BelowReach:
        return _dense(snapshot, view, layer, "reach")


def workspace() -> Workspace:
    """The calling thread's arrays for building complexes."""
    if not hasattr(_own, "workspace"):
        _own.workspace = Workspace()
    return _own.workspace


def _exact(snapshot: Snapshot, view: View, layer: int) -> Picture:
    live = snapshot.status == "training"
    faces, most = (LIVE_FACES, LIVE_LINES) if live else (REST_FACES, REST_LINES)
    most = most if view.lines else 0
    if view.mode in ("classes", "confidence"):
        return _exact_classes(snapshot, view, layer, faces, most)
    spec = snapshot.spec
    complex = build(
        snapshot.weights,
        view.window,
        layer=layer,
        activation=spec.activation,
        budget=faces,
        workspace=workspace(),
    )
    if view.mode == "regions":
        return _exact_regions(complex, view, most)
    return _exact_cells(snapshot, complex, view, most)


def _exact_cells(snapshot: Snapshot, complex: Complex, view: View, most: int) -> Picture:
    cells = layer_cells(complex, complex.layer)
    ids = pattern_id_from_bits(cells.bits, complex.layer, cells.width)
    colours = assign_colours(ids, cells.neighbours)
    return Picture(
        indices=rasterise(complex, colours[cells.pattern], view.pixels, view.pixels),
        mode=view.mode,
        layer=complex.layer,
        count=cells.patterns,
        pieces=cells.regions,
        on_grid=_seen_on_grid(snapshot, view, complex.layer),
        colours=len(np.unique(colours)),
        exact=True,
        lines=lines_between(complex, cells.pattern, most) if most else NO_LINES,
    )


def joint_ids(complex: Complex) -> NDArray[np.uint64]:
    """The joint pattern's id of every face: the layers' ids combined. (F,)"""
    ids = np.zeros(complex.faces, np.uint64)
    for layer, width in enumerate(complex.widths, start=1):
        ids ^= pattern_id_from_bits(complex.layer_bits(layer), layer, width)
    return ids


def _exact_regions(complex: Complex, view: View, most: int) -> Picture:
    colours = assign_colours(joint_ids(complex), face_pairs(complex))
    return Picture(
        indices=rasterise(complex, colours, view.pixels, view.pixels),
        mode=view.mode,
        layer=complex.layer,
        count=complex.faces,
        pieces=complex.faces,
        on_grid=None,
        colours=len(np.unique(colours)),
        exact=True,
        lines=lines_by_layer(complex, most) if most else NO_LINES,
    )


def _exact_classes(snapshot: Snapshot, view: View, layer: int, faces: int, most: int) -> Picture:
    activation = snapshot.spec.activation
    classes = build_classes(
        snapshot.weights, view.window, activation=activation, budget=faces, workspace=workspace()
    )
    if view.mode == "classes":
        indices = rasterise(classes.complex, classes.of_face, view.pixels, view.pixels)
    else:
        indices = _confidence(snapshot, view)[0]
    return Picture(
        indices=indices,
        mode=view.mode,
        layer=layer,
        count=len(np.unique(classes.of_face)),
        pieces=None,
        on_grid=None,
        colours=snapshot.spec.classes,
        exact=True,
        lines=lines_between(classes.complex, classes.of_face, most) if most else NO_LINES,
    )


def _seen_on_grid(snapshot: Snapshot, view: View, layer: int) -> int | None:
    """How many patterns the sheet's grid finds (exercise 2.2)."""
    if view.pixels != SHEET_PIXELS:
        return None
    grid = Grid(view.window, view.pixels, view.pixels)
    return len(compact(pattern_ids(snapshot.weights, snapshot.spec.activation, grid, layer))[1])


def _dense(snapshot: Snapshot, view: View, layer: int, why: str) -> Picture:
    if view.mode in ("cells", "regions"):
        indices, count, colours = _dense_patterns(snapshot, view, layer)
    elif view.mode == "classes":
        grid = Grid(view.window, view.pixels, view.pixels)
        indices = class_picture(snapshot.weights, snapshot.spec.activation, grid)
        count = colours = len(np.unique(indices))
    else:
        indices, count = _confidence(snapshot, view)
        colours = count
    return Picture(
        indices=indices,
        mode=view.mode,
        layer=layer,
        count=count,
        pieces=None,
        on_grid=None,
        colours=colours,
        exact=False,
        lines=NO_LINES,
        why_dense=why,
    )


def _dense_patterns(
    snapshot: Snapshot, view: View, layer: int
) -> tuple[NDArray[np.uint8], int, int]:
    grid = Grid(view.window, view.pixels, view.pixels)
    ids_of = pattern_ids if view.mode == "cells" else joint_pattern_ids
    ids = ids_of(snapshot.weights, snapshot.spec.activation, grid, layer)
    labels, distinct = compact(ids)
    colours = assign_colours(distinct, neighbour_pairs(labels))
    return colours[labels], len(distinct), len(np.unique(colours))


def _confidence(snapshot: Snapshot, view: View) -> tuple[NDArray[np.uint8], int]:
    grid = Grid(view.window, view.pixels, view.pixels)
    classes, confidence = confidence_picture(snapshot.weights, snapshot.spec.activation, grid)
    return confidence_indices(confidence, classes), len(np.unique(classes))


def confidence_indices(
    confidence: NDArray[np.floating], classes: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """class · 32 + level, the level linear in the softmax probability of the chosen class."""
    level = np.minimum((confidence * CONFIDENCE_LEVELS).astype(np.uint8), CONFIDENCE_LEVELS - 1)
    return (classes * CONFIDENCE_LEVELS + level).astype(np.uint8)
