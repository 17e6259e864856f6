"""The cells of a network in a window of a plane: exact ones, or what a grid of points shows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.kernels import FACE, ORIGIN, TWIN
from cellscope.model.cells.exact.merge import LayerCells, distinct_rows, layer_cells
from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.grid.patterns import Float, Words, pack_signs, unpack_signs
from cellscope.model.cells.picture.raster import fill_part
from cellscope.model.own.components import components
from cellscope.model.own.evaluation import Evaluator
from cellscope.model.own.graph import Choice, Kinks
from cellscope.model.own.slots import Slots

CHUNK_NUMBERS = 2**23  # of a layer at a time, at points: 64 MB
GRID = 401  # points a side, where cells are counted on a grid
Ids = NDArray[np.int64]
Pieces = NDArray[np.int64]
SmallPieces = NDArray[np.unsignedinteger]  # a byte each, or what the most candidates need


@dataclass(frozen=True)
class Counts:
    """Patterns of a layer, their connected regions, joint patterns of layers 1 … layer."""

    patterns: int
    regions: int
    linear_regions: int


class AtPoints:
    """Patterns at points of the picture, by a float64 forward pass."""

    def __init__(self, values: Evaluator) -> None:
        self.values = values

    def pieces(self, xy: Float, layers: list[int], *, rounded: bool = False) -> list[Pieces]:
        """Which piece every unit of some layers is on. [(n, units)]

        `rounded`: numbers that the cells take for 0 are 0, as those of a unit that is 0 throughout
        but for its last bits.
        """
        nodes = self.values.graph.nodes
        widest = max(int(np.prod(node.shape)) for node in nodes)
        chunk = max(1, CHUNK_NUMBERS // max(1, widest))
        parts = [
            self.values.pieces(torch.from_numpy(xy[low : low + chunk]), layers, rounded=rounded)
            for low in range(0, max(1, len(xy)), chunk)
        ]
        return [torch.cat(column).numpy() for column in zip(*parts, strict=True)]

    def filled(self, points: Float, window: Window, layer: int) -> dict[str, int]:
        """Points inside the window, and the patterns and linear regions that hold one."""
        x0, x1, y0, y1 = window
        x, y = points[:, 0], points[:, 1]
        inside = points[(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)]
        if not len(inside):
            return {"points": 0, "patterns": 0, "linear_regions": 0}
        every = self.pieces(inside, list(range(1, layer + 1)), rounded=True)
        rows = [packed(p) for p in every]
        joint = np.ascontiguousarray(np.concatenate(rows, axis=1))
        return {
            "points": len(inside),
            "patterns": len(distinct_rows(rows[-1])[1]),
            "linear_regions": len(distinct_rows(joint)[1]),
        }


def packed(pieces: Pieces) -> Words:
    """Pieces (n, units) as words (n, …) that are equal where these are: 1 bit, or as many bytes."""
    most = int(pieces.max(initial=0))
    if most <= 1:
        return pack_signs(pieces > 0)
    count, units = pieces.shape
    out = np.zeros((count, 8 * -(-units // 8)), np.min_scalar_type(most))
    out[:, :units] = pieces
    return out.view(np.uint64)


def grid_points(window: Window, width: int, height: int) -> Float:
    """Row by row from y0 up, ends included. (height · width, 2)"""
    x, y = np.linspace(*window[:2], width), np.linspace(*window[2:], height)
    return np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)


class GridCells:
    """What a grid of points shows of a network with a smooth step: a lower bound."""

    exact = False

    def __init__(self, values: Evaluator, window: Window) -> None:
        self.values, self.window, self.layer = values, window, values.layer
        self.at = AtPoints(values)

    @cached_property
    def counts(self) -> Counts:
        points = grid_points(self.window, GRID, GRID)
        rows = [packed(p) for p in self.at.pieces(points, list(range(1, self.layer + 1)))]
        own, first = distinct_rows(rows[-1])
        joint = np.ascontiguousarray(np.concatenate(rows, axis=1))
        regions = components(own.reshape(GRID, GRID))
        return Counts(len(first), regions, len(distinct_rows(joint)[1]))

    def ids(self, width: int, height: int) -> Ids:
        points = grid_points(self.window, width, height)
        [pieces] = self.at.pieces(points, [self.layer])
        return distinct_rows(packed(pieces))[0].reshape(height, width).astype(np.int64)


class ExactCells:
    """The exact cells of layer `layer`."""

    exact = True

    def __init__(
        self, values: Evaluator, complex: Complex, slots: tuple[Slots, ...] | None
    ) -> None:
        """`slots`: what the complex's bits say where they are not those of all units."""
        self.values, self.window, self.layer = values, complex.window, values.layer
        self.at = AtPoints(values)
        self.complex, self.slots = complex, slots

    @cached_property
    def cells(self) -> LayerCells:
        return layer_cells(self.complex, self.layer)

    @cached_property
    def counts(self) -> Counts:
        return Counts(self.cells.patterns, self.cells.regions, self.cells.linear_regions)

    def ids(self, width: int, height: int) -> Ids:
        """The number of each point's pattern, −1 where none of the window's cells has it."""
        face = self._faces(width, height)
        return np.where(face < 0, face, self.cells.pattern[face]).astype(np.int64)

    def painted(self, values: NDArray[np.uint8], none: int, pixels: int) -> NDArray[np.uint8]:
        """A square picture of a value per face, row 0 at the top; `none` where no face is."""
        out = np.empty((pixels, pixels), np.uint8)
        found = self._fill(np.ascontiguousarray(values), out)
        if found is not None:
            row, column, face = found
            out[row, column] = np.where(face < 0, none, values[face])
        return out

    def _faces(self, width: int, height: int) -> NDArray[np.int32]:
        """A face with each point's pattern. Points on lines are computed, the others lie in one."""
        picture = np.zeros((height, width), np.int32)
        found = self._fill(np.arange(self.complex.faces, dtype=np.int32), picture)
        if found is not None:
            picture[found[0], found[1]] = found[2]
        return picture[::-1].copy()

    def _fill(self, values: Any, target: Any) -> tuple[Any, Any, NDArray[np.int32]] | None:
        """Fill a picture, row 0 at the top; the points on lines, (rows, columns, faces), if any."""
        height, width = target.shape
        doubtful = fill_part(self.complex, self.window, values, target)
        if not len(doubtful):
            return None
        row, column = np.divmod(doubtful, width)
        x = np.linspace(*self.window[:2], width)[column]
        y = np.linspace(*self.window[2:], height)[height - 1 - row]
        return row, column, self._faces_at(np.stack([x, y], axis=1))

    def _faces_at(self, xy: Float) -> NDArray[np.int32]:
        """A face with the pattern of each point, −1 where there is none.

        Where no cell has the module's own pattern, what the cells take for 0 is 0 here, too: the
        last bits of a unit that is 0 throughout make patterns that have no area.
        """
        [pieces] = self.at.pieces(xy, [self.layer])
        face = self._faces_with(pieces)
        lost = np.flatnonzero(face < 0)
        if len(lost):
            [pieces] = self.at.pieces(xy[lost], [self.layer], rounded=True)
            face[lost] = self._faces_with(pieces)
        return face

    def _faces_with(self, pieces: Pieces) -> NDArray[np.int32]:
        """The first face of each pattern of the layer, −1 where there is none."""
        bits, known = self.bits_of(pieces)
        table = {row.tobytes(): i for i, row in enumerate(np.ascontiguousarray(self.cells.bits))}
        first = np.full(self.cells.patterns, -1, np.int32)
        first[self.cells.pattern[::-1]] = np.arange(self.complex.faces, dtype=np.int32)[::-1]
        found = np.full(len(pieces), -1, np.int32)
        for i, row in enumerate(bits):
            pattern = table.get(row.tobytes(), -1) if known[i] else -1
            found[i] = first[pattern] if pattern >= 0 else -1
        return found

    def bits_of(self, pieces: Pieces, layer: int | None = None) -> tuple[Words, NDArray[np.bool_]]:
        """A layer's words of patterns at points, its own by default; whether words can say them."""
        if self.slots is None:
            return np.ascontiguousarray(pack_signs(pieces > 0)), np.ones(len(pieces), np.bool_)
        number = self.layer if layer is None else layer
        kind, slots = self.values.graph.kind(number), self.slots[number - 1]
        if isinstance(kind, Choice):
            different = pieces != slots.reference
            bits = different[:, slots.unit] & (pieces[:, slots.unit] == slots.piece)
            known = different.sum(axis=1) == bits.sum(axis=1)
        else:
            assert isinstance(kind, Kinks)
            lines = np.concatenate([pieces > k for k in range(len(kind.kinks))], axis=1)
            different = lines != slots.reference.astype(np.bool_)
            bits = different[:, slots.unit]
            known = different.sum(axis=1) == bits.sum(axis=1)
        return np.ascontiguousarray(pack_signs(bits)), known

    def pieces(self, layer: int, faces: NDArray[np.integer] | slice = slice(None)) -> SmallPieces:
        """Which piece every unit of a layer is on, face by face. (F, units)"""
        units = self.values.graph.units(layer)
        words = np.ascontiguousarray(self.complex.layer_bits(layer)[faces])
        if self.slots is None:
            return unpack_signs(words, units).astype(np.uint8)
        kind, slots = self.values.graph.kind(layer), self.slots[layer - 1]
        different = unpack_signs(words, len(slots.unit))
        if isinstance(kind, Choice):
            small = np.min_scalar_type(kind.candidates.shape[1])
            out = np.tile(slots.reference.astype(small), (len(words), 1))
            rows, which = np.nonzero(different)
            out[rows, slots.unit[which]] = slots.piece[which]
            return out
        lines = np.tile(slots.reference.astype(np.uint8), (len(words), 1))
        lines[:, slots.unit] ^= different
        return lines.reshape(len(words), -1, units).sum(axis=1, dtype=np.uint8)


def sides_of(complex: Complex) -> Iterator[tuple[int, int, int, int, float]]:
    """``(face, other face, layer, unit, length)`` of every edge inside the window."""
    half = complex.half
    face, other = half[:, FACE], half[half[:, TWIN], FACE]
    edges = np.flatnonzero((face > other) & (other >= 0))
    ends = complex.local[half[edges, ORIGIN]] - complex.local[half[half[edges, TWIN], ORIGIN]]
    yield from zip(
        other[edges].tolist(),
        face[edges].tolist(),
        complex.edge_layer[edges].tolist(),
        complex.edge_unit[edges].tolist(),
        np.hypot(ends[:, 0], ends[:, 1]).tolist(),
        strict=True,
    )
