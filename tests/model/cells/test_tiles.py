from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import BudgetExceeded, build
from cellscope.model.cells.exact.merge import LayerCells, layer_cells
from cellscope.model.cells.exact.split import forward_patterns
from cellscope.model.cells.exact.tiles import TilePool, tile_cells
from cellscope.model.cells.grid.patterns import Words
from cellscope.model.cells.picture.raster import rasterise
from tests.model.cells.families import FAMILIES, WINDOW, Family, name_of, random_net, sawtooth

families = pytest.mark.parametrize("family", FAMILIES, ids=name_of)


def low_byte(bits: Words) -> NDArray[np.uint8]:
    """A value per pattern, the same in every complex."""
    return (bits.sum(axis=1) % np.uint64(251)).astype(np.uint8)


@families
@pytest.mark.parametrize("k", [1, 3, 4])
def test_counts_over_tiles_are_those_of_the_whole_window(family: Family, k: int) -> None:
    weights, window = family(3)
    layer = len(weights) - 1
    whole = layer_cells(build(weights, window, layer=layer), layer)
    cells = tile_cells(TilePool().build(weights, window, k=k, layer=layer), layer)
    assert cells.patterns == whole.patterns
    assert cells.linear_regions == whole.linear_regions
    assert cells.regions == whole.regions


@families
def test_a_picture_from_tiles_is_the_picture_of_the_whole(family: Family) -> None:
    weights, window = family(4)
    layer = len(weights) - 1
    whole = build(weights, window, layer=layer)
    pool = TilePool()
    tiles = pool.build(weights, window, k=3, layer=layer)
    expected = rasterise(whole, low_byte(whole.bits), 97, 61, stray=low_byte)
    picture = pool.rasterise(tiles, low_byte(tiles.bits), 97, 61, stray=low_byte)
    assert np.array_equal(picture, expected)


def test_neighbouring_patterns_are_the_same_with_tiles() -> None:
    weights = random_net((12, 10), 1)
    whole = layer_cells(build(weights, WINDOW, layer=2), 2)
    cells = tile_cells(TilePool().build(weights, WINDOW, k=4, layer=2), 2)

    def pairs(cells: LayerCells) -> set[frozenset[bytes]]:
        rows = [row.tobytes() for row in cells.bits]
        return {frozenset((rows[a], rows[b])) for a, b in cells.neighbours}

    assert pairs(cells) == pairs(whole)


def test_two_threads_build_and_draw_what_one_does() -> None:
    weights = random_net((24, 24, 24), 2)
    with ThreadPoolExecutor(2) as executor:
        both = TilePool(executor, threads=2)
        for _ in range(3):
            tiles = both.build(weights, WINDOW, k=5, layer=3)
            one = TilePool().build(weights, WINDOW, k=5, layer=3)
            assert np.array_equal(tiles.bits, one.bits)
            picture = both.rasterise(tiles, low_byte(tiles.bits), 200, 150)
            expected = rasterise(
                whole := build(weights, WINDOW, layer=3), low_byte(whole.bits), 200, 150
            )
            assert np.array_equal(picture, expected)


def test_lines_along_the_seams_are_counted_once() -> None:
    # x = 0 and y = 0 are the seams of 2 × 2 tiles.
    weights = [(np.array([[1.0, 0], [0, 1], [1, 1]]), np.zeros(3))]
    cells = tile_cells(TilePool().build(weights, WINDOW, k=2, layer=1), 1)
    assert (cells.patterns, cells.regions, cells.linear_regions) == (6, 6, 6)
    assert len(cells.neighbours) == 6
    # y = x and y = −x cross on the corner of all four tiles: opposite cells are no neighbours.
    weights = [(np.array([[1.0, 1], [1, -1]]), np.zeros(2))]
    assert len(tile_cells(TilePool().build(weights, WINDOW, k=2, layer=1), 1).neighbours) == 4
    weights, window = sawtooth(6)
    cells = tile_cells(TilePool().build(weights, window, k=4, layer=6), 6)
    assert (cells.patterns, cells.regions, cells.linear_regions) == (2, 33, 64)


def test_tiles_of_a_small_window_are_as_exact() -> None:
    weights, window = random_net((24, 24), 3), (1.2, 1.20003, -2.0, -1.99998)
    tiles = TilePool().build(weights, window, k=3, layer=2)
    for part in tiles.parts:
        seen = forward_patterns(weights, part.centroids, layer=2)
        assert np.array_equal(seen, part.bits)
    whole = build(weights, window, layer=2)
    assert tile_cells(tiles, 2).linear_regions == whole.faces


def test_the_budget_holds_for_all_tiles_together() -> None:
    with pytest.raises(BudgetExceeded) as caught:
        TilePool().build(random_net((16, 16), 0), WINDOW, k=4, layer=2, budget=300)
    assert caught.value.faces == 300
