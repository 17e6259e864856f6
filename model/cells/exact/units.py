"""Units that never switch on the training points: dead ones and always active ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.split import forward_patterns, pieces, split
from cellscope.model.cells.grid.patterns import unpack_signs, word_offsets
from cellscope.model.datasets import make_data
from cellscope.model.training.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class IdleUnits:
    """Units of one layer, 1-based, that have one sign on every training point."""

    dead: tuple[int, ...]  # never > 0: on the first piece everywhere
    always: tuple[int, ...]  # always > 0: on the last one


def idle_units(snapshot: Snapshot, layer: int) -> IdleUnits:
    """The units of layer `layer` that do not depend on the point. O(points · weights)"""
    points = make_data(snapshot.spec).train_x
    network = split(snapshot.full_weights, snapshot.spec.activation, points.shape[1])
    words = forward_patterns(network, points, layer=layer)
    widths, kinks = network.widths[:layer], network.kinks[layer - 1]
    signs = unpack_signs(words[:, word_offsets(widths)[layer - 1] :], widths[-1])
    piece = pieces(signs, kinks)
    dead = np.asarray((piece == 0).all(axis=0))
    always = np.asarray((piece == kinks).all(axis=0))
    return IdleUnits(_numbers(dead), _numbers(always))


def _numbers(which: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(k) + 1 for k in np.flatnonzero(which))
