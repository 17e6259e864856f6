"""The picture of a graph from a file: exact where steps and budget allow, else on a grid."""

from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.merge import LayerCells, distinct_rows, face_pairs
from cellscope.model.cells.grid.dense import compact, neighbour_pairs
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.cells.grid.sheet_grid import lattice_of, points_in
from cellscope.model.cells.picture.boundary_segments import NO_LINES, lines_between, lines_by_layer
from cellscope.model.cells.picture.colours import assign_colours
from cellscope.model.cells.picture.painters import PAINTERS
from cellscope.model.cells.picture.picture import Picture
from cellscope.model.cells.picture.raster import fill_part
from cellscope.model.own.on_page.pattern_ids import joint_ids, layer_ids, piece_ids
from cellscope.model.own.on_page.scene import Classes, Scene, faces_at
from cellscope.model.own.result import AtPoints, ExactCells, packed
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import SHEET_PIXELS, View

Indices = NDArray[np.uint8]
T = TypeVar("T", np.uint8, np.int32)
LINES, FOLDS = 120_000, 6_000  # as of other pictures at rest


def graph_picture(snapshot: Snapshot, view: View, layer: int) -> Picture:
    """What `model.cells.picture.render.draw` shows of a graph."""
    scene = Scene.of(snapshot.spec, view.window)
    if not snapshot.spec.is_exact:
        return _on_grid(scene, view, layer, "activation")
    try:
        return _exact(scene, view, layer)
    except BudgetExceeded:
        return _on_grid(scene, view, layer, "budget")


def _exact(scene: Scene, view: View, layer: int) -> Picture:
    if not view.shows.of_layer:
        return _decided(scene, view, layer)
    cells = scene.cells(layer)
    most = LINES if view.lines else 0
    if view.shows.joint:
        return _regions(cells, view, layer, most)
    found = cells.cells
    ids = layer_ids(cells, found.bits, layer)
    colours = assign_colours(ids, found.neighbours)
    folding = scene.graph.layers - 1
    return Picture(
        indices=_filled(cells, view, colours[found.pattern], own=True),
        mode=view.mode,
        layer=layer,
        count=found.patterns,
        pieces=found.regions,
        on_grid=_seen_on_grid(cells, view),
        colours=len(np.unique(colours)),
        exact=True,
        lines=lines_between(cells.complex, found.pattern, most, folding=folding)
        if most
        else NO_LINES,
    )


def _regions(cells: ExactCells, view: View, layer: int, most: int) -> Picture:
    colours = assign_colours(joint_ids(cells), face_pairs(cells.complex))
    return Picture(
        indices=_filled(cells, view, colours, own=False),
        mode=view.mode,
        layer=layer,
        count=cells.complex.faces,
        colours=len(np.unique(colours)),
        exact=True,
        lines=lines_by_layer(cells.complex, most) if most else NO_LINES,
    )


def _decided(scene: Scene, view: View, layer: int) -> Picture:
    """The predicted class, or how sure it is; their boundaries are exact."""
    found = scene.classes()
    lines = lines_between(
        found.cells.complex,
        found.of_face,
        LINES,
        folding=scene.graph.layers - 1,
        most_folds=FOLDS,
    )
    return Picture(
        indices=_at_pixels(scene, view, found)[0],
        mode=view.mode,
        layer=layer,
        count=len(np.unique(found.of_face)),
        colours=scene.network.sizes[-1],
        exact=True,
        lines=lines if view.lines else NO_LINES,
    )


def _at_pixels(scene: Scene, view: View, found: Classes | None = None) -> tuple[Indices, Indices]:
    """What the mode shows at every pixel, and the classes: by their faces where these are fewer."""
    shade = PAINTERS[view.mode].shade
    lattice = lattice_of(view)
    grid = Grid(view.window, view.pixels, view.pixels) if lattice is None else lattice.grid
    xy = grid.points().astype(np.float64)
    if found is not None and len(found.cells.complex.local) < len(xy):
        cells = found.cells
        face = faces_at(cells, xy) if lattice else face_picture(cells, view.pixels, own=False)
        chosen = found.of_face[face].ravel()
        logits = outputs_on_faces(scene, cells, face.ravel(), xy) if shade is not None else None
    else:
        logits = scene.outputs(xy)
        chosen = logits.argmax(axis=1).astype(np.uint8)
    shown = chosen if shade is None or logits is None else shade(logits, chosen)
    of_grid = [one.reshape(grid.height, grid.width) for one in (shown, chosen)]
    shown, chosen = of_grid if lattice is None else map(lattice.photograph, of_grid)
    return shown, chosen


def outputs_on_faces(scene: Scene, cells: ExactCells, face: NDArray[np.int32], xy: Float) -> Float:
    """The outputs at points whose faces are known, from those at the faces' corners.

    They are affine on each face, and the points lie inside. (n,), (n, 2) → (n, outputs)
    """
    complex = cells.complex
    corners = complex.vertices
    values = scene.outputs(corners)
    offsets, loops = complex.loops
    first, count = offsets[:-1], np.diff(offsets)[:, None].astype(np.float64)
    at, said = complex.local[loops], values[loops]
    middle = np.add.reduceat(at, first, axis=0) / count
    level = np.add.reduceat(said, first, axis=0) / count
    owner = np.repeat(np.arange(len(first)), np.diff(offsets))
    away, rise = at - middle[owner], said - level[owner]
    spread = np.add.reduceat(away[:, :, None] * away[:, None, :], first, axis=0)
    lean = np.add.reduceat(away[:, :, None] * rise[:, None, :], first, axis=0)
    slope = np.linalg.pinv(spread, hermitian=True) @ lean  # (F, 2, outputs)
    offset = (xy - complex.origin) - middle[face]
    return level[face] + np.einsum("ni,nio->no", offset, slope[face])


