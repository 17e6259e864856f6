"""Pattern → palette index: a stable hash, repaired where neighbours would look alike.

The rule has no history: it reads only the ids and which patterns touch, so the same network
always has the same colours, after a rewind, in a link, on another machine. It is local: a
pattern looks at its neighbours that come earlier in one fixed order, and most take their first
choice, so a training step that leaves a pattern alone leaves its colour alone.
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.cells.palette import COLOURS, distances

Ids = NDArray[np.uint64]

CLEAR = 0.10  # OKLab distance from which neighbours look clearly different
OWN_COLOURS = 32  # up to so many patterns have a colour each
LEVELS = 1000  # distances are compared as whole thousandths, one byte each


def assign_colours(ids: Ids, pairs: NDArray[Any]) -> NDArray[np.uint8]:
    return _assign(
        np.ascontiguousarray(ids), np.ascontiguousarray(pairs, dtype=np.int32), _levels()
    )


@lru_cache(maxsize=1)
def _levels() -> NDArray[np.uint8]:
    """The palette's distances in thousandths, rounded down, at most 255. (64, 64)"""
    return np.minimum(np.floor(distances() * LEVELS), 255).astype(np.uint8)


def _assign(ids: Ids, pairs: NDArray[np.int32], levels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    start, neighbours = _adjacency(len(ids), pairs)
    hashes = np.empty(len(ids), dtype=np.uint64)
    keys = np.empty(len(ids), dtype=np.uint64)
    _order_keys(ids, start, hashes, keys)
    colours = np.empty(len(ids), dtype=np.uint8)
    _greedy(
        np.argsort(keys), ids, hashes, start, neighbours, levels, len(ids) <= OWN_COLOURS, colours
    )
    return colours


@njit(nogil=True, cache=True)
def _adjacency(count: int, pairs: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
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
        neighbours[fill[a]] = b
        neighbours[fill[b]] = a
        fill[a] += 1
        fill[b] += 1
    return start, neighbours


@njit(nogil=True, cache=True)
def _order_keys(ids: Ids, start: NDArray[np.int32], hashes: Ids, keys: Ids) -> None:
    for v in range(len(ids)):
        z = ids[v] + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        hashes[v] = z ^ (z >> np.uint64(31))
        rank, degree = 15, start[v + 1] - start[v]
        while degree >= 12:
            rank, degree = rank - 1, degree >> 1
        keys[v] = (np.uint64(rank) << np.uint64(60)) | (hashes[v] >> np.uint64(4))


@njit(nogil=True, cache=True)
def _greedy(
    order: NDArray[np.int64],
    bases: Ids,
    hashes: Ids,
    start: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    levels: NDArray[np.uint8],
    own: bool,
    colours: NDArray[np.uint8],
) -> None:
    done = np.zeros(len(order), np.bool_)
    used = np.zeros(64, np.bool_)
    nearest = np.empty(64, np.uint8)
    for i in range(len(order)):
        v = order[i]
        nearest[:] = 255
        for e in range(start[v], start[v + 1]):
            if done[neighbours[e]]:
                row = levels[colours[neighbours[e]]]
                for c in range(64):
                    nearest[c] = min(nearest[c], row[c])
        h = hashes[v]
        c = np.int64(bases[v] & np.uint64(63))
        step = np.int64((h >> np.uint64(6)) & np.uint64(62)) | 1
        best = -1
        for _ in range(64):
            if not (own and used[c]):
                if best < 0 or nearest[c] > nearest[best]:
                    best = c
                if nearest[c] >= 100:
                    break
            c = (c + step) & 63
        colours[v] = best
        used[best] = True
        done[v] = True
