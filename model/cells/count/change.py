"""What training changed between two pictures of a layer: points that flipped, cells born and gone.

All of it is exact: patterns are compared, not their colours or their numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cellscope.model.cells.exact.merge import LayerCells, distinct_rows
from cellscope.model.cells.exact.split import forward_patterns, split
from cellscope.model.cells.grid.patterns import Float, Weights, Words, word_offsets
from cellscope.model.view import Window


@dataclass(frozen=True, slots=True)
class Trace:
    """A layer at one step: the patterns of its cells in a window, and of every training point."""

    cells: Words  # (P, words), each once
    points: Words  # (n, words)


@dataclass(frozen=True, slots=True)
class Change:
    """What one layer is at step `last` beside what it was at step `first`.

    Attributes
    ----------
    points, flipped : int
        Training points, and those of another pattern than before.
    before, after : int
        Patterns in the window.
    born, gone : int
        Patterns of now that were not there, and of then that are no more.
    """

    layer: int
    first: int
    last: int
    points: int
    flipped: int
    before: int
    after: int
    born: int
    gone: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """One layer's changes from each step to the next, as far as they are computed.

    `whole` is whether no step had too many cells to compare.
    """

    run: int
    window: Window
    layer: int
    first: int
    last: int
    changes: tuple[Change, ...] = ()
    whole: bool = True


def traces(
    weights: Weights, points: Float, activation: str, cells: Sequence[LayerCells]
) -> tuple[Trace, ...]:
    """Of the layers 1 … k whose cells are given. O(points · weights)"""
    if not cells:
        return ()
    network = split(weights, activation)
    joint = forward_patterns(network, points.astype(np.float64), layer=len(cells))
    offsets = word_offsets(network.widths[: len(cells)])
    return tuple(
        Trace(found.bits, np.ascontiguousarray(joint[:, low:high]))
        for found, (low, high) in zip(cells, pairwise(offsets), strict=True)
    )


def change(layer: int, first: int, before: Trace, last: int, after: Trace) -> Change:
    """From one step to a later one of the same network and the same points."""
    both = np.concatenate([before.cells, after.cells])
    union = len(distinct_rows(np.ascontiguousarray(both))[1])
    return Change(
        layer=layer,
        first=first,
        last=last,
        points=len(after.points),
        flipped=int((before.points != after.points).any(axis=1).sum()),
        before=len(before.cells),
        after=len(after.cells),
        born=union - len(before.cells),
        gone=union - len(after.cells),
    )