def _filled(cells: ExactCells, view: View, values: Indices, *, own: bool) -> Indices:
    """A value per face as a picture; of points on lines, that of the layer's `own` pattern."""
    lattice = lattice_of(view)
    if lattice is None:
        return filled(cells, values, view.pixels, own=own)
    xy = lattice.grid.points().astype(np.float64)
    face = own_faces(cells, xy) if own else faces_at(cells, xy)
    shape = lattice.grid.height, lattice.grid.width
    return lattice.photograph(values[face].reshape(shape))


def face_picture(cells: ExactCells, side: int, *, own: bool) -> NDArray[np.int32]:
    """The face at each point of the window's own grid. (side, side)"""
    return filled(cells, np.arange(cells.complex.faces, dtype=np.int32), side, own=own)


def filled(cells: ExactCells, values: NDArray[T], side: int, *, own: bool) -> NDArray[T]:
    """A value per face at each point of the window's own grid. (side, side)"""
    out = np.empty((side, side), values.dtype)
    complex, given = cells.complex, np.ascontiguousarray(values)
    doubtful = fill_part(complex, cells.window, cast(Any, given), cast(Any, out))
    if len(doubtful):
        row, column = np.divmod(doubtful, side)
        x = np.linspace(*cells.window[:2], side)[column]
        y = np.linspace(*cells.window[2:], side)[side - 1 - row]
        xy = np.stack([x, y], axis=1)
        face = own_faces(cells, xy) if own else faces_at(cells, xy)
        out[row, column] = values[face]
    return out


def own_faces(cells: ExactCells, xy: Float) -> NDArray[np.int32]:
    """A face with each point's pattern of the layer; the most similar where none has it. (n,)"""
    [pieces] = cells.at.pieces(xy, [cells.layer], rounded=True)
    bits, known = cells.bits_of(pieces)
    table = {row.tobytes(): k for k, row in enumerate(cells.cells.bits)}
    pattern = np.array([table.get(row.tobytes(), -1) for row in bits], np.int32)
    pattern[~known] = -1
    for place in np.flatnonzero(pattern < 0):
        different = np.bitwise_count(cells.cells.bits ^ bits[place]).sum(axis=1)
        pattern[place] = int(different.argmin())
    return _first_faces(cells.cells)[pattern]


def _first_faces(found: LayerCells) -> NDArray[np.int32]:
    first = np.empty(found.patterns, np.int32)
    first[found.pattern[::-1]] = np.arange(len(found.pattern), dtype=np.int32)[::-1]
    return first


def _seen_on_grid(cells: ExactCells, view: View) -> int | None:
    """How many of the cells the sheet's grid finds (exercise 2.2)."""
    if view.pixels != SHEET_PIXELS:
        return None
    found = points_in(view.window)
    if found is None:
        return 0
    grid, rows, columns = found
    xy = grid.points().reshape(grid.height, grid.width, 2)[-rows:, :columns]
    at = xy.reshape(-1, 2).astype(np.float64)
    [pieces] = cells.at.pieces(at, [cells.layer], rounded=True)
    bits, known = cells.bits_of(pieces)
    seen = {row.tobytes() for row in bits[known]}
    return len(seen & {row.tobytes() for row in cells.cells.bits})


def _on_grid(scene: Scene, view: View, layer: int, why: str) -> Picture:
    """What a grid of points finds, no more."""
    if not view.shows.of_layer:
        indices, classes = _at_pixels(scene, view)
        count = len(np.unique(classes))
        return _grid_picture(view, layer, why, indices, count, scene.network.sizes[-1])
    lattice = lattice_of(view)
    grid = Grid(view.window, view.pixels, view.pixels) if lattice is None else lattice.grid
    ids = grid_ids(scene, grid, layer, joint=view.shows.joint)
    labels, distinct = compact(ids)
    colours = assign_colours(distinct, neighbour_pairs(labels))
    indices = colours[labels]
    if lattice is not None:
        indices = lattice.photograph(indices)
    return _grid_picture(view, layer, why, indices, len(distinct), len(np.unique(colours)))


def _grid_picture(
    view: View, layer: int, why: str, indices: Indices, count: int, colours: int
) -> Picture:
    return Picture(
        indices=indices, mode=view.mode, layer=layer, count=count, colours=colours, why_grid=why
    )


def grid_ids(scene: Scene, grid: Grid, layer: int, *, joint: bool) -> NDArray[np.uint64]:
    """Ids of the patterns at the points of a grid, of a layer or of layers 1 … i together."""
    values, xy = scene.evaluator(layer), grid.points().astype(np.float64)
    layers = list(range(1, layer + 1)) if joint else [layer]
    ids = np.zeros(len(xy), np.uint64)
    for k in layers:
        [pieces] = AtPoints(values).pieces(xy, [k])
        index, first = distinct_rows(np.ascontiguousarray(packed(pieces)))
        ids ^= piece_ids(values.graph, pieces[first], k)[index]
    return ids.reshape(grid.height, grid.width)
