"""A unit or a logit as a surface over the plane: flat facets, one a linear region."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import Complex, build
from cellscope.model.cells.exact.kernels import FACE, ORIGIN, TWIN
from cellscope.model.cells.picture.complex_of import complex_of
from cellscope.model.cells.picture.picture import workspace
from cellscope.model.own.on_page.scene import Scene
from cellscope.model.spec import Spec
from cellscope.model.training.edits import Unit
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.units import Float, over_plane, points_of
from cellscope.model.view import START_WINDOW, Window

MOST_FACES = 12_000  # facets that a browser turns with ease
GRID = 81  # points a side where there are no facets
MOST_EDGES = 8_000  # that are drawn on it

Indices = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Surface:
    """Points (V, 3), triangles (T, 3), the facets' sides (E, 2); exact: its facets are flat."""

    points: Float
    triangles: Indices
    edges: Indices
    facets: int
    exact: bool


def surface(snapshot: Snapshot, window: Window, unit: Unit) -> Surface:
    """A unit's output, or a logit, over a window.

    Raises
    ------
    BudgetExceeded, BelowReach
        Where there are too many facets, or none can be computed.
    """
    spec, (layer, _) = snapshot.spec, unit
    if not spec.is_exact:
        return _on_grid(snapshot, window, unit)
    folding = _last_folding(spec, layer)
    if folding == 0:  # the signs of a linear layer draw lines, but the surface does not fold there
        return _one_facet(snapshot, window, unit)
    complex = _complex(snapshot, window, folding)
    offsets, corners = complex.loops
    fans = [_fan(corners[a:b]) for a, b in pairwise(offsets.tolist())]
    face, other = complex.half[:, FACE], complex.half[complex.half[:, TWIN], FACE]
    edges = np.flatnonzero((face > other) & (other >= 0))
    ends = complex.half[edges, ORIGIN], complex.half[complex.half[edges, TWIN], ORIGIN]
    return Surface(
        points=_raised(snapshot, complex.vertices, unit),
        triangles=np.concatenate(fans).astype(np.int32),
        edges=np.stack(ends, axis=1)[:MOST_EDGES].astype(np.int32),
        facets=complex.faces,
        exact=True,
    )


def _last_folding(spec: Spec, layer: int) -> int:
    """The last layer up to this one that bends the map; 0: none does."""
    if spec.graph is not None:
        return max(1, min(layer, spec.folding_layers))
    bent = [k for k, row in enumerate(spec.activations[:layer], start=1) if row.bends]
    return bent[-1] if bent else 0


def _complex(snapshot: Snapshot, window: Window, folding: int) -> Complex:
    """Of the layers that bend the map: those between them are taken up into the next."""
    rows = snapshot.spec.activations if snapshot.spec.graph is None else ()
    if all(row.bends for row in rows[:folding]):
        return complex_of(snapshot, window, folding, MOST_FACES)
    layers: list[tuple[Float, Float]] = []
    before: tuple[Float, Float] | None = None
    for k, (W, b) in enumerate(snapshot.weights):
        layer = W.astype(np.float64), b.astype(np.float64)
        if before is not None:
            layer = layer[0] @ before[0], layer[0] @ before[1] + layer[1]
        straight = k < folding and not rows[k].bends
        before = layer if straight else None
        layers += [] if straight else [layer]
    names = [row.name for k, row in enumerate(rows) if k >= folding or row.bends]
    bent = sum(row.bends for row in rows[:folding])
    return build(
        layers,
        window,
        layer=bent,
        activation=",".join(names),
        budget=MOST_FACES,
        workspace=workspace(),
    )


def _one_facet(snapshot: Snapshot, window: Window, unit: Unit) -> Surface:
    """The whole window is flat."""
    corners = points_of(window, 2)
    triangles = np.array([[0, 1, 2], [1, 3, 2]], dtype=np.int32)
    edges = np.empty((0, 2), np.int32)
    return Surface(_raised(snapshot, corners, unit), triangles, edges, facets=1, exact=True)


def _fan(corners: Indices) -> Indices:
    """A convex polygon as triangles from its first corner."""
    first = np.full(len(corners) - 2, corners[0])
    return np.stack([first, corners[1:-1], corners[2:]], axis=1)


def _on_grid(snapshot: Snapshot, window: Window, unit: Unit) -> Surface:
    number = np.arange(GRID * GRID, dtype=np.int32).reshape(GRID, GRID)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    halves = [np.stack(part, axis=-1).reshape(-1, 3) for part in ((a, b, c), (b, d, c))]
    points = _raised(snapshot, points_of(window, GRID), unit)
    return Surface(points, np.concatenate(halves), np.empty((0, 2), np.int32), 0, False)


def _raised(snapshot: Snapshot, plane: Float, unit: Unit) -> Float:
    layer, row = unit
    if snapshot.spec.graph is not None:  # of which only the outputs are shown
        values = Scene.of(snapshot.spec, START_WINDOW).outputs(np.ascontiguousarray(plane))
        return np.column_stack([plane, values[:, row]])
    *_, values = over_plane(snapshot, plane, layer)
    z = values[row]
    if layer < snapshot.spec.layers:
        z = snapshot.spec.activations[layer - 1].value(z)
    return np.column_stack([plane, z])
