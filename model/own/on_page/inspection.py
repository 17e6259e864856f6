"""What lies under a point of a graph's picture: `model.cells.exact.inspection`."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.inspection import (
    MOST_FACES,
    CellFacts,
    Inspection,
    RegionFacts,
    outline,
    same_maps,
)
from cellscope.model.cells.exact.locate import border_loop, corners, nearest_side
from cellscope.model.cells.grid.patterns import Float, NoPolygons
from cellscope.model.datasets import seen_data
from cellscope.model.own.evaluation import affine_map
from cellscope.model.own.graph import Kinks
from cellscope.model.own.on_page.scene import Scene, faces_at, joint_bits
from cellscope.model.own.result import ExactCells
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

MOST_MAPS = 60  # faces of a cell whose maps are compared: each is a pass through the graph


def inspect_graph(snapshot: Snapshot, view: View, x: float, y: float) -> Inspection | None:
    """The cell and the linear region at (x, y); None outside of the window.

    Raises
    ------
    BudgetExceeded
        Where there is no exact complex.
    NoPolygons
        A smooth step.
    """
    x0, x1, y0, y1 = view.window
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        return None
    if not snapshot.spec.is_exact:
        raise NoPolygons("a smooth step has no polygons")
    scene, layer = Scene.of(snapshot.spec, view.window), min(view.layer, snapshot.spec.layers)
    hidden = max(1, scene.graph.layers - 1)
    cells = scene.cells(max(layer, hidden))
    point = np.array([[x, y]])
    face = int(faces_at(cells, point)[0])
    data = _Data(snapshot, scene, cells)
    cell = _cell(scene, cells, layer, face, data)
    return Inspection(x, y, cell, _region(scene, cells, hidden, face, point, data))


class _Data:
    """The training points in the window, with their joint patterns."""

    def __init__(self, snapshot: Snapshot, scene: Scene, cells: ExactCells) -> None:
        data, (x0, x1, y0, y1) = seen_data(snapshot.spec), scene.window
        x = data.train_x
        inside = ((x >= (x0, y0)) & (x <= (x1, y1))).all(axis=1)
        self.classes = data.train_y[inside]
        self.most = snapshot.spec.classes
        self.words = joint_bits(cells, np.ascontiguousarray(x[inside])) if inside.any() else None

    def by_class(self, words: NDArray[np.uint64], columns: slice) -> NDArray[np.int64]:
        """How many have these words in these columns."""
        if self.words is None:
            return np.zeros(self.most, np.int64)
        there = (self.words[:, columns] == words).all(axis=1)
        return np.bincount(self.classes[there], minlength=self.most)


def _cell(scene: Scene, cells: ExactCells, layer: int, face: int, data: _Data) -> CellFacts:
    complex = cells.complex
    offsets = complex.word_offsets
    own = slice(int(offsets[layer - 1]), int(offsets[layer]))
    inside = (complex.bits[:, own] == complex.bits[face, own]).all(axis=1)
    faces = np.flatnonzero(inside)
    seen = ExactCells(cells.values, complex, cells.slots)
    seen.layer = layer
    hidden = complex.bits[faces][:, : offsets[max(1, scene.graph.layers - 1)]]
    return CellFacts(
        layer=layer,
        units=cells.pieces(layer, np.array([face]))[0].astype(np.int64),
        kinks=_kinks(scene, layer),
        pieces=_pieces(seen, face),
        area=float(complex.areas[faces].sum()),
        points=data.by_class(complex.bits[face, own], own),
        linear_regions=len(np.unique(hidden, axis=0)),
        one_map=_one_map(scene, cells, faces),
        outline=outline(complex, inside),
        polygons=tuple(corners(complex, int(f)) for f in faces) if len(faces) <= MOST_FACES else (),
    )


def _kinks(scene: Scene, layer: int) -> int:
    """Of each unit; 0 where it chooses."""
    kind = scene.graph.kind(layer)
    return len(kind.kinks) if isinstance(kind, Kinks) else 0


def _pieces(seen: ExactCells, face: int) -> int:
    found = seen.cells
    return int((found.region_pattern == found.pattern[face]).sum())


def _one_map(scene: Scene, cells: ExactCells, faces: NDArray[np.intp]) -> bool | None:
    if len(faces) > MOST_MAPS:
        return None
    return same_maps(np.stack([_map_of(scene, cells, int(face)) for face in faces]))


def _map_of(scene: Scene, cells: ExactCells, face: int) -> Float:
    """The outputs on a face, A and d side by side. (outputs, 3)"""
    x, y = cells.complex.centroids[face].tolist()
    A, d = affine_map(scene.graph, scene.plane, x, y)
    return np.concatenate([A.numpy(), d.numpy()[:, None]], axis=1)


def _region(
    scene: Scene, cells: ExactCells, hidden: int, face: int, point: Float, data: _Data
) -> RegionFacts:
    complex = cells.complex
    columns = slice(0, int(complex.word_offsets[hidden]))
    same = np.flatnonzero((complex.bits[:, columns] == complex.bits[face, columns]).all(axis=1))
    corner, sides = border_loop(complex, same)
    near = nearest_side(corner, point[0])
    found = _map_of(scene, cells, face)
    active = tuple(
        int(np.count_nonzero(cells.pieces(k, np.array([face])))) if _kinks(scene, k) == 1 else None
        for k in range(1, hidden + 1)
    )
    return RegionFacts(
        layers=hidden,
        active=active,
        area=float(complex.areas[same].sum()),
        points=data.by_class(complex.bits[face, columns], columns),
        A=found[:, :2],
        d=found[:, 2],
        corners=corner,
        edges=sides,
        nearest=sides[near[0]],
        distance=near[1],
    )
