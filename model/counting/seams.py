"""Tiles put together: pieces of seams and corners inside regions, as SCIENCE of the count has it.

A linear region is convex, so its pieces in the tiles, less the segments of seams inside it, plus
the corners inside it, are one. A corner is a point where three or more tiles meet; it ends the
segments of the seams through it. A segment has two tiles, one on each side. A region crosses it
iff it has a piece on it and a face in both tiles: regions are convex and open.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from cellscope.model.cells.exact.origin import Window
from cellscope.model.counting.tile import Side, Tile

Name = bytes
Point = tuple[float, float]
Known = Callable[[int], frozenset[Name]]
TILES_AT_HAND = 16
SAME = 1e-6  # of a side: both sides' ends of a piece agree within it


@dataclass(frozen=True, slots=True)
class Joined:
    """What the tiles have in common: pieces of seams and corners, and whether all fits."""

    seam_pieces: int
    corners: int
    covered: bool  # every side is covered by its pieces, every seam has a tile on both sides


@dataclass(frozen=True, slots=True)
class _Segment:
    """Of a seam, between two corners or ends: the regions that cross it, and those at its ends."""

    ends: tuple[Point, Point]
    crossing: int
    first: frozenset[Name]
    last: frozenset[Name]
    fits: bool


def join(tiles: Sequence[Tile], window: Window) -> Joined:
    """The pieces of seams and the corners of a tiling of a window."""

    # Of millions of names as objects only those of tiles at hand: a line is walked from end to end.
    @lru_cache(TILES_AT_HAND)
    def known(number: int) -> frozenset[Name]:
        return frozenset(name.tobytes() for name in tiles[number].names)

    covered = all(_is_covered(tile) for tile in tiles)
    pieces = 0
    rays: dict[Point, list[frozenset[Name]]] = defaultdict(list)
    for segment in _segments(tiles, known):
        pieces += segment.crossing
        covered &= segment.fits
        for point, names in zip(segment.ends, (segment.first, segment.last), strict=True):
            rays[point].append(names)
    x0, x1, y0, y1 = window
    inside = [names for (x, y), names in rays.items() if x0 < x < x1 and y0 < y < y1]
    covered &= all(len(names) in (3, 4) for names in inside)
    corners = sum(bool(frozenset.intersection(*names)) for names in inside)
    return Joined(pieces, corners, covered)


def _is_covered(tile: Tile) -> bool:
    """Whether the pieces of every side follow one another from end to end."""
    x0, x1, y0, y1 = tile.window
    scale = 1e-12 * max(abs(v) for v in tile.window)
    for side, low, high in zip(tile.sides, (y0, y0, x0, x0), (y1, y1, x1, x1), strict=True):
        ends = np.concatenate([[low], side.high])
        starts = np.concatenate([side.low, [high]])
        if not len(side.low) or np.abs(starts - ends).max() > scale:
            return False
    return True


def _segments(tiles: Sequence[Tile], known: Known) -> Iterator[_Segment]:
    """All segments of the seams, those of upright lines first."""
    for axis in (0, 1):
        below: dict[float, list[int]] = defaultdict(list)  # tiles that end at a line
        above: dict[float, list[int]] = defaultdict(list)  # … and that begin there
        for number, tile in enumerate(tiles):
            below[tile.window[2 * axis + 1]].append(number)
            above[tile.window[2 * axis]].append(number)
        for place in sorted(set(below) & set(above)):
            yield from _line(tiles, known, axis, place, below[place], above[place])


def _line(
    tiles: Sequence[Tile], known: Known, axis: int, place: float,
    below: list[int], above: list[int],
) -> Iterator[_Segment]:  # fmt: skip
    """The segments of all seams on one line, between the ends of the tiles on both sides."""
    low, high = 2 * (1 - axis), 2 * (1 - axis) + 1
    below.sort(key=lambda number: tiles[number].window[low])
    above.sort(key=lambda number: tiles[number].window[low])
    i = j = 0
    while i < len(below) and j < len(above):
        a, b = tiles[below[i]], tiles[above[j]]
        start = max(a.window[low], b.window[low])
        end = min(a.window[high], b.window[high])
        if start < end:
            one = a, a.sides[2 * axis + 1], known(below[i])
            other = b, b.sides[2 * axis], known(above[j])
            yield _segment(axis, place, start, end, one, other)
        if a.window[high] <= b.window[high]:
            i += 1
        if b.window[high] <= a.window[high]:
            j += 1


def _segment(
    axis: int, place: float, start: float, end: float,
    one: tuple[Tile, Side, frozenset[Name]], other: tuple[Tile, Side, frozenset[Name]],
) -> _Segment:  # fmt: skip
    both = one[2] & other[2]
    pieces = [_pieces(tile, side, start, end) for tile, side, _ in (one, other)]
    crossing = {name for part in pieces for name, _, _ in part if name in both}
    first = {part[0][0] for part in pieces if part} & crossing
    last = {part[-1][0] for part in pieces if part} & crossing
    points = ((place, start), (place, end)) if axis == 0 else ((start, place), (end, place))
    fits = _agree(pieces[0], pieces[1], SAME * (end - start))
    return _Segment(points, len(crossing), frozenset(first), frozenset(last), fits)


def _pieces(tile: Tile, side: Side, start: float, end: float) -> list[tuple[Name, float, float]]:
    """The pieces of a side on a segment: name, from, to."""
    low, high = np.maximum(side.low, start), np.minimum(side.high, end)
    at = np.flatnonzero(low < high)
    made: list[tuple[Name, float, float]] = []
    for name, a, b in zip(
        tile.names[side.face[at]], low[at].tolist(), high[at].tolist(), strict=True
    ):
        if made and made[-1][0] == name.tobytes():  # one region, whose border has a vertex here
            made[-1] = made[-1][0], made[-1][1], b
        else:
            made.append((name.tobytes(), a, b))
    return made


def _agree(
    one: list[tuple[Name, float, float]], other: list[tuple[Name, float, float]], near: float
) -> bool:
    """Whether a region has the same piece of a segment on both sides, where it has one on both."""
    ends = {name: (a, b) for name, a, b in other}
    return all(
        name not in ends or (abs(ends[name][0] - a) <= near and abs(ends[name][1] - b) <= near)
        for name, a, b in one
    )
