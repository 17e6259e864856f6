"""A graph at points of a plane: values, what counts as zero there, pieces, and affine maps.

What depends affinely on the input is three numbers a unit, origin, u and v: the first affine step
costs a point of the plane no more than a network of two inputs does, however many it has.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from cellscope.model.cells.exact.kernels import RELATIVE_ZERO
from cellscope.model.cells.exact.origin import Window
from cellscope.model.own import cutting as c
from cellscope.model.own.graph import (
    Choice,
    Graph,
    Kinks,
    Smooth,
    bend,
    by_units,
    on_piece,
    pieces_of,
    rounded_pieces,
)
from cellscope.model.own.plane import Plane
from cellscope.model.own.reading import Ending
from cellscope.model.own.scales import are_uneven, largest_outputs, of_outputs, own_sizes

FLOOR = 2.0**-6  # see `model.cells.exact.kernels.activate`


@dataclass(slots=True)
class Value:
    """A node at n points: its numbers (n, *shape), and what its size counts by (n,).

    A number y_j within 2^-44 of (α_j · size + β_j) is 0, with the node's α and β. None: size 0. The
    size is in units of what `model.own.scales` says of each of the last steps' units.
    """

    y: Tensor
    size: Tensor | None

    def rows(self, at: Tensor) -> "Value":
        """Some of the points."""
        return Value(self.y.index_select(0, at), None if self.size is None else self.size[at])

    def put(self, at: Tensor, other: "Value") -> None:
        """Replace some of the points."""
        self.y[at] = other.y
        if self.size is not None and other.size is not None:
            self.size[at] = other.size


Values = dict[int, Value]


@dataclass(frozen=True, slots=True)
class Added:
    """What cuts have made of a layer: its units that change, and the rows that were added.

    `size` (rows,) is of all rows; row r lies between ``near[r]`` and ``far[r]`` at ``at[r]``.
    """

    line_of: np.ndarray
    column_of: np.ndarray
    own: np.ndarray
    delta: np.ndarray
    near: np.ndarray
    far: np.ndarray
    at: np.ndarray
    size: np.ndarray

    @staticmethod
    def none(size: np.ndarray) -> "Added":
        """No cuts at all."""
        none = np.empty(0, np.int32)
        pairs = np.empty((0, 0), np.int32)
        return Added(none, none, pairs, np.empty((len(size), 0)), none, none, np.empty(0), size)


def _always() -> None:
    """Somebody waits."""


class Evaluator:
    """A graph in a plane, as far as its first `layer` layers need it.

    What the engine of plain networks never asks for is made when it is asked for.
    """

    def __init__(
        self, graph: Graph, plane: Plane, window: Window, layer: int,
        go_on: Callable[[], object] = _always,
    ) -> None:  # fmt: skip
        """`go_on` raises where nobody waits."""
        self.go_on = go_on
        self.graph = graph
        self.plane = plane
        self.layer = layer
        self._basis: dict[int, Tensor] = {0: plane.tensors()}
        self._pieces: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self._floors: dict[int, tuple[np.ndarray, float, float]] = {}
        self._window = window
        self._find_basis()

    @cached_property
    def todo(self) -> list[list[int]]:
        """The nodes computed for each layer, from 0."""
        return [self._needed(k) for k in range(self.layer + 1)]

    def _find_basis(self) -> None:
        for i, node in enumerate(self.graph.nodes):
            if node.map is not None and all(j in self._basis for j in node.inputs):
                parts = [self._basis[j] for j in node.inputs]
                constant = node.map([part[:1] for part in parts], False, True)
                linear = node.map([part[1:] for part in parts], False, False)
                self._basis[i] = torch.cat([constant.expand(1, *linear.shape[1:]), linear])

    def _needed(self, layer: int) -> list[int]:
        """The nodes computed for a layer, its own seen one last; those of earlier ones left out.

        Of layer 0 there are none.
        """
        if layer == 0:
            return []
        before = {i for k in range(1, layer) for i in self._ancestors(self.graph.seen(k))}
        before |= {self.graph.steps[k - 1] for k in range(1, layer)}
        return sorted(self._ancestors(self.graph.seen(layer)) - before)

    def _ancestors(self, node: int) -> set[int]:
        """A node and what it is made of, as far as that is no three numbers a unit."""
        found, waiting = set[int](), [node]
        while waiting:
            i = waiting.pop()
            if i not in found and i not in self._basis:
                found.add(i)
                waiting += self.graph.nodes[i].inputs
        return found

    @cached_property
    def last_use(self) -> dict[int, int]:
        """The last layer that each node is needed for, but by way of others."""
        last: dict[int, int] = {}
        for layer in range(1, self.layer + 1):
            seen = self.graph.seen(layer)
            last[seen] = max(last.get(seen, 0), layer)
            for i in self.todo[layer]:
                for j in self.graph.nodes[i].inputs:
                    last[j] = layer
        return last

    @cached_property
    def _largest(self) -> dict[int, Tensor]:
        return largest_outputs(self.graph, self.plane, self._window, self.layer)

    @cached_property
    def _bounds(self) -> dict[int, tuple[Tensor, Tensor]]:
        """α and β of every node: sizes of its terms, α times those of the last steps, β fixed."""
        base = self.plane.tensors().abs()
        zero = torch.zeros_like(base[:1])
        x0, x1, y0, y1 = (abs(v) for v in self._window)
        bounds = {0: (zero, base[:1] + max(x0, x1) * base[1:2] + max(y0, y1) * base[2:])}
        uneven = are_uneven(self._largest)
        for i, node in enumerate(self.graph.nodes[1:], start=1):
            if node.step is not None:
                sizes = torch.ones((1, *node.shape), dtype=torch.float64)
                if uneven and i in self._largest:
                    alpha, beta = of_outputs(node.step, *bounds[node.inputs[0]])
                    sizes = own_sizes(self._largest[i], alpha + beta)
                bounds[i] = sizes, torch.zeros_like(sizes)
            elif node.map is not None:
                parts = [bounds[j] for j in node.inputs]
                alpha = node.map([a for a, _ in parts], True, False)
                beta = node.map([b for _, b in parts], True, True)
                bounds[i] = alpha, beta.expand_as(alpha)
        return bounds

    def basis(self, node: int) -> Tensor | None:
        """origin, u and v of a node that depends affinely on the input. (3, *shape)"""
        return self._basis.get(node)

    def tolerance(self, node: int) -> tuple[np.ndarray, np.ndarray]:
        """What counts as 0 per unit: ``slope · size + constant``."""
        alpha, beta = self._bounds[node]
        return tuple(RELATIVE_ZERO * part.flatten().numpy() for part in (alpha, beta))  # pyright: ignore[reportReturnType]

    def value(self, node: int, xy: Tensor, known: Values) -> Value:
        """A node's value at points, from known ones; what it computes on the way joins them."""
        found = known.get(node)
        if found is not None:
            return found
        if node in self._basis:
            base = self._basis[node]
            y = c.plane_rows(by_units(base).numpy(), xy.numpy())
            return Value(torch.from_numpy(y).reshape(-1, *base.shape[1:]), None)
        made = self.graph.nodes[node]
        parts = [self.value(i, xy, known) for i in made.inputs]
        self.go_on()
        if made.step is not None:
            value = self.stepped(node, parts[0])
        else:
            assert made.map is not None
            value = Value(made.map([part.y for part in parts], False, True), largest(parts))
        known[node] = value
        return value

    def stepped(self, node: int, before: Value, added: "Added | None" = None) -> Value:
        """A step's output from its input, at the rows that cuts have added, too."""
        made = self.graph.nodes[node]
        step, y = made.step, np.ascontiguousarray(by_units(before.y).numpy())
        size = np.zeros(len(y)) if before.size is None else before.size.numpy()
        cuts = Added.none(size) if added is None else added
        out = np.empty((len(cuts.size), int(np.prod(made.shape))))
        between = cuts.near, cuts.far, cuts.at
        if isinstance(step, Choice):
            every = step.candidates.astype(np.int32)
            c.chosen_rows(y, every, cuts.line_of, cuts.own, cuts.delta, *between, out)
        elif isinstance(step, Kinks):
            pieces = self._pieces_of(node, step)
            c.bent_rows(y, *pieces, cuts.line_of, cuts.column_of, cuts.delta, *between, out)
        else:
            assert step is not None
            out = bend(step, before.y).numpy()
        return Value(torch.from_numpy(out).reshape(-1, *made.shape), self._sizes(node, out, cuts))

    def _pieces_of(self, node: int, step: Kinks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Kinks, slopes (pieces, units) and offsets of a step."""
        if node not in self._pieces:
            shape = self.graph.nodes[node].shape
            slopes = [
                torch.as_tensor(slope, dtype=torch.float64).expand(shape).flatten().numpy()
                for slope in step.slopes
            ]
            self._pieces[node] = np.array(step.kinks), np.stack(slopes), np.array(step.offsets)
        return self._pieces[node]

    def _sizes(self, node: int, out: np.ndarray, cuts: "Added") -> Tensor:
        if node not in self._floors:
            self._floors[node] = self._floor(node)
        share, floor, fixed = self._floors[node]
        flat = np.ascontiguousarray(out.reshape(len(out), -1))
        return torch.from_numpy(c.sizes_of(flat, share, floor, fixed, cuts.size))

    def _floor(self, node: int) -> tuple[np.ndarray, float, float]:
        """One over every unit's size, and the largest α and β of what it is made of, in sizes.

        Units that are 0 wherever one has looked have no rounding.
        """
        made = self.graph.nodes[node]
        assert made.step is not None
        share = 1.0 / self._bounds[node][0].flatten()
        terms = of_outputs(made.step, *self._bounds[made.inputs[0]])
        seen = self._largest[node].flatten() > 0 if node in self._largest else share > 0
        if not bool(seen.any()):
            seen = share > 0
        floor, fixed = (FLOOR * float((part * share)[seen].max()) for part in terms)
        return share.numpy(), floor, fixed

    def pieces(self, xy: Tensor, layers: Iterable[int], *, rounded: bool = False) -> list[Tensor]:
        """Which piece every unit of some layers is on, by a plain forward pass. [(n, units)]

        `rounded`: what counts as 0 in the cells is 0 here, too; else every last bit decides.
        """
        known: Values = {}
        return [self._pieces_at(layer, xy, known, rounded) for layer in layers]

    def _pieces_at(self, layer: int, xy: Tensor, known: Values, rounded: bool) -> Tensor:
        kind, node = self.graph.kind(layer), self.graph.seen(layer)
        value = self.value(node, xy, known)
        y = by_units(value.y)
        if not rounded:
            return pieces_of(kind, y).reshape(len(xy), -1)
        slope, constant = (torch.from_numpy(part) for part in self.tolerance(node))
        zero = constant if value.size is None else slope * value.size[:, None] + constant
        return rounded_pieces(kind, y, zero)


def largest(parts: Sequence[Value]) -> Tensor | None:
    """The larger of the sizes of what is joined."""
    sizes = [part.size for part in parts if part.size is not None]
    if not sizes:
        return None
    size = sizes[0]
    for other in sizes[1:]:
        size = torch.maximum(size, other)
    return size


def forward(graph: Graph, x: Tensor, ending: Ending | None = None) -> Tensor:
    """The graph's output for inputs (n, *shape), with what was ignored at its end if given."""
    last = {j: i for i, node in enumerate(graph.nodes) for j in node.inputs}
    values: dict[int, Tensor] = {0: x}
    for i, node in enumerate(graph.nodes):
        if i:
            parts = [values[j] for j in node.inputs]
            if node.map is not None:
                values[i] = node.map(parts, False, True)
            elif node.step is not None:
                values[i] = bend(node.step, parts[0]).reshape(-1, *node.shape)
        if ending is not None and i == ending[0]:
            values[i] = ending[1](values[i])
        for j in node.inputs:
            if last[j] == i and j != graph.output:
                values.pop(j, None)
    return values[graph.output].reshape(len(x), *graph.nodes[graph.output].shape)


def affine_map(graph: Graph, plane: Plane, x: float, y: float) -> tuple[Tensor, Tensor]:
    """The output as A · (x, y) + d on the linear region of all steps at a point.

    The tie rules decide on a fold. (outputs, 2), (outputs,)

    Raises
    ------
    ValueError
        A smooth step; a point so far out that a number overflows.
    """
    xy = torch.tensor([[x, y]], dtype=torch.float64)
    maps: list[Tensor] = [plane.tensors()]  # the constant part, and those of x and y
    values: list[Tensor] = [plane.points(xy)]
    for i, node in enumerate(graph.nodes[1:], start=1):
        parts, at = [maps[j] for j in node.inputs], [values[j] for j in node.inputs]
        if node.map is not None:
            constant = node.map([part[:1] for part in parts], False, True)
            linear = node.map([part[1:] for part in parts], False, False)
            maps.append(torch.cat([constant.expand(1, *linear.shape[1:]), linear]))
            values.append(node.map(at, False, True))
            if not bool(values[-1].isfinite().all()):  # which piece a unit is on is not known
                raise ValueError(f"affine: numbers are too large at ({x:.3g}, {y:.3g})")
            continue
        step = node.step
        assert step is not None
        if isinstance(step, Smooth):
            name = graph.names[graph.steps.index(i)]
            raise ValueError(f"affine: {name} is smooth, so no region has one affine map")
        values.append(bend(step, at[0]).reshape(1, *node.shape))
        if isinstance(step, Choice):
            index = torch.from_numpy(step.candidates)
            winner = pieces_of(step, at[0])[0]
            source = index.gather(1, winner[:, None])[:, 0]
            maps.append(by_units(parts[0])[:, source].reshape(3, *node.shape))
            continue
        maps.append(_bent(step, parts[0], pieces_of(step, at[0])))
    out = by_units(maps[graph.output])
    return out[1:].T.contiguous(), out[0]


def _bent(step: Kinks, part: Tensor, piece: Tensor) -> Tensor:
    constant = on_piece(step, part[:1], piece, constants=True)
    linear = on_piece(step, part[1:], piece.expand_as(part[1:]), constants=False)
    return torch.cat([constant, linear])
