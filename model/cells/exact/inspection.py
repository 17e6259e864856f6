"""`inspect`: everything there is to know about one point of the picture.

Two things are told apart. The *cell* of layer i: all points with its sign pattern, maybe in
several pieces. The *linear region* of the hidden layers: one convex polygon, on which the whole
network is one affine map.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.affine import affine_maps
from cellscope.model.cells.exact.complex import Complex, build
from cellscope.model.cells.exact.kernels import FACE, ORIGIN, TWIN
from cellscope.model.cells.exact.locate import border_loop, corners, face_at, nearest_side
from cellscope.model.cells.exact.merge import LayerCells, layer_cells
from cellscope.model.cells.exact.split import forward_patterns, pieces
from cellscope.model.cells.grid.patterns import unpack_signs
from cellscope.model.cells.picture.exact_picture import REST_FACES
from cellscope.model.cells.picture.lru_cache import Recent
from cellscope.model.datasets import seen_data
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View, Window

Float = NDArray[np.float64]
MOST_FACES = 3_000  # polygons sent to light up a cell; of more, only the outline is
SAME_MAP = 1e-9  # relative difference below which two affine maps are one


@dataclass(frozen=True, slots=True)
class CellFacts:
    """The cell of layer i under a point."""

    layer: int
    units: NDArray[np.int64]  # (n_i,) the piece each is on, from 0
    kinks: int  # a unit: its pieces are 0 … kinks; 0: it chooses one of its inputs
    pieces: int  # connected regions in the window
    area: float  # of all pieces, data units squared
    points: NDArray[np.int64]  # training points inside, by class
    linear_regions: int  # of the hidden layers, within the cell
    one_map: bool | None  # whether the whole network is the same affine map on all; None: unknown
    outline: Float  # (K, 4) segments x, y, x, y in data units
    polygons: tuple[Float, ...]  # of its faces, (corners, 2) each; empty if there are too many

    @property
    def signs(self) -> NDArray[np.bool_]:
        """Of units of one kink, which are active: beyond it. (n_i,)"""
        return self.units > 0

    @property
    def on_each_piece(self) -> list[int]:
        """How many units are on it."""
        return np.bincount(self.units, minlength=self.kinks + 1).tolist()


@dataclass(frozen=True, slots=True)
class RegionFacts:
    """The linear region of the hidden layers under a point, and the network on it."""

    layers: int  # joint pattern of layers 1 … this
    # Active units per layer. None where they choose instead, or have several kinks.
    active: tuple[int | None, ...]
    area: float
    points: NDArray[np.int64]  # training points inside, by class
    A: Float  # (classes, 2)
    d: Float  # (classes,): the logits are A x + d
    corners: Float  # (corners, 2), counter-clockwise, data units
    edges: tuple[tuple[int, int], ...]  # (layer, unit) of each side, 1-based; (0, 0): the window
    nearest: tuple[int, int]  # (layer, unit) of the side closest to the point
    distance: float  # to that side, data units


@dataclass(frozen=True, slots=True)
class Inspection:
    """What lies under one point of a snapshot's picture."""

    x: float
    y: float
    cell: CellFacts
    region: RegionFacts


@dataclass(frozen=True)
class _Scene:
    """What inspections of one (snapshot, window, layer) share."""

    complex: Complex
    cells: LayerCells
    hidden: int  # the layers whose joint pattern makes the linear region
    points: Float  # training points in the window
    classes: NDArray[Any]  # all 0 where there are targets instead
    words: NDArray[np.uint64]  # their joint patterns, as the faces'


_scenes = Recent[tuple[int, int, Window, int], _Scene](4)


def inspect(snapshot: Snapshot, view: View, x: float, y: float, *, key: int) -> Inspection | None:
    """The cell and the linear region at (x, y); None outside of the window.

    `key` names the experiment, so that its snapshots' versions are not taken for another's.

    Raises
    ------
    BudgetExceeded, BelowReach
        Where there is no exact complex.
    NoPolygons
        An activation or weights without them.
    """
    x0, x1, y0, y1 = view.window
    if not (x0 <= x <= x1 and y0 <= y <= y1):
        return None
    layer = min(view.layer, snapshot.spec.layers)
    name = (key, snapshot.version, view.window, layer)
    scene = _scenes.get(name, lambda: _make_scene(snapshot, view.window, layer))
    face = face_at(scene.complex, x, y)
    return Inspection(x, y, _cell(scene, face), _region(scene, face, np.array([x, y])))


