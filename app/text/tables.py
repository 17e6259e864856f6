"""Tables as messages: texts in rows, which the page's script puts on the page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """A head and rows of texts; `marked` are (row, column) cells to stand out."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    marked: frozenset[tuple[int, int]] = field(default_factory=frozenset[tuple[int, int]])

    def message(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "head": list(self.head),
            "rows": [list(row) for row in self.rows],
            "marked": [list(cell) for cell in sorted(self.marked)],
        }
