"""Pictures read from the exact complex: every cell, every edge, whatever the pixels show."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.classes import build_classes
from cellscope.model.cells.exact.complex import Complex, build
from cellscope.model.cells.exact.merge import LayerCells, face_pairs, joint_ids, layer_cells
from cellscope.model.cells.grid.dense import (
    class_picture,
    confidence_picture,
    joint_pattern_ids,
    pattern_ids,
)
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.sheet_grid import lattice_of, patterns_seen
from cellscope.model.cells.picture.boundary_segments import NO_LINES, lines_between, lines_by_layer
from cellscope.model.cells.picture.colours import assign_colours, colours_of
from cellscope.model.cells.picture.picture import (
    Picture,
    confidence_indices,
    stray_colours,
    workspace,
)
from cellscope.model.cells.picture.raster import rasterise
from cellscope.model.cells.picture.tiled_picture import is_large, tiled_picture
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import SHEET_PIXELS, View

LIVE_FACES, REST_FACES = 100_000, 400_000  # what a picture may cost in motion and at rest
LIVE_LINES, REST_LINES = 3_000, 120_000  # segments: a browser strokes 1,000 in about a ms
FOLD_LINES = 6_000  # with folds, in motion as at rest; a start of 16 x 4 has 2,800 to 4,300


def exact_picture(
    snapshot: Snapshot, view: View, layer: int, *, budget: int | None = None
) -> Picture:
    """The exact picture; `BudgetExceeded` or `BelowReach` where there is none.

    `budget` faces, or what the live page spends in motion and at rest.
    """
    live = snapshot.status == "training"
    faces, most = (LIVE_FACES, LIVE_LINES) if live else (REST_FACES, REST_LINES)
    faces = faces if budget is None else budget
    most = most if view.lines else 0
    if view.mode in ("classes", "confidence"):
        return _classes(snapshot, view, layer, faces, most)
    if live and is_large(snapshot, layer):
        return tiled_picture(snapshot, view, layer, faces)
    complex = build(
        snapshot.weights,
        view.window,
        layer=layer,
        activation=snapshot.spec.activation,
        budget=faces,
        workspace=workspace(),
    )
    if view.mode == "regions":
        return _regions(snapshot, complex, view, most)
    return _cells(snapshot, complex, view, most)


def _cells(snapshot: Snapshot, complex: Complex, view: View, most: int) -> Picture:
    cells = layer_cells(complex, complex.layer)
    colours = assign_colours(cells.ids, cells.neighbours)
    own = slice(*complex.word_offsets[-2:])
    stray = stray_colours(cells.bits, colours, own)
    size, lattice = view.pixels, lattice_of(view)
    if lattice is None:
        indices = rasterise(complex, colours[cells.pattern], size, size, stray=stray)
    else:
        ids = pattern_ids(snapshot.weights, complex.activation, lattice.grid, complex.layer)
        indices = lattice.photograph(colours_of(ids, cells.ids, colours))
    return Picture(
        indices=indices,
        mode=view.mode,
        layer=complex.layer,
        count=cells.patterns,
        pieces=cells.regions,
        on_grid=_seen_on_grid(snapshot, view, cells),
        colours=len(np.unique(colours)),
        exact=True,
        lines=lines_between(complex, cells.pattern, most, folding=snapshot.spec.folding_layers)
        if most
        else NO_LINES,
    )


def _regions(snapshot: Snapshot, complex: Complex, view: View, most: int) -> Picture:
    joint, lattice = joint_ids(complex), lattice_of(view)
    colours = assign_colours(joint, face_pairs(complex))
    if lattice is None:
        indices = rasterise(complex, colours, view.pixels, view.pixels)
    else:
        ids = joint_pattern_ids(snapshot.weights, complex.activation, lattice.grid, complex.layer)
        indices = lattice.photograph(colours_of(ids, joint, colours))
    return Picture(
        indices=indices,
        mode=view.mode,
        layer=complex.layer,
        count=complex.faces,
        colours=len(np.unique(colours)),
        exact=True,
        lines=lines_by_layer(complex, most) if most else NO_LINES,
    )


def _classes(snapshot: Snapshot, view: View, layer: int, faces: int, most: int) -> Picture:
    activation = snapshot.spec.activation
    classes = build_classes(
        snapshot.weights, view.window, activation=activation, budget=faces, workspace=workspace()
    )
    lattice = lattice_of(view)
    if lattice is not None:
        indices = lattice.photograph(_on_points(snapshot, view.mode, lattice.grid))
    elif view.mode == "classes":
        indices = rasterise(
            classes.complex, classes.of_face, view.pixels, view.pixels, stray=classes.at
        )
    else:  # no polygons: the softmax is smooth within each region
        indices = _on_points(snapshot, "confidence", Grid(view.window, view.pixels, view.pixels))
    return Picture(
        indices=indices,
        mode=view.mode,
        layer=layer,
        count=len(np.unique(classes.of_face)),
        colours=snapshot.spec.classes,
        exact=True,
        lines=lines_between(
            classes.complex,
            classes.of_face,
            max(most, FOLD_LINES),
            folding=snapshot.spec.folding_layers,
            most_folds=FOLD_LINES,  # as in motion: more of them would blacken the boundary
        )
        if most
        else NO_LINES,
    )


def _on_points(snapshot: Snapshot, mode: str, grid: Grid) -> NDArray[np.uint8]:
    """Classes, or how sure they are, at the points of a grid."""
    activation = snapshot.spec.activation
    if mode == "classes":
        return class_picture(snapshot.weights, activation, grid)
    chosen, confidence = confidence_picture(snapshot.weights, activation, grid)
    return confidence_indices(confidence, chosen)


def _seen_on_grid(snapshot: Snapshot, view: View, cells: LayerCells) -> int | None:
    """How many of the cells the sheet's grid finds (exercise 2.2).

    A grid point on a line can have a pattern without area, such as the origin of a network
    without biases: that is no cell.
    """
    if view.pixels != SHEET_PIXELS:
        return None
    activation = snapshot.spec.activation
    ids, _ = patterns_seen(snapshot.weights, activation, view.window, cells.layer)
    return len(np.intersect1d(ids, cells.ids))
