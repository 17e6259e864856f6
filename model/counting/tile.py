"""One tile: its faces counted and held to what must be true of them, and what lies on its border.

A tile keeps nothing of its inside but numbers. Of the faces at its border it keeps their names,
128 bits of a cryptographic hash of the joint pattern, by which its neighbours know them.
"""

import hashlib
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.kernels import FACE, ORIGIN, TWIN
from cellscope.model.cells.exact.merge import face_pairs
from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.own.cutter import Cutter
from cellscope.model.own.evaluation import Evaluator, Values
from cellscope.model.own.graph import Choice, Kinks, by_units
from cellscope.model.own.result import ExactCells, SmallPieces

Key = tuple[int, ...]  # a tile's way down from the window: (), (3,), (3, 0), …
Names = NDArray[np.void]
NAME = np.dtype("V16")
WITHIN = 2.0**-34  # of its terms' size a unit is near its fold: RELATIVE_ZERO and 2^10 of it
CHUNK_PIECES = 2**18  # that are compared at once: 2^22 were slower, and 200 MB more in two workers
SIDES = ("left", "right", "bottom", "top")


@dataclass(frozen=True, slots=True)
class Side:
    """The pieces of one side of a tile, in order: from, to, and the face's place in `names`."""

    low: Float
    high: Float
    face: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Tile:
    """What is kept of a tile.

    Attributes
    ----------
    faces, pairs : int
        Faces, and pairs of them that share a side.
    euler : int
        V − E + F without the outside: 1.
    ends : bool
        Whether a line ends on another one somewhere, or three and more start in a point.
    area : float
        Σ of the faces'.
    checked, near, wrong : int
        Faces whose pattern was compared with the network's at their centroid; those that differ
        and whose centroid is within rounding of a fold; those that differ otherwise.
    names : (K,)
        Of the faces at the border.
    sides : of left, right, bottom, top
    """

    key: Key
    window: Window
    faces: int
    pairs: int
    euler: int
    ends: bool
    area: float
    checked: int
    near: int
    wrong: int
    names: Names
    sides: tuple[Side, ...]


def compact(tile: Tile) -> Tile:
    """The same in arrays of their own: those that were sent keep all that they came in."""
    sides = tuple(Side(side.low.copy(), side.high.copy(), side.face.copy()) for side in tile.sides)
    return replace(tile, names=tile.names.copy(), sides=sides)


