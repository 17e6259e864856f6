"""What is read from a finished complex: counts, maps, boundaries, classes."""

import numpy as np
import pytest

from cellscope.model.cells.exact.affine import affine_maps
from cellscope.model.cells.exact.boundaries import boundary_segments, segments_between
from cellscope.model.cells.exact.classes import build_classes
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.counts import Filled, count_cells, filled_by
from cellscope.model.cells.exact.merge import face_pairs, layer_cells
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import Float, unpack_signs
from cellscope.model.cells.picture.raster import rasterise
from tests.model.cells.families import FAMILIES, WINDOW, Family, Net, name_of, random_net, sawtooth


def forward(weights: Net, x: Float, slope: float = 0.0) -> Float:
    h = x
    for W, b in weights[:-1]:
        y = h @ W.T + b
        h = np.where(y > 0, y, slope * y)
    W, b = weights[-1]
    return h @ W.T + b


@pytest.mark.parametrize(("activation", "slope"), [("relu", 0.0), ("leaky_relu", 0.01)])
def test_the_affine_map_of_a_face_is_the_network_on_it(activation: str, slope: float) -> None:
    weights = random_net((9, 7, 5), 2, outputs=3)
    complex = build(weights, WINDOW, layer=3, activation=activation)
    A, d = affine_maps(complex)
    assert A.shape == (complex.faces, 3, 2)
    at = complex.centroids
    expected = forward(weights, at, slope)
    assert np.allclose(np.einsum("fij,fj->fi", A, at) + d, expected, atol=1e-10)


def test_an_inner_layers_map_is_asked_for_by_number_and_face() -> None:
    weights = random_net((9, 7, 5), 2)
    complex = build(weights, WINDOW, layer=2)
    faces = np.array([5, 0, 17])
    A, d = affine_maps(complex, faces, layer=2)
    y = np.einsum("fij,fj->fi", A, complex.centroids[faces]) + d
    assert np.array_equal(y > 0, unpack_signs(complex.layer_bits(2), 7)[faces])
    with pytest.raises(ValueError, match="layer"):
        affine_maps(complex, layer=4)


def test_neighbouring_cells_of_layer_1_differ_in_one_unit() -> None:
    complex = build(random_net((12,), 4), WINDOW, layer=1)
    cells = layer_cells(complex, 1)
    a, b = cells.neighbours.T
    assert (np.bitwise_count(cells.bits[a] ^ cells.bits[b]).sum(axis=1) == 1).all()
    assert np.array_equal(cells.neighbours, face_pairs(complex))  # here a face is a cell


def test_pieces_of_one_pattern_are_one_cell_and_several_regions() -> None:
    weights, window = sawtooth(4)
    cells = layer_cells(build(weights, window, layer=4), 4)
    assert cells.neighbours.tolist() == [[0, 1]]
    assert sorted(np.bincount(cells.region_pattern)) == [4, 5]
    assert len(cells.region) == cells.linear_regions == 16


def test_boundaries_of_one_layer_lie_where_its_pattern_changes() -> None:
    weights = random_net((10, 8), 6)
    complex = build(weights, WINDOW, layer=2)
    everything, second = boundary_segments(complex), boundary_segments(complex, 2)
    inner_edges = complex.edges - np.count_nonzero(complex.label == 0) // 2
    assert len(everything.points) == inner_edges
    assert set(everything.layer) == {1, 2}
    assert 0 < len(second.points) < inner_edges
    # y of the unit is 0 all along its line.
    for part in (everything, second):
        for index in range(0, len(part.points), 7):
            ends = part.points[index].reshape(2, 2)
            y = forward(weights[: part.layer[index]], ends)[:, part.unit[index]]
            assert np.abs(y).max() < 1e-12


def test_the_border_of_the_window_is_no_boundary() -> None:
    complex = build([(np.array([[1.0, 0.0]]), np.array([5.0]))], WINDOW, layer=1)
    assert len(boundary_segments(complex).points) == 0


@pytest.mark.parametrize("outputs", [1, 2, 3, 5])
def test_class_polygons_have_the_class_of_every_pixel(outputs: int) -> None:
    weights = random_net((12, 10), 3, outputs=outputs)
    weights[-1][1][:] -= 1.0 * (outputs == 1)
    classes = build_classes(weights, WINDOW)
    y = forward(weights, Grid(WINDOW, 150, 130).points().astype(np.float64))
    expected = y.argmax(axis=1) if outputs > 1 else (y[:, 0] > 0).astype(int)
    picture = rasterise(classes.complex, classes.of_face, 150, 130)
    assert np.array_equal(picture.ravel(), expected)
    assert len(np.unique(classes.of_face)) > 1


def test_logits_are_equal_along_the_decision_boundary() -> None:
    weights = random_net((12, 10), 3, outputs=3)
    classes = build_classes(weights, WINDOW)
    boundary = segments_between(classes.complex, classes.of_face)
    middle = boundary.points.reshape(-1, 2, 2).mean(axis=1)
    best = np.sort(forward(weights, middle), axis=1)
    assert len(middle) > 10
    assert np.allclose(best[:, -1], best[:, -2], atol=1e-10)


def test_equal_logits_everywhere_are_class_0() -> None:
    weights = [(np.eye(2), np.zeros(2)), (np.ones((3, 2)), np.zeros(3))]
    classes = build_classes(weights, WINDOW)
    assert set(classes.of_face) == {0}


def test_data_fill_the_patterns_that_y_above_0_gives_them() -> None:
    W, b = np.array([[1.0, 0], [0, 1]]), np.zeros(2)
    points = np.array([[1.0, 1], [2, 2], [0, 3], [-1, 5], [9, 0], [3, -1]])
    # (0, 3) lies on a line and counts as inactive, like (−1, 5); (9, 0) is outside.
    assert filled_by([(W, b)], points, WINDOW, layer=1) == Filled(5, 3, 3)
    assert filled_by([(W, b)], points[4:5], WINDOW, layer=1) == Filled(0, 0, 0)


# In the others y is exactly 0 on open sets, and a rounded forward pass sees y > 0 there.
ROUNDING_SAFE = [
    family
    for family in FAMILIES
    if family.__name__ not in ("zero_on_an_open_set", "small_integers", "axis_parallel")
]


@pytest.mark.parametrize("family", ROUNDING_SAFE, ids=name_of)
def test_points_in_every_face_fill_every_cell(family: Family) -> None:
    weights, window = family(9)
    layer = len(weights) - 1
    complex = build(weights, window, layer=layer)
    counts = count_cells(complex)
    filled = filled_by(weights, complex.centroids, window, layer=layer)
    assert (filled.patterns, filled.linear_regions) == (counts.patterns, counts.linear_regions)