def _make_scene(snapshot: Snapshot, window: Window, layer: int) -> _Scene:
    hidden = max(1, snapshot.spec.layers - 1)
    complex = build(
        snapshot.weights,
        window,
        layer=max(layer, hidden),
        activation=snapshot.spec.activation,
        budget=REST_FACES,
    )
    data = seen_data(snapshot.spec)
    x0, x1, y0, y1 = window
    inside = (data.train_x >= (x0, y0)).all(axis=1) & (data.train_x <= (x1, y1)).all(axis=1)
    points = data.train_x[inside]
    words = forward_patterns(complex.network, points, layer=complex.layer)
    cells = layer_cells(complex, layer)
    classes = (
        np.zeros(len(points), np.int64) if snapshot.spec.is_regression else data.train_y[inside]
    )
    return _Scene(complex, cells, hidden, points, classes, words)


def _cell(scene: _Scene, face: int) -> CellFacts:
    complex, cells = scene.complex, scene.cells
    pattern = int(cells.pattern[face])
    faces = np.flatnonzero(cells.pattern == pattern)
    offsets = complex.word_offsets
    own = slice(offsets[cells.layer - 1], offsets[cells.layer])
    there = (scene.words[:, own] == cells.bits[pattern]).all(axis=1)
    return CellFacts(
        layer=cells.layer,
        kinks=complex.network.kinks[cells.layer - 1],
        units=_pieces(complex, cells.bits[pattern : pattern + 1], cells.layer)[0],
        pieces=int((cells.region_pattern == pattern).sum()),
        area=float(complex.areas[faces].sum()),
        points=_by_class(scene, there),
        linear_regions=len(np.unique(_hidden_words(scene)[faces], axis=0)),
        one_map=_one_map(scene, faces),
        outline=outline(complex, cells.pattern == pattern),
        polygons=tuple(corners(complex, int(f)) for f in faces) if len(faces) <= MOST_FACES else (),
    )


def _region(scene: _Scene, face: int, point: Float) -> RegionFacts:
    complex = scene.complex
    hidden = _hidden_words(scene)
    same = np.flatnonzero((hidden == hidden[face]).all(axis=1))  # several if logits cut it, too
    there = (scene.words[:, : hidden.shape[1]] == hidden[face]).all(axis=1)
    A, d = affine_maps(complex, np.array([face]))
    corner, sides = border_loop(complex, same)
    near = nearest_side(corner, point)
    active = tuple(
        int(np.count_nonzero(_pieces(complex, complex.layer_bits(i)[face : face + 1], i)))
        if complex.network.kinks[i - 1] == 1
        else None
        for i in range(1, scene.hidden + 1)
    )
    return RegionFacts(
        layers=scene.hidden,
        active=active,
        area=float(complex.areas[same].sum()),
        points=_by_class(scene, there),
        A=A[0],
        d=d[0],
        corners=corner,
        edges=sides,
        nearest=sides[near[0]],
        distance=near[1],
    )


def _pieces(complex: Complex, words: NDArray[np.uint64], layer: int) -> NDArray[np.int64]:
    signs = unpack_signs(words, complex.widths[layer - 1])
    return pieces(signs, complex.network.kinks[layer - 1])


def _hidden_words(scene: _Scene) -> NDArray[np.uint64]:
    """Joint patterns of the hidden layers of all faces."""
    return scene.complex.bits[:, : scene.complex.word_offsets[scene.hidden]]


def _by_class(scene: _Scene, there: NDArray[np.bool_]) -> NDArray[np.int64]:
    classes = len(scene.complex.network.weights[-1][1])
    return np.bincount(scene.classes[there], minlength=classes)


def _one_map(scene: _Scene, faces: NDArray[np.intp]) -> bool:
    """Whether A and d agree on all faces, relative to the largest entry."""
    A, d = affine_maps(scene.complex, faces)
    return same_maps(np.concatenate([A, d[:, :, None]], axis=2))


def same_maps(maps: Float) -> bool:
    """Whether affine maps (K, outputs, 3) are one."""
    if not np.isfinite(maps).all():  # beyond float64: nothing can be said
        return len(maps) == 1
    return bool(np.abs(maps - maps[0]).max() <= SAME_MAP * max(np.abs(maps).max(), 1e-300))


def outline(complex: Complex, inside: NDArray[np.bool_]) -> Float:
    """Half-edges with a face of the set on the left and none on the right. (K, 4)"""
    half = complex.half
    face, other = half[:, FACE], half[half[:, TWIN], FACE]
    edges = np.flatnonzero((face >= 0) & inside[face] & ((other < 0) | ~inside[other]))
    start = complex.vertices[half[edges, ORIGIN]]
    end = complex.vertices[half[half[edges, TWIN], ORIGIN]]
    return np.concatenate([start, end], axis=1)
