"""Counts of networks with several pieces a unit, against polygons cut in fractions."""

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from cellscope.model.activations import activation_of
from cellscope.model.cells.count.bounds import geometric_maximum, sign_vectors
from cellscope.model.cells.count.whole_plane import plane_counts
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.merge import layer_cells

Point = tuple[Fraction, Fraction]
Affine = tuple[Fraction, Fraction, Fraction]  # a x + b y + c
WINDOW = (-5.0, 5.0, -5.0, 5.0)
SQUARE: list[Point] = [(Fraction(x), Fraction(y)) for x, y in ((-5, -5), (5, -5), (5, 5), (-5, 5))]


def at(f: Affine, p: Point) -> Fraction:
    return f[0] * p[0] + f[1] * p[1] + f[2]


def half(polygon: list[Point], f: Affine) -> list[Point]:
    """What of a convex polygon lies where f > 0; empty without an area."""
    kept: list[Point] = []
    for p, q in zip(polygon, polygon[1:] + polygon[:1], strict=True):
        u, v = at(f, p), at(f, q)
        if u >= 0:
            kept.append(p)
        if u * v < 0:
            t = u / (u - v)
            kept.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
    return kept if any(at(f, p) > 0 for p in kept) and len(kept) > 2 else []


def pieces_of(name: str) -> tuple[list[Fraction], list[tuple[Fraction, Fraction]]]:
    """Kinks, and slope and offset of every piece."""
    row = activation_of(name)
    kinks, slopes = [Fraction(k) for k in row.kinks], [Fraction(s) for s in row.slopes]
    value, pieces = Fraction(row.start), [(slopes[0], Fraction(row.start) - slopes[0] * kinks[0])]
    for m, kink in enumerate(kinks):
        value += slopes[m] * (kink - kinks[m - 1]) if m else 0
        pieces.append((slopes[m + 1], value - slopes[m + 1] * kink))
    return kinks, pieces


def patterns(weights: Any, names: list[str]) -> list[set[tuple[int, ...]]]:
    """Patterns of each hidden layer alone, then the joint ones, with an area in the square."""
    x, y = (Fraction(1), Fraction(0), Fraction(0)), (Fraction(0), Fraction(1), Fraction(0))
    parts: list[tuple[list[Point], list[Affine], tuple[tuple[int, ...], ...]]] = [
        (SQUARE, [x, y], ())
    ]
    for (W, b), name in zip(weights, names, strict=True):
        kinks, pieces = pieces_of(name)
        rows = [[Fraction(w) for w in row] for row in W.tolist()]
        after: list[Any] = []
        for polygon, h, seen in parts:
            ys: list[Affine] = []
            for row, bias in zip(rows, b.tolist(), strict=True):
                a, c, d = (sum(w * f[k] for w, f in zip(row, h, strict=True)) for k in range(3))
                ys.append((a, c, d + Fraction(bias)))  # pyright: ignore[reportArgumentType]
            cut: list[tuple[list[Point], tuple[int, ...]]] = [(polygon, ())]
            for f in ys:
                cut = [
                    (part, (*code, k))
                    for whole, code in cut
                    for k, part in enumerate(between(whole, f, kinks))
                    if part
                ]
            for part, code in cut:
                new = [
                    (s * f[0], s * f[1], s * f[2] + o)
                    for f, (s, o) in zip(ys, [pieces[k] for k in code], strict=True)
                ]
                after.append((part, new, (*seen, code)))
        parts = after
    alone = [{seen[k] for _, _, seen in parts} for k in range(len(names))]
    return [*alone, {sum(seen, ()) for _, _, seen in parts}]


def between(polygon: list[Point], f: Affine, kinks: list[Fraction]) -> list[list[Point]]:
    """The parts on each piece, from left to right."""
    found: list[list[Point]] = []
    rest = polygon
    for kink in kinks:
        above = (f[0], f[1], f[2] - kink)
        below = (-above[0], -above[1], -above[2])
        found.append(half(rest, below) if rest else [])
        rest = half(rest, above) if rest else []
    return [*found, rest]


@pytest.mark.parametrize(
    "names", [["abs", "abs"], ["hardtanh", "hardtanh"], ["relu6", "relu"], ["abs", "hardtanh"]]
)
@pytest.mark.parametrize("seed", range(3))
def test_cells_and_regions_are_those_of_exact_arithmetic(names: list[str], seed: int):
    rng = np.random.default_rng(seed)
    sizes = (2, 4, 3, 2)
    weights = [
        (np.round(rng.normal(0, 1, (n, m)) * 64) / 64, np.round(rng.normal(0, 1, n) * 64) / 64)
        for m, n in pairwise(sizes)
    ]
    first, second, joint = patterns(weights[:2], names)
    activation = ",".join(names)
    one = layer_cells(build(weights, WINDOW, layer=1, activation=activation), 1)
    two = layer_cells(build(weights, WINDOW, layer=2, activation=activation), 2)
    assert (one.patterns, two.patterns, two.linear_regions) == (
        len(first),
        len(second),
        len(joint),
    )
    assert len(joint) <= geometric_maximum((4, 3), activation=activation, joint=True)
    assert len(second) <= geometric_maximum((4, 3), activation=activation)


@pytest.mark.parametrize(("name", "cells"), [("abs", 22), ("hardtanh", 73), ("relu6", 73)])
def test_layer_1_reaches_its_bound_in_the_plane(name: str, cells: int):
    # 6 lines; 12 lines in 6 parallel pairs: 1 + 12 + (66 - 6).
    rng = np.random.default_rng(1)
    weights = [(rng.normal(size=(6, 2)), rng.normal(size=6)), (np.ones((1, 6)), np.zeros(1))]
    found = plane_counts(weights, layer=1, activation=name)
    assert found.exact
    assert found.counts.patterns == cells == geometric_maximum((6,), activation=name)
    assert sign_vectors(6, kinks=2) == 729
