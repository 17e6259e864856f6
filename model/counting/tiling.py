"""Where the tiles lie: a tile with too many faces is divided, by what a look into it shows.

It depends on the network and the window alone. Lines between tiles lie at places that no network
was made for, a little off the equal parts: folds along a seam, which change nothing, stay rare.
"""

import math
from dataclasses import dataclass

import numpy as np

from cellscope.model.cells.exact.origin import Window, check_window
from cellscope.model.counting.tile import Key
from cellscope.model.own.cutter import Cutter
from cellscope.model.own.errors import BudgetExceeded
from cellscope.model.own.graph import Choice, Kinks

MOST_FACES = 60_000  # of a tile
ROW_BYTES = 48 * 2**20  # of the numbers at a tile's vertices
FEWEST_FACES = 2_000
FULL = 0.45  # of a tile's faces, as planned: how many there will be is a guess
DEEP = 4  # divisions beyond which a tile may have more faces
MOST_PARTS = 8  # a side is divided into at most so many at once
STRIP = 2.0**-12  # height of a strip that is looked into, of the tile's
OFF = 0.0441  # of a part, by which a seam is off the equal division


@dataclass(frozen=True, slots=True)
class Divided:
    """The parts of a tile with too many faces, and how many faces it may have: a guess."""

    parts: tuple[tuple[Key, Window], ...]
    expected: float


def faces_of_a_tile(cutter: Cutter) -> int:
    """The most faces of a tile, so that its memory is bounded however wide the network is."""
    graph = cutter.values.graph
    widest = 1
    for layer in range(1, cutter.values.layer + 1):
        kind = graph.kind(layer)
        lines = kind.candidates.size if isinstance(kind, Choice) else 0
        lines = lines or graph.units(layer) * (len(kind.kinks) if isinstance(kind, Kinks) else 1)
        widest = max(widest, lines)
    if not cutter.is_plain:  # the engine of graphs keeps its numbers in blocks
        return MOST_FACES
    return int(np.clip(ROW_BYTES // (24 * widest), FEWEST_FACES, MOST_FACES))


def room(faces: int, key: Key) -> int:
    """The most faces of a tile: more where dividing does not help, as where 1000 lines meet."""
    return faces << max(0, len(key) - DEEP)


def divide(cutter: Cutter, key: Key, window: Window, budget: int) -> Divided:
    """The parts of a tile with more faces than the budget, which divide both its sides.

    Raises
    ------
    BelowReach
        Parts that are too small for float64.
    """
    x0, x1, y0, y1 = window
    middle_x, middle_y = x0 + 0.47 * (x1 - x0), y0 + 0.53 * (y1 - y0)
    across = _faces_in(cutter, (x0, x1, middle_y, middle_y + STRIP * (y1 - y0)), budget)
    along = _faces_in(cutter, (middle_x, middle_x + STRIP * (x1 - x0), y0, y1), budget)
    # Lines in all directions that cross a side n times make about π/4 n² faces.
    expected = math.pi / 4 * across * along
    parts = int(np.clip(math.ceil(math.sqrt(expected / (FULL * budget))), 2, MOST_PARTS))
    x, y = _places(x0, x1, parts), _places(y0, y1, parts)
    made = [(x[i], x[i + 1], y[j], y[j + 1]) for j in range(parts) for i in range(parts)]
    check_window(made[0])
    return Divided(tuple(((*key, k), part) for k, part in enumerate(made)), expected)


def _faces_in(cutter: Cutter, window: Window, budget: int) -> int:
    try:
        return cutter.cut(window, budget).complex.faces
    except BudgetExceeded as error:
        return error.faces


def _places(low: float, high: float, parts: int) -> list[float]:
    inner = [
        low + (high - low) * (k + (OFF if k % 2 else -OFF * 0.7)) / parts for k in range(1, parts)
    ]
    return [low, *inner, high]
