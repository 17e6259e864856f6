"""Pattern → palette index: read from the id, repaired where neighbours would still look alike.

The lower 6 bits of an id are a palette index, and crossing the line of one unit changes them by
that unit's step, to a colour that is clearly different (`palette.STEPS`). So neighbours differ
without looking at them, and a pattern has the same colour in every frame. What is left to
repair are borders where several units change at once: concurrent or equal lines, dead zones,
and contacts on a pixel grid.

The rule has no history: it reads only the ids and which patterns touch, so the same network
always has the same colours, after a rewind, in a link, on another machine.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.picture.palette import COLOURS, distances
from cellscope.model.jit import njit

Ids = NDArray[np.uint64]
Labels = NDArray[np.int32]
Indices = NDArray[np.uint8]

OWN_COLOURS = 32  # up to so many patterns have a colour each
LEVELS = 1000  # distances are compared in thousandths, one byte each
KEEP, CLEAR = 80, 100  # a pattern keeps its first colour from 0.08 on, a new one is 0.10 away
CROWDED = 12  # neighbours from which a pattern chooses before the others


def assign_colours(ids: Ids, pairs: NDArray[np.integer]) -> Indices:
    """A palette index for every pattern.

    Patterns whose first colour clashes with no neighbour's first colour keep it. The others
    choose one after the other, the crowded first, else in the order of a hash of the id: the
    first of their own order of the 64 that is clear of all neighbours coloured so far, else
    the best. With at most 32 patterns no two have the same colour.

    Parameters
    ----------
    ids : (K,) uint64
        Distinct pattern ids, as `dense.pattern_ids` and `dense.pattern_id_from_bits` make them.
    pairs : (E, 2) integers
        Which of them touch, as positions in `ids`; each pair once or more, in any order.

    Returns
    -------
    (K,) uint8
        Indices below 64. It depends on the set of ids and of pairs, not on their order.
        O(K log K + E); 2 ms for K = 60,000.

    Raises
    ------
    ValueError
        Arrays of another shape, or a pair that names no id.
    """
    if ids.ndim != 1 or pairs.ndim != 2 or pairs.shape[1] != 2:
        raise ValueError(f"ids (K,) and pairs (E, 2) expected, not {ids.shape}, {pairs.shape}")
    if pairs.size and not (pairs.min() >= 0 and pairs.max() < len(ids)):
        raise ValueError(f"pairs name positions below {len(ids)}")
    ids = np.ascontiguousarray(ids)
    own = len(ids) <= OWN_COLOURS
    start, neighbours = _adjacency(len(ids), np.ascontiguousarray(pairs, dtype=np.int32))
    colours = np.empty(len(ids), dtype=np.uint8)
    waiting = _first_colours(ids, start, neighbours, _levels(), own, colours)
    order = np.argsort(_keys(ids, start, neighbours, waiting))
    _choose(waiting[order], ids, start, neighbours, _levels(), own, colours)
    return colours


def colours_of(ids: Ids, known: Ids, colours: Indices) -> Indices:
    """The colours of patterns by their ids: those assigned, for others their first ones."""
    order = np.argsort(known)
    at = np.minimum(np.searchsorted(known, ids, sorter=order), len(known) - 1)
    found = order[at]
    first = (ids & np.uint64(COLOURS - 1)).astype(np.uint8)
    return np.where(known[found] == ids, colours[found], first)


@lru_cache(maxsize=1)
def _levels() -> Indices:
    """The palette's distances in thousandths, rounded down, at most 255. (64, 64)"""
    return np.minimum(np.floor(distances() * LEVELS), 255).astype(np.uint8)


