"""The exact cells of a graph in a window, or in many windows one after the other."""

from functools import cached_property

from cellscope.model.cells.exact.complex import BudgetExceeded as PlainBudgetExceeded
from cellscope.model.cells.exact.complex import build_from
from cellscope.model.cells.exact.origin import Window, origin_of
from cellscope.model.cells.exact.split import split
from cellscope.model.cells.exact.workspace import Workspace
from cellscope.model.cells.grid.patterns import word_offsets
from cellscope.model.own.engine import FACE_BYTES, MOST_BYTES, build
from cellscope.model.own.errors import BudgetExceeded
from cellscope.model.own.evaluation import Evaluator
from cellscope.model.own.fully_connected import plain_weights
from cellscope.model.own.result import ExactCells

# The engine of plain networks keeps all units' numbers at all vertices: 11,759 faces of a layer of
# 4,704 units took it 4.5 s and 1.2 GB, the one that keeps them in blocks 0.1 s.
WIDEST = 512


class Cutter:
    """Cuts windows; what does not depend on them is made once.

    All are seen from one point and with one tolerance, those of the window `whole`: what two
    tiles say of the line between them agrees.
    """

    def __init__(self, values: Evaluator, whole: Window) -> None:
        self.values = values
        plain = plain_weights(values)
        widths = [] if plain is None else [len(b) for _, b in plain[0]]
        self.is_plain = plain is not None and max(widths) <= WIDEST
        if plain is not None and self.is_plain:
            words = int(word_offsets(widths)[-1])
            self.most = MOST_BYTES // (FACE_BYTES + 24 * words + 26 * max(widths))
            self.network = split(*plain)
            self.origin = origin_of(self.network, whole, layer=values.layer)

    @cached_property
    def _workspace(self) -> Workspace:
        return Workspace(self.values.go_on)

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
            return self._in_blocks(window, budget)
        try:
            most = self.most if budget is None else budget
            complex = build_from(self.network, self.origin, window, most, self._workspace)
        except PlainBudgetExceeded as error:
            if budget is None:  # blocks have room for more
                del self._workspace
                return self._in_blocks(window, None)
            names = [*self.values.graph.names, "output"]
            raise BudgetExceeded(error.faces, error.layer, names[error.layer - 1]) from None
        return ExactCells(self.values, complex, None)

    def _in_blocks(self, window: Window, budget: int | None) -> ExactCells:
        found = build(self.values, window, budget)
        return ExactCells(self.values, found.complex, found.slots)
