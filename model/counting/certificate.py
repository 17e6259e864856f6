"""What must be true of an exact count, each found out by itself.

- `euler`: V − E + F = 1 in every tile.
- `areas`: the faces' areas sum to the window's.
- `patterns`: every face that was looked at has the network's own pattern at its centroid, but
  where that lies within rounding of a fold.
- `neighbours`: the mean number of neighbours is below 4, as where lines cross; below 6 where lines
  end on others, as of a dead layer or of max-pooling.
- `seams`: the tiles' sides are covered, and a region has the same piece of a seam on both sides.
- `distinct`: as many different joint patterns as regions, counted without seams and corners.
"""

from collections.abc import Sequence

import numpy as np

from cellscope.model.cells.exact.origin import Window
from cellscope.model.counting.seams import Joined
from cellscope.model.counting.tile import Tile

NEAR = 1e-9  # of the window's area
CHECK_ALL = 1_000_000  # faces up to which every one is compared with the network
CHECK_SOME = 100_000  # … beyond which at least so many are


def area_of(window: Window) -> float:
    """Of a window."""
    x0, x1, y0, y1 = window
    return (x1 - x0) * (y1 - y0)


def certificate(
    tiles: Sequence[Tile], joined: Joined, regions: int, window: Window
) -> dict[str, bool]:
    """The checks by name; all of them hold for a right count."""
    faces = sum(tile.faces for tile in tiles)
    pairs = sum(tile.pairs for tile in tiles)
    area = sum(tile.area for tile in tiles)
    checked = sum(tile.checked for tile in tiles)
    most = 6 if any(tile.ends for tile in tiles) else 4
    return {
        "euler": all(tile.euler == 1 for tile in tiles),
        "areas": abs(area - area_of(window)) <= NEAR * area_of(window),
        "patterns": not any(tile.wrong for tile in tiles) and checked >= owed(faces),
        "neighbours": 2 * pairs < most * faces,
        "seams": joined.covered,
        "distinct": distinct(tiles) == regions,
    }


def owed(faces: int) -> int:
    """How many of so many faces must have been compared with the network."""
    return faces if faces <= CHECK_ALL else CHECK_SOME


def distinct(tiles: Sequence[Tile]) -> int:
    """Faces inside the tiles, and the different names of those at the borders."""
    inside = sum(tile.faces - len(tile.names) for tile in tiles)
    names = np.concatenate([tile.names for tile in tiles]).view(np.uint64).reshape(-1, 2)
    names = names[np.lexsort(names.T)]
    return inside + 1 + int((names[1:] != names[:-1]).any(axis=1).sum())
