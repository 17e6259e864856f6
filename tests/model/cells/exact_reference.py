"""Cells counted in whole numbers, as slowly and plainly as possible.

Nothing here rounds and nothing is shared with the engine. Floats are dyadic rationals, so a
network times a power of two is a network of integers. A point is (X, Y, Z) with Z > 0, standing
for (X/Z, Y/Z); a line is (p, q, r), p x + q y + r = 0. A piece is a convex polygon together with
the affine maps of all units of the layer on it; each line splits it by Sutherland & Hodgman.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import Any

import numpy as np

from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.grid.patterns import Float

Net = Sequence[tuple[Float, Float]]
Point = tuple[int, int, int]
Line = tuple[int, int, int]
Stretch = tuple[Fraction, Fraction, int]  # from, to, piece
Whole = np.ndarray[Any, np.dtype[np.object_]]  # of Python's own integers, of any size


@dataclass
class Piece:
    points: list[Point]  # counter-clockwise
    joint: tuple[tuple[int, ...], ...]  # per layer, 1 where y > 0
    maps: list[Line]  # post-activation of the last layer, times one positive number


@dataclass
class Counts:
    patterns: int
    regions: int
    linear: int


def exact_pieces(weights: Net, window: Window, layer: int, slope: float = 0.0) -> list[Piece]:
    """The pieces of layers 1 … layer, each with its joint pattern."""
    x0, x1, y0, y1 = (Fraction(v) for v in window)
    corners = [_point(x, y) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))]
    pieces = [Piece(corners, (), [(1, 0, 0), (0, 1, 0)])]
    unit = 1  # maps are the true ones times this
    for W, b in weights[:layer]:
        scale = _common_denominator([*W.ravel().tolist(), *b.tolist()])
        rows = _whole([[int(Fraction(w) * scale) for w in row] for row in W.tolist()], W.shape[1])
        biases = [int(Fraction(v) * scale) for v in b.tolist()]
        part = Fraction(slope)
        pieces = [new for old in pieces for new in _cut(old, rows, biases, unit, part)]
        unit *= scale * part.denominator
    return pieces


def exact_counts(weights: Net, window: Window, layer: int, slope: float = 0.0) -> Counts:
    pieces = exact_pieces(weights, window, layer, slope)
    own = [piece.joint[-1] for piece in pieces]
    parent = list(range(len(pieces)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for i, j in touching(pieces):
        if own[i] == own[j]:
            parent[root(i)] = root(j)
    regions = sum(root(i) == i for i in range(len(pieces)))
    return Counts(len(set(own)), regions, len({piece.joint for piece in pieces}))


def touching(pieces: list[Piece]) -> Iterator[tuple[int, int]]:
    """Pairs of pieces that share a stretch of positive length, found on each line by itself."""
    on_line: dict[Line, tuple[list[Stretch], list[Stretch]]] = {}
    for index, piece in enumerate(pieces):
        for a, b in pairwise([*piece.points, piece.points[0]]):
            line, forward = _line_through(a, b)
            axis = 0 if line[1] else 1
            p, q = Fraction(a[axis], a[2]), Fraction(b[axis], b[2])
            on_line.setdefault(line, ([], []))[forward].append((min(p, q), max(p, q), index))
    for left, right in on_line.values():
        left.sort()
        right.sort()
        j = 0
        for low, high, i in left:
            while j < len(right) and right[j][1] <= low:
                j += 1
            m = j
            while m < len(right) and right[m][0] < high:
                yield i, right[m][2]
                m += 1


def _cut(
    piece: Piece, rows: Whole, biases: list[int], unit: int, slope: Fraction
) -> Iterator[Piece]:
    alive = [i for i, line in enumerate(piece.maps) if line != (0, 0, 0)]
    products = rows[:, alive] @ _whole([piece.maps[i] for i in alive], 3)
    maps = [(p, q, r + bias * unit) for (p, q, r), bias in zip(products, biases, strict=True)]
    parts: list[tuple[list[Point], tuple[int, ...]]] = [(piece.points, ())]
    for line in maps:
        parts = [
            (points, (*signs, sign))
            for polygon, signs in parts
            for points, sign in _split(polygon, line)
        ]
    factors = (slope.numerator, slope.denominator)
    for points, signs in parts:
        post: list[Line] = []
        for (p, q, r), sign in zip(maps, signs, strict=True):
            factor = factors[sign]
            post.append((factor * p, factor * q, factor * r))
        yield Piece(points, (*piece.joint, signs), post)


def _whole(rows: Sequence[Sequence[int]], columns: int) -> Whole:
    """numpy multiplies such matrices as Python would, in a third of the time."""
    return np.array(rows, dtype=object).reshape(len(rows), columns)


def _split(points: list[Point], line: Line) -> list[tuple[list[Point], int]]:
    values = [line[0] * x + line[1] * y + line[2] * z for x, y, z in points]
    positive, negative = any(v > 0 for v in values), any(v < 0 for v in values)
    if not (positive and negative):
        return [(points, int(positive))]
    above: list[Point] = []
    below: list[Point] = []
    count = len(points)
    for i in range(count):
        a, b, u, v = points[i], points[(i + 1) % count], values[i], values[(i + 1) % count]
        if u >= 0:
            above.append(a)
        if u <= 0:
            below.append(a)
        if u > 0 > v or u < 0 < v:
            crossing = _between(a, b, abs(u), abs(v))
            above.append(crossing)
            below.append(crossing)
    return [(above, 1), (below, 0)]


def _between(a: Point, b: Point, u: int, v: int) -> Point:
    """The point of ab where a function of size u at a and of size v, other sign, at b is 0."""
    # The values carry the points' Z: u = Z_a |f(a)|, v = Z_b |f(b)|, so (b u + a v) is it.
    x, y, z = (v * p + u * q for p, q in zip(a, b, strict=True))
    common = gcd(x, y, z)
    return x // common, y // common, z // common


def _line_through(a: Point, b: Point) -> tuple[Line, bool]:
    p = a[1] * b[2] - b[1] * a[2]
    q = a[2] * b[0] - b[2] * a[0]
    r = a[0] * b[1] - b[0] * a[1]
    common = gcd(p, q, r)
    p, q, r = p // common, q // common, r // common
    forward = p > 0 or (p == 0 and q > 0)
    return ((p, q, r) if forward else (-p, -q, -r)), forward


def _point(x: Fraction, y: Fraction) -> Point:
    z = x.denominator * y.denominator
    return int(x * z), int(y * z), z


def _common_denominator(values: Iterable[float]) -> int:
    return max(Fraction(v).denominator for v in values)  # all are powers of two
