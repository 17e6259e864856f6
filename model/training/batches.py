"""Which training points a step sees: a function of (seed, step, batch size), nothing else."""

import numpy as np
from numpy.typing import NDArray


def batches_per_epoch(points: int, batch_size: int) -> int:
    """Full batches in one pass; a batch size above the points means the full batch."""
    return max(1, points // batch_size)


def epoch_order(seed: int, epoch: int, points: int) -> NDArray[np.int64]:
    """The order of the points in one pass over them.

    Each pass leaves out the ``points % batch_size`` last ones of its own order, so that every
    batch has the same size.
    """
    return np.random.default_rng([seed, epoch, 2]).permutation(points)


def batch_slice(step: int, points: int, batch_size: int) -> tuple[int, slice]:
    """(epoch, slice of that epoch's order) of the batch that takes step `step` to step + 1."""
    size = min(batch_size, points)
    epoch, place = divmod(step, batches_per_epoch(points, size))
    return epoch, slice(place * size, (place + 1) * size)


def batch_before(step: int, points: int, batch_size: int, seed: int) -> NDArray[np.int64]:
    """The points that the update from step − 1 to `step` was made of."""
    if batch_size >= points:
        return np.arange(points)
    epoch, rows = batch_slice(step - 1, points, batch_size)
    return epoch_order(seed, epoch, points)[rows]
