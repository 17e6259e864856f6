"""The surface is the network's graph: every facet is flat, and the facets cover the window."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.cells.exact.surface import surface
from cellscope.model.spec import Spec
from cellscope.model.units import over_plane
from tests.snapshots import started

WINDOW = (-3.0, 4.0, -2.0, 5.0)


@pytest.mark.parametrize("unit", [(1, 2), (2, 0), (3, 1)])
def test_triangles_cover_the_window_and_lie_on_the_graph(unit: tuple[int, int]):
    snapshot = started(Spec(hidden=(8, 6), seed=2))
    found = surface(snapshot, WINDOW, unit)
    a, b, c = (found.points[found.triangles[:, k]] for k in range(3))
    sides = (b - a)[:, :2], (c - a)[:, :2]
    areas = 0.5 * np.abs(sides[0][:, 0] * sides[1][:, 1] - sides[0][:, 1] * sides[1][:, 0])
    assert abs(areas.sum() - 49.0) < 1e-9
    middles = (a + b + c) / 3
    layer, row = unit
    *_, values = over_plane(snapshot, middles[:, :2], layer)
    z = values[row] if layer == 3 else np.maximum(values[row], 0.0)
    assert np.abs(z - middles[:, 2]).max() < 1e-9 * max(1.0, np.abs(z).max())
    assert found.exact


@pytest.mark.parametrize(
    ("spec", "unit", "facets"),
    [
        (Spec(activation="identity", hidden=(8, 6)), (3, 0), 1),
        (Spec(depth=1), (1, 1), 1),
        (Spec(activation="identity,relu", hidden=(8, 6)), (1, 0), 1),
        (Spec(activation="relu,identity", hidden=(1, 6)), (3, 0), 2),
        (Spec(activation="identity,relu", hidden=(8, 1)), (3, 0), 2),
        (Spec(activation="identity,identity,abs", hidden=(8, 6, 1)), (3, 0), 2),
    ],
)
def test_where_no_activation_bends_the_surface_is_one_facet(
    spec: Spec, unit: tuple[int, int], facets: int
):
    found = surface(started(spec.but(seed=2)), WINDOW, unit)
    assert (found.facets, found.exact) == (facets, True)
    assert len(found.edges) == facets - 1
    a, b, c = (found.points[found.triangles[:, k], :2] for k in range(3))
    areas = 0.5 * np.abs(np.linalg.det(np.stack([b - a, c - a], axis=1)))
    assert abs(areas.sum() - 49.0) < 1e-9


@pytest.mark.parametrize("names", ["identity,relu,identity,abs", "hardtanh,identity,identity,relu"])
def test_linear_layers_between_others_leave_the_surface_and_its_facets_as_they_are(names: str):
    snapshot = started(Spec(activation=names, hidden=(4, 6, 5, 3), seed=1))
    found = surface(snapshot, WINDOW, (5, 1))
    middles = found.points[found.triangles].mean(axis=1)
    *_, values = over_plane(snapshot, middles[:, :2], 5)
    assert np.abs(values[1] - middles[:, 2]).max() < 1e-9
    points = np.random.default_rng(0).uniform(WINDOW[::2], WINDOW[1::2], (40_000, 2))
    h, bent = points, list[NDArray[np.bool_]]()
    for (W, b), row in zip(snapshot.weights, snapshot.spec.activations, strict=False):
        y = h @ W.T.astype(np.float64) + b
        h = row.value(y)
        if row.bends:
            bent.append((y[:, :, None] > row.kinks).reshape(len(points), -1))
    met = len(np.unique(np.concatenate(bent, axis=1), axis=0))
    assert met <= found.facets < 1.1 * met + 3  # those too small for any of the points are few


@pytest.mark.parametrize("spec", [Spec(activation="tanh"), Spec(features=("x2", "siny"))])
def test_where_cells_are_no_polygons_it_is_shown_on_a_grid_and_says_so(spec: Spec):
    found = surface(started(spec), WINDOW, (1, 0))
    assert not found.exact
    assert found.facets == 0
