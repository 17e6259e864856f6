"""A module that somebody else trains, seen now and then: its numbers are copied."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from cellscope.model.cells.exact.origin import Window
from cellscope.model.own.cells import Shown, checked_layer, places
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.cutter import Cutter
from cellscope.model.own.evaluation import Evaluator
from cellscope.model.own.operations import HANDLERS
from cellscope.model.own.plane import Plane
from cellscope.model.own.reading import read
from cellscope.model.own.result import GridCells

BUDGET = 200_000  # faces of a picture: beyond, it would no longer be live


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

    def cells(self, numbers: Sequence[Tensor], layer: int) -> Shown:
        """The cells of a layer with these numbers.

        Raises
        ------
        NotFinite
        BudgetExceeded
        """
        state: dict[str, Any] = self.copy.state_dict(keep_vars=True)
        own = [v for v in state.values() if isinstance(v, Tensor)]
        with torch.no_grad():
            for mine, theirs in zip(own, numbers, strict=True):
                if theirs.is_floating_point() and not bool(torch.isfinite(theirs).all()):
                    raise NotFinite("weights: not finite")
                mine.copy_(theirs)
            graph, _ = read(self.copy, self.plane.shape, HANDLERS, quiet=False)
            values = Evaluator(graph, self.plane, max(abs(v) for v in self.window), layer)
            if graph.exact(layer):
                result = Cutter(values, self.window).cut(self.window, BUDGET)
            else:
                result = GridCells(values, self.window)
        return Shown(graph, self.plane, self.window, result, None, None, None, "", ())
