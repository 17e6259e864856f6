"""The numbers of one layer at the vertices at hand, as the kernels that cut have them."""

import numpy as np
import torch
from numpy.typing import NDArray

from cellscope.model.cells.exact import kernels as plain
from cellscope.model.cells.grid.patterns import Float, Words, pack_signs, unpack_signs
from cellscope.model.own import cutting as c
from cellscope.model.own.evaluation import Added, Value
from cellscope.model.own.graph import Choice, Kinks, by_units


class Table:
    """The numbers of one layer at the vertices at hand, with room for more.

    Units that are on one piece at all of them are `idle`: only the others can cut.
    """

    def __init__(
        self, kind: object, value: Value, tolerance: tuple[Float, Float], rows: int, room: int
    ) -> None:
        self.full = by_units(value.y).numpy()
        self.rows = rows
        self.size = np.zeros(room)
        if value.size is not None:
            self.size[:rows] = value.size.numpy()
        self.near, self.far = np.empty(room, np.int32), np.empty(room, np.int32)
        self.at = np.empty(room)
        self.choosing = isinstance(kind, Choice)
        if isinstance(kind, Choice):
            self._choices(kind, *tolerance, rows, room)
        else:
            assert isinstance(kind, Kinks)
            self._kinks(kind, *tolerance, rows, room)

    def _kinks(self, kind: Kinks, slope: Float, constant: Float, rows: int, room: int) -> None:
        units = self.full.shape[1]
        found = np.concatenate(
            [c.column_signs(self.full, k, slope, constant, self.size) for k in kind.kinks]
        )
        self.line_of = np.flatnonzero(found == 3).astype(np.int32)
        self.idle = np.flatnonzero(found != 3)
        self.idle_piece = (found[self.idle] == 1).astype(np.int64)
        self.candidates, self.most = np.empty((0, 0), np.int32), 1
        self.column_of = self.line_of % units
        # Two kinks are two lines of the same unit.
        self.kink = np.array(kind.kinks)[self.line_of // units]
        self.slope = slope[self.column_of]
        self.constant = constant[self.column_of] + plain.RELATIVE_ZERO * np.abs(self.kink)
        self.delta = np.empty((room, len(self.line_of)))
        np.take(self.full, self.column_of, axis=1, out=self.delta[:rows])
        self.marks: Words = np.empty((room, 2 * -(-len(self.line_of) // 64)), np.uint64)
        plain.mark_signs(
            self.delta, self.kink, self.slope, self.constant, self.size, rows, self.marks
        )

    def _choices(self, kind: Choice, slope: Float, constant: Float, rows: int, room: int) -> None:
        self.most = kind.candidates.shape[1]
        every = kind.candidates.astype(np.int32)
        wide = -(-self.most // 64)  # words of a unit
        marks = np.empty((rows, len(every) * wide), np.uint64)
        c.mark_choices(self.full, every, slope, constant, self.size, 0, rows, marks)
        by_unit = marks.reshape(rows, len(every), wide)
        is_idle, lowest = _first_everywhere(by_unit)
        self.line_of = np.flatnonzero(~is_idle).astype(np.int32)
        self.idle = np.flatnonzero(is_idle)
        self.idle_piece = lowest[self.idle]
        used = every[self.line_of]
        self.column_of, inverse = np.unique(used.clip(0), return_inverse=True)
        self.candidates = np.where(used < 0, -1, inverse.reshape(used.shape)).astype(np.int32)
        self.kink = np.zeros(0)
        self.slope, self.constant = slope[self.column_of], constant[self.column_of]
        self.delta = np.empty((room, len(self.column_of)))
        np.take(self.full, self.column_of, axis=1, out=self.delta[:rows])
        self.marks = np.empty((room, len(self.line_of) * wide), np.uint64)
        self.marks[:rows] = by_unit[:, self.line_of].reshape(rows, -1)

    def pack(self, reference: NDArray[np.int64]) -> Words:
        """The references of the units that may change, as the kernel has them."""
        own = reference[self.line_of]
        if self.choosing:
            return own.astype(np.uint64)
        words = pack_signs(own[None] > 0)[0]
        return np.ascontiguousarray(words)

    def unpack(self, words: Words, reference: NDArray[np.int64]) -> None:
        """The kernel's references back into those of all units."""
        if self.choosing:
            reference[self.line_of] = words
        elif len(self.line_of):
            reference[self.line_of] = unpack_signs(words[None], len(self.line_of))[0]

    def added(self, rows: int) -> Added:
        """What the cuts have made of the layer."""
        own, columns = self.candidates, self.column_of.astype(np.int32)
        size, delta = self.size[:rows], self.delta[:rows]
        return Added(self.line_of, columns, own, delta, self.near, self.far, self.at, size)

    def all_rows(self, rows: int) -> Float:
        """The numbers of all units, those that do not change included, at all vertices."""
        out = rows_of(torch.from_numpy(self.full), rows)
        c.interpolate(out, self.near, self.far, self.at, self.rows)
        out[:, self.column_of] = self.delta[:rows]  # with what counts as a kink exactly there
        return out


def _first_everywhere(marks: Words) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Per unit, whether the first bit that any row has set is set in all, and which it is.

    marks (rows, units, words)
    """
    some, every = np.bitwise_or.reduce(marks, axis=0), np.bitwise_and.reduce(marks, axis=0)
    units, word = np.arange(len(some)), (some != 0).argmax(axis=1)
    lowest = some[units, word] & (~some[units, word] + np.uint64(1))
    bit = np.log2(lowest.astype(np.float64)).astype(np.int64)
    return (every[units, word] & lowest) != 0, 64 * word + bit


def rows_of(values: torch.Tensor, rows: int) -> Float:
    """The rows that there are, with room for more. (rows, units)"""
    longer = np.empty((rows, values.shape[1]))
    longer[: len(values)] = values.numpy()
    return longer
