"""The exact complex of a graph in a plane, cut step by step, some faces at a time.

Restricted to a plane a network of piecewise affine steps is continuous and piecewise affine in
(x, y): on each face of the steps before, every unit is affine. Faces wait in a queue per step.
A batch of them is taken through the steps as far as memory for its vertices' values goes; what
does not fit waits for another batch. Neighbours in different batches stay watertight: edges are
shared, and a vertex that one of them gets is the other's, too.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from model.cells import kernels as plain
from model.cells.complex import Complex
from model.cells.merge import distinct_rows, merge_faces
from model.cells.origin import Window, check_window
from model.cells.patterns import Float, Words
from model.own import cutting as c
from model.own.errors import BudgetExceeded
from model.own.evaluation import Evaluator, Value, Values
from model.own.graph import Choice, Graph, Kinks
from model.own.plane import Plane

BATCH_BYTES = 256 * 2**20  # of the values of the faces at hand
MOST_BYTES = 2 * 2**30  # of a complex, by default
FACE_BYTES = 480  # of a face with its edges and corners, and what is made of them
FEWEST_ROWS, MOST_ROWS = 256, 32_768
LOAD = 0.4  # of a batch's rows that are taken at once; the rest is for what the cuts add
PASS_ON = 0.8  # … beyond which its faces wait for another batch


@dataclass(frozen=True)
class Slots:
    """Which units differ from face to face: bit s of a layer's words is that of `unit[s]`.

    The bit is set where the unit is not on its reference piece; of a choice, `piece[s]` says
    which of the candidates it is then.
    """

    unit: NDArray[np.int32]
    piece: NDArray[np.int32]
    reference: NDArray[np.int64]  # per unit (per line of two kinks), the piece of the first face


@dataclass(frozen=True)
class Cut:
    """A complex, and what its bits say; `complex.bits` has the slots of each layer."""

    complex: Complex
    slots: tuple[Slots, ...]


def build(graph: Graph, plane: Plane, window: Window, layer: int, budget: int | None = None) -> Cut:
    """The complex of steps 1 … `layer` of a graph in a window of a plane.

    `budget`: the most faces; by default what fits `MOST_BYTES`.

    Raises
    ------
    BudgetExceeded
        More faces than the budget.
    ValueError
        A window that is none, or too small.
    """
    return _Builder(graph, plane, window, layer, budget).build()


class _Builder:
    def __init__(
        self, graph: Graph, plane: Plane, window: Window, layer: int, budget: int | None
    ) -> None:
        check_window(window)
        self.graph, self.window, self.layer, self.budget = graph, window, layer, budget
        self.values = Evaluator(graph, plane, max(abs(v) for v in window), layer)
        self.counts = np.zeros(9, np.int64)
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
        self.queues: list[list[NDArray[np.int32]]] = [[] for _ in range(layer + 2)]
        self.queues[1].append(np.zeros(1, np.int32))
        lines = [self._lines(k) for k in range(layer + 1)]
        self.slot_of = [np.full(n, -1, np.int32) for n in lines]
        self.reference = [np.zeros(self._words(k, n), np.uint64) for k, n in enumerate(lines)]
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

    def _words(self, layer: int, lines: int) -> int:
        if layer and isinstance(kind := self.graph.kind(layer), Choice):
            return len(kind.candidates)
        return -(-lines // 64)

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
        faces = self.queues[layer].pop()
        vertex = np.empty(MOST_ROWS * 2, np.int32)
        load = int(LOAD * self.rows[layer])
        taken, rows = c.take_rows(self.half, self.start, faces, self.row, vertex, load)
        while taken < 0:
            self.row[vertex[:rows]] = -1
            vertex = np.empty(2 * len(vertex), np.int32)
            taken, rows = c.take_rows(self.half, self.start, faces, self.row, vertex, load)
        if taken < len(faces):
            self.queues[layer].append(faces[taken:])
        known: Values = {}
        faces = faces[:taken]
        fresh = True
        while len(faces) and layer <= self.layer:
            if not fresh and rows > PASS_ON * self.rows[layer]:
                self.queues[layer].append(faces)
                break
            faces, vertex, rows = self._step(layer, faces, vertex, rows, known)
            layer, fresh = layer + 1, False
        self.row[vertex[:rows]] = -1

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
        table = _Table(kind, value, self.values.tolerance(seen), rows, room)
        ends = self._cut(layer, faces, vertex[:room], table)
        added = int(self.counts[c.ROWS])
        self._extend(known, table, rows, added, layer)
        if layer < self.layer:
            step = self.graph.steps[layer - 1]
            y = torch.from_numpy(table.delta[:added, : table.units])
            shape = self.graph.nodes[self.graph.nodes[step].inputs[0]].shape
            size = None if value.size is None else torch.from_numpy(table.size[:added])
            if self.values.last_use.get(step, 0) > layer:
                known[step] = self.values.stepped(step, Value(y.reshape(-1, *shape), size))
            if self.values.last_use.get(seen, 0) > layer and seen in known:
                known[seen] = Value(y.reshape(-1, *shape).clone(), size)
        return ends, vertex, added

    def _cut(
        self, layer: int, faces: NDArray[np.int32], vertex: NDArray[np.int32], table: "_Table"
    ) -> NDArray[np.int32]:
        counts = self.counts
        counts[c.WAITING], counts[c.FINISHED] = len(faces), 0
        counts[c.ROWS], counts[c.HAS_REFERENCE] = table.rows, self.has_reference[layer]
        self._room_for(len(faces))
        self.work[: len(faces)] = faces[::-1]
        while True:
            status = c.cut(
                layer, table.choosing, table.candidates, table.delta, table.kink, table.slope,
                table.constant, table.size, table.marks, self.row, vertex, table.near, table.far,
                table.at, self.xy, self.half, self.label, self.start, self.bits, self.work,
                self.finished, self.ring, self.reference[layer], self.slot_of[layer], counts,
            )  # fmt: skip
            self.has_reference[layer] = int(counts[c.HAS_REFERENCE])
            if status == c.DONE:
                break
            if status == c.NO_ROWS:  # the rest waits for another batch
                waiting = int(counts[c.WAITING])
                self.queues[layer].append(self.work[:waiting][::-1].copy())
                break
            if status == c.OVER_BUDGET:
                names = [*self.graph.names, "output"]
                raise BudgetExceeded(int(counts[c.LIMIT]), layer, names[layer - 1])
            if status == c.FULL:
                self._grow()
            else:
                more = np.zeros((len(self.bits), max(1, self.bits.shape[1])), np.uint64)
                self.bits = np.concatenate([self.bits, more], axis=1)
                self._set_limit()
        return self.finished[: counts[c.FINISHED]].copy()

    def _room_for(self, faces: int) -> None:
        while len(self.start) < faces + 8:
            self._grow()

    def _grow(self) -> None:
        self.xy, self.half, self.label = (_longer(a) for a in (self.xy, self.half, self.label))
        self.start, self.bits = _longer(self.start), _longer(self.bits)
        self.row = np.concatenate([self.row, np.full(len(self.xy) - len(self.row), -1, np.int32)])
        work, finished = self.work, self.finished
        self._allocate_work()
        self.work[: len(work)], self.finished[: len(finished)] = work, finished

    def _extend(
        self, known: Values, table: "_Table", rows: int, added: int, layer: int
    ) -> None:  # fmt: skip
        """Values at the vertices that the cuts have added, as far as later steps need them."""
        for node in list(known):
            if self.values.last_use.get(node, 0) <= layer:
                del known[node]
            elif added > rows:
                value = known[node]
                y = _rows_of(value.y.flatten(1), added)
                c.interpolate(y, table.near, table.far, table.at, rows)
                size = value.size
                if size is not None:
                    column = _rows_of(size[:, None], added)
                    c.interpolate(column, table.near, table.far, table.at, rows)
                    size = torch.from_numpy(column[:, 0].copy())
                known[node] = Value(torch.from_numpy(y).reshape(-1, *value.y.shape[1:]), size)

    def _result(self) -> Cut:
        vertices, halves, faces = (int(n) for n in self.counts[:3])
        half, label, start = self.half[:halves], self.label[:halves], self.start[:faces]
        bits = self.bits[:faces]
        if any(isinstance(self.graph.kind(k), Choice) for k in range(1, self.layer + 1)):
            half, label, start, bits = _merged(half, label, start, bits)
        half, label = half.copy(), label.copy()
        label[(half[:, plain.FACE] < 0) | (half[half[:, plain.TWIN], plain.FACE] < 0)] = (
            plain.ON_BORDER
        )
        parts, slots = zip(*(self._layer(bits, k) for k in range(1, self.layer + 1)), strict=True)
        offsets = np.concatenate([[0], np.cumsum([part.shape[1] for part in parts])])
        complex = Complex(
            weights=(),
            activation="relu",
            slope=0.0,
            window=self.window,
            layer=self.layer,
            widths=tuple(len(slot.unit) for slot in slots),
            origin=np.zeros(2),
            local=self.xy[:vertices].copy(),
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
        own = c.gather_bits(bits, slot_of[lines])
        kind = self.graph.kind(layer)
        if isinstance(kind, Choice):
            most = kind.candidates.shape[1]
            units, pieces = np.divmod(lines, most)
            reference = self.reference[layer].astype(np.int64)
        else:
            units = lines
            pieces = np.ones_like(lines)
            words = self.reference[layer].astype("<u8").view(np.uint8)
            reference = np.unpackbits(words, bitorder="little", count=len(slot_of)).astype(np.int64)
        return own, Slots(units.astype(np.int32), pieces.astype(np.int32), reference)


class _Table:
    """The numbers of one layer at the vertices at hand, with room for more."""

    def __init__(
        self,
        kind: object,
        value: Value,
        tolerance: tuple[Float, Float],
        rows: int,
        room: int,
    ) -> None:
        flat = value.y.flatten(1).numpy()
        self.units = flat.shape[1]
        self.rows = rows
        slope, constant = tolerance
        self.choosing = isinstance(kind, Choice)
        repeats = 1
        if isinstance(kind, Choice):
            self.candidates = kind.candidates.astype(np.int32)
            self.kink = np.zeros(self.units)
        else:
            assert isinstance(kind, Kinks)
            self.candidates = np.empty((0, 0), np.int32)
            repeats = len(kind.kinks)
            self.kink = np.repeat(np.array(kind.kinks), self.units)
        # Two kinks are two lines of the same unit, side by side.
        self.slope, self.constant = np.tile(slope, repeats), np.tile(constant, repeats)
        self.delta = np.empty((room, self.units * repeats))
        for part in range(repeats):
            self.delta[:rows, part * self.units : (part + 1) * self.units] = flat
        self.size = np.zeros(room)
        if value.size is not None:
            self.size[:rows] = value.size.numpy()
        self.near, self.far = np.empty(room, np.int32), np.empty(room, np.int32)
        self.at = np.empty(room)
        if self.choosing:
            self.marks: Words = np.empty((room, len(self.candidates)), np.uint64)
            c.mark_choices(
                self.delta, self.candidates, self.slope, self.constant, self.size, 0, rows,
                self.marks,
            )  # fmt: skip
        else:
            self.constant = self.constant + plain.RELATIVE_ZERO * np.abs(self.kink)
            self.marks = np.empty((room, 2 * -(-self.delta.shape[1] // 64)), np.uint64)
            plain.mark_signs(
                self.delta, self.kink, self.slope, self.constant, self.size, rows, self.marks
            )


def _longer(array: NDArray[Any]) -> NDArray[Any]:
    longer = np.zeros((int(len(array) * 1.6) + 16, *array.shape[1:]), array.dtype)
    longer[: len(array)] = array
    return longer


def _rows_of(values: torch.Tensor, rows: int) -> Float:
    longer = np.empty((rows, values.shape[1]))
    longer[: len(values)] = values.numpy()
    return longer


def _merged(
    half: NDArray[np.int32], label: NDArray[np.int32], start: NDArray[np.int32], bits: Words
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], Words]:
    """Regions that a comparison of two others has cut in pieces are whole again."""
    pattern, _ = distinct_rows(np.ascontiguousarray(bits))
    region, first = merge_faces(np.ascontiguousarray(half), pattern)
    if len(first) == len(start):
        return half, label, start, bits
    half, label, start = c.without_edges(half, label, region, len(first))
    return half, label, start, bits[first]
