"""A module that somebody else trains, seen now and then: its numbers are copied."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.own.cells import Shown, checked_layer, places
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.cutter import Cutter
from cellscope.model.own.errors import BudgetExceeded
from cellscope.model.own.evaluation import Evaluator
from cellscope.model.own.graph import Graph
from cellscope.model.own.moments import Row, classes_of, rows_of
from cellscope.model.own.operations import HANDLERS
from cellscope.model.own.plane import Plane
from cellscope.model.own.reading import read
from cellscope.model.own.result import ExactCells, GridCells

STRIP_BUDGET, STRIP_SIDE = 30_000, 72  # faces, and points a side, of the small pictures
BUDGET = 200_000  # faces of a picture: beyond, it would no longer be live


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the picture: moments by layer, and a small picture of each layer."""

    rows: list[Row]
    strip: tuple[NDArray[np.uint8], ...]  # palette indices, row 0 at the top; none: too many cells


def small(cut: ExactCells, layer: int) -> NDArray[np.uint8]:
    """A layer's patterns in few pixels."""
    one = ExactCells(cut.values, cut.complex, cut.slots)
    one.layer = layer
    ids = one.ids(STRIP_SIDE, STRIP_SIDE)[::-1]
    colours = assign_colours(one.cells.ids, one.cells.neighbours)
    return np.where(ids < 0, 0, colours[ids.clip(0)]).astype(np.uint8)


class NotFinite(ValueError):
    """Weights that are no numbers: the training has diverged."""


class Follower:
    """A copy of a module, drawn with the numbers that the original has at some step.

    **Threads**: `numbers` belongs to the thread that trains, `cells` to the one that draws.
    """

    def __init__(self, module: nn.Module, plane: Plane, window: Window) -> None:
        """Read and check it.

        Raises
        ------
        UnsupportedLayer
            An operation without exact cells.
        """
        self.module, self.plane, self.window = module, plane, window
        with torch.random.fork_rng(devices=[]):
            checked = ReadNetwork(module, plane.shape)
            checked.check(*places(plane, window))
        self.copy = checked.module
        self.layers = [*checked.graph.names, "output"]
        self.layer = checked_layer(None, checked.graph)

    def numbers(self) -> list[Tensor]:
        """A copy of all numbers of the state dict as they are now."""
        state: dict[str, Any] = self.module.state_dict(keep_vars=True)
        return [v.detach().clone() for v in state.values() if isinstance(v, Tensor)]

    def _graph(self, numbers: Sequence[Tensor]) -> Graph:
        """The copy's, with these numbers."""
        state: dict[str, Any] = self.copy.state_dict(keep_vars=True)
        own = [v for v in state.values() if isinstance(v, Tensor)]
        with torch.no_grad():
            for mine, theirs in zip(own, numbers, strict=True):
                if theirs.is_floating_point() and not bool(torch.isfinite(theirs).all()):
                    raise NotFinite("weights: not finite")
                mine.copy_(theirs)
            return read(self.copy, self.plane.shape, HANDLERS, quiet=False)[0]

    def cells(self, numbers: Sequence[Tensor], layer: int) -> Shown:
        """The cells of a layer with these numbers.

        Raises
        ------
        NotFinite
        BudgetExceeded
        """
        graph = self._graph(numbers)
        with torch.no_grad():
            values = Evaluator(graph, self.plane, max(abs(v) for v in self.window), layer)
            if graph.exact(layer):
                result = Cutter(values, self.window).cut(self.window, BUDGET)
            else:
                result = GridCells(values, self.window)
        return Shown(graph, self.plane, self.window, result, None, None, None, "", ())

    def beside(self, numbers: Sequence[Tensor], x: Float | None, y: Any) -> Beside:
        """The signal at inputs x, with gradients if y are their classes, and all layers' cells.

        Raises
        ------
        NotFinite
        """
        graph = self._graph(numbers)
        rows: list[Row] = []
        if x is not None:
            rows = rows_of(graph, torch.from_numpy(x), classes_of(y, len(x), graph))
        with torch.no_grad():
            values = Evaluator(graph, self.plane, max(map(abs, self.window)), graph.layers)
            if not graph.exact(graph.layers):
                return Beside(rows, ())
            try:
                cut = Cutter(values, self.window).cut(self.window, STRIP_BUDGET)
            except BudgetExceeded:
                return Beside(rows, ())
            return Beside(rows, tuple(small(cut, k) for k in range(1, graph.layers + 1)))
