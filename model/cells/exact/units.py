"""Units that never switch on the training points: dead ones and always active ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.grid.patterns import (
    forward_patterns,
    slope_of,
    unpack_signs,
    word_offsets,
)
from cellscope.model.datasets import make_data
from cellscope.model.training.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class IdleUnits:
    """Units of one layer, 1-based, that have one sign on every training point."""

    dead: tuple[int, ...]  # never > 0
    always: tuple[int, ...]  # always > 0


def idle_units(snapshot: Snapshot, layer: int) -> IdleUnits:
    """The units of layer `layer` that do not depend on the point. O(points · weights)"""
    points = make_data(snapshot.spec).train_x
    slope = slope_of(snapshot.spec.activation)
    words = forward_patterns(snapshot.full_weights, points, layer=layer, slope=slope)
    widths = snapshot.spec.sizes[1 : layer + 1]
    active = unpack_signs(words[:, word_offsets(widths)[layer - 1] :], widths[-1])
    dead = np.asarray(~active.any(axis=0))
    always = np.asarray(active.all(axis=0))
    return IdleUnits(_numbers(dead), _numbers(always))


def _numbers(which: NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(k) + 1 for k in np.flatnonzero(which))
