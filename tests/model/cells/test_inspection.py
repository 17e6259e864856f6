import numpy as np
import pytest

from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.counts import count_cells
from cellscope.model.cells.exact.inspection import Inspection, inspect
from cellscope.model.cells.exact.locate import corners
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.datasets import make_data
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View
from tests.model.cells.families import random_net
from tests.snapshots import chosen, layers_at, started

NET = Spec(width=8, depth=4, seed=5, dataset="blobs", classes=3)
CROSS = [(np.eye(2), np.zeros(2)), (np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([0.5, 0.0]))]


def inspected(snapshot: Snapshot, view: View, x: float, y: float, key: int = 0) -> Inspection:
    found = inspect(snapshot, view, x, y, key=key + 1_000_000 * hash(snapshot.theta.tobytes()))
    assert found is not None
    return found


def random_points(view: View, count: int, seed: int = 0) -> list[tuple[float, float]]:
    x0, x1, y0, y1 = view.window
    rng = np.random.default_rng(seed)
    return list(zip(rng.uniform(x0, x1, count), rng.uniform(y0, y1, count), strict=True))


def area_of(polygon: Float) -> float:
    x, y = polygon.T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def is_inside(polygon: Float, x: float, y: float, slack: float = 1e-9) -> bool:
    along = np.roll(polygon, -1, axis=0) - polygon
    there = np.array([x, y]) - polygon
    return bool((along[:, 0] * there[:, 1] - along[:, 1] * there[:, 0] >= -slack).all())


# --- at random points ---------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_the_signs_are_those_of_a_forward_pass(layer: int) -> None:
    snapshot, view = started(NET), View(layer=layer)
    for x, y in random_points(view, 25):
        found = inspected(snapshot, view, x, y)
        expected = layers_at(snapshot, np.array([[x, y]]))
        assert np.array_equal(found.cell.signs, expected[layer - 1][0] > 0)
        assert found.region.active == tuple(int((v > 0).sum()) for v in expected[:3])
        assert (found.cell.layer, found.region.layers) == (layer, 3)


