"""`Picture`: what one view of one snapshot shows, as palette indices, lines and counts."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.merge import distinct_rows
from cellscope.model.cells.exact.workspace import Workspace
from cellscope.model.cells.grid.patterns import Words
from cellscope.model.cells.picture.boundary_segments import NO_LINES, Lines
from cellscope.model.cells.picture.per_thread import PerThread
from cellscope.model.cells.picture.raster import Stray

CONFIDENCE_LEVELS = 32  # per class: 8 classes fill the 256 values of a byte
_own = PerThread(Workspace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One picture. Row 0 is the top (y1), column 0 the left (x0)."""

    indices: NDArray[np.uint8]  # (height, width); the palette depends on the mode
    mode: str
    layer: int
    count: int  # distinct patterns (cells), joint patterns (regions) or classes
    colours: int  # how many different colours they have
    pieces: int | None = None  # connected regions of the cells, where there is an exact complex
    on_grid: int | None = None  # distinct patterns on the sheet's grid, where that is shown
    exact: bool = False  # whether counts and lines are the geometry's, not the grid's
    lines: Lines = NO_LINES
    # why it is not exact: "activation", "budget", "reach", "warming" or "unprepared"
    why_grid: str = ""
    unit: tuple[int, int] | None = None  # in the mode "unit": whose output it is, (layer, unit)
    values: tuple[float, float] = (0.0, 0.0)  # its least and its greatest in the window


def workspace() -> Workspace:
    """The calling thread's arrays for building complexes."""
    return _own.get()


def stray_colours(bits: Words, colours: NDArray[np.uint8], words: slice) -> Stray:
    """Colours of grid points on lines whose joint pattern no face has, for `rasterise`.

    The words of the picture's own pattern (`words` of the joint one) may be those of a cell all
    the same; else the point gets the colour of the cell that differs in the fewest units. bits
    (P, words), colours (P,).
    """

    def stray(joint: Words) -> NDArray[np.uint8]:
        index, first = distinct_rows(np.ascontiguousarray(joint[:, words]))
        nearest = [
            int(np.bitwise_count(bits ^ row).sum(axis=1).argmin()) for row in joint[first, words]
        ]
        return colours[nearest][index]

    return stray


def confidence_indices(
    confidence: NDArray[np.floating], classes: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """class · 32 + level, the level linear in the softmax probability of the chosen class."""
    level = np.minimum((confidence * CONFIDENCE_LEVELS).astype(np.uint8), CONFIDENCE_LEVELS - 1)
    return (classes * CONFIDENCE_LEVELS + level).astype(np.uint8)
