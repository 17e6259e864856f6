"""64-bit ids of the patterns of a graph: the same for a pattern in every window, as a page needs.

As `model.cells.grid.dense.zobrist`, with a constant for each kink of a unit that lies below its
input, or for the candidate that a unit has chosen.
"""

import numpy as np

from cellscope.model.cells.grid.dense import (
    Ids,
    pattern_id_from_bits,
    unit_constants,
    xor_of_set,
)
from cellscope.model.cells.grid.patterns import Words, pack_signs
from cellscope.model.own.graph import Choice, Graph, Kinks
from cellscope.model.own.result import ExactCells, Pieces

CHUNK = 4096  # patterns at a time


def layer_ids(cells: ExactCells, words: Words, layer: int) -> Ids:
    """Of a layer's words in a complex. (K, words of the layer) → (K,)"""
    if cells.slots is None:
        return pattern_id_from_bits(words, layer, cells.complex.widths[layer - 1])
    slots, kind = cells.slots[layer - 1], cells.values.graph.kind(layer)
    if isinstance(kind, Choice):
        units, most = kind.candidates.shape
        every = unit_constants(layer, units * most).reshape(units, most)
        chosen = every[np.arange(units), slots.reference]
        changed = every[slots.unit, slots.piece] ^ chosen[slots.unit]
    else:
        every = unit_constants(layer, len(slots.reference))
        chosen = every[slots.reference.astype(np.bool_)]
        changed = every[slots.unit]
    return np.bitwise_xor.reduce(chosen, initial=np.uint64(0)) ^ xor_of_set(words, changed)


def joint_ids(cells: ExactCells) -> Ids:
    """Of the joint patterns of all faces: the XOR of their layers'. (F,)"""
    complex = cells.complex
    ids = np.zeros(complex.faces, np.uint64)
    for layer in range(1, complex.layer + 1):
        ids ^= layer_ids(cells, complex.layer_bits(layer), layer)
    return ids


def piece_ids(graph: Graph, pieces: Pieces, layer: int) -> Ids:
    """Of a layer's pieces at points. (n, units) → (n,)"""
    parts = [
        _piece_ids(graph, pieces[low : low + CHUNK], layer)
        for low in range(0, max(1, len(pieces)), CHUNK)
    ]
    return np.concatenate(parts)


def _piece_ids(graph: Graph, pieces: Pieces, layer: int) -> Ids:
    kind = graph.kind(layer)
    if isinstance(kind, Choice):
        units, most = kind.candidates.shape
        every = unit_constants(layer, units * most).reshape(units, most)
        return np.bitwise_xor.reduce(every[np.arange(units), pieces], axis=1)
    assert isinstance(kind, Kinks)
    flags = np.concatenate([pieces > k for k in range(len(kind.kinks))], axis=1)
    return pattern_id_from_bits(pack_signs(flags), layer, flags.shape[1])
