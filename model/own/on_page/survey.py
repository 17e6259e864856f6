"""Small pictures of all layers of a graph, and counts of one: `model.cells.count.film_strip`."""

from math import prod

import numpy as np

from cellscope.model.cells.count.survey import Funnel, LayerCounts, Survey, Thumb
from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.counts import Filled
from cellscope.model.cells.exact.merge import LayerCells, distinct_rows, layer_cells
from cellscope.model.cells.grid.dense import compact, neighbour_pairs
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.palette import CLASSES
from cellscope.model.datasets import seen_data
from cellscope.model.own.graph import Choice, Kinks
from cellscope.model.own.on_page.pattern_ids import layer_ids
from cellscope.model.own.on_page.picture import face_picture, filled, grid_ids
from cellscope.model.own.on_page.scene import Classes, Scene
from cellscope.model.own.result import AtPoints, ExactCells, packed
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View


def graph_survey(snapshot: Snapshot, view: View, side: int) -> Survey:
    """As `survey`; what is not known of graphs (bounds, the whole plane, idle units) is none."""
    scene, layer = Scene.of(snapshot.spec, view.window), min(view.layer, snapshot.spec.layers)
    points = seen_data(snapshot.spec).train_x
    try:
        if not snapshot.spec.is_exact:
            raise BudgetExceeded(0, layer)
        classes = scene.classes()
        last = scene.graph.layers
        every = [layer_cells(classes.cells.complex, k) for k in range(1, last)]
        if layer == last:
            every.append(scene.cells(last).cells)
    except BudgetExceeded:
        return _on_grid(snapshot, view, scene, side)
    thumbs = [_thumb(classes.cells, found, side) for found in every[: last - 1]]
    fills = _fills(scene, points, len(every))
    counts = tuple(
        LayerCounts(found.layer, found.patterns, found.linear_regions, data)
        for found, data in zip(every, fills, strict=True)
    )
    funnel = _funnel(snapshot.spec, view, layer, every[layer - 1], fills[layer - 1])
    return Survey((*thumbs, _class_thumb(classes, side)), funnel, exact=True, layers=counts)


def _thumb(cells: ExactCells, found: LayerCells, side: int) -> Thumb:
    own = ExactCells(cells.values, cells.complex, cells.slots)
    own.layer = found.layer
    colours = assign_colours(layer_ids(cells, found.bits, found.layer), found.neighbours)
    picture = filled(own, colours[found.pattern], side, own=True)
    return Thumb(found.layer, picture, "cells", found.patterns)


def _class_thumb(classes: Classes, side: int) -> Thumb:
    face = face_picture(classes.cells, side, own=False)
    picture = classes.of_face[face] % len(CLASSES)  # of more classes the colours come again
    return Thumb(classes.cells.layer, picture, "classes", len(np.unique(classes.of_face)))


def _fills(scene: Scene, points: Float, layers: int) -> list[Filled]:
    """What the data in the window fill of the layers 1 … `layers`."""
    x0, x1, y0, y1 = scene.window
    inside = points[((points >= (x0, y0)) & (points <= (x1, y1))).all(axis=1)]
    if not len(inside):
        return [Filled(0, 0, 0)] * layers
    inside = np.ascontiguousarray(inside, np.float64)
    numbers = list(range(1, layers + 1))
    at = AtPoints(scene.evaluator(layers))
    rows = [packed(p) for p in at.pieces(inside, numbers, rounded=True)]
    made: list[Filled] = []
    for k, own in enumerate(rows, start=1):
        joint = np.ascontiguousarray(np.concatenate(rows[:k], axis=1))
        made.append(Filled(len(inside), _distinct(own), _distinct(joint)))
    return made


def _distinct(rows: np.ndarray) -> int:
    return len(distinct_rows(np.ascontiguousarray(rows))[1])


def _funnel(
    spec: Spec, view: View, layer: int, found: LayerCells | None, data: Filled | None
) -> Funnel:
    mode, joint = view.shows.counted, view.shows.joint
    window = None if found is None else found.linear_regions if joint else found.patterns
    return Funnel(
        mode=mode,
        layer=layer,
        sign_vectors=vectors_of(spec, layer, mode),
        maximum=None,
        typical=None,
        plane=None,
        plane_exact=False,
        window=window,
        pieces=None if found is None or joint else found.regions,
        filled=data,
    )


def vectors_of(spec: Spec, layer: int, mode: str) -> int:
    """How many ways there are to have every unit of a layer on a piece, or of layers 1 … i."""
    graph = Scene.of(spec, (-1.0, 1.0, -1.0, 1.0)).graph
    layers = range(1, layer + 1) if mode == "regions" else [layer]
    return prod(_ways(graph.kind(k)) ** graph.units(k) for k in layers)


def _ways(kind: object) -> int:
    if isinstance(kind, Choice):
        return kind.candidates.shape[1]
    return len(kind.kinks) + 1 if isinstance(kind, Kinks) else 2


def _on_grid(snapshot: Snapshot, view: View, scene: Scene, side: int) -> Survey:
    """Small pictures by a forward pass at each of their points."""
    grid, thumbs = Grid(view.window, side, side), list[Thumb]()
    for layer in range(1, scene.graph.layers):
        labels, ids = compact(grid_ids(scene, grid, layer, joint=False))
        colours = assign_colours(ids, neighbour_pairs(labels))
        thumbs.append(Thumb(layer, colours[labels], "cells", len(ids)))
    chosen = scene.outputs(grid.points().astype(np.float64)).argmax(axis=1)
    picture = (chosen % len(CLASSES)).astype(np.uint8).reshape(side, side)
    thumbs.append(Thumb(scene.graph.layers, picture, "classes", len(np.unique(chosen))))
    layer = min(view.layer, snapshot.spec.layers)
    points = seen_data(snapshot.spec).train_x
    data = _fills(scene, points, layer)[-1] if snapshot.spec.is_exact else None
    return Survey(tuple(thumbs), _funnel(snapshot.spec, view, layer, None, data), exact=False)
