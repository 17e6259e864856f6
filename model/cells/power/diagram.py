"""`Diagram`: the power diagram of one layer, in the whole picture or inside one linear region.

Layer 1 is affine in the plane, so its cells are one power diagram; those of a layer with only
linear ones before it, too. Else layer i is affine only inside a region of the layers 1 … i − 1:
there y_i(x) = W x + b, and the layer's cells are the power diagram of that W and b, cut off at the
region. At the signs of a linear layer no region ends.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import Activation
from cellscope.model.cells.exact.affine import line_maps
from cellscope.model.cells.exact.complex import Complex, build
from cellscope.model.cells.exact.locate import border_loop, face_at
from cellscope.model.cells.exact.merge import distinct_rows, layer_cells
from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.grid.dense import pattern_id_from_bits
from cellscope.model.cells.grid.patterns import Float, Weights, Words, checked_weights, unpack_signs
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.exact_picture import LIVE_FACES, REST_FACES
from cellscope.model.cells.picture.lru_cache import Recent
from cellscope.model.cells.picture.picture import stray_colours, workspace
from cellscope.model.cells.picture.raster import Stray
from cellscope.model.cells.power.centres import Bools, Centres, centres, own_centre_inside
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

STEEPEST = 1e150  # entries of W and b: centres, sums of 256 of them, have squares in float64
MARGIN = 1.08  # a region's picture is a little larger than the region
Point = tuple[float, float]


@dataclass(frozen=True)
class Scene:
    """The cells of one (snapshot, window, layer), of which every region is a part.

    Attributes
    ----------
    complex : Complex
        Of the layers that bend before `layer`, and of it; linear ones are part of the next.
    layer : int
    whole : bool
        Whether the layer is affine in the whole plane.
    colours : (F,) uint8
        Palette index of each face: that of the large picture in the mode "cells".
    """

    complex: Complex
    layer: int
    whole: bool
    colours: NDArray[np.uint8]

    @property
    def stray(self) -> Stray:
        """Colours of points on lines whose pattern no cell has."""
        own = slice(*self.complex.word_offsets[-2:])
        return stray_colours(np.ascontiguousarray(self.complex.bits[:, own]), self.colours, own)

    @cached_property
    def before(self) -> NDArray[np.int32]:
        """The region of the layers before `layer` that each face is part of. (F,)"""
        own = self.complex.word_offsets[-2]
        return distinct_rows(np.ascontiguousarray(self.complex.bits[:, :own]))[0]

    @property
    def widest(self) -> int:
        """A face of the region with the most cells, the largest of these."""
        cells = np.bincount(self.before)
        area = np.bincount(self.before, weights=self.complex.areas)
        best = int(np.lexsort((area, cells))[-1])
        return int((self.before == best).argmax())


@dataclass(frozen=True)
class Diagram:
    """The power diagram of M cells, the cells of layer `layer` in one region.

    Attributes
    ----------
    scene : Scene
    W, b : (n, 2), (n,) float64
        y = W x + b of the layer, in the region.
    faces : (M,) int64
        The cells as faces of the scene's complex.
    corners : (K, 2) float64
        The region (the window, where it is all of it), counter-clockwise.
    window : (x0, x1, y0, y1)
        What a picture of it shows.
    """

    scene: Scene
    W: Float
    b: Float
    faces: NDArray[np.intp]
    corners: Float
    window: Window

    @cached_property
    def bits(self) -> Words:
        """The cells' patterns. (M, words)"""
        own = self.scene.complex.bits[self.faces, self.scene.complex.word_offsets[-2] :]
        return np.ascontiguousarray(own)

    @cached_property
    def active(self) -> Bools:
        """The cells' patterns. (M, n)"""
        return unpack_signs(self.bits, len(self.b))

    @cached_property
    def centres(self) -> Centres:
        """The cells' centres. (M,)"""
        return centres(self.W, self.b, self.active)

    @cached_property
    def with_own_centre(self) -> Bools:
        """Whether each cell holds its own centre: the plane's cell, cut at the region. (M,)"""
        return own_centre_inside(self.W, self.b, self.active, self.centres.at) & (
            self.scene.whole | _inside(self.corners, self.centres.at)
        )

    @property
    def cells(self) -> int:
        """M."""
        return len(self.faces)

    def shows(self, x: float, y: float) -> bool:
        """Whether the scene's window holds a point."""
        return _holds(self.scene.complex.window, (x, y))


_scenes = Recent[tuple[int, int, Window, int], Scene](4)


def diagram_at(snapshot: Snapshot, view: View, at: Point | None, *, key: int) -> Diagram:
    """The diagram of the view's layer in the region at a point.

    Without a point, or outside of the window, in the region with the most cells. `key` names the
    experiment, so that its snapshots' versions are not taken for another's.

    Raises
    ------
    BudgetExceeded, BelowReach
        Where there is no exact complex.
    OverflowError
        Slopes whose squares are beyond float64.
    NoPolygons
        An activation or weights without them.
    """
    scene = scene_of(snapshot, view, key=key)
    if at is not None and _holds(view.window, at):
        return diagram_of(scene, face_at(scene.complex, *at))
    return diagram_of(scene, scene.widest)


def is_whole(snapshot: Snapshot, view: View) -> bool:
    """Whether the view's layer is affine in the whole plane, so that the point does not matter."""
    return _is_affine(snapshot, min(view.layer, snapshot.spec.layers))


