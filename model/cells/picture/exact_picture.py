"""Pictures read from the exact complex: every cell, every edge, whatever the pixels show."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.classes import Classes, build_classes
from cellscope.model.cells.exact.merge import LayerCells, face_pairs, joint_ids, layer_cells
from cellscope.model.cells.grid.dense import (
    class_picture,
    confidence_picture,
    joint_pattern_ids,
    pattern_ids,
)
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.sheet_grid import lattice_of, patterns_seen
from cellscope.model.cells.grid.values import output_values, value_indices
from cellscope.model.cells.picture.boundary_segments import NO_LINES, lines_between, lines_by_layer
from cellscope.model.cells.picture.colours import assign_colours, colours_of
from cellscope.model.cells.picture.complex_of import complex_of
from cellscope.model.cells.picture.picture import (
    Picture,
    confidence_indices,
    stray_colours,
    workspace,
)
from cellscope.model.cells.picture.raster import rasterise
from cellscope.model.cells.picture.tiled_picture import is_large, tiled_picture
from cellscope.model.datasets import make_data
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import SHEET_PIXELS, View

Indices = NDArray[np.uint8]

LIVE_FACES, REST_FACES = 100_000, 400_000  # what a picture may cost in motion and at rest
LIVE_LINES, REST_LINES = 3_000, 120_000  # segments: a browser strokes 1,000 in about a ms
FOLD_LINES = 6_000  # with folds, in motion as at rest; a start of 16 x 4 has 2,800 to 4,300


def budgets(snapshot: Snapshot, view: View, budget: int | None = None) -> tuple[int, int]:
    """(faces, lines) a picture may cost: `budget`, or what is spent in motion and at rest."""
    faces, most = (
        (LIVE_FACES, LIVE_LINES) if snapshot.status == "training" else (REST_FACES, REST_LINES)
    )
    return faces if budget is None else budget, most if view.lines else 0


def cells(snapshot: Snapshot, view: View, layer: int, faces: int, most: int) -> Picture:
    """The patterns of layer i."""
    if snapshot.status == "training" and is_large(snapshot, layer):
        return tiled_picture(snapshot, view, layer, faces)
    complex = complex_of(snapshot, view.window, layer, faces)
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


def regions(snapshot: Snapshot, view: View, layer: int, faces: int, most: int) -> Picture:
    """The joint patterns of layers 1…i."""
    if snapshot.status == "training" and is_large(snapshot, layer):
        return tiled_picture(snapshot, view, layer, faces)
    complex = complex_of(snapshot, view.window, layer, faces)
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


def classes(snapshot: Snapshot, view: View, layer: int, faces: int, most: int) -> Picture:
    """The predicted class: polygons, too."""
    found, lattice = _decisions(snapshot, view, faces), lattice_of(view)
    if lattice is None:
        side = view.pixels
        indices = rasterise(found.complex, found.of_face, side, side, stray=found.at)
    else:
        seen = class_picture(snapshot.weights, snapshot.spec.activation, lattice.grid)
        indices = lattice.photograph(seen)
    return _with_boundary(snapshot, view, layer, most, found, indices)


def confidence(snapshot: Snapshot, view: View, layer: int, faces: int, most: int) -> Picture:
    """How sure it is: no polygons, for the softmax is smooth within each region."""
    found, lattice = _decisions(snapshot, view, faces), lattice_of(view)
    grid = Grid(view.window, view.pixels, view.pixels) if lattice is None else lattice.grid
    chosen, sure = confidence_picture(snapshot.weights, snapshot.spec.activation, grid)
    indices = confidence_indices(sure, chosen)
    shown = indices if lattice is None else lattice.photograph(indices)
    return _with_boundary(snapshot, view, layer, most, found, shown)


def _decisions(snapshot: Snapshot, view: View, faces: int) -> Classes:
    return build_classes(
        snapshot.weights,
        view.window,
        activation=snapshot.spec.activation,
        budget=faces,
        workspace=workspace(),
    )


def _with_boundary(
    snapshot: Snapshot, view: View, layer: int, most: int, found: Classes, indices: Indices
) -> Picture:
    return Picture(
        indices=indices,
        mode=view.mode,
        layer=layer,
        count=len(np.unique(found.of_face)),
        colours=snapshot.spec.classes,
        exact=True,
        lines=lines_between(
            found.complex,
            found.of_face,
            max(most, FOLD_LINES),
            folding=snapshot.spec.folding_layers,
            most_folds=FOLD_LINES,  # as in motion: more of them would blacken the boundary
        )
        if most
        else NO_LINES,
    )


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


def value(snapshot: Snapshot, view: View, layer: int, faces: int, most: int) -> Picture:
    """The output at every pixel, and the folds between which it is affine."""
    folding, lattice = snapshot.spec.folding_layers, lattice_of(view)
    grid = Grid(view.window, view.pixels, view.pixels) if lattice is None else lattice.grid
    indices = value_picture(snapshot, grid)
    lines, count = NO_LINES, 1
    if folding:
        complex = complex_of(snapshot, view.window, folding, faces)
        count = complex.faces
        if most:
            lines = lines_between(complex, np.zeros(count, np.uint8), FOLD_LINES, folding=folding)
    return Picture(
        indices=indices if lattice is None else lattice.photograph(indices),
        mode=view.mode,
        layer=layer,
        count=count,
        colours=len(np.unique(indices)),
        exact=True,
        lines=lines,
    )


def value_picture(snapshot: Snapshot, grid: Grid) -> Indices:
    """The output of a regression as palette indices, between its targets."""
    values = output_values(snapshot.weights, snapshot.spec.activation, grid)
    return value_indices(values, make_data(snapshot.spec).reach)
