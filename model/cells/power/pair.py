"""`Pair`: two neighbouring cells of a diagram, their centres, circles and radical line."""

from dataclasses import dataclass, replace

import numpy as np

from cellscope.model.cells.exact.kernels import FACE, NEXT, ORIGIN, TWIN
from cellscope.model.cells.exact.locate import corners, face_at, nearest_side
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.cells.power.centres import Bools, radical_line
from cellscope.model.cells.power.diagram import Diagram


@dataclass(frozen=True, slots=True)
class Member:
    """One cell of a pair."""

    signs: Bools  # (n,) active iff y > 0
    corners: Float  # (K, 2), counter-clockwise, in the window, data units
    centre: tuple[float, float]
    radius_squared: float  # negative: no circle
    has_centre: bool  # whether the cell holds its own centre


@dataclass(frozen=True, slots=True)
class Pair:
    """The cell at a point and the one across its nearest side; `second` is None if it has none.

    Attributes
    ----------
    line : (p, q, r) or None
        The radical line p x + q y + r = 0: equal power with both centres. Positive at the first.
    units : tuple of int
        The units, 1-based, that have another sign in the other cell: the line is theirs.
    edge : (2, 2) float64 or None
        The ends of the side between the two.
    """

    first: Member
    second: Member | None
    line: tuple[float, float, float] | None
    units: tuple[int, ...]
    edge: Float | None


def pair_at(diagram: Diagram, x: float, y: float) -> Pair:
    """The pair at a point of the diagram's region."""
    complex = diagram.scene.complex
    face = face_at(complex, x, y)
    first = _member(diagram, face)
    edge = _nearest_inner_side(diagram, face, np.array([x, y]))
    if edge < 0:
        return Pair(first, None, None, (), None)
    half = complex.half
    second = _member(diagram, int(half[half[edge, TWIN], FACE]))
    ends = [half[edge, ORIGIN], half[half[edge, TWIN], ORIGIN]]
    return Pair(
        first=first,
        second=second,
        line=radical_line(diagram.W, diagram.b, first.signs, second.signs),
        units=tuple(int(k) + 1 for k in np.flatnonzero(first.signs != second.signs)),
        edge=complex.vertices[ends],
    )


def _member(diagram: Diagram, face: int) -> Member:
    alone = replace(diagram, faces=np.array([face]))  # of 30,000 cells, not all have to be known
    found = alone.centres
    return Member(
        signs=alone.active[0],
        corners=corners(diagram.scene.complex, face),
        centre=(float(found.at[0, 0]), float(found.at[0, 1])),
        radius_squared=float(found.radius_squared[0]),
        has_centre=bool(alone.with_own_centre[0]),
    )


def _nearest_inner_side(diagram: Diagram, face: int, point: Float) -> int:
    """The half-edge of a face, with a cell of the same region beyond, that is nearest; −1: none."""
    half = diagram.scene.complex.half
    edges = [first := int(diagram.scene.complex.start[face])]
    while (after := int(half[edges[-1], NEXT])) != first:
        edges.append(after)
    inner = [e for e in edges if half[half[e, TWIN], FACE] in diagram.faces]
    if not inner:
        return -1
    vertices = diagram.scene.complex.vertices
    distances = [
        nearest_side(vertices[[half[e, ORIGIN], half[half[e, TWIN], ORIGIN]]], point)[1]
        for e in inner
    ]
    return inner[int(np.argmin(distances))]