def count_tile(cutter: Cutter, key: Key, window: Window, budget: int, stride: int) -> Tile:
    """Cut a tile and count; every `stride`-th face is compared with the network itself.

    Raises
    ------
    BudgetExceeded
    """
    found = cutter.cut(window, budget)
    complex = found.complex
    at_border, sides = _border(complex)
    checked = np.arange(complex.faces)[stride // 2 :: stride]
    near, wrong = _compare(cutter.values, found, checked)
    vertices = len(np.unique(complex.half[:, ORIGIN]))
    return Tile(
        key=key,
        window=window,
        faces=complex.faces,
        pairs=len(face_pairs(complex)),
        euler=vertices - complex.edges + complex.faces,
        ends=_has_ends(complex),
        area=float(complex.areas.sum()),
        checked=len(checked),
        near=near,
        wrong=wrong,
        names=_names(found, at_border),
        sides=sides,
    )


def _border(complex: Complex) -> tuple[NDArray[np.int32], tuple[Side, ...]]:
    """Faces that touch the border, be it in a point, and the sides in terms of these."""
    half, local = complex.half, complex.local
    outer = half[:, FACE] < 0
    on_border = np.zeros(len(local), np.bool_)
    on_border[half[outer, ORIGIN]] = True
    touching = np.unique(half[on_border[half[:, ORIGIN]] & ~outer, FACE])
    place = np.full(complex.faces, -1, np.int32)
    place[touching] = np.arange(len(touching))
    edges = np.flatnonzero(outer)
    a, b = local[half[edges, ORIGIN]], local[half[half[edges, TWIN], ORIGIN]]
    face = place[half[half[edges, TWIN], FACE]]
    sides: list[Side] = []
    for axis, limit in ((0, 0), (0, 1), (1, 2), (1, 3)):
        at = complex.window[limit] - complex.origin[axis]
        chosen = (a[:, axis] == at) & (b[:, axis] == at)
        ends = np.sort(np.stack([a[chosen, 1 - axis], b[chosen, 1 - axis]], axis=1), axis=1)
        ends += complex.origin[1 - axis]
        order = np.argsort(ends[:, 0], kind="stable")
        sides.append(Side(ends[order, 0], ends[order, 1], face[chosen][order]))
    return touching, tuple(sides)


def _has_ends(complex: Complex) -> bool:
    """Whether a point inside has an odd number of sides, as where a line ends on another."""
    half = complex.half
    degree = np.bincount(half[:, ORIGIN], minlength=len(complex.local))
    degree[half[half[:, FACE] < 0, ORIGIN]] = 0
    return bool(((degree == 3) | (degree == 5)).any())


def _names(found: ExactCells, faces: NDArray[np.int32]) -> Names:
    """The hashes of the joint patterns of some faces, the same in every tile. (K,)"""
    graph = found.values.graph
    columns: list[NDArray[np.unsignedinteger]] = []
    for layer in range(1, found.layer + 1):
        pieces, kind = found.pieces(layer, faces), graph.kind(layer)
        is_bits = isinstance(kind, Kinks) and len(kind.kinks) == 1
        columns.append(np.packbits(pieces, axis=1) if is_bits else pieces)
    rows = np.concatenate(columns, axis=1)
    out = b"".join(hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in rows)
    return np.frombuffer(out, NAME)


def _compare(values: Evaluator, found: ExactCells, faces: NDArray[np.intp]) -> tuple[int, int]:
    """Faces whose pattern is not the network's own at the centroid: near a fold, otherwise."""
    units = sum(values.graph.units(layer) for layer in range(1, found.layer + 1))
    chunk = max(1, CHUNK_PIECES // units)
    near, differ = 0, 0
    for low in range(0, len(faces), chunk):
        rows = _different(found, faces[low : low + chunk])
        differ += len(rows)
        near += _near_a_fold(values, found, rows) if len(rows) else 0
    return near, differ - near


def _different(found: ExactCells, faces: NDArray[np.intp]) -> NDArray[np.intp]:
    """The faces with another pattern than the network's own at their centroid."""
    layers = list(range(1, found.layer + 1))
    differ = np.zeros(len(faces), np.bool_)
    own = found.at.pieces(found.complex.centroids[faces], layers)
    for layer, pieces in zip(layers, own, strict=True):
        differ |= (pieces != found.pieces(layer, faces)).any(axis=1)
    return faces[differ]


def _near_a_fold(values: Evaluator, found: ExactCells, faces: NDArray[np.intp]) -> int:
    """How many of these have, in the first layer that differs, all such units near 0."""
    points = found.complex.centroids[faces]
    known: Values = {}
    xy = torch.from_numpy(points)
    undecided = np.ones(len(points), np.bool_)
    near = np.zeros(len(points), np.bool_)
    for layer in range(1, found.layer + 1):
        seen, kind = values.graph.seen(layer), values.graph.kind(layer)
        [own] = found.at.pieces(points, [layer])
        differ = own != found.pieces(layer, faces)
        value = values.value(seen, xy, known)
        y = by_units(value.y).numpy()
        size = np.zeros(len(y)) if value.size is None else value.size.numpy()
        slope, constant = values.tolerance(seen)
        reach = (size[:, None] * slope + constant) * 2.0**10 + WITHIN * np.abs(y)
        if isinstance(kind, Choice):
            excuse = _ties(kind, y, reach, own, found.pieces(layer, faces))
        else:
            assert isinstance(kind, Kinks)
            excuse = np.any([np.abs(y - kink) <= reach for kink in kind.kinks], axis=0)
        rows = undecided & differ.any(axis=1)
        near[rows] = (excuse | ~differ)[rows].all(axis=1)
        undecided &= ~rows
    return int(near.sum())


def _ties(
    kind: Choice, y: Float, reach: Float, a: NDArray[np.int64], b: SmallPieces
) -> NDArray[np.bool_]:
    """Whether two candidates of every unit are equal within rounding."""
    rows, units = np.arange(len(y))[:, None], np.arange(len(kind.candidates))
    i, j = kind.candidates[units, a], kind.candidates[units, b]
    return np.abs(y[rows, i] - y[rows, j]) <= reach[rows, i] + reach[rows, j]
