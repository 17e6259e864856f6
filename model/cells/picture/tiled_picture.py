"""Pictures built tile by tile, for networks of tens of thousands of regions in motion.

A tile's work stays in the cache and two threads share the tiles, so 64 × 5 comes two to three
times as often. So many lines could not be told apart and are not drawn; connected regions are
left to the survey, which counts them at its own pace.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.count.bounds import typical_regions
from cellscope.model.cells.exact.complex import Complex
from cellscope.model.cells.exact.merge import joint_ids, neighbour_pairs
from cellscope.model.cells.exact.tiles import TilePool, Tiles, seam_pairs
from cellscope.model.cells.grid.dense import compact, pattern_id_from_bits
from cellscope.model.cells.grid.patterns import Words
from cellscope.model.cells.picture.boundary_segments import NO_LINES
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.per_thread import PerThread
from cellscope.model.cells.picture.picture import Picture, stray_colours
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

TILES = 4  # per side
LARGE = 15_000  # typical regions from which tiles pay
THREADS = 2
_threads = ThreadPoolExecutor(THREADS, thread_name_prefix="tiles")
# A pool builds one picture at a time.
_own = PerThread(lambda: TilePool(_threads, THREADS))


def is_large(snapshot: Snapshot, layer: int) -> bool:
    """Whether a network is one of those that tiles are for."""
    return typical_regions(snapshot.spec.sizes[1 : layer + 1]) > LARGE


def tiled_picture(snapshot: Snapshot, view: View, layer: int, budget: int) -> Picture:
    """The exact picture of cells or regions; errors as `exact_picture`."""
    pool = _own.get()
    tiles = pool.build(
        snapshot.weights,
        view.window,
        k=TILES,
        layer=layer,
        activation=snapshot.spec.activation,
        budget=budget,
    )
    label, ids = _labels(pool, tiles, view.shows.joint, layer)
    colours = assign_colours(ids, _pairs(pool, tiles, label))
    own = slice(None) if view.shows.joint else slice(*tiles.parts[0].word_offsets[-2:])

    def stray(joint: Words) -> NDArray[np.uint8]:
        _, first = np.unique(label, return_index=True)
        return stray_colours(tiles.bits[first, own], colours, own)(joint)

    return Picture(
        indices=pool.rasterise(tiles, colours[label], view.pixels, view.pixels, stray=stray),
        mode=view.mode,
        layer=layer,
        count=len(ids),
        colours=len(np.unique(colours)),
        exact=True,
        lines=replace(NO_LINES, dropped=tiles.faces) if view.lines else NO_LINES,
    )


def _labels(
    pool: TilePool, tiles: Tiles, joint: bool, layer: int
) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
    """The pattern's index of every face of all tiles, and the patterns' ids.

    By their 64-bit ids: of 60,000 patterns two would share one in 10¹⁰ pictures.
    """
    width = tiles.parts[0].widths[layer - 1]

    def ids_of(_: int, part: Complex) -> NDArray[np.uint64]:
        return (
            joint_ids(part) if joint else pattern_id_from_bits(part.layer_bits(layer), layer, width)
        )

    labels, ids = compact(np.concatenate(pool.each(tiles, ids_of))[None])
    return labels[0], ids


def _pairs(pool: TilePool, tiles: Tiles, label: NDArray[np.int32]) -> NDArray[np.int32]:
    """Pairs of neighbouring patterns, inside the tiles and across their seams."""
    first = tiles.first_face
    pairs = pool.each(
        tiles, lambda k, part: neighbour_pairs(part.half, label[first[k] : first[k + 1]])
    )
    seams = label[seam_pairs(tiles)]
    pairs.append(np.sort(seams[seams[:, 0] != seams[:, 1]], axis=1))
    return np.concatenate(pairs)
