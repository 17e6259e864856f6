"""Where a point lies in a complex, and what is around it: faces, corners, sides."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.kernels import FACE, NEXT, ORIGIN, TWIN
from cellscope.model.cells.exact.split import forward_patterns
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.cells.picture.raster import faces_with


def face_at(complex: Complex, x: float, y: float) -> int:
    """The face a point of the window lies in, by its pattern; on a line, one beside it."""
    point = np.array([[x, y]])
    bits = forward_patterns(complex.network, point, layer=complex.layer)
    face = int(faces_with(complex, bits)[0])
    return face if face >= 0 else _face_around(complex, point[0])


def corners(complex: Complex, face: int) -> Float:
    """The corners of one face, counter-clockwise. (corners, 2)"""
    offsets, vertices = complex.loops
    return complex.vertices[vertices[offsets[face] : offsets[face + 1]]]


def border_loop(
    complex: Complex, faces: NDArray[np.intp]
) -> tuple[Float, tuple[tuple[int, int], ...]]:
    """Corners of the convex union of faces; layer and unit (1-based) of the side from each."""
    half, inside = complex.half, np.zeros(complex.faces + 1, np.bool_)
    inside[faces] = True  # the last entry is the outside, face -1
    on_border = inside[half[:, FACE]] & ~inside[half[half[:, TWIN], FACE]]
    first = edge = int(on_border.argmax())
    points: list[Float] = []
    sides: list[tuple[int, int]] = []
    layers, units = complex.edge_layer, complex.edge_unit
    while True:
        points.append(complex.vertices[half[edge, ORIGIN]])
        sides.append((int(layers[edge]), int(units[edge]) + 1))
        edge = int(half[edge, NEXT])
        while not on_border[edge]:  # across the logits' lines, which end on the region's sides
            edge = int(half[half[edge, TWIN], NEXT])
        if edge == first:
            return np.array(points), tuple(sides)


def nearest_side(corner: Float, point: Float) -> tuple[int, float]:
    """(index of the side that starts at this corner, distance to it)."""
    start, end = corner, np.roll(corner, -1, axis=0)
    along = end - start
    length = np.maximum((along * along).sum(axis=1), 1e-300)
    t = np.clip(((point - start) * along).sum(axis=1) / length, 0.0, 1.0)
    distance = np.hypot(*(start + t[:, None] * along - point).T)
    return int(distance.argmin()), float(distance.min())


def _face_around(complex: Complex, point: Float) -> int:
    """A face with the point on its sides: where no face has the point's pattern. O(edges)"""
    half = complex.half
    edges = np.flatnonzero(half[:, FACE] >= 0)
    start = complex.local[half[edges, ORIGIN]]
    along = complex.local[half[half[edges, TWIN], ORIGIN]] - start
    there = point - complex.origin - start
    left = (along[:, 0] * there[:, 1] - along[:, 1] * there[:, 0]) / np.hypot(*along.T)
    least = np.full(complex.faces, np.inf)  # distance to the line of the side that is closest
    np.minimum.at(least, half[edges, FACE], left)
    return int(least.argmax())
