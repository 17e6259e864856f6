"""The output of a regression at the points of a grid, and as palette indices."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import between_layers
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.inputs import with_features

LEVELS = 64  # of the palette: from the smallest to the largest target
TILE = 4096  # points at a time, which stay in the cache
NARROW = 1e-3  # a window narrower than this share of its place needs float64


def output_values(
    weights: Sequence[tuple[NDArray[Any], NDArray[Any]]], activation: str, grid: Grid
) -> NDArray[np.floating]:
    """The first output at every point, from it and the grid's further inputs. (height, width)"""
    dtype = _precision(grid)
    rows_of = between_layers(activation, len(weights) - 1)
    layers = [(W.T.astype(dtype), b.astype(dtype)) for W, b in weights]
    values = np.empty(grid.shape, dtype)
    with np.errstate(all="ignore"):
        for rows, points in grid.tiles(TILE, dtype):
            h: Any = with_features(points, grid.features)
            for (W, b), row in zip(layers[:-1], rows_of, strict=True):
                h = row.value(h @ W + b)
            W, b = layers[-1]
            values[rows] = (h @ W[:, 0] + b[0]).reshape(-1, grid.width)
    return values


def _precision(grid: Grid) -> type[np.float32] | type[np.float64]:
    x0, x1, y0, y1 = grid.window
    place = max(abs(v) for v in grid.window)
    return np.float64 if min(x1 - x0, y1 - y0) < NARROW * place else np.float32


def value_indices(values: NDArray[Any], reach: tuple[float, float]) -> NDArray[np.uint8]:
    """Levels from the smallest to the largest target; beyond them the first and the last.

    A value that is not finite counts as beyond: nan as below.
    """
    low, high = reach
    with np.errstate(all="ignore"):
        level = np.floor((values - low) / (high - low) * LEVELS)
    return np.clip(np.nan_to_num(level, nan=0.0), 0, LEVELS - 1).astype(np.uint8)