@njit(nogil=True, cache=True)
def _adjacency(count: int, pairs: Labels) -> tuple[Labels, Labels]:
    """The neighbours of v are neighbours[start[v]:start[v + 1]]."""
    start = np.zeros(count + 1, np.int32)
    for e in range(len(pairs)):
        start[pairs[e, 0] + 1] += 1
        start[pairs[e, 1] + 1] += 1
    for v in range(count):
        start[v + 1] += start[v]
    fill = start[:-1].copy()
    neighbours = np.empty(2 * len(pairs), np.int32)
    for e in range(len(pairs)):
        a, b = pairs[e, 0], pairs[e, 1]
        neighbours[fill[a]], neighbours[fill[b]] = b, a
        fill[a] += 1
        fill[b] += 1
    return start, neighbours


@njit(nogil=True, cache=True)
def _hash(x: Any) -> Any:
    """splitmix64's output function: the order in which patterns choose, and what they try."""
    z = np.uint64(x) + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@njit(nogil=True, cache=True)
def _first_colours(
    ids: Ids, start: Labels, neighbours: Labels, levels: Indices, own: bool, colours: Indices
) -> Labels:
    """Give every pattern its first colour; returns those that have to choose again."""
    waiting = np.empty(len(ids), np.int32)
    count = 0
    for v in range(len(ids)):
        colours[v] = ids[v] & np.uint64(COLOURS - 1)
        clash = own
        for e in range(start[v], start[v + 1]):
            other = np.int64(ids[neighbours[e]] & np.uint64(COLOURS - 1))
            clash |= levels[colours[v], other] < KEEP
        if clash:
            waiting[count] = v
            count += 1
    return waiting[:count].copy()


@njit(nogil=True, cache=True)
def _keys(ids: Ids, start: Labels, neighbours: Labels, waiting: Labels) -> Ids:
    """Sort keys: crowded patterns first, by octaves of their neighbours; then by hash."""
    keys = np.empty(len(waiting), np.uint64)
    counted = np.full(len(ids), -1, np.int32)  # for whom a neighbour was counted last
    for i in range(len(waiting)):
        v = waiting[i]
        rank, degree = 15, 0
        for e in range(start[v], start[v + 1]):
            if counted[neighbours[e]] != v:
                counted[neighbours[e]] = v
                degree += 1
        while degree >= CROWDED and rank > 0:
            rank, degree = rank - 1, degree >> 1
        keys[i] = (np.uint64(rank) << np.uint64(60)) | (_hash(ids[v]) >> np.uint64(4))
    return keys


@njit(nogil=True, cache=True)
def _choose(
    order: Labels,
    ids: Ids,
    start: Labels,
    neighbours: Labels,
    levels: Indices,
    own: bool,
    colours: Indices,
) -> None:
    """Colour the patterns in `order`, each against its neighbours that have a colour."""
    coloured = np.ones(len(ids), np.bool_)
    for v in order:
        coloured[v] = False
    used = np.zeros(COLOURS, np.bool_)
    nearest = np.empty(COLOURS, np.uint8)
    for v in order:
        for c in range(COLOURS):
            nearest[c] = 255
        for e in range(start[v], start[v + 1]):
            if coloured[neighbours[e]]:
                row = levels[colours[neighbours[e]]]
                for c in range(COLOURS):
                    nearest[c] = min(nearest[c], row[c])
        colours[v] = _pick(ids[v], nearest, used)
        coloured[v] = True
        if own:
            used[colours[v]] = True


@njit(nogil=True, cache=True)
def _pick(key: Any, nearest: Indices, used: NDArray[np.bool_]) -> Any:
    """The first colour of this id that is clear of its neighbours, else the best one.

    An odd stride visits all 64 indices: an order of its own for every id, from one hash.
    """
    stride = np.int64(_hash(key) & np.uint64(COLOURS - 2)) | 1
    c = np.int64(key & np.uint64(COLOURS - 1))
    best = -1
    for attempt in range(COLOURS):
        if not used[c]:
            if nearest[c] >= (KEEP if attempt == 0 else CLEAR):
                return c
            if best < 0 or nearest[c] > nearest[best]:
                best = c
        c = (c + stride) % COLOURS
    return best


def warm() -> None:
    """Compile the kernels, or load them from the cache."""
    assign_colours(np.array([1, 65], dtype=np.uint64), np.array([[0, 1]]))
