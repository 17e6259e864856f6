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
from cellscope.model.own.checking import NEAR, ReadNetwork
from cellscope.model.own.cutter import Cutter
from cellscope.model.own.errors import BudgetExceeded
from cellscope.model.own.evaluation import Evaluator, forward
from cellscope.model.own.graph import Graph
from cellscope.model.own.moments import Row, classes_of, rows_of
from cellscope.model.own.numbers import tensors
from cellscope.model.own.operations.known import HANDLERS
from cellscope.model.own.plane import Plane
from cellscope.model.own.reading import Ending, Exact, read
from cellscope.model.own.result import ExactCells, GridCells
from cellscope.model.own.surroundings import apart

STRIP_BUDGET, STRIP_SIDE = 30_000, 72  # faces, and points a side, of the small pictures
PROBES = 4  # inputs that tell whether a reading is still right
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
    colours = assign_colours(one.cells.ids, one.cells.neighbours)
    return one.painted(colours[one.cells.pattern], 0, STRIP_SIDE)


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a module holds, by place; None: it is gone."""

    tensors: Sequence[Tensor | None]
    parts: Sequence[type[nn.Module]]


def parts_of(module: nn.Module) -> list[type[nn.Module]]:
    """The classes of all its parts: others make another network of the same numbers."""
    return [type(part) for part in module.modules()]


class NotFinite(ValueError):
    """Weights that are no numbers: the training has diverged."""


class Ended(RuntimeError):
    """Nobody waits for the picture any more."""


class Follower:
    """A copy of a module, drawn with the numbers that the original has at some step.

    **Threads**: `numbers` belongs to the thread that trains, `cells` to the one that draws.
    """

    def __init__(
        self, module: nn.Module, plane: Plane, window: Window, argument: str = "plane"
    ) -> None:
        """Read and check it.

        Raises
        ------
        ValueError
            Naming the `argument` whose shape the plane's inputs have, where it takes none such.
        UnsupportedLayer
            An operation without exact cells.
        """
        self.module, self.plane = module, plane
        self._ended = False
        # Made in inference mode, the copy would have no gradients to show later.
        with apart(), torch.inference_mode(False):
            checked = ReadNetwork(module, plane.shape, argument)
            checked.check(*places(plane, window))
        self.copy = checked.module
        mine, theirs = tensors(self.copy), tensors(module)
        # What `forward` leaves behind, such as an activation, has the shape of its batch.
        self._paths = [p for p in mine if p in theirs and mine[p].shape == theirs[p].shape]
        self._parts = parts_of(module)
        self._own = [mine[path].detach() for path in self._paths]
        self._finite = [bool(tensor.isfinite().all()) for tensor in self._own]
        self._read: tuple[Graph, Ending | None] | None = (checked.graph, checked.ending)
        generator = torch.Generator().manual_seed(3)
        self._changed: set[int] = set()  # places of weights that have, while the reading was right
        self._probe = torch.randn((PROBES, *plane.shape), generator=generator, dtype=torch.float64)
        self.layers = [*checked.graph.names, "output"]
        self.layer = checked_layer(None, checked.graph)

    def end(self) -> None:
        """What is being drawn ends, too, within moments: a picture may take a minute."""
        self._ended = True

    def _go_on(self) -> None:
        if self._ended:
            raise Ended("nobody waits for it")

    def numbers(self) -> Numbers:
        """A copy of all numbers of the module as they are now."""
        now = tensors(self.module)
        found = (now.get(path) for path in self._paths)
        copies = [None if tensor is None else tensor.detach().clone() for tensor in found]
        return Numbers(copies, parts_of(self.module))

    def _graph(self, numbers: Numbers) -> Graph:
        """The copy's, with these numbers."""
        if numbers.parts != self._parts:
            raise ValueError("the network has other parts than at first: watch it anew")
        with torch.no_grad():
            changed = set[int]()
            for place, (mine, theirs) in enumerate(zip(self._own, numbers.tensors, strict=True)):
                if theirs is None or theirs.shape != mine.shape:
                    path = ".".join(map(str, self._paths[place]))
                    raise ValueError(f"{path}: is not of the shape that it had at first")
                new = theirs.to(mine).numpy()  # it keeps the interpreter's lock where it is short
                if self._finite[place] and not np.isfinite(new).all():
                    raise NotFinite("weights: not finite")
                if place not in self._changed and not np.array_equal(mine.numpy(), new):
                    changed.add(place)
                mine.numpy()[...] = new
            if self._read is not None and changed and not self._is_as_read(*self._read):
                self._read = None  # what it makes of its weights is in the reading: read each time
            self._changed |= changed
            if self._read is None:
                return read(self.copy, self.plane.shape, HANDLERS, quiet=False)[0]
            return self._read[0]

    def _is_as_read(self, graph: Graph, ending: Ending | None) -> bool:
        """Whether the reading has the copy's weights themselves, which have just changed."""
        with Exact():
            own: Any = self.copy(self._probe)
        got = forward(graph, self._probe, ending)
        scale = got.abs().nan_to_num(posinf=0.0).amax().clamp(min=1.0)
        return own.shape == got.shape and bool(((own - got).abs() <= NEAR * scale).all())

    def cells(self, numbers: Numbers, layer: int, window: Window) -> Shown:
        """The cells of a layer with these numbers, in a window.

        Raises
        ------
        NotFinite
        BudgetExceeded
        """
        graph = self._graph(numbers)
        with torch.no_grad():
            values = self._evaluator(graph, layer, window)
            if graph.exact(layer):
                result = Cutter(values, window).cut(window, BUDGET)
            else:
                result = GridCells(values, window)
        return Shown(graph, self.plane, window, result, None, None, None, "", ())

    def _evaluator(self, graph: Graph, layer: int, window: Window) -> Evaluator:
        return Evaluator(graph, self.plane, window, layer, self._go_on)

    def beside(self, numbers: Numbers, x: Float | None, y: Any, window: Window) -> Beside:
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
            values = self._evaluator(graph, graph.layers, window)
            if not graph.exact(graph.layers):
                return Beside(rows, ())
            try:
                cut = Cutter(values, window).cut(window, STRIP_BUDGET)
            except BudgetExceeded:
                return Beside(rows, ())
            return Beside(rows, tuple(small(cut, k) for k in range(1, graph.layers + 1)))
