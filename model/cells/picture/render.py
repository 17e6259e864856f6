"""`draw`: the picture of a snapshot, exact where that can be had, on the grid where not.

Never a mixture without a word: `Picture.exact` and `Picture.why_grid` say which of the two it is.
"""

from dataclasses import replace

import numpy as np

from cellscope.model import warm
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.grid.dense import (
    class_picture,
    compact,
    confidence_picture,
    joint_pattern_ids,
    neighbour_pairs,
    pattern_ids,
)
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.numpy_fallback import plain_classes, plain_patterns
from cellscope.model.cells.grid.sheet_grid import lattice_of
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.exact_picture import exact_picture
from cellscope.model.cells.picture.palette import CALM, CLASSES
from cellscope.model.cells.picture.picture import EXACT, Picture, confidence_indices
from cellscope.model.cells.picture.unit_picture import has_unit, unit_picture
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View


def draw(snapshot: Snapshot, view: View) -> Picture:
    """The picture of a snapshot; a layer beyond the last one shows the last."""
    picture = _drawn(snapshot, view)
    if view.mode == "classes" and snapshot.spec.classes > len(CLASSES):
        picture = replace(picture, indices=picture.indices % len(CLASSES))  # they come again
    return picture


def _drawn(snapshot: Snapshot, view: View) -> Picture:
    layer = min(view.layer, snapshot.spec.layers)
    if view.unit is not None and has_unit(snapshot.spec.sizes, view.unit):
        return unit_picture(snapshot, view, view.unit)
    if view.mode == "regions" and snapshot.spec.folding_layers == 0:
        return _one_region(view, layer)
    if not warm.done():
        return _plain(snapshot, view, layer)
    if snapshot.spec.activation not in EXACT:
        return grid_picture(snapshot, view, layer, "activation")
    try:
        return exact_picture(snapshot, view, layer)
    except BudgetExceeded:
        return grid_picture(snapshot, view, layer, "budget")
    except BelowReach:
        return grid_picture(snapshot, view, layer, "reach")


def _one_region(view: View, layer: int) -> Picture:
    """Of an affine map: its signs draw lines (in the mode "cells"), but it bends nowhere."""
    plain = np.full((view.pixels, view.pixels), CALM, np.uint8)
    return Picture(
        indices=plain, mode=view.mode, layer=layer, count=1, pieces=1, colours=1, exact=True
    )


def grid_picture(snapshot: Snapshot, view: View, layer: int, why: str) -> Picture:
    """The picture by dense evaluation: what its points find, no more."""
    lattice = lattice_of(view)
    grid = Grid(view.window, view.pixels, view.pixels) if lattice is None else lattice.grid
    weights, activation = snapshot.weights, snapshot.spec.activation
    if view.mode in ("cells", "regions"):
        ids_of = pattern_ids if view.mode == "cells" else joint_pattern_ids
        labels, distinct = compact(ids_of(weights, activation, grid, layer))
        palette = assign_colours(distinct, neighbour_pairs(labels))
        indices, count = palette[labels], len(distinct)
        colours = len(np.unique(palette))
    elif view.mode == "classes":
        indices = class_picture(weights, activation, grid)
        count = colours = len(np.unique(indices))
    else:
        classes, confidence = confidence_picture(weights, activation, grid)
        indices = confidence_indices(confidence, classes)
        count = colours = len(np.unique(classes))
    return Picture(
        indices=indices if lattice is None else lattice.photograph(indices),
        mode=view.mode,
        layer=layer,
        count=count,
        colours=colours,
        why_grid=why,
    )


def _plain(snapshot: Snapshot, view: View, layer: int) -> Picture:
    if view.mode in ("cells", "regions"):
        indices, count = plain_patterns(snapshot, view, layer)
        colours = len(np.unique(indices))
    else:
        classes, confidence = plain_classes(snapshot, view)
        count = colours = len(np.unique(classes))
        indices = classes if view.mode == "classes" else confidence_indices(confidence, classes)
    return Picture(
        indices=indices,
        mode=view.mode,
        layer=layer,
        count=count,
        colours=colours,
        why_grid="unprepared" if warm.trouble() else "warming",
    )
