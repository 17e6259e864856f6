"""`survey`: what the complex of ALL layers tells: small pictures of each, and counts of one.

Made a few times a second from one build, beside the large picture.
"""

from collections.abc import Sequence
from contextlib import suppress
from math import prod

import numpy as np

from cellscope.model.cells.count.bounds import (
    geometric_maximum,
    kinks_of,
    sign_vectors,
    typical_regions,
)
from cellscope.model.cells.count.change import traces
from cellscope.model.cells.count.filled_by_signs import filled_by_signs
from cellscope.model.cells.count.survey import Bounds, Funnel, LayerCounts, Survey, Thumb
from cellscope.model.cells.count.whole_plane import PlaneCounts, plane_counts, plane_counts_by_layer
from cellscope.model.cells.exact.classes import Classes, build_classes
from cellscope.model.cells.exact.complex import BudgetExceeded, Complex
from cellscope.model.cells.exact.counts import Filled, filled_by, filled_by_layer
from cellscope.model.cells.exact.merge import LayerCells, layer_cells
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.exact.units import IdleUnits, idle_units
from cellscope.model.cells.grid.dense import class_picture, compact, neighbour_pairs
from cellscope.model.cells.grid.dense import pattern_ids as dense_ids
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.complex_of import complex_of
from cellscope.model.cells.picture.exact_picture import LIVE_FACES, REST_FACES, value_picture
from cellscope.model.cells.picture.palette import CLASSES
from cellscope.model.cells.picture.picture import stray_colours, workspace
from cellscope.model.cells.picture.raster import rasterise
from cellscope.model.datasets import seen_data
from cellscope.model.own.on_page.survey import graph_survey, vectors_of
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View, Window

THUMB = 96  # points per side of a small picture, where the page does not say how large it is
PLANE_FACES = 60_000  # what counting the whole plane may cost


def survey(
    snapshot: Snapshot,
    view: View,
    planes: Sequence[PlaneCounts] | None = None,
    *,
    side: int = THUMB,
) -> Survey:
    """The survey of one snapshot for one view's window, layer and mode.

    `planes` are the counts of the layers 1, 2, … in the whole plane, if they are known; else they
    are made, but not while it trains. `side` points has a small picture.
    """
    if snapshot.spec.graph is not None:
        return graph_survey(snapshot, view, side)
    if not snapshot.spec.is_exact:
        return _on_grid(snapshot, view, planes, side)
    live = snapshot.status == "training"
    budget = LIVE_FACES if live else REST_FACES
    layer = min(view.layer, snapshot.spec.layers)
    try:
        classes = build_classes(
            snapshot.weights,
            view.window,
            activation=snapshot.spec.activation,
            budget=budget,
            workspace=workspace(),
        )
        logits = _logit_cells(snapshot, view, budget) if layer == snapshot.spec.layers else None
    except (BudgetExceeded, BelowReach):
        return _on_grid(snapshot, view, planes, side)
    hidden = [layer_cells(classes.complex, i) for i in range(1, snapshot.spec.layers)]
    thumbs = [_thumb(classes.complex, cells, side) for cells in hidden]
    cells = hidden[layer - 1] if logits is None else logits
    all_cells = hidden if logits is None else [*hidden, logits]
    counts = layer_counts(snapshot, view.window, all_cells)
    points, activation = seen_data(snapshot.spec).train_x, snapshot.spec.activation
    funnel = _funnel(snapshot, view, layer, cells, planes)
    pictures = (*thumbs, _last_thumb(snapshot, view, classes, side))
    return Survey(
        pictures,
        funnel,
        exact=True,
        idle=_idle(snapshot, layer),
        layers=counts,
        traces=traces(snapshot.weights, points, activation, all_cells),
    )


