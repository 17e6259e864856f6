"""The exact cells of a graph in a window, or in many windows one after the other."""

from functools import cached_property

from cellscope.model.cells.exact.complex import MAX_FACES, build_from
from cellscope.model.cells.exact.complex import BudgetExceeded as PlainBudgetExceeded
from cellscope.model.cells.exact.origin import Window, origin_of
from cellscope.model.cells.exact.split import split
from cellscope.model.cells.exact.workspace import Workspace
from cellscope.model.own.engine import build
from cellscope.model.own.errors import BudgetExceeded
from cellscope.model.own.evaluation import Evaluator
from cellscope.model.own.fully_connected import plain_weights
from cellscope.model.own.result import ExactCells


class Cutter:
    """Cuts windows; what does not depend on them is made once.

    All are seen from one point and with one tolerance, those of the window `whole`: what two
    tiles say of the line between them agrees.
    """

    def __init__(self, values: Evaluator, whole: Window) -> None:
        self.values = values
        plain = plain_weights(values)
        self.is_plain = plain is not None
        if plain is not None:
            self.network = split(*plain)
            self.origin = origin_of(self.network, whole, layer=values.layer)

    @cached_property
    def _workspace(self) -> Workspace:
        return Workspace()

    def cut(self, window: Window, budget: int | None = None) -> ExactCells:
        """The cells of a window.

        Raises
        ------
        BudgetExceeded
            More faces than the budget; by default, than fit 2 GiB.
        ValueError
            A window that is too small.
        """
        if not self.is_plain:
            found = build(self.values, window, budget)
            return ExactCells(self.values, found.complex, found.slots)
        try:
            most = budget or MAX_FACES
            complex = build_from(self.network, self.origin, window, most, self._workspace)
        except PlainBudgetExceeded as error:
            names = [*self.values.graph.names, "output"]
            raise BudgetExceeded(error.faces, error.layer, names[error.layer - 1]) from None
        return ExactCells(self.values, complex, None)
