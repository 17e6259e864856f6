"""Pixel pictures of networks that the compiled kernels do not know: any activation of the table.

In float64, tile by tile in torch. A few times slower than `dense`, whose pictures these equal.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellscope.model.activations import Activation
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import pack_signs

Layers = Sequence[tuple[NDArray[Any], NDArray[Any]]]
TILE = 8192  # points: 64 units are then 4 MB
LARGEST = 1e150  # times a weight of 3e38 and 256 such terms is finite


def sign_words(
    layers: Layers, rows: Sequence[Activation], grid: Grid, *, first: int, last: int
) -> Iterator[list[tuple[int, NDArray[np.uint64], int]]]:
    """Tile by tile, ``(layer, packed signs (n, words), signs a point)`` of layers first … last.

    A unit has a sign for each kink of its activation, in the order of the exact engine's lines
    (`model.cells.exact.split`); where that is smooth, and in the last layer, the sign of y.
    """
    for ys in _tiles(layers[:last], rows, grid):
        found: list[tuple[int, NDArray[np.uint64], int]] = []
        for layer, y in enumerate(ys, start=1):
            if layer < first:
                continue
            kinks = rows[layer - 1].kinks if layer <= len(rows) else ()
            signs = y[:, :, None] > torch.tensor(kinks or (0.0,), dtype=y.dtype)
            flat = signs.flatten(1).numpy()
            found.append((layer, pack_signs(flat), flat.shape[1]))
        yield found


def logits(layers: Layers, rows: Sequence[Activation], grid: Grid) -> Iterator[NDArray[np.float64]]:
    """The logits, tile by tile. (n, classes)"""
    for ys in _tiles(layers, rows, grid):
        yield ys[-1].numpy()


def _tiles(layers: Layers, rows: Sequence[Activation], grid: Grid) -> Iterator[list[Tensor]]:
    points = np.asarray(grid.inputs(), np.float64)
    weights = [
        [torch.from_numpy(np.asarray(part, np.float64)) for part in layer] for layer in layers
    ]
    with torch.inference_mode():
        for start in range(0, len(points), TILE):
            h = torch.from_numpy(points[start : start + TILE])
            ys: list[Tensor] = []
            for number, (W, b) in enumerate(weights):
                y = torch.addmm(b, h, W.t()).clamp_(-LARGEST, LARGEST)
                ys.append(y)
                if number < len(weights) - 1:
                    h = y.clone()
                    rows[number].forward(h)
            yield ys
