"""`draw`: the picture of a snapshot, exact where that can be had, on the grid where not.

Never a mixture without a word: `Picture.exact` and `Picture.why_grid` say which of the two it is.
"""

from dataclasses import replace

import numpy as np

from cellscope.model import warm
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.sheet_grid import lattice_of
from cellscope.model.cells.picture.exact_picture import budgets
from cellscope.model.cells.picture.painters import PAINTERS, Seen, value_seen
from cellscope.model.cells.picture.palette import CALM, CLASSES
from cellscope.model.cells.picture.picture import Picture
from cellscope.model.cells.picture.unit_picture import has_unit, unit_picture
from cellscope.model.own.on_page.picture import graph_picture
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View, mode_for


def draw(snapshot: Snapshot, view: View) -> Picture:
    """The picture of a snapshot; a layer beyond the last one shows the last."""
    picture = _drawn(snapshot, view)
    if view.shows.palette == "classes" and snapshot.spec.classes > len(CLASSES):
        picture = replace(picture, indices=picture.indices % len(CLASSES))  # they come again
    return picture


def _drawn(snapshot: Snapshot, view: View) -> Picture:
    layer = min(view.layer, snapshot.spec.layers)
    view = replace(view, mode=mode_for(view.mode, snapshot.spec.task))
    if snapshot.spec.graph is not None:
        return graph_picture(snapshot, view, layer)
    if view.unit is not None and has_unit(snapshot.spec.sizes, view.unit):
        return unit_picture(snapshot, view, view.unit)
    if view.shows.joint and snapshot.spec.folding_layers == 0:
        return _one_region(view, layer)
    if not warm.done():
        seen = PAINTERS[view.mode].plain(snapshot, view, layer)
        return _on_grid(seen, view, layer, "unprepared" if warm.trouble() else "warming")
    if not snapshot.spec.is_exact:
        return grid_picture(snapshot, view, layer, snapshot.spec.why_grid)
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


def exact_picture(
    snapshot: Snapshot, view: View, layer: int, *, budget: int | None = None
) -> Picture:
    """The exact picture; `BudgetExceeded` or `BelowReach` where there is none.

    `budget` faces, or what the live page spends in motion and at rest.
    """
    faces, lines = budgets(snapshot, view, budget)
    return PAINTERS[view.mode].exact(snapshot, view, layer, faces, lines)


def grid_picture(snapshot: Snapshot, view: View, layer: int, why: str) -> Picture:
    """The picture by dense evaluation: what its points find, no more."""
    lattice = lattice_of(view)
    grid = Grid(view.window, view.pixels, view.pixels) if lattice is None else lattice.grid
    grid = grid.with_features(snapshot.spec.features)
    if view.mode == "value":  # its colours reach from target to target
        seen = value_seen(snapshot, grid)
    else:
        paint = PAINTERS[view.mode].on_grid
        seen = paint(snapshot.weights, snapshot.spec.activation, grid, layer)
    if lattice is not None:
        seen = replace(seen, indices=lattice.photograph(seen.indices))
    return _on_grid(seen, view, layer, why)


def _on_grid(seen: Seen, view: View, layer: int, why: str) -> Picture:
    return Picture(
        indices=seen.indices,
        mode=view.mode,
        layer=layer,
        count=seen.count,
        colours=seen.colours,
        why_grid=why,
    )