def layer_counts(
    snapshot: Snapshot, window: Window, cells: list[LayerCells]
) -> tuple[LayerCounts, ...]:
    """The counts of the layers 1 … L or L − 1, and what the training points fill of them."""
    points, activation = seen_data(snapshot.spec).train_x, snapshot.spec.activation
    filled = filled_by_layer(
        snapshot.weights, points, window, layer=max(1, len(cells)), activation=activation
    )
    return tuple(
        LayerCounts(found.layer, found.patterns, found.linear_regions, data)
        for found, data in zip(cells, filled, strict=False)
    )


def _idle(snapshot: Snapshot, layer: int) -> IdleUnits | None:
    """Units that never switch; without an activation after the layer none is switched off.

    Without points nobody can say.
    """
    if not snapshot.spec.has_points:
        return None
    if layer == snapshot.spec.layers or not snapshot.spec.is_exact:
        return None
    if not snapshot.spec.activations[layer - 1].bends:
        return None
    return idle_units(snapshot, layer)


def _thumb(complex: Complex, cells: LayerCells, side: int) -> Thumb:
    colours = assign_colours(cells.ids, cells.neighbours)
    own = slice(*complex.word_offsets[cells.layer - 1 : cells.layer + 1])
    stray = stray_colours(cells.bits, colours, own)
    picture = rasterise(complex, colours[cells.pattern], side, side, stray=stray)
    return Thumb(cells.layer, picture, "cells", cells.patterns)


def _last_thumb(snapshot: Snapshot, view: View, classes: Classes, side: int) -> Thumb:
    if snapshot.spec.is_regression:
        return _value_thumb(snapshot, Grid(view.window, side, side))
    return _class_thumb(classes, side)


def _value_thumb(snapshot: Snapshot, grid: Grid) -> Thumb:
    return Thumb(snapshot.spec.layers, value_picture(snapshot, grid), "value", 0)


def _class_thumb(classes: Classes, side: int) -> Thumb:
    picture = rasterise(classes.complex, classes.of_face, side, side, stray=classes.at)
    picture = picture % len(CLASSES)  # of more classes the colours come again
    return Thumb(classes.complex.layer, picture, "classes", len(np.unique(classes.of_face)))


def _logit_cells(snapshot: Snapshot, view: View, budget: int) -> LayerCells:
    """The sign patterns of the logits: the classes' complex has their differences instead."""
    layers = snapshot.spec.layers
    complex = complex_of(snapshot, view.window, layers, budget)
    return layer_cells(complex, layers)


def _funnel(
    snapshot: Snapshot,
    view: View,
    layer: int,
    cells: LayerCells | None,
    planes: Sequence[PlaneCounts] | None,
) -> Funnel:
    mode = view.shows.counted
    bounds = bounds_of(snapshot, layer, mode)
    plane = _in_plane(snapshot, layer, mode, planes)
    counts = None if cells is None else (cells.linear_regions, cells.patterns)
    return Funnel(
        mode=mode,
        layer=layer,
        sign_vectors=bounds.sign_vectors,
        maximum=bounds.maximum,
        typical=bounds.typical,
        plane=plane[0],
        plane_exact=plane[1],
        window=None if counts is None else counts[0 if mode == "regions" else 1],
        pieces=None if cells is None or mode == "regions" else cells.regions,
        filled=_filled(snapshot, view, layer),
    )


def bounds_of(snapshot: Snapshot, layer: int, mode: str) -> Bounds:
    """What a layer's counts are compared with, in the mode "cells" or "regions"."""
    if snapshot.spec.graph is not None:
        return Bounds(vectors_of(snapshot.spec, layer, mode), None, None)
    widths, activation = snapshot.spec.sizes[1 : layer + 1], snapshot.spec.activation
    own = widths if mode == "regions" else widths[-1:]
    zero_bias = all(not b.any() for _, b in snapshot.weights[:layer])
    joint = mode == "regions"
    kinks = kinks_of(activation, len(widths))
    each = zip(own, kinks if joint else kinks[-1:], strict=True)
    maximum = geometric_maximum(widths, zero_bias=zero_bias, activation=activation, joint=joint)
    return Bounds(
        sign_vectors=prod(sign_vectors(n, kinks=k) for n, k in each),
        maximum=maximum,
        typical=_typical(snapshot, widths, maximum) if max(kinks) == 1 else None,
    )


