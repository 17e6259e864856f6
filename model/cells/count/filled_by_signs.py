"""How many sign patterns hold a data point where cells are no polygons: from the points alone."""

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.counts import Filled
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.datasets import seen_data
from cellscope.model.inputs import with_features
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import Window


def filled_by_signs(snapshot: Snapshot, window: Window, layer: int) -> Filled:
    """As `filled_by`, for any activation and with further inputs; as exact, as points are few.

    The second count is of joint patterns of the layers 1 … `layer`.
    """
    points = seen_data(snapshot.spec).train_x
    x0, x1, y0, y1 = window
    x, y = points[:, 0], points[:, 1]
    inside = points[(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)].astype(np.float64)
    if not len(inside):
        return Filled(0, 0, 0)
    signs = _signs(snapshot, inside, layer)
    return Filled(len(inside), _distinct(signs[-1]), _distinct(np.hstack(signs)))


def _signs(snapshot: Snapshot, points: Float, layer: int) -> list[NDArray[np.bool_]]:
    """Which units of the layers 1 … `layer` are active. (n, units) each"""
    spec, found = snapshot.spec, list[NDArray[np.bool_]]()
    h = with_features(points, spec.features)  # (n, fan_in)
    with np.errstate(all="ignore"):  # overflow is a result here
        for number, (W, b) in enumerate(snapshot.weights[:layer], start=1):
            y = h @ W.T.astype(np.float64) + b
            found.append(y > 0)
            h = spec.activations[number - 1].value(y) if number < spec.layers else y
    return found


def _distinct(signs: NDArray[np.bool_]) -> int:
    return len(np.unique(np.packbits(signs, axis=1), axis=0))
