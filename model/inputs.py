"""What a network takes: the points themselves, and functions of them beside."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.datasets import Data
from cellscope.model.spec import FEATURES, Spec

Float = NDArray[Any]
_COLUMNS: dict[str, Callable[[Float, Float], Float]] = {
    "x2": lambda x, _: x * x,
    "y2": lambda _, y: y * y,
    "xy": lambda x, y: x * y,
    "sinx": lambda x, _: np.sin(x),
    "siny": lambda _, y: np.sin(y),
}
assert tuple(_COLUMNS) == FEATURES


def with_features(points: Float, features: Sequence[str]) -> Float:
    """Points (n, 2) with a column for each feature, as they are where there is none.

    >>> with_features(np.array([[2.0, 3.0]]), ("x2", "xy"))
    array([[2., 3., 4., 6.]])
    """
    if not features:
        return points
    x, y = points[:, 0], points[:, 1]
    return np.column_stack([points, *(_COLUMNS[name](x, y) for name in features)])


def train_inputs(spec: Spec, data: Data) -> Float:
    """The training points as the network takes them. (n, fan_in)"""
    return with_features(data.train_x, spec.features)


def held_out_inputs(spec: Spec, data: Data) -> Float:
    """The test points as the network takes them."""
    return with_features(data.test_x, spec.features)
