"""What is handed to `cellscope.watch`, checked: a number of the loop, data, a plane, a window."""

from typing import Any

import numpy as np

from cellscope.model.own.cells import checked_window
from cellscope.model.own.plane import (
    Plane,
    as_array,
    checked_plane,
    identity_plane,
    plane_pca,
)
from cellscope.model.spec_error import shorten

SAMPLE = 256  # inputs that the signal is measured on


def read_number(name: str, value: Any) -> float:
    """A loss or a metric; raise ValueError naming it."""
    try:
        # A tensor that still has its graph, or one number in brackets.
        item = getattr(value, "item", None)
        return float(value if item is None else item())
    except (TypeError, ValueError, OverflowError, RuntimeError):  # the last: complex, or meta
        raise ValueError(f"{name}: must be a number, not {shorten(value)}") from None


def checked_data(X: Any, y: Any) -> tuple[Any, list[int]]:
    """The inputs, and the number of each one's class if there are ten at most."""
    if X is None:
        if y is not None:
            raise ValueError("y: labels need their inputs, X")
        return None, []
    data = as_array("X", X)
    if data.ndim < 2 or not len(data):
        raise ValueError(f"X: must be (n, *input shape), not {data.shape}")
    if y is None:
        return data, []
    labels = as_array("y", y).reshape(-1)
    if len(labels) != len(data):
        raise ValueError(f"y: {len(labels)} labels of {len(data)} inputs")
    kinds = np.unique(labels)
    return data, np.searchsorted(kinds, labels).tolist() if len(kinds) <= 10 else []


def sample_of(data: Any, y: Any) -> tuple[Any, Any]:
    """Inputs that the signal is measured on, and their classes."""
    if data is None:
        return None, None
    rows = np.random.default_rng(0).permutation(len(data))[:SAMPLE]
    return data[rows], None if y is None else as_array("y", y).reshape(-1)[rows]


def plane_of(plane: Any, data: Any) -> Plane:
    """The plane asked for; else that of two inputs, or of the data's principal components."""
    if plane is not None:
        return checked_plane(plane)
    if data is None or data.shape[1:] == (2,):
        return identity_plane()
    return checked_plane(plane_pca(data))


def fitting(points: Any) -> tuple[float, float, float, float]:
    """A square window around the points; without any the usual one."""
    if points is None:
        return -5.0, 5.0, -5.0, 5.0
    low, high = points.min(axis=0), points.max(axis=0)
    x, y = ((low + high) / 2).tolist()
    half = 0.6 * float((high - low).max()) or 5.0
    return checked_window((x - half, x + half, y - half, y + half))
