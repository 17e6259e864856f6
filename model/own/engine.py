"""The exact complex of a graph in a plane, cut step by step, some faces at a time.

Restricted to a plane a network of piecewise affine steps is continuous and piecewise affine in
(x, y): on each face of the steps before, every unit is affine. Faces wait in a queue per step.
A batch of them is taken through the steps as far as memory for its vertices' values goes; what
does not fit waits for another batch. Neighbours in different batches stay watertight: edges are
shared, and a vertex that one of them gets is the other's, too.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cellscope.model.cells.exact import kernels as plain
from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.origin import Window, check_window
from cellscope.model.cells.exact.split import NO_NETWORK
from cellscope.model.cells.grid.patterns import Float, Words
from cellscope.model.own import cutting as c
from cellscope.model.own.errors import BudgetExceeded
from cellscope.model.own.evaluation import Evaluator, Value, Values
from cellscope.model.own.graph import Choice, Kinks, by_units
from cellscope.model.own.joining import whole_again
from cellscope.model.own.slots import Slots
from cellscope.model.own.table import Table, rows_of

KEPT_BYTES = 256 * 2**20  # of values at the vertices of faces that wait
BATCH_BYTES = 128 * 2**20  # of the values of the faces at hand
MOST_BYTES = 2 * 2**30  # of a complex, by default
FACE_BYTES = 480  # of a face with its edges and corners, and what is made of them
FEWEST_ROWS, MOST_ROWS = 256, 32_768
LOAD = 0.4  # of a batch's rows that are taken at once; the rest is for what the cuts add
PASS_ON = 0.8  # … beyond which its faces wait for another batch


@dataclass(slots=True)
class _Waiting:
    """Faces that wait for a step, with what was known at their vertices if there was room."""

    faces: NDArray[np.int32]
    vertex: NDArray[np.int32] | None = None  # sorted
    known: Values = field(default_factory=Values)

    @property
    def nbytes(self) -> int:
        return sum(value.y.nbytes for value in self.known.values())


@dataclass(frozen=True)
class Cut:
    """A complex, and what its bits say; `complex.bits` has the slots of each layer."""

    complex: Complex
    slots: tuple[Slots, ...]


def build(values: Evaluator, window: Window, budget: int | None = None) -> Cut:
    """The complex of a graph's steps 1 … `values.layer` in a window of a plane.

    `budget`: the most faces; by default what fits `MOST_BYTES`.

    Raises
    ------
    BudgetExceeded
        More faces than the budget.
    ValueError
        A window that is none, or too small.
    """
    return _Builder(values, window, budget).build()


class _Builder:
    def __init__(self, values: Evaluator, window: Window, budget: int | None) -> None:
        check_window(window)
        self.values, self.window, self.budget = values, window, budget
        self.graph, self.layer = values.graph, values.layer
        layer = self.layer
        self.counts = np.zeros(10, np.int64)
        self.counts[: c.FACES + 1] = 4, 8, 1
        self.xy: Float = np.empty((256, 2))
        self.half: NDArray[np.int32] = np.empty((1024, 4), np.int32)
        self.label: NDArray[np.int32] = np.empty(1024, np.int32)
        self.start: NDArray[np.int32] = np.empty(256, np.int32)
        self.bits: Words = np.zeros((256, 1), np.uint64)
        self.row: NDArray[np.int32] = np.full(256, -1, np.int32)
        self._allocate_work()
        self._set_limit()
        plain.start_square(self.xy, np.array(window), self.half, self.label, self.start, self.bits)
        self.queues: list[list[_Waiting]] = [[] for _ in range(layer + 2)]
        self.queues[1].append(_Waiting(np.zeros(1, np.int32)))
        self.kept = 0  # bytes of the values that wait with their faces
        lines = [self._lines(k) for k in range(layer + 1)]
        self.slot_of = [np.full(n, -1, np.int32) for n in lines]
        self.reference = [np.zeros(self._references(k), np.int64) for k in range(layer + 1)]
        self.slot = [0] * (layer + 1)
        self.has_reference = [0] * (layer + 1)
        self.rows = [0, *(self._most_rows(k) for k in range(1, layer + 1))]

    def _set_limit(self) -> None:
        most = MOST_BYTES // (FACE_BYTES + 24 * self.bits.shape[1])
        self.counts[c.LIMIT] = most if self.budget is None else self.budget

    def _allocate_work(self) -> None:
        size = len(self.start) + 8
        self.work = np.empty(size, np.int32)
        self.finished = np.empty(size, np.int32)
        self.ring = np.empty(len(self.half) + 8, np.int32)

    def _lines(self, layer: int) -> int:
        """Bits that a layer may need."""
        if layer == 0:
            return 0
        kind = self.graph.kind(layer)
        if isinstance(kind, Choice):
            return kind.candidates.size
        assert isinstance(kind, Kinks)
        return self.graph.units(layer) * len(kind.kinks)

    def _references(self, layer: int) -> int:
        """One per unit that chooses, or per line."""
        if layer and isinstance(kind := self.graph.kind(layer), Choice):
            return len(kind.candidates)
        return self._lines(layer)

    def _most_rows(self, layer: int) -> int:
        """How many vertices of a batch a layer has memory for."""
        nodes = self.graph.nodes
        sizes = [int(np.prod(nodes[i].shape)) for i in self.values.todo[layer]]
        live = sum(
            int(np.prod(nodes[i].shape))
            for k in range(1, layer)
            for i in (*self.values.todo[k], self.graph.steps[k - 1])
            if self.values.last_use.get(i, 0) >= layer
        )
        wide = 3 * max([*sizes, self._lines(layer)]) + live + sum(sizes)
        return int(np.clip(BATCH_BYTES // (8 * wide), FEWEST_ROWS, MOST_ROWS))

    def build(self) -> Cut:
        """Empty the queues, the deepest first."""
        while True:
            waiting = [k for k in range(1, self.layer + 1) if self.queues[k]]
            if not waiting:
                return self._result()
            self._batch(waiting[-1])

    def _batch(self, layer: int) -> None:
        waiting = self.queues[layer].pop()
        self.kept -= waiting.nbytes
        faces, vertex, rows = self._take(waiting.faces, self.rows[layer])
        if len(faces) < len(waiting.faces):
            rest = waiting.faces[len(faces) :]
            self._wait(layer, _Waiting(rest, waiting.vertex, waiting.known))
        known = self._known_again(waiting, vertex[:rows])
        fresh = True
        while len(faces) and layer <= self.layer:
            if not fresh and rows > PASS_ON * self.rows[layer]:
                self._put_off(layer, faces, vertex[:rows], known)
                break
            faces, vertex, rows = self._step(layer, faces, vertex, rows, known)
            layer, fresh = layer + 1, False
        self.row[vertex[:rows]] = -1

    def _take(
        self, faces: NDArray[np.int32], rows: int
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:
        """The first faces, as many as are a batch; their vertices, which get rows; how many."""
        vertex = np.empty(2 * MOST_ROWS, np.int32)
        while True:
            taken, used = c.take_rows(
                self.half, self.start, faces, self.row, vertex, int(LOAD * rows)
            )
            if taken >= 0:
                return faces[:taken], vertex, used
            self.row[vertex[:used]] = -1
            vertex = np.empty(2 * len(vertex), np.int32)

    def _put_off(
        self, layer: int, faces: NDArray[np.int32], vertex: NDArray[np.int32], known: Values
    ) -> None:
        """Let faces of this batch wait for another one, with what is known at their vertices."""
        row_before = self.row[vertex].copy()
        per_row = sum(value.y.nbytes for value in known.values()) // max(1, len(vertex))
        if self.kept + per_row * len(vertex) > KEPT_BYTES:
            self._wait(layer, _Waiting(faces))
            return
        order = np.argsort(vertex)
        placed = vertex[order]
        self.row[vertex] = -1
        while len(faces):
            taken, group, rows = self._take(faces, self.rows[layer])
            own = np.sort(group[:rows])
            at = torch.from_numpy(order[np.searchsorted(placed, own)])
            self._wait(layer, _Waiting(taken, own, {i: v.rows(at) for i, v in known.items()}))
            self.row[own] = -1
            faces = faces[len(taken) :]
        self.row[vertex] = row_before

    def _wait(self, layer: int, waiting: _Waiting) -> None:
        self.kept += waiting.nbytes
        self.queues[layer].append(waiting)

    def _known_again(self, waiting: _Waiting, vertex: NDArray[np.int32]) -> Values:
        """What faces have waited with; at vertices that others have added since it is computed."""
        if waiting.vertex is None:
            return {}
        at = np.searchsorted(waiting.vertex, vertex).clip(max=len(waiting.vertex) - 1)
        new = np.flatnonzero(waiting.vertex[at] != vertex)
        found = {i: v.rows(torch.from_numpy(at)) for i, v in waiting.known.items()}
        if len(new):
            xy, computed, places = self.xy[vertex[new]], Values(), torch.from_numpy(new)
            for i, value in found.items():
                value.put(places, self.values.value(i, torch.from_numpy(xy), computed))
        return found

    def _step(
        self, layer: int, faces: NDArray[np.int32], vertex: NDArray[np.int32], rows: int,
        known: Values,
    ) -> tuple[NDArray[np.int32], NDArray[np.int32], int]:  # fmt: skip
        """Cut some faces by a layer: those that are done, and the rows with those added."""
        seen, kind = self.graph.seen(layer), self.graph.kind(layer)
        xy = torch.from_numpy(self.xy[vertex[:rows]])
        value = self.values.value(seen, xy, known)
        room = max(self.rows[layer], int(rows * 1.25) + 16)
        if len(vertex) < room:
            vertex = np.concatenate([vertex, np.empty(room - len(vertex), np.int32)])
        table = Table(kind, value, self.values.tolerance(seen), rows, room)
        ends = self._cut(layer, faces, vertex[:room], table)
        added = int(self.counts[c.ROWS])
        if self.counts[c.WAITING]:
            rest = self.work[: self.counts[c.WAITING]][::-1].copy()
            self._extend(known, table, rows, added, layer)
            self._put_off(layer, rest, vertex[:added], known)
        self._next(layer, known, value, table, added)
        return ends, vertex, added

    def _cut(
        self, layer: int, faces: NDArray[np.int32], vertex: NDArray[np.int32], table: Table
    ) -> NDArray[np.int32]:
        counts = self.counts
        counts[c.WAITING], counts[c.FINISHED] = len(faces), 0
        counts[c.ROWS], counts[c.HAS_REFERENCE] = table.rows, self.has_reference[layer]
        stamp = self._stamp(layer, table)
        reference = table.pack(self.reference[layer])
        counts[c.SLOT] = self.slot[layer]
        while len(self.start) < len(faces) + 8:
            self._grow()
        self.work[: len(faces)] = faces[::-1]
        units = self.graph.units(layer)
        while True:
            status = c.cut(
                layer, table.choosing, table.candidates, table.line_of, units, table.delta,
                table.kink, table.slope, table.constant, table.size, table.marks, self.row,
                vertex, table.near, table.far, table.at, self.xy, self.half, self.label,
                self.start, self.bits, self.work, self.finished, self.ring, reference,
                self.slot_of[layer], stamp, counts,
            )  # fmt: skip
            if status == c.DONE:
                break
            if status == c.NO_ROWS:  # the rest waits for another batch
                break
            if status == c.OVER_BUDGET:
                names = [*self.graph.names, "output"]
                raise BudgetExceeded(int(counts[c.LIMIT]), layer, names[layer - 1])
            if status == c.FULL:
                self._grow()
            else:
                self._widen()
        if counts[c.HAS_REFERENCE] and not self.has_reference[layer]:
            self.has_reference[layer] = 1
            table.unpack(reference, self.reference[layer])
        self.slot[layer] = int(counts[c.SLOT])
        return self.finished[: counts[c.FINISHED]].copy()

    def _stamp(self, layer: int, table: Table) -> Words:
        """Bits of the units that are on one piece at all these vertices, but not on the first's."""
        reference, most = self.reference[layer], table.most
        if not self.has_reference[layer]:
            reference[table.idle] = table.idle_piece
        different = table.idle_piece != reference[table.idle]
        lines = table.idle[different]
        if table.choosing:
            lines = lines * most + table.idle_piece[different]
        for line in lines[self.slot_of[layer][lines] < 0].tolist():
            if self.slot[layer] % 64 == 0:
                if self.counts[c.WORDS] >= self.bits.shape[1]:
                    self._widen()
                self.slot[layer] = 64 * int(self.counts[c.WORDS])
                self.counts[c.WORDS] += 1
            self.slot_of[layer][line] = self.slot[layer]
            self.slot[layer] += 1
        stamp = np.zeros(self.bits.shape[1], np.uint64)
        slots = self.slot_of[layer][lines]
        np.bitwise_or.at(stamp, slots >> 6, np.uint64(1) << (slots & 63).astype(np.uint64))
        return stamp

    def _widen(self) -> None:
        more = np.zeros((len(self.bits), max(1, self.bits.shape[1])), np.uint64)
        self.bits = np.concatenate([self.bits, more], axis=1)
        self._set_limit()

    def _grow(self) -> None:
        self.xy, self.half, self.label = (_longer(a) for a in (self.xy, self.half, self.label))
        self.start, self.bits = _longer(self.start), _longer(self.bits)
        self.row = np.concatenate([self.row, np.full(len(self.xy) - len(self.row), -1, np.int32)])
        work, finished = self.work, self.finished
        self._allocate_work()
        self.work[: len(work)], self.finished[: len(finished)] = work, finished

    def _next(
        self, layer: int, known: Values, value: Value, table: Table, added: int
    ) -> None:  # fmt: skip
        """What is known for the steps behind a layer, at the vertices that it has added, too."""
        uses, seen = self.values.last_use, self.graph.seen(layer)
        kept = known.get(seen)
        self._extend(known, table, table.rows, added, layer + 1)
        step = self.graph.steps[layer - 1] if layer < self.graph.layers else -1
        if uses.get(seen, 0) > layer and kept is not None:
            shape, size = kept.y.shape[1:], None if kept.size is None else table.size[:added].copy()
            y = torch.from_numpy(table.all_rows(added)).reshape(-1, *shape)
            known[seen] = Value(y, None if size is None else torch.from_numpy(size))
        if uses.get(step, 0) > layer:
            known[step] = self.values.stepped(step, value, table.added(added))

    def _extend(
        self, known: Values, table: Table, rows: int, added: int, layer: int
    ) -> None:  # fmt: skip
        """Values at the vertices that the cuts have added, as far as steps from `layer` need them.

        Rows that are there already have been added before.
        """
        for node, value in list(known.items()):
            if self.values.last_use.get(node, 0) < layer:
                del known[node]
            elif len(value.y) < added:
                y = rows_of(by_units(value.y), added)
                c.interpolate(y, table.near, table.far, table.at, rows)
                size = value.size
                if size is not None:
                    column = rows_of(size[:, None], added)
                    c.interpolate(column, table.near, table.far, table.at, rows)
                    size = torch.from_numpy(column[:, 0].copy())
                known[node] = Value(torch.from_numpy(y).reshape(-1, *value.y.shape[1:]), size)

    def _result(self) -> Cut:
        halves, faces = int(self.counts[c.HALF_EDGES]), int(self.counts[c.FACES])
        half, label, start = self.half[:halves], self.label[:halves], self.start[:faces]
        bits = self.bits[:faces]
        if any(isinstance(self.graph.kind(k), Choice) for k in range(1, self.layer + 1)):
            half, label, start, bits = whole_again(half, label, start, bits)
        used, origins = np.unique(half[:, plain.ORIGIN], return_inverse=True)
        half, label = half.copy(), label.copy()
        half[:, plain.ORIGIN] = origins  # vertices inside regions that are whole again are gone
        label[(half[:, plain.FACE] < 0) | (half[half[:, plain.TWIN], plain.FACE] < 0)] = (
            plain.ON_BORDER
        )
        parts, slots = zip(*(self._layer(bits, k) for k in range(1, self.layer + 1)), strict=True)
        offsets = np.concatenate([[0], np.cumsum([part.shape[1] for part in parts])])
        complex = Complex(
            network=NO_NETWORK,
            window=self.window,
            layer=self.layer,
            widths=tuple(len(slot.unit) for slot in slots),
            origin=np.zeros(2),
            local=self.xy[used],
            half=half,
            label=label,
            start=start.copy(),
            bits=np.concatenate(parts, axis=1),
            word_offsets=offsets.astype(np.int64),
        )
        return Cut(complex, slots)

    def _layer(self, bits: Words, layer: int) -> tuple[Words, Slots]:
        """The words of a layer's own slots, and what they are."""
        slot_of = self.slot_of[layer]
        lines = np.flatnonzero(slot_of >= 0)
        lines = lines[np.argsort(slot_of[lines])]
        words = np.unique(slot_of[lines] >> 6)
        kind = self.graph.kind(layer)
        if isinstance(kind, Choice):
            units, pieces = np.divmod(lines, kind.candidates.shape[1])
        else:
            units, pieces = lines, np.ones_like(lines)
        slots = Slots(units.astype(np.int32), pieces.astype(np.int32), self.reference[layer])
        return bits[:, words], slots


def _longer(array: NDArray[Any]) -> NDArray[Any]:
    longer = np.zeros((int(len(array) * 1.6) + 16, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer
