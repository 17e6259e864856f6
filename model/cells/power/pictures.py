"""Two pictures of one diagram: coloured by pattern, and by the Laguerre-nearest centre."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.split import forward_patterns
from cellscope.model.cells.grid.dense import pattern_id_from_bits
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import Words
from cellscope.model.cells.picture.palette import COLOURS
from cellscope.model.cells.power.diagram import Diagram
from cellscope.model.cells.power.exact import grid_patterns, rescaled
from cellscope.model.cells.power.labels import compare

OUTSIDE = 255  # index of the points that are not in the region
MOST_SHOWN = 50  # points at which the two differ, if ever
Indices = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PowerPictures:
    """Both pictures, row 0 at the top, as palette indices of the cells; `OUTSIDE` of the region.

    Attributes
    ----------
    by_pattern, by_power : (side, side) uint8
    compared, agreeing : int
        Points of the region, and at how many of them the two have the same cell.
    differing : (K, 2) float64
        Some of the other points, data units.
    """

    by_pattern: Indices
    by_power: Indices
    compared: int
    agreeing: int
    differing: NDArray[np.float64]


def power_pictures(diagram: Diagram, side: int) -> PowerPictures:
    """Both pictures on the same grid, and a comparison cell by cell, not by colour.

    The pattern of layer 1 is the exact sign of each w·x + b; that of a deeper layer is what the
    network's own float64 forward pass gives. The centres compete by their power alone
    (`model.cells.power.labels`): the region's map, and no sign.
    """
    grid = Grid(diagram.window, side, side)
    inside, patterns = _patterns(diagram, grid)
    found = compare(
        diagram.W, diagram.b, diagram.bits, patterns, grid.x_axis(), grid.y_axis(), inside=inside
    )
    colours = np.append(_colours(diagram, found.sets), OUTSIDE).astype(np.uint8)  # −1 is the last
    apart = np.flatnonzero(found.by_pattern != found.by_power)[:MOST_SHOWN]
    return PowerPictures(
        by_pattern=colours[found.by_pattern].reshape(grid.shape),
        by_power=colours[found.by_power].reshape(grid.shape),
        compared=found.compared,
        agreeing=found.agreeing,
        differing=np.asarray(grid.points(), np.float64)[apart],
    )


def _patterns(diagram: Diagram, grid: Grid) -> tuple[NDArray[np.bool_], Words]:
    """Which points are in the region, and every point's pattern. (P,), (P, words)"""
    complex = diagram.scene.complex
    if complex.layer == 1:
        W, b = rescaled(diagram.W, diagram.b)
        bits = grid_patterns(W, b, grid.x_axis(), grid.y_axis())
        return np.ones(len(bits), np.bool_), bits
    points = np.asarray(grid.points(), np.float64)
    joint = forward_patterns(complex.network, points, layer=complex.layer)
    own = complex.word_offsets[-2]
    region = complex.bits[diagram.faces[0], :own]
    return (joint[:, :own] == region).all(axis=1), np.ascontiguousarray(joint[:, own:])


def _colours(diagram: Diagram, sets: Words) -> Indices:
    """Of the cells, then of patterns that only single points have."""
    strays = sets[diagram.cells :]
    ids = pattern_id_from_bits(strays, diagram.scene.layer, len(diagram.b))
    return np.append(diagram.scene.colours[diagram.faces], ids % np.uint64(COLOURS)).astype(
        np.uint8
    )