@pytest.mark.parametrize("layer", [1, 3, 4])
def test_the_affine_map_is_the_network_there(layer: int) -> None:
    snapshot, view = started(NET), View(layer=layer)
    for x, y in random_points(view, 25, 1):
        region = inspected(snapshot, view, x, y).region
        logits = layers_at(snapshot, np.array([[x, y]]))[-1][0]
        assert region.A @ [x, y] + region.d == pytest.approx(logits, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_the_region_is_a_convex_polygon_around_the_point_with_one_joint_pattern(
    layer: int,
) -> None:
    snapshot, view = started(NET), View(layer=layer)
    for x, y in random_points(view, 25, 2):
        region = inspected(snapshot, view, x, y).region
        polygon = region.corners
        assert is_inside(polygon, x, y)
        middle = polygon.mean(axis=0)
        assert all(is_inside(polygon, x, y, 1e-7) for x, y in polygon.tolist())  # convex
        inner = middle + 0.999 * (polygon - middle)
        hidden = [
            np.concatenate(layers_at(snapshot, points)[:3], axis=1) > 0
            for points in (np.array([[x, y]]), inner)
        ]
        assert (hidden[0] == hidden[1]).all()
        assert region.area == pytest.approx(area_of(polygon), rel=1e-9)
        assert len(region.edges) == len(polygon)


@pytest.mark.parametrize("layer", [1, 4])
def test_the_unit_of_each_side_vanishes_on_it(layer: int) -> None:
    snapshot, view = started(NET), View(layer=layer)
    window = View().window
    for x, y in random_points(view, 15, 3):
        region = inspected(snapshot, view, x, y).region
        middles = (region.corners + np.roll(region.corners, -1, axis=0)) / 2
        values = layers_at(snapshot, middles)
        for k, (side_layer, unit) in enumerate(region.edges):
            if side_layer:
                assert side_layer <= 3  # the logits bend nothing
                assert abs(values[side_layer - 1][k, unit - 1]) < 1e-9
            else:
                assert np.min(np.abs(middles[k].repeat(2) - window)) < 1e-9


def test_the_nearest_side_is_as_far_as_it_says() -> None:
    snapshot, view = started(NET), View(layer=3)
    for x, y in random_points(view, 25, 4):
        region = inspected(snapshot, view, x, y).region
        assert region.nearest in region.edges
        a, b = region.corners, np.roll(region.corners, -1, axis=0)
        t = np.linspace(0, 1, 2001)[:, None, None]
        distances = np.hypot(*np.moveaxis(a + t * (b - a) - [x, y], 2, 0)).min(axis=0)
        assert region.distance == pytest.approx(distances.min(), abs=5e-3)
        assert region.edges[int(distances.argmin())] == region.nearest


@pytest.mark.parametrize("layer", [1, 2, 3, 4])
def test_cells_add_up_to_the_window(layer: int) -> None:
    snapshot, view = started(NET), View(layer=layer)
    complex = build(snapshot.weights, view.window, layer=max(layer, 3))
    cells = layer_cells(complex, layer)
    first = np.unique(cells.pattern, return_index=True)[1]
    facts = [inspected(snapshot, view, *complex.centroids[f].tolist()).cell for f in first]
    assert sum(f.area for f in facts) == pytest.approx(100.0, rel=1e-9)
    assert sum(f.pieces for f in facts) == cells.regions
    assert sum(int(f.points.sum()) for f in facts) == len(
        [p for p in make_data(NET).train_x if np.abs(p).max() <= 5]
    )
    hidden = count_cells(complex, 3).linear_regions
    # Logits cut linear regions into several cells; hidden layers do not.
    total = sum(f.linear_regions for f in facts)
    assert total == hidden if layer < 4 else total >= hidden


def test_points_are_counted_by_their_class() -> None:
    snapshot, view, data = started(NET), View(layer=2), make_data(NET)
    for x, y in random_points(view, 10, 5):
        found = inspected(snapshot, view, x, y)
        values = layers_at(snapshot, np.concatenate([[[x, y]], data.train_x]))
        own = (values[1][1:] > 0) == (values[1][0] > 0)
        joint = np.concatenate(values[:3], axis=1) > 0
        for points, there in (
            (found.cell.points, own.all(axis=1)),
            (found.region.points, (joint[1:] == joint[0]).all(axis=1)),
        ):
            expected = [int((data.train_y[there] == k).sum()) for k in range(3)]
            assert points.tolist() == expected


def test_the_polygons_of_a_cell_cover_it_and_its_outline_goes_round_it() -> None:
    snapshot, view = started(NET), View(layer=3)
    for x, y in random_points(view, 10, 6):
        cell = inspected(snapshot, view, x, y).cell
        assert sum(map(area_of, cell.polygons)) == pytest.approx(cell.area, rel=1e-9)
        assert any(is_inside(polygon, x, y) for polygon in cell.polygons)
        x1, y1, x2, y2 = cell.outline.T
        assert float(np.sum(x1 * y2 - y1 * x2) / 2) == pytest.approx(cell.area, rel=1e-9)


# --- what the maps say --------------------------------------------------------------------------


def test_a_cell_of_layer_1_of_a_network_with_one_hidden_layer_has_one_map() -> None:
    snapshot, view = started(Spec(width=9, depth=2)), View(layer=1)
    for x, y in random_points(view, 10):
        cell = inspected(snapshot, view, x, y).cell
        assert cell.one_map
        assert (cell.pieces, cell.linear_regions) == (1, 1)


def test_an_identity_network_has_one_map_everywhere() -> None:
    snapshot = started(Spec(width=9, depth=5, activation="identity"))
    maps: list[Float] = []
    for layer in (1, 3, 5):
        for x, y in random_points(View(), 5):
            found = inspected(snapshot, View(layer=layer), x, y)
            assert found.cell.one_map
            maps.append(np.concatenate([found.region.A, found.region.d[:, None]], axis=1))
    assert np.ptp(maps, axis=0).max() < 1e-9


def test_a_cell_of_a_deep_layer_may_have_several_maps() -> None:
    snapshot, view = started(NET), View(layer=3)
    cells = [inspected(snapshot, view, x, y).cell for x, y in random_points(view, 30)]
    assert any(not cell.one_map for cell in cells)
    assert all(cell.one_map for cell in cells if cell.linear_regions == 1)


# --- odd places ---------------------------------------------------------------------------------


def test_nothing_lies_outside_the_window() -> None:
    for x, y in ((5.1, 0.0), (0.0, -5.1), (float("nan"), 0.0)):
        assert inspect(started(NET), View(), x, y, key=1) is None


@pytest.mark.parametrize("at", [(0.0, 1.0), (1.0, 0.0), (0.0, 0.0), (-5.0, 5.0), (0.0, 5.0)])
def test_a_point_on_a_line_belongs_to_a_cell_beside_it(at: tuple[float, float]) -> None:
    # x and y are the units: 0 is inactive, so (0, 1) has the pattern (0, 1), left of the line.
    found = inspected(chosen(CROSS), View(layer=1), *at)
    assert found.cell.signs.tolist() == [at[0] > 0, at[1] > 0]
    assert is_inside(found.region.corners, *at)
    assert found.cell.area == pytest.approx(25.0)
    if not all(at):
        assert found.region.distance < 1e-12


def test_a_point_whose_pattern_has_no_area_gets_a_region_around_it() -> None:
    # Units x and −x: on x = 0 both are inactive, which no open set is. At y = −0.2 the regions
    # around the point are large, and those below it have their middle closer to it.
    W = np.array([[1.0, 0], [-1.0, 0], [0.0, 1], [0.0, 1], [0.0, 1]])
    b = np.array([0.0, 0.0, 0.25, 0.5, 0.75])
    snapshot = chosen([(W, b), (np.ones((2, 5)), np.zeros(2))])
    for y in (-0.2, -0.3, -0.6, 4.9, -4.9):
        found = inspected(snapshot, View(layer=1), 0.0, y)
        assert is_inside(found.region.corners, 0.0, y)
        assert found.cell.signs.tolist()[2:] == [y > -0.25, y > -0.5, y > -0.75]
        assert found.region.distance < 1e-12


def test_the_origin_of_a_network_without_biases_has_a_wedge() -> None:
    snapshot = started(Spec(width=7, depth=4, bias="zero"))
    for layer in (1, 2, 3, 4):
        found = inspected(snapshot, View(layer=layer), 0.0, 0.0)
        assert is_inside(found.region.corners, 0.0, 0.0)
        assert found.region.distance < 1e-12
        assert found.region.nearest[0] > 0


@pytest.mark.parametrize("at", [(-5.0, -5.0), (5.0, 5.0), (5.0, 0.3), (-1.7, 5.0)])
def test_the_windows_border_is_inside(at: tuple[float, float]) -> None:
    found = inspected(started(NET), View(layer=2), *at)
    assert is_inside(found.region.corners, *at)
    assert found.region.nearest == (0, 0)
    assert found.region.distance < 1e-12


def test_a_network_without_hidden_layer_has_one_map() -> None:
    snapshot, view = started(Spec(depth=1, dataset="blobs", classes=3)), View(layer=1)
    W, b = snapshot.weights[0]
    for x, y in random_points(view, 10):
        found = inspected(snapshot, view, x, y)
        assert np.allclose(found.region.A, W, rtol=1e-12)
        assert np.allclose(found.region.d, b, rtol=1e-12)
        assert found.cell.one_map
        assert np.array_equal(found.cell.signs, W @ [x, y] + b > 0)


def test_a_window_of_a_millionth_is_inspected_sharply() -> None:
    snapshot = started(NET)
    W, b = (part.astype(np.float64) for part in snapshot.weights[0])
    x, y = (-b[0] * W[0] / (W[0] @ W[0])).tolist()  # on the line of the first unit
    view = View(layer=1, window=(x - 5e-7, x + 5e-7, y - 5e-7, y + 5e-7))
    step = 1e-7 * W[0] / np.hypot(*W[0])
    found = inspected(snapshot, view, x + step[0], y + step[1])
    assert found.cell.signs[0]
    assert found.region.nearest == (1, 1)
    assert found.region.distance == pytest.approx(1e-7, rel=1e-6)
    assert found.cell.points.sum() == 0  # and no data point to be found


def test_more_than_64_units_are_all_told() -> None:
    snapshot = chosen(random_net((70, 3), 1, outputs=3))
    for x, y in random_points(View(), 5):
        cell = inspected(snapshot, View(layer=1), x, y).cell
        assert np.array_equal(cell.signs, layers_at(snapshot, np.array([[x, y]]))[0][0] > 0)


def test_tanh_has_nothing_to_inspect() -> None:
    with pytest.raises(ValueError, match="tanh"):
        inspect(started(Spec(activation="tanh")), View(), 0.0, 0.0, key=1)


# --- what is kept -------------------------------------------------------------------------------


def test_networks_are_not_taken_for_one_another() -> None:
    # Same versions in two experiments, then a newer version in one of them, then other views.
    one, other = started(NET), started(NET.but(seed=6))
    newer = started(NET.but(seed=7), version=2)
    for key, snapshot in ((1, one), (2, other), (1, newer), (1, one), (2, other)):
        for view in (View(layer=1), View(layer=2), View(layer=2, window=(-1.0, 1.0, -1.0, 1.0))):
            found = inspect(snapshot, view, 0.3, -0.4, key=key)
            assert found is not None
            expected = layers_at(snapshot, np.array([[0.3, -0.4]]))
            assert np.array_equal(found.cell.signs, expected[view.layer - 1][0] > 0)
            assert found.region.A @ [0.3, -0.4] + found.region.d == pytest.approx(expected[-1][0])
            assert np.abs(found.region.corners).max() <= view.window[1]


def test_the_corners_of_a_face_run_counter_clockwise() -> None:
    complex = build(random_net((5, 4), 0), View().window, layer=2)
    areas = [area_of(corners(complex, face)) for face in range(complex.faces)]
    assert np.allclose(areas, complex.areas)