def _typical(snapshot: Snapshot, widths: Sequence[int], maximum: int | None) -> float | None:
    """N²/2, but where there are always more, or never so many, or folds are no straight lines.

    It is of all N units up to the layer: a narrow layer after others, two logits say, can have
    far fewer patterns.
    """
    typical = typical_regions(widths)
    beyond = maximum is not None and typical > maximum
    return None if beyond or typical < 1 or not snapshot.spec.is_exact else typical


def _in_plane(
    snapshot: Snapshot, layer: int, mode: str, planes: Sequence[PlaneCounts] | None
) -> tuple[int | None, bool]:
    """(count in the whole plane, whether it is exact)."""
    if planes is None and snapshot.status != "training":
        planes = whole_plane(snapshot, layer)
    found = None if planes is None else next((p for p in planes if p.counts.layer == layer), None)
    return (None, False) if found is None else (found.of(mode), found.exact)


def whole_plane(snapshot: Snapshot, layer: int) -> tuple[PlaneCounts, ...]:
    """Counts in the whole plane: of all hidden layers at once where that can be had, exactly.

    Else of layer `layer` alone, which may need a smaller window; nothing beyond the budget.
    """
    spec = snapshot.spec
    if not spec.is_exact or spec.graph is not None:
        return ()
    deepest = max(layer, spec.layers - 1)
    with suppress(BudgetExceeded):
        found = plane_counts_by_layer(
            snapshot.weights,
            layer=deepest,
            activation=spec.activation,
            budget=PLANE_FACES,
            workspace=workspace(),
        )
        if found[layer - 1].exact:
            return found
    with suppress(BudgetExceeded):
        alone = plane_counts(
            snapshot.weights,
            layer=layer,
            activation=spec.activation,
            budget=PLANE_FACES,
            workspace=workspace(),
        )
        return (alone,)
    return ()


def _filled(snapshot: Snapshot, view: View, layer: int) -> Filled:
    if not snapshot.spec.is_exact:
        return filled_by_signs(snapshot, view.window, layer)
    points = seen_data(snapshot.spec).train_x
    activation = snapshot.spec.activation
    return filled_by(snapshot.weights, points, view.window, layer=layer, activation=activation)


def _on_grid(
    snapshot: Snapshot, view: View, planes: Sequence[PlaneCounts] | None, side: int
) -> Survey:
    """Small pictures by dense evaluation, for what has no exact complex.

    What is counted is that of the view's grid, whatever size the pictures have on the screen.
    """
    grid = Grid(view.window, side, side, snapshot.spec.features)
    counted = Grid(view.window, view.pixels, view.pixels, snapshot.spec.features)
    weights, activation = snapshot.weights, snapshot.spec.activation
    thumbs: list[Thumb] = []
    for layer in range(1, snapshot.spec.layers):
        labels, ids = compact(dense_ids(weights, activation, grid, layer))
        colours = assign_colours(ids, neighbour_pairs(labels))
        found = compact(dense_ids(weights, activation, counted, layer))[1]
        thumbs.append(Thumb(layer, colours[labels], "cells", len(found)))
    if snapshot.spec.is_regression:
        thumbs.append(_value_thumb(snapshot, grid))
    else:
        classes, found = (class_picture(weights, activation, g) for g in (grid, counted))
        thumbs.append(Thumb(snapshot.spec.layers, classes, "classes", len(np.unique(found))))
    layer = min(view.layer, snapshot.spec.layers)
    funnel = _funnel(snapshot, view, layer, None, planes)
    return Survey(tuple(thumbs), funnel, exact=False, idle=_idle(snapshot, layer))
