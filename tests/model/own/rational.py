"""Cells of small networks of every kind counted in whole numbers, slowly and plainly.

Nothing rounds and nothing is shared with the engine. A network is a list of instructions on
lists of affine maps (a, b, c), a x + b y + c with fractions; a piece is a convex polygon with the
maps of all numbers on it. A nonlinear instruction splits pieces until each of its units has one
piece, and writes that down.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

Map = tuple[Fraction, Fraction, Fraction]
Point = tuple[Fraction, Fraction]
Polygon = list[Point]
Env = dict[str, list[Map]]
ZERO: Map = (Fraction(0), Fraction(0), Fraction(0))


@dataclass
class Piece:
    points: Polygon  # counter-clockwise
    env: Env
    pattern: tuple[tuple[int, ...], ...] = ()


@dataclass
class Instruction:
    """What makes a name from others: an affine function of maps, or a step with its rule."""

    out: str
    inputs: tuple[str, ...]
    affine: Callable[..., list[Map]] | None = None
    kinks: tuple[Fraction, ...] = ()
    slopes: Sequence[Sequence[Fraction]] = ()  # per unit, of each piece
    offsets: Sequence[Sequence[Fraction]] = ()
    groups: Sequence[Sequence[int]] = ()  # max-pooling: candidates of each unit


def add(p: Map, q: Map, factor: Fraction = Fraction(1)) -> Map:
    return (p[0] + factor * q[0], p[1] + factor * q[1], p[2] + factor * q[2])


def scale(p: Map, factor: Fraction) -> Map:
    return (factor * p[0], factor * p[1], factor * p[2])


def combine(weights: Sequence[Fraction], maps: Sequence[Map], constant: Fraction) -> Map:
    out = (Fraction(0), Fraction(0), constant)
    for w, m in zip(weights, maps, strict=True):
        if w:
            out = add(out, m, w)
    return out


def value(m: Map, p: Point) -> Fraction:
    return m[0] * p[0] + m[1] * p[1] + m[2]


def split(points: Polygon, m: Map) -> tuple[Polygon | None, Polygon | None]:
    """The parts of positive area where m ≤ 0 and where m > 0."""
    values = [value(m, p) for p in points]
    if not any(v > 0 for v in values):
        return points, None
    if not any(v < 0 for v in values):
        return None, points
    below: Polygon = []
    above: Polygon = []
    for i, (p, u) in enumerate(zip(points, values, strict=True)):
        q, v = points[(i + 1) % len(points)], values[(i + 1) % len(points)]
        if u <= 0:
            below.append(p)
        if u >= 0:
            above.append(p)
        if (u > 0 > v) or (u < 0 < v):
            t = u / (u - v)
            crossing = (p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1]))
            below.append(crossing)
            above.append(crossing)
    return below, above


def cut(piece: Piece, step: Instruction) -> list[Piece]:
    """The pieces of one where every unit of a step is on one of its own pieces."""
    maps = piece.env[step.inputs[0]]
    parts: list[tuple[Polygon, tuple[int, ...]]] = [(piece.points, ())]
    units = step.groups if step.groups else [[i] for i in range(len(maps))]
    for unit in units:
        parts = [
            (points, (*before, index))
            for polygon, before in parts
            for points, index in (
                _choices(polygon, maps, unit)
                if step.groups
                else _between_kinks(polygon, maps[unit[0]], step.kinks)
            )
        ]
    out: list[Piece] = []
    for points, pattern in parts:
        if step.groups:
            new = [maps[i] for i in pattern]
        else:
            new = [
                add(scale(m, step.slopes[i][p]), (Fraction(0), Fraction(0), step.offsets[i][p]))
                for i, (m, p) in enumerate(zip(maps, pattern, strict=True))
            ]
        out.append(Piece(points, {**piece.env, step.out: new}, (*piece.pattern, pattern)))
    return out


def _between_kinks(
    points: Polygon, m: Map, kinks: tuple[Fraction, ...]
) -> list[tuple[Polygon, int]]:
    rest: Polygon | None = points
    out: list[tuple[Polygon, int]] = []
    for index, kink in enumerate(kinks):
        if rest is None:
            break
        below, rest = split(rest, (m[0], m[1], m[2] - kink))
        if below is not None:
            out.append((below, index))
    if rest is not None:
        out.append((rest, len(kinks)))
    return out


def _choices(points: Polygon, maps: list[Map], unit: Sequence[int]) -> list[tuple[Polygon, int]]:
    """The parts where each candidate is the largest: of equal ones the first."""
    out: list[tuple[Polygon, int]] = []
    for index in unit:
        rest: Polygon | None = points
        for other in unit:
            if rest is None or other == index:
                continue
            difference = add(maps[index], maps[other], Fraction(-1))
            if difference == ZERO:  # the same everywhere: the first of them
                rest = rest if unit.index(index) < unit.index(other) else None
                continue
            rest = split(rest, difference)[1]
        if rest is not None:
            out.append((rest, index))
    return out


def pieces(
    program: Sequence[Instruction], start: list[Map], window: Sequence[float], layer: int
) -> list[Piece]:
    """All pieces of layers 1 … layer of a program, whose output's signs are the last layer."""
    x0, x1, y0, y1 = (Fraction(v) for v in window)
    found = [Piece([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], {"x": start})]
    done = 0
    for instruction in program:
        if instruction.affine is not None:
            for piece in found:
                inputs = [piece.env[name] for name in instruction.inputs]
                piece.env[instruction.out] = instruction.affine(*inputs)
            continue
        found = [new for piece in found for new in cut(piece, instruction)]
        done += 1
        if done == layer:
            return found
    signs = Instruction("", (program[-1].out,), kinks=(Fraction(0),))
    width = len(found[0].env[program[-1].out])
    signs.slopes = signs.offsets = [[Fraction(0)] * 2] * width
    return [new for piece in found for new in cut(piece, signs)]


def counts(found: Sequence[Piece]) -> tuple[int, int, int]:
    """(patterns, connected regions, linear regions)."""
    own = [piece.pattern[-1] for piece in found]
    parent = list(range(len(found)))

    def root(i: int) -> int:
        while parent[i] != i:
            i = parent[i]
        return i

    for i, j in _touching(found):
        if own[i] == own[j]:
            parent[root(i)] = root(j)
    regions = sum(root(i) == i for i in range(len(found)))
    return len(set(own)), regions, len({piece.pattern for piece in found})


def _touching(found: Sequence[Piece]) -> list[tuple[int, int]]:
    """Pairs of pieces that share a segment of positive length."""
    lines: dict[Map, list[tuple[Fraction, Fraction, int]]] = {}
    for index, piece in enumerate(found):
        corners = [*piece.points, piece.points[0]]
        for p, q in pairwise(corners):
            if p == q:
                continue
            a, b = p[1] - q[1], q[0] - p[0]
            size = a if a else b
            line = (a / size, b / size, -(a * p[0] + b * p[1]) / size)
            axis = 0 if b else 1
            low, high = sorted((p[axis], q[axis]))
            lines.setdefault(line, []).append((low, high, index))
    pairs: list[tuple[int, int]] = []
    for stretches in lines.values():
        stretches.sort()
        for k, (_, high, i) in enumerate(stretches):
            for low, _, j in stretches[k + 1 :]:
                if low >= high:
                    break
                pairs.append((i, j))
    return pairs
