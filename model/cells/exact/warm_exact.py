"""Compile the exact engine's kernels ahead of its first picture (about 10 s on a cold cache)."""

import numpy as np

from cellscope.model.cells.exact.boundaries import boundary_segments
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.merge import face_pairs, joint_ids, layer_cells
from cellscope.model.cells.exact.tiles import TilePool, tile_cells
from cellscope.model.cells.picture.raster import line_pixels, rasterise


def warm() -> None:
    """Run every kernel once on a tiny network. Meant for a background thread: GIL-free inside."""
    lines = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    weights = [(lines, np.zeros(3)), (np.ones((2, 3)), -np.ones(2))]
    pool = TilePool()
    for window in ((-1.0, 1.0, -1.0, 1.0), (1.0, 1.001, -1.0005, -0.9995)):
        complex = build(weights, window, layer=2)
        cells = layer_cells(complex, 2)
        rasterise(complex, cells.pattern.astype(np.uint8), 5, 5)
        line_pixels(complex, 3, 3)
        boundary_segments(complex)
        face_pairs(complex)
        _ = cells.ids, joint_ids(complex), complex.measures
        tiles = pool.build(weights, window, k=2, layer=2)
        tile_cells(tiles, 2)
        pool.rasterise(tiles, np.zeros(tiles.faces, np.uint8), 5, 5)
