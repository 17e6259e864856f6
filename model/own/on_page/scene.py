"""A graph from a file in a window of a page: its cells, classes and outputs, kept a while.

A graph on a page never changes, so whoever asks for the same window and layer again, for another
mode, a small picture or a point, gets the same complex.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.grid.patterns import Float, Words
from cellscope.model.cells.picture.lru_cache import Recent
from cellscope.model.files.onnx_file import read_onnx
from cellscope.model.opened import Cut, Opened
from cellscope.model.own import errors
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.cutter import Cutter
from cellscope.model.own.evaluation import Evaluator, forward
from cellscope.model.own.graph import Graph, Node, by_units
from cellscope.model.own.onnx.module import OnnxModule
from cellscope.model.own.plane import Plane, identity_plane
from cellscope.model.own.result import AtPoints, ExactCells
from cellscope.model.own.sources import hash_of
from cellscope.model.spec import Spec

KEPT_GRAPHS, KEPT_CUTS = 4, 3
MOST_FACES = 250_000  # of a page's picture: some 150 MB
MOST_PAIRS = 1_000  # of classes that are cut apart: 45 of ten
CHUNK_NUMBERS = 2**23  # at points at a time: 64 MB

T = TypeVar("T")
_Key = tuple[str, Cut | None, str, Window, int, int]


def graph_of(network: Opened) -> Graph:
    """The graph in a file that was checked when it was opened; a single output as two classes."""
    return _read(network)[0]


def weights_hash(network: Opened) -> str:
    """As `cellscope.cells` has it of the same file."""
    return _read(network)[1]


@lru_cache(maxsize=KEPT_GRAPHS)
def _read(network: Opened) -> tuple[Graph, str]:
    assert network.graph is not None
    with torch.inference_mode(False):  # which the trainer's thread is in: there is no gradient
        module = OnnxModule(read_onnx(network.graph.data, network.name))
        return with_classes(ReadNetwork(module, module.shape).graph), hash_of(module)


def with_classes(graph: Graph) -> Graph:
    """One output is two classes, below and above 0: its softmax is the sigmoid, exactly."""
    size = int(np.prod(graph.nodes[graph.output].shape))
    return graph if size > 1 else mapped(graph, np.array([[0.0], [1.0]]))


def mapped(graph: Graph, matrix: Float) -> Graph:
    """The graph with a matrix applied to its outputs."""
    rows = torch.from_numpy(matrix)

    def apply(parts: Sequence[Tensor], absolute: bool, _constants: bool) -> Tensor:
        return by_units(parts[0]) @ (rows.abs() if absolute else rows).T

    node = Node((len(matrix),), (graph.output,), apply)
    return replace(graph, nodes=(*graph.nodes, node), output=len(graph.nodes))


@dataclass(frozen=True)
class Classes:
    """Cells on whose faces the predicted class is constant."""

    cells: ExactCells
    of_face: NDArray[np.uint8]


@dataclass(frozen=True)
class Scene:
    """A graph in a plane and a window of it."""

    network: Opened
    cut: Cut | None
    window: Window

    @staticmethod
    def of(spec: Spec, window: Window) -> "Scene":
        """What a page shows of a graph."""
        assert spec.opened is not None
        return Scene(spec.opened, spec.cut, window)

    @property
    def graph(self) -> Graph:
        return graph_of(self.network)

    @cached_property
    def plane(self) -> Plane:
        """The plane in the shape of the inputs."""
        shape = self.graph.shape
        plane = identity_plane()
        if self.cut is not None:
            plane = Plane(self.cut.origin, self.cut.u, self.cut.v)
        return Plane(*(part.reshape(shape) for part in (plane.origin, plane.u, plane.v)))

    def evaluator(self, layer: int, graph: Graph | None = None) -> Evaluator:
        """Of its first layers in this window."""
        return Evaluator(graph or self.graph, self.plane, self.window, layer)

    def cells(self, layer: int, budget: int = MOST_FACES) -> ExactCells:
        """The exact cells of a layer.

        Raises
        ------
        BudgetExceeded
            More faces than the budget.
        """
        key = (self.network.digest, self.cut, "cells", self.window, layer, budget)
        return _there(_cuts.get(key, lambda: self._cut(self.graph, layer, budget)))

    def classes(self, budget: int = MOST_FACES) -> Classes:
        """The cells of all layers, cut by the lines between classes; as `cells` raises."""
        key = (self.network.digest, self.cut, "classes", self.window, 0, budget)
        return _there(_classes.get(key, lambda: self._decided(budget)))

    def _decided(self, budget: int) -> "Classes | BudgetExceeded":
        count = self.network.sizes[-1]
        lower, higher = np.triu_indices(count, 1)
        if len(lower) > MOST_PAIRS:
            return BudgetExceeded(0, self.graph.layers)
        pairs = np.zeros((len(lower), count))
        pairs[np.arange(len(lower)), higher] = 1.0
        pairs[np.arange(len(lower)), lower] = -1.0
        cells = self._cut(mapped(self.graph, pairs), self.graph.layers, budget)
        if isinstance(cells, BudgetExceeded):
            return cells
        beaten = np.zeros((cells.complex.faces, count), np.bool_)
        wins = cells.pieces(cells.layer).astype(np.bool_)
        for pair, low in enumerate(lower):
            beaten[:, low] |= wins[:, pair]
        return Classes(cells, (~beaten).argmax(axis=1).astype(np.uint8))

    def _cut(self, graph: Graph, layer: int, budget: int) -> ExactCells | BudgetExceeded:
        """That there are too many is kept as well: it took as long to find out."""
        with torch.no_grad():
            try:
                return Cutter(self.evaluator(layer, graph), self.window).cut(self.window, budget)
            except errors.BudgetExceeded as error:
                return BudgetExceeded(error.faces, error.step)

    def outputs(self, xy: Float) -> Float:
        """What the network says at points of the picture. (n, 2) → (n, outputs)"""
        return outputs_at(self.graph, self.plane.points(torch.from_numpy(xy)))


def _there(found: T | BudgetExceeded) -> T:
    if isinstance(found, BudgetExceeded):
        raise BudgetExceeded(found.faces, found.layer)
    return found


_cuts = Recent[_Key, ExactCells | BudgetExceeded](KEPT_CUTS)
_classes = Recent[_Key, Classes | BudgetExceeded](1)


def outputs_of(network: Opened, x: Float) -> Float:
    """What a graph says to inputs, flat. (n, inputs) → (n, outputs)"""
    graph = graph_of(network)
    return outputs_at(graph, torch.from_numpy(np.array(x)).reshape(-1, *graph.shape))


def outputs_at(graph: Graph, x: Tensor) -> Float:
    """The same to inputs of its shape, some at a time."""
    widest = max(int(np.prod(node.shape)) for node in graph.nodes)
    rows = max(1, CHUNK_NUMBERS // widest)
    with torch.no_grad():
        lows = range(0, len(x), rows)
        parts = [by_units(forward(graph, x[low : low + rows])) for low in lows]
    return torch.cat(parts).numpy()


def faces_at(cells: ExactCells, xy: Float) -> NDArray[np.int32]:
    """The face with the joint pattern of each point, the most similar one where none has it.

    A point on lines can have a pattern without area. (n, 2) → (n,)
    """
    bits = joint_bits(cells, xy)
    table = {row.tobytes(): face for face, row in enumerate(cells.complex.bits)}
    found = np.array([table.get(row.tobytes(), -1) for row in bits], np.int32)
    for place in np.flatnonzero(found < 0):
        different = np.bitwise_count(cells.complex.bits ^ bits[place]).sum(axis=1)
        found[place] = int(different.argmin())
    return found


def joint_bits(cells: ExactCells, xy: Float) -> Words:
    """The words of points, as far as the complex's bits can say what differs there. (n, words)"""
    layers = list(range(1, cells.complex.layer + 1))
    found = AtPoints(cells.values).pieces(xy, layers, rounded=True)
    words = [cells.bits_of(pieces, k)[0] for k, pieces in zip(layers, found, strict=True)]
    return np.ascontiguousarray(np.concatenate(words, axis=1))
