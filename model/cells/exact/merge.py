"""Cells of one layer: faces merged across the edges where the layer's pattern does not change.

Three counts that must not be mixed (all of them in the complex's window):

- *patterns*: distinct sign vectors of layer i alone.
- *connected regions*: maximal sets of faces of one pattern that hang together by edges. A deep
  layer's cell can be in several pieces. Pieces that touch in a point are separate; pieces on both
  sides of a line where y is 0 on the line only are one.
- *linear regions*: distinct joint patterns of layers 1 … i. Each is one convex face. For the
  identity they count sign vectors as well, though the network is one affine map.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.kernels import FACE, TWIN
from cellscope.model.cells.exact.union_find import numbered, unite
from cellscope.model.cells.grid.dense import pattern_id_from_bits
from cellscope.model.cells.grid.patterns import Words
from cellscope.model.jit import njit

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class LayerCells:
    """The cells of one layer of a complex, with P patterns, R connected regions and F faces.

    Attributes
    ----------
    layer, width : int
    pattern : (F,) int32
        Index of each face's pattern, 0 … P − 1 in the order of the faces.
    region : (F,) int32
        Index of each face's connected region, 0 … R − 1 in the order of the faces.
    bits : (P, words) uint64
        The patterns.
    region_pattern : (R,) int32
        Pattern of each connected region.
    neighbours : (K, 2) int32
        Pairs of patterns that share an edge, the smaller index first, each pair once.
    linear_regions : int
        Joint patterns of layers 1 … `layer`.
    """

    layer: int
    width: int
    pattern: Ints
    region: Ints
    bits: Words
    region_pattern: Ints
    neighbours: Ints
    linear_regions: int

    @property
    def ids(self) -> Words:
        """The 64-bit id of each pattern, for its colour; the same in every frame. (P,)"""
        return pattern_id_from_bits(self.bits, self.layer, self.width)

    @property
    def patterns(self) -> int:
        """P, distinct sign vectors of the layer alone."""
        return len(self.bits)

    @property
    def regions(self) -> int:
        """R, connected regions."""
        return len(self.region_pattern)


def layer_cells(complex: Complex, layer: int) -> LayerCells:
    """The cells of layer `layer` ≤ complex.layer. O(edges).

    Raises
    ------
    ValueError
        A layer that the complex does not have.
    """
    own = np.ascontiguousarray(complex.layer_bits(layer))
    pattern, first = distinct_rows(own)
    region, representatives = merge_faces(complex.half, pattern)
    linear = complex.faces
    if layer < complex.layer:
        joint = np.ascontiguousarray(complex.bits[:, : complex.word_offsets[layer]])
        linear = len(distinct_rows(joint)[1])
    return LayerCells(
        layer=layer,
        width=complex.widths[layer - 1],
        pattern=pattern,
        region=region,
        bits=own[first],
        region_pattern=pattern[representatives],
        neighbours=neighbour_pairs(complex.half, pattern),
        linear_regions=linear,
    )


def face_pairs(complex: Complex) -> Ints:
    """Pairs of faces (linear regions) that share an edge, smaller first, each once. (K, 2)"""
    return neighbour_pairs(complex.half, np.arange(complex.faces, dtype=np.int32))


def joint_ids(complex: Complex) -> Words:
    """The 64-bit id of each face's joint pattern: the XOR of its layers' pattern ids. (F,)"""
    ids = np.zeros(complex.faces, np.uint64)
    for layer, width in enumerate(complex.widths, start=1):
        ids ^= pattern_id_from_bits(complex.layer_bits(layer), layer, width)
    return ids


@njit(nogil=True, cache=True, inline="always")
def _mix(value: np.uint64) -> np.uint64:
    """The finalizer of splitmix64 (Steele, Lea, Flood 2014)."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


@njit(nogil=True, cache=True)
def distinct_rows(rows: Words) -> tuple[Ints, Ints]:
    """Index of each row among the distinct rows, and where each of these comes first.

    Compares whole rows; the hash only says where to look.
    """
    size = 16
    while size < 2 * len(rows):
        size *= 2
    mask = np.uint64(size - 1)
    table = np.full(size, -1, np.int32)
    index, first = np.empty(len(rows), np.int32), np.empty(len(rows), np.int32)
    count = 0
    for i in range(len(rows)):
        key = np.uint64(0)
        for w in range(rows.shape[1]):
            key = _mix(key ^ rows[i, w]) + np.uint64(0x9E3779B97F4A7C15)
        slot = np.int64(key & mask)
        while True:
            found = table[slot]
            if found < 0:
                table[slot] = index[i] = count
                first[count] = i
                count += 1
                break
            equal = True
            for w in range(rows.shape[1]):
                equal = equal and rows[first[found], w] == rows[i, w]
            if equal:
                index[i] = found
                break
            slot = (slot + 1) & np.int64(mask)
    return index, first[:count].copy()


@njit(nogil=True, cache=True)
def merge_faces(half: Ints, value: Ints) -> tuple[Ints, Ints]:
    """Connected sets of faces of equal value: set of each face, first face of each set."""
    parent = np.arange(len(value)).astype(np.int32)
    for h in range(len(half)):
        face, other = half[h, FACE], half[half[h, TWIN], FACE]
        if face < other or other < 0 or value[face] != value[other]:
            continue
        unite(parent, face, other)
    return numbered(parent)


@njit(nogil=True, cache=True)
def neighbour_pairs(half: Ints, value: Ints) -> Ints:
    """Distinct pairs (smaller, larger) of the values on both sides of an edge. (K, 2)"""
    size = 16
    while size < len(half) + 2:
        size *= 2
    mask = np.uint64(size - 1)
    table = np.full(size, -1, np.int64)
    pairs = np.empty((len(half) // 2, 2), np.int32)
    count = 0
    for h in range(len(half)):
        face, other = half[h, FACE], half[half[h, TWIN], FACE]
        if face < other or other < 0 or value[face] == value[other]:
            continue
        low, high = min(value[face], value[other]), max(value[face], value[other])
        key = (np.int64(low) << 32) | np.int64(high)
        slot = np.int64(_mix(np.uint64(key)) & mask)
        while table[slot] >= 0 and table[slot] != key:
            slot = (slot + 1) & np.int64(mask)
        if table[slot] < 0:
            table[slot] = key
            pairs[count, 0], pairs[count, 1] = low, high
            count += 1
    return pairs[:count].copy()