def _is_affine(snapshot: Snapshot, layer: int) -> bool:
    return not any(row.bends for row in snapshot.spec.activations[: layer - 1])


def scene_of(snapshot: Snapshot, view: View, *, key: int) -> Scene:
    """The scene of a view's layer and window."""
    layer = min(view.layer, snapshot.spec.layers)
    name = (key, snapshot.version, view.window, layer)
    return _scenes.get(name, lambda: _make_scene(snapshot, view.window, layer))


def diagram_of(scene: Scene, face: int) -> Diagram:
    """The diagram of the region that a face is part of."""
    complex = scene.complex
    A, d = line_maps(complex, np.array([face]), layer=complex.layer)
    if not (np.abs(A).max() < STEEPEST and np.abs(d).max() < STEEPEST):  # nan is neither
        raise OverflowError("the layer's slopes are beyond float64")
    window = complex.window
    if scene.whole:
        x0, x1, y0, y1 = window
        corners = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
        return Diagram(scene, A[0], d[0], np.arange(complex.faces), corners, window)
    faces = np.flatnonzero(scene.before == scene.before[face])
    corners, _ = border_loop(complex, faces)
    return Diagram(scene, A[0], d[0], faces, corners, _around(corners, window))


def _make_scene(snapshot: Snapshot, window: Window, layer: int) -> Scene:
    weights = checked_weights(snapshot.weights)
    if _is_affine(snapshot, layer):
        return whole_scene(weights, window, layer, _kinks(snapshot, layer))
    network, number, activation = _that_bend(weights, snapshot.spec.activations, layer)
    complex = build(
        network,
        window,
        layer=number,
        activation=activation,
        budget=LIVE_FACES if snapshot.status == "training" else REST_FACES,
        workspace=workspace(),
    )
    return Scene(complex, layer, False, _colours(complex, layer))


def _that_bend(
    weights: Weights, activations: tuple[Activation, ...], layer: int
) -> tuple[Weights, int, str]:
    """The network without linear layers before `layer`, the layer's number in it, its activations.

    A linear layer and the next one are one map.
    """
    before = [k for k in range(layer - 1) if activations[k].bends]
    ends = [*before, *range(layer - 1, len(weights))]
    starts = [0, *(end + 1 for end in ends)]
    maps = tuple(
        one_map(weights[start : end + 1]) for start, end in zip(starts, ends, strict=False)
    )
    if not all(np.isfinite(A).all() and np.isfinite(d).all() for A, d in maps):
        raise OverflowError("the product of the weights is beyond float64")
    return maps, len(before) + 1, ",".join(activations[end].name for end in ends[:-1])


def _kinks(snapshot: Snapshot, layer: int) -> tuple[float, ...]:
    """Where the layer's units change their piece: at 0 where only the sign counts."""
    spec = snapshot.spec
    return (0.0,) if layer == spec.layers else spec.activations[layer - 1].kinks or (0.0,)


def whole_scene(
    weights: Weights, window: Window, layer: int, kinks: tuple[float, ...] = (0.0,)
) -> Scene:
    """The cells of a layer that is affine in the plane: no activation in the layers before it.

    A unit of several kinks is so many units y − c, as in `exact.split`.
    """
    A, d = one_map(weights[:layer])
    A, d = np.repeat(A, len(kinks), axis=0), np.repeat(d, len(kinks)) - np.tile(kinks, len(d))
    if not (np.isfinite(A).all() and np.isfinite(d).all()):
        raise OverflowError("the product of the weights is beyond float64")
    complex = build([(A, d)], window, layer=1, workspace=workspace())
    return Scene(complex, layer, True, _colours(complex, layer))


def _colours(complex: Complex, layer: int) -> NDArray[np.uint8]:
    """Palette index of each face, by the pattern of the complex's last layer, which is `layer`."""
    cells = layer_cells(complex, complex.layer)
    ids = pattern_id_from_bits(cells.bits, layer, cells.width)
    return assign_colours(ids, cells.neighbours)[cells.pattern]


def one_map(weights: Weights) -> tuple[Float, Float]:
    """(A, d) of layers without an activation between them: y = A x + d. Exercise 2.1

    >>> one_map(((np.array([[2.0, 0.0]]), np.array([1.0])), (np.array([[3.0]]), np.array([0.5]))))
    (array([[6., 0.]]), array([3.5]))
    """
    (A, d), *later = weights
    with np.errstate(over="ignore", invalid="ignore"):  # inf or nan
        for W, b in later:
            A, d = W @ A, W @ d + b
    return A, d


def _holds(window: Window, point: Point) -> bool:
    x0, x1, y0, y1 = window
    return x0 <= point[0] <= x1 and y0 <= point[1] <= y1


def _around(corners: Float, window: Window) -> Window:
    """A window around a polygon, of the shape of another window."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    side = np.array([window[1] - window[0], window[3] - window[2]])
    half = MARGIN * float(((high - low) / side).max()) * side / 2
    x, y = (low + high) / 2
    return (float(x - half[0]), float(x + half[0]), float(y - half[1]), float(y + half[1]))


def _inside(corners: Float, points: Float) -> Bools:
    """Which points a convex polygon contains. (M,)"""
    along = np.roll(corners, -1, axis=0) - corners
    there = points[:, None] - corners
    left = along[:, 0] * there[..., 1] - along[:, 1] * there[..., 0]
    return np.asarray((left >= 0).all(axis=1))
