"""The points of a picture: an inclusive grid in the input plane, top row first."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cellscope.model.inputs import with_features


@dataclass(frozen=True, slots=True)
class Grid:
    """`width` × `height` points of a window, both ends included.

    The points are the pixels' centres: column c lies at x0 + c·(x1 − x0)/(width − 1), row 0 at
    y1 (the top) and the last row at y0. The sheet's {-5, -4.9, …, 5}² is
    ``Grid((-5, 5, -5, 5), 101, 101)``.

    Parameters
    ----------
    window : (x0, x1, y0, y1)
        Left, right, bottom and top in data units.
    width, height : int
        Points per row and per column, at least 2.
    features : tuple of str
        What networks take beside the points (`model.inputs`).

    Raises
    ------
    ValueError
        A side that is not finite or not ordered, or fewer than 2 points on a side.

    Examples
    --------
    >>> Grid((0.0, 2.0, 0.0, 1.0), 3, 2).points()
    array([[0., 1.],
           [1., 1.],
           [2., 1.],
           [0., 0.],
           [1., 0.],
           [2., 0.]])
    """

    window: tuple[float, float, float, float]
    width: int
    height: int
    features: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        x0, x1, y0, y1 = self.window
        if not all(math.isfinite(v) for v in self.window) or not (x0 < x1 and y0 < y1):
            raise ValueError(f"window must be finite with x0 < x1 and y0 < y1, not {self.window}")
        if self.width < 2 or self.height < 2:
            raise ValueError(f"a grid has 2 or more points a side, not {self.width}x{self.height}")

    @property
    def shape(self) -> tuple[int, int]:
        """``(height, width)``, the shape of a picture on this grid."""
        return self.height, self.width

    def x_axis(self) -> NDArray[np.float64]:
        """The x of every column, ascending. (width,)"""
        return np.linspace(self.window[0], self.window[1], self.width)

    def y_axis(self) -> NDArray[np.float64]:
        """The y of every row, descending: row 0 is the top. (height,)"""
        # A copy: kernels are compiled for arrays without gaps.
        return np.linspace(self.window[2], self.window[3], self.height)[::-1].copy()

    def points(self, dtype: DTypeLike = np.float64) -> NDArray[np.floating]:
        """All points, row by row from the top left. (height·width, 2)"""
        return self._rows(0, self.height, dtype)

    @property
    def fan_in(self) -> int:
        """Inputs of a network that takes them."""
        return 2 + len(self.features)

    def inputs(self) -> NDArray[np.floating]:
        """All points as networks take them. (height·width, fan_in)"""
        return with_features(self.points(), self.features)

    def with_features(self, features: tuple[str, ...]) -> "Grid":
        """The same points for networks that take these, too."""
        return replace(self, features=features) if features else self

    def tiles(
        self, points_per_tile: int, dtype: DTypeLike = np.float32
    ) -> Iterator[tuple[slice, NDArray[np.floating]]]:
        """The points in bands of whole rows, about `points_per_tile` points each.

        Yields ``(rows, points)``: the slice of picture rows, and their points (n, 2).
        """
        rows = max(1, points_per_tile // self.width)
        for top in range(0, self.height, rows):
            bottom = min(top + rows, self.height)
            yield slice(top, bottom), self._rows(top, bottom, dtype)

    def _rows(self, top: int, bottom: int, dtype: DTypeLike) -> NDArray[np.floating]:
        x, y = np.meshgrid(self.x_axis(), self.y_axis()[top:bottom])
        return np.stack([x.ravel(), y.ravel()], axis=1).astype(dtype)
