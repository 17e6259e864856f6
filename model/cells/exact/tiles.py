"""The same complex in k × k tiles, each small enough for the processor's cache.

The tiles of a window are complexes of their own that share the seams' coordinates, so pictures
have no gaps, and two threads can build at once (the kernels and the matrix products run without
the GIL). Faces that a seam cuts come in pieces: `tile_cells` counts across the seams.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import MAX_FACES, BudgetExceeded, Complex, build_from
from cellscope.model.cells.exact.kernels import FACE, ORIGIN, TWIN
from cellscope.model.cells.exact.merge import (
    LayerCells,
    distinct_rows,
    merge_faces,
    neighbour_pairs,
)
from cellscope.model.cells.exact.origin import Window, origin_of
from cellscope.model.cells.exact.split import split
from cellscope.model.cells.exact.union_find import numbered, unite
from cellscope.model.cells.exact.workspace import Workspace
from cellscope.model.cells.grid.patterns import Float, Weights, Words
from cellscope.model.cells.picture.raster import Stray, faces_with, fill_part, patterns_at
from cellscope.model.jit import njit

Ints = NDArray[np.int32]
Bytes = NDArray[np.uint8]
T = TypeVar("T")


@dataclass(frozen=True)
class Tiles:
    """k × k complexes of one network, row by row from the lower left.

    Face f of tile t has the index ``first_face[t] + f`` in arrays over all faces.
    """

    window: Window
    k: int
    parts: tuple[Complex, ...]

    @property
    def first_face(self) -> NDArray[np.int64]:
        """Index of the first face of each tile, and the total. (k² + 1,)"""
        return np.concatenate([[0], np.cumsum([part.faces for part in self.parts])])

    @property
    def faces(self) -> int:
        """Faces of all tiles: pieces of linear regions."""
        return sum(part.faces for part in self.parts)

    @property
    def bits(self) -> Words:
        """Joint patterns of all faces. (faces, words)"""
        return np.concatenate([part.bits for part in self.parts])

    def faces_with(self, bits: Words) -> NDArray[np.int64]:
        """A face (index over all tiles) of each joint pattern, −1 if there is none. (K,)"""
        found = np.full(len(bits), -1, np.int64)
        for part, low in zip(self.parts, self.first_face, strict=False):
            face = faces_with(part, bits)
            found[face >= 0] = low + face[face >= 0]
        return found


class TilePool:
    """Workspaces for building tiles, one per thread that builds at the same time.

    **Threads**: `build` may be called by one thread at a time; it hands the tiles to `executor`
    and waits. Without an executor the calling thread does all the work.
    """

    def __init__(self, executor: Executor | None = None, threads: int = 1) -> None:
        self.executor = executor
        self.workspaces = [Workspace() for _ in range(threads if executor else 1)]

    def build(
        self,
        weights: Weights,
        window: Window,
        *,
        k: int,
        layer: int,
        activation: str = "relu",
        budget: int = MAX_FACES,
    ) -> Tiles:
        """The tiles of a window; parameters and errors as `model.cells.exact.complex.build`.

        The budget is for all tiles together.
        """
        network = split(weights, activation)
        if not 1 <= layer <= len(network.layers):
            raise ValueError(f"layer: must be 1 to {len(network.layers)}, not {layer}")
        origin = origin_of(network, window, layer=layer)
        windows = _tile_windows(window, k)
        parts: list[Complex | None] = [None] * len(windows)
        waiting = iter(range(len(windows)))  # next() is atomic: threads take tiles in turn
        left = [budget]

        def work(workspace: Workspace) -> None:
            for tile in waiting:
                part = build_from(network, origin, windows[tile], left[0], workspace)
                left[0] -= part.faces
                parts[tile] = part

        try:
            self._run(work, self.workspaces)
        except BudgetExceeded as error:
            done = sum(part.faces for part in parts if part is not None)
            raise BudgetExceeded(done + error.faces, error.layer) from None
        return Tiles(window, k, tuple(part for part in parts if part is not None))

    def rasterise(
        self,
        tiles: Tiles,
        values: Bytes,
        width: int,
        height: int,
        *,
        stray: Stray | None = None,
    ) -> Bytes:
        """Picture of a value per face of all tiles, as `model.cells.picture.raster.rasterise`."""
        picture = np.empty((height, width), np.uint8)
        first = tiles.first_face
        doubtful: list[NDArray[np.int64]] = []
        waiting = iter(range(len(tiles.parts)))

        def work(_: Workspace) -> None:
            for tile in waiting:
                own = values[first[tile] : first[tile + 1]]
                doubtful.append(fill_part(tiles.parts[tile], tiles.window, own, picture))

        self._run(work, self.workspaces)
        pixels = np.unique(np.concatenate(doubtful))
        if len(pixels):
            bits = patterns_at(tiles.parts[0], tiles.window, pixels, width, height)
            face = tiles.faces_with(bits)
            known = face >= 0
            flat = picture.reshape(-1)
            flat[pixels[known]] = values[face[known]]
            if stray is not None and not known.all():
                flat[pixels[~known]] = stray(bits[~known])
        return picture

    def each(self, tiles: Tiles, work: Callable[[int, Complex], T]) -> list[T]:
        """What the work makes of every tile, by its number and itself."""
        found: dict[int, T] = {}
        waiting = iter(range(len(tiles.parts)))

        def some(_: Workspace) -> None:
            for k in waiting:
                found[k] = work(k, tiles.parts[k])

        self._run(some, self.workspaces)
        return [found[k] for k in range(len(tiles.parts))]

    def _run(self, work: Callable[[Workspace], None], workspaces: Sequence[Workspace]) -> None:
        if self.executor is None:
            work(workspaces[0])
            return
        futures = [self.executor.submit(work, workspace) for workspace in workspaces]
        wait(futures)  # all of them, also after an error: the next build reuses the workspaces
        try:
            for future in futures:
                future.result()
        finally:
            futures.clear()  # an error's traceback holds this frame, which would hold the error


def _tile_windows(window: Window, k: int) -> list[Window]:
    x0, x1, y0, y1 = window
    x, y = np.linspace(x0, x1, k + 1).tolist(), np.linspace(y0, y1, k + 1).tolist()
    return [(x[i], x[i + 1], y[j], y[j + 1]) for j in range(k) for i in range(k)]


# --- across the seams --------------------------------------------------------------------------

SAME_POINT = 1e-10  # of a tile's side: two tiles compute a line's crossing of their seam apart


def tile_cells(tiles: Tiles, layer: int) -> LayerCells:
    """The cells of one layer over all tiles: `pattern` and `region` are per face of all tiles.

    Counts are those of the whole window: patterns and linear regions by their bits, connected
    regions by joining pieces along the seams. O(edges)
    """
    bits, offsets = tiles.bits, tiles.parts[0].word_offsets
    if not 1 <= layer < len(offsets):
        raise ValueError(f"layer: must be 1 to {len(offsets) - 1}, not {layer}")
    own = np.ascontiguousarray(bits[:, offsets[layer - 1] : offsets[layer]])
    pattern, first = distinct_rows(own)
    joint, distinct = distinct_rows(np.ascontiguousarray(bits[:, : offsets[layer]]))
    pairs, piece = _pieces(tiles, pattern)
    seams = seam_pairs(tiles)
    same = seams[pattern[seams[:, 0]] == pattern[seams[:, 1]]]
    # Pieces of one linear region are one, however short the seam between them.
    twins = np.stack([distinct[joint], np.arange(len(joint), dtype=np.int32)], axis=1)
    region, representatives = _join(piece, np.concatenate([same, twins]))
    differ = np.sort(pattern[seams[pattern[seams[:, 0]] != pattern[seams[:, 1]]]], axis=1)
    neighbours = np.unique(np.concatenate([pairs, differ]), axis=0)
    return LayerCells(
        layer=layer,
        width=tiles.parts[0].widths[layer - 1],
        pattern=pattern,
        region=region,
        bits=own[first],
        region_pattern=pattern[representatives],
        neighbours=neighbours,
        linear_regions=len(distinct),
    )


def _pieces(tiles: Tiles, pattern: Ints) -> tuple[Ints, Ints]:
    """Neighbouring patterns inside the tiles, and for each face the first face of its piece."""
    pairs: list[Ints] = []
    piece = np.empty(len(pattern), np.int32)
    for part, low in zip(tiles.parts, tiles.first_face, strict=False):
        own = pattern[low : low + part.faces]
        pairs.append(neighbour_pairs(part.half, own))
        region, representatives = merge_faces(part.half, own)
        piece[low : low + part.faces] = low + representatives[region]
    return np.concatenate(pairs), piece


def seam_pairs(tiles: Tiles) -> Ints:
    """Pairs of faces (indices over all tiles) that share a stretch of a seam. (K, 2)"""
    first, pairs = tiles.first_face, [np.empty((0, 2), np.int32)]
    sides = [_sides(part) for part in tiles.parts]
    for tile in range(len(sides)):
        row, column = divmod(tile, tiles.k)
        for axis, other, there in ((0, tile + 1, column + 1), (1, tile + tiles.k, row + 1)):
            if there < tiles.k:
                found = _overlaps(*sides[tile][axis][1], *sides[other][axis][0])
                pairs.append(found + np.array([first[tile], first[other]], np.int32))
    return np.concatenate(pairs).astype(np.int32)


Side = tuple[Float, Ints]


def _sides(part: Complex) -> tuple[tuple[Side, Side], tuple[Side, Side]]:
    """The border pieces on the low and the high side of a tile, by axis.

    Of each side ``(low, high)`` along it, in order, and their faces.
    """
    half, local = part.half, part.local
    outer = np.flatnonzero(half[:, FACE] < 0)
    ends = np.stack([local[half[outer, ORIGIN]], local[half[half[outer, TWIN], ORIGIN]]], axis=1)
    faces = half[half[outer, TWIN], FACE]

    def side(axis: int, limit: float) -> Side:
        chosen = (ends[:, :, axis] == limit - part.origin[axis]).all(axis=1)
        along = np.sort(ends[chosen, :, 1 - axis], axis=1)
        order = np.argsort(along[:, 0])
        return along[order], faces[chosen][order]

    x0, x1, y0, y1 = part.window
    return (side(0, x0), side(0, x1)), (side(1, y0), side(1, y1))


@njit(nogil=True, cache=True)
def _overlaps(ends: Float, face: Ints, other_ends: Float, other_face: Ints) -> Ints:
    """Pairs of faces whose pieces of the seam overlap."""
    pairs = np.empty((len(face) + len(other_face), 2), np.int32)
    enough = SAME_POINT * (ends[-1, 1] - ends[0, 0])
    i, j, count = 0, 0, 0
    while i < len(face) and j < len(other_face):
        low, high = max(ends[i, 0], other_ends[j, 0]), min(ends[i, 1], other_ends[j, 1])
        if high - low > enough:
            pairs[count, 0], pairs[count, 1] = face[i], other_face[j]
            count += 1
        if ends[i, 1] < other_ends[j, 1]:
            i += 1
        else:
            j += 1
    return pairs[:count]


@njit(nogil=True, cache=True)
def _join(piece: Ints, pairs: Ints) -> tuple[Ints, Ints]:
    """Union of pieces along pairs: set of each face, first face of each set."""
    parent = piece.copy()
    for i in range(len(pairs)):
        unite(parent, pairs[i, 0], pairs[i, 1])
    return numbered(parent)
