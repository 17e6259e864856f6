"""Pictures as labels: a whole number for every pixel, equal where the network does the same.

What a picture can show (`Content`): the pattern of one layer, which is the sheet's 2.4; the
patterns of layers 1 … i together; the class; or the pattern by another rule for y = 0.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.own_code.values import Float, Net, pre_activations

Labels = NDArray[np.int64]  # (rows, columns), 0 … k − 1
Kind = Literal["pattern", "regions", "classes", "at_least", "signs"]
TILE = 16_384  # points whose values are held at a time


@dataclass(frozen=True, slots=True)
class Content:
    """What a picture shows: `kind`, of a layer (1-based) where it has one.

    "pattern" is y > 0 of the layer alone, "at_least" y ≥ 0, "signs" −1, 0 and +1 apart;
    "regions" are the patterns of layers 1 … `layer` together.
    """

    kind: Kind
    layer: int


@dataclass(frozen=True, slots=True)
class Axes:
    """The coordinates of a picture's columns and rows, in the order in which they stand."""

    x1: Float  # (columns,) ascending
    x2: Float  # (rows,) descending: row 0 is the top

    def tiles(self) -> Iterator[tuple[slice, Float]]:
        """Rows and their points, (n, 2), a band of whole rows at a time."""
        rows = max(1, TILE // len(self.x1))
        for top in range(0, len(self.x2), rows):
            band = slice(top, min(top + rows, len(self.x2)))
            x1, x2 = np.meshgrid(self.x1, self.x2[band])
            yield band, np.stack([x1.ravel(), x2.ravel()], axis=1)

    def thinned(self, kept: NDArray[np.intp]) -> "Axes":
        """Some of the rows and columns, the same of both."""
        return Axes(self.x1[kept], self.x2[kept])


def inclusive_axes(window: Window, pixels: int) -> Axes:
    """The page's own: both ends of the window belong to it."""
    grid = Grid(window, pixels, pixels)
    return Axes(grid.x_axis(), grid.y_axis())


def open_axes(window: Window, pixels: int, *, offset: float = 0.0) -> Axes:
    """`np.arange`: without the right and upper end; `offset` is in steps, ½ for pixel centres."""
    x0, x1, y0, y1 = window
    steps = (np.arange(pixels) + offset) / pixels
    return Axes(x0 + (x1 - x0) * steps, (y0 + (y1 - y0) * steps)[::-1])


def label_picture(weights: Net, activation: str, axes: Axes, content: Content) -> Labels:
    """One picture. (rows, columns)

    Labels of a pattern count its distinct sign vectors in lexicographic order, unit 1 first, as
    ``np.unique(signs, axis=0)`` does: equal code gives equal labels.
    """
    marks = np.concatenate([_marks(weights, activation, p, content) for _, p in axes.tiles()])
    return numbered(marks).reshape(len(axes.x2), len(axes.x1))


def _marks(weights: Net, activation: str, points: Float, content: Content) -> NDArray[np.uint8]:
    """Bytes that are equal where the content is. (n, bytes)"""
    layers = list(islice(pre_activations(weights, activation, points), content.layer))
    y = layers[-1]
    if content.kind == "classes":
        return y.argmax(axis=1).astype(np.uint8)[:, None]
    if content.kind == "regions":
        return np.concatenate([np.packbits(z > 0, axis=1) for z in layers], axis=1)
    if content.kind == "signs":
        return np.concatenate([np.packbits(y > 0, axis=1), np.packbits(y >= 0, axis=1)], axis=1)
    return np.packbits(y >= 0 if content.kind == "at_least" else y > 0, axis=1)


def numbered(rows: NDArray[np.uint8]) -> Labels:
    """The number of every row among the distinct ones, sorted. (n, bytes) → (n,)

    >>> numbered(np.array([[7, 0], [3, 9], [7, 0], [3, 1]], np.uint8))
    array([2, 1, 2, 0])
    """
    padded = np.zeros((len(rows), -(-rows.shape[1] // 8) * 8), np.uint8)
    padded[:, : rows.shape[1]] = rows
    numbers = np.zeros(len(rows), np.int64)
    for word in padded.view(">u8").astype(np.uint64).T:
        numbers = joined(numbers, compact(word))
    return numbers


def joined(first: Labels, second: Labels) -> Labels:
    """Labels of the pairs, sorted by the first: equal where both are."""
    return compact(first.astype(np.int64) * (int(second.max(initial=0)) + 1) + second)


def compact(values: NDArray[Any]) -> Labels:
    """Any values as 0 … k − 1 in their own order, of the same shape."""
    return np.unique(values, return_inverse=True)[1].reshape(values.shape)


def every_picture(weights: Net, activation: str, axes: Axes) -> Iterator[tuple[Content, Labels]]:
    """Patterns and linear regions of every layer, then the classes; for a few points only."""
    shape = len(axes.x2), len(axes.x1)
    points = np.concatenate([points for _, points in axes.tiles()])
    together = np.zeros(len(points), np.int64)
    for layer, y in enumerate(pre_activations(weights, activation, points), start=1):
        pattern = numbered(np.packbits(y > 0, axis=1))
        together = joined(together, pattern)
        yield Content("pattern", layer), pattern.reshape(shape)
        if layer > 1:
            yield Content("regions", layer), together.reshape(shape)
        if layer == len(weights):
            yield Content("classes", layer), compact(y.argmax(axis=1)).reshape(shape)
