from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.merge import layer_cells
from cellscope.model.cells.grid.grid import Grid
from cellscope.model.cells.grid.patterns import Float, Words
from cellscope.model.cells.picture.render import draw
from cellscope.model.cells.power import pictures
from cellscope.model.cells.power.centres import centres, own_centre_inside, radical_line
from cellscope.model.cells.power.diagram import Diagram, diagram_at, one_map
from cellscope.model.cells.power.pair import pair_at
from cellscope.model.cells.power.pictures import OUTSIDE, power_pictures
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View
from cellscope.model.warm import warm
from tests.model.cells.families import FAMILIES, WINDOW, Family, name_of, random_net
from tests.snapshots import chosen, layers_at, started

NET = Spec(width=8, depth=4, seed=5)
SIDE = 61


@pytest.fixture(autouse=True, scope="module")
def kernels() -> None:
    warm()


def at(snapshot: Snapshot, view: View, x: float, y: float) -> Diagram:
    return diagram_at(snapshot, view, (x, y), key=key_of(snapshot))


def widest(snapshot: Snapshot, view: View) -> Diagram:
    return diagram_at(snapshot, view, None, key=key_of(snapshot))


def key_of(snapshot: Snapshot) -> int:
    return hash((snapshot.theta.tobytes(), snapshot.spec))


true_patterns = pictures._patterns  # pyright: ignore[reportPrivateUsage]


def points_in(diagram: Diagram, count: int) -> Float:
    """Centroids of the diagram's cells, and points between them and the corners."""
    middle = diagram.scene.complex.centroids[diagram.faces]
    rng = np.random.default_rng(0)
    pick = middle[rng.integers(len(middle), size=count)]
    return 0.9 * pick + 0.1 * diagram.corners.mean(axis=0)


# --- centres --------------------------------------------------------------------------------------


def test_the_circles_of_two_units_are_those_of_the_formula() -> None:
    # Unit 1 is x > 2, scaled by 3; unit 2 is y > −1/2.
    W, b = np.array([[3.0, 0.0], [0.0, 1.0]]), np.array([-6.0, 0.5])
    active = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], np.bool_)
    found = centres(W, b, active)
    assert found.at.tolist() == [[0, 0], [3, 0], [0, 1], [3, 1]]
    assert found.radius_squared.tolist() == [0, 9 - 12, 1 + 1, 10 - 11]
    # (0, 0) has y₂ = ½ > 0, so it is in the cell of unit 2, not of none.
    assert own_centre_inside(W, b, active, found.at).tolist() == [False, False, True, True]


def test_the_radical_line_of_neighbours_is_the_line_of_the_unit_between_them() -> None:
    W, b = random_net((6,), 0)[0]
    first = np.array([True, False, True, True, False, False])
    second = first.copy()
    second[3] = False
    assert radical_line(W, b, first, second) == (W[3, 0], W[3, 1], b[3])
    assert radical_line(W, b, second, first) == (-W[3, 0], -W[3, 1], -b[3])


def test_on_the_radical_line_both_powers_are_equal() -> None:
    W, b = random_net((6,), 1)[0]
    signs = [[True, False, True, True, False, False], [False, True, True, False, True, True]]
    pair = np.array(signs)
    found = centres(W, b, pair)
    p, q, r = radical_line(W, b, *pair)
    foot = -r / (p * p + q * q) * np.array([p, q])
    for along in (-3.0, 0.0, 2.0):
        h = foot + along * np.array([-q, p])
        power = ((h - found.at) ** 2).sum(axis=1) - found.radius_squared
        assert power[0] == pytest.approx(power[1], rel=1e-9, abs=1e-9)


# --- diagrams -------------------------------------------------------------------------------------


def test_layer_1_is_one_diagram_whatever_the_point() -> None:
    snapshot, view = started(NET), View(layer=1)
    found = widest(snapshot, view)
    cells = layer_cells(build(snapshot.weights, WINDOW, layer=1), 1)
    assert found.cells == cells.patterns == at(snapshot, view, 3.0, -2.0).cells
    assert np.array_equal(found.bits, cells.bits)
    assert np.array_equal(found.W, snapshot.weights[0][0])
    assert np.array_equal(found.b, snapshot.weights[0][1])
    assert found.window == WINDOW


@pytest.mark.parametrize("layer", [2, 3, 4])
def test_a_deeper_layer_is_affine_in_the_region_under_the_point(layer: int) -> None:
    snapshot, view = started(NET), View(layer=layer)
    for x, y in ((0.3, 0.4), (-4.0, 3.0), (2.5, -2.5)):
        found = at(snapshot, view, x, y)
        inner = points_in(found, 40)
        y_all = layers_at(snapshot, inner)
        here = layers_at(snapshot, np.array([[x, y]]))
        for before in range(layer - 1):
            assert ((y_all[before] > 0) == (here[before] > 0)).all()
        assert np.allclose(inner @ found.W.T + found.b, y_all[layer - 1], atol=1e-9)
        assert len(found.faces) == len(np.unique(found.active, axis=0))


def test_the_regions_of_the_layer_before_share_out_all_cells() -> None:
    snapshot, view = started(NET), View(layer=3)
    scene = widest(snapshot, view).scene
    seen: list[NDArray[np.intp]] = []
    for region in range(int(scene.before.max()) + 1):
        x, y = scene.complex.centroids[int((scene.before == region).argmax())]
        seen.append(at(snapshot, view, float(x), float(y)).faces)
    assert np.array_equal(np.sort(np.concatenate(seen)), np.arange(scene.complex.faces))
    assert widest(snapshot, view).cells == max(len(faces) for faces in seen)


def test_a_deeper_layer_of_an_identity_network_is_one_diagram_in_the_plane() -> None:
    snapshot = started(NET.but(activation="identity"))
    found = widest(snapshot, View(layer=3))
    points = np.random.default_rng(0).uniform(-5, 5, (50, 2))
    assert np.allclose(points @ found.W.T + found.b, layers_at(snapshot, points)[2])
    assert found.scene.whole
    assert found.window == WINDOW


@pytest.mark.parametrize("activation", ["identity,identity,relu", "identity,identity,hardtanh"])
def test_behind_linear_layers_a_layer_is_one_diagram_in_the_plane(activation: str) -> None:
    snapshot = started(NET.but(activation=activation))
    found = widest(snapshot, View(layer=3))
    assert found.scene.whole
    assert found.window == WINDOW
    cells = layer_cells(build(snapshot.weights, WINDOW, layer=3, activation=activation), 3)
    assert found.cells == cells.patterns


@pytest.mark.parametrize("layer", [3, 4])
def test_a_region_does_not_end_at_the_signs_of_a_linear_layer(layer: int) -> None:
    activation = "relu,identity,relu"
    snapshot = started(NET.but(activation=activation))
    found = widest(snapshot, View(layer=layer))
    complex = build(snapshot.weights, WINDOW, layer=layer, activation=activation)
    offsets = complex.word_offsets
    bent = [k for k in range(layer - 1) if k != 1]  # whose signs bend what comes after
    words = [complex.bits[:, offsets[k] : offsets[k + 1]] for k in (*bent, layer - 1)]
    joint = np.unique(np.hstack(words), axis=0)
    region, cells = np.unique(joint[:, : -words[-1].shape[1]], axis=0, return_counts=True)
    assert len(region) > 1
    assert found.cells == cells.max()
    shown = power_pictures(found, SIDE)
    assert shown.agreeing >= 0.99 * shown.compared > 0


def test_layers_without_activation_are_one_map() -> None:
    net = random_net((5, 4, 3), 0)
    A, d = one_map(tuple(net))
    h = points = np.random.default_rng(0).normal(size=(20, 2))
    for W, b in net:
        h = h @ W.T + b
    assert np.allclose(points @ A.T + d, h)


def test_the_cells_that_hold_their_own_centre_are_those_whose_centre_has_their_pattern() -> None:
    snapshot = started(Spec(width=12, depth=3))
    for layer in (1, 2):
        found = widest(snapshot, View(layer=layer))
        y = layers_at(snapshot, found.centres.at)
        own = ((y[layer - 1] > 0) == found.active).all(axis=1)
        if layer == 2:
            region = layers_at(snapshot, points_in(found, 1))[0] > 0
            own &= ((y[0] > 0) == region).all(axis=1)
            x0, x1, y0, y1 = WINDOW
            own &= ((found.centres.at >= (x0, y0)) & (found.centres.at <= (x1, y1))).all(axis=1)
        assert np.array_equal(found.with_own_centre, own)
    assert widest(snapshot, View(layer=1)).with_own_centre.any()


# --- pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES, ids=name_of)
def test_the_two_pictures_are_the_same_in_every_layer_of_every_family(family: Family) -> None:
    weights, window = family(1)
    snapshot = chosen(weights)
    for layer in range(1, len(weights) + 1):
        found = power_pictures(widest(snapshot, View(layer=layer, window=window)), SIDE)
        assert found.agreeing == found.compared > 0
        assert np.array_equal(found.by_pattern, found.by_power)
        assert (found.by_pattern != OUTSIDE).sum() == found.compared
        assert not len(found.differing)


@pytest.mark.parametrize(
    ("layer", "activation"),
    [(1, "relu"), (2, "relu"), (2, "identity,relu,relu"), (3, "relu,identity,relu")],
)
def test_the_colours_are_those_of_the_large_picture(layer: int, activation: str) -> None:
    snapshot, view = started(NET.but(activation=activation)), View(layer=layer, pixels=101)
    diagram = widest(snapshot, view)
    large = draw(snapshot, view).indices
    small = power_pictures(diagram, SIDE).by_power
    for face in diagram.faces:
        x, y = diagram.scene.complex.centroids[face]
        column, row = ((x + 5) / 10 * 100, (5 - y) / 10 * 100)
        if diagram.scene.complex.areas[face] < 0.3:  # perhaps no wider than a pixel
            continue
        x0, x1, y0, y1 = diagram.window
        left, top = (x - x0) / (x1 - x0) * (SIDE - 1), (y1 - y) / (y1 - y0) * (SIDE - 1)
        assert small[round(top), round(left)] == large[round(row), round(column)]


def test_points_that_differ_are_named() -> None:
    diagram = widest(started(NET), View(layer=1))
    others = replace(diagram, b=diagram.b + 0.5)  # the radii of another network

    def of_the_network(_: Diagram, grid: Grid) -> tuple[NDArray[np.bool_], Words]:
        return true_patterns(diagram, grid)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "_patterns", of_the_network)
        found = power_pictures(others, SIDE)
    assert 0 < found.agreeing < found.compared == SIDE * SIDE
    assert len(found.differing) == min(pictures.MOST_SHOWN, found.compared - found.agreeing)
    apart = found.by_pattern != found.by_power
    x, y = np.meshgrid(np.linspace(-5, 5, SIDE), np.linspace(-5, 5, SIDE)[::-1])
    named = {(float(p), float(q)) for p, q in found.differing}
    assert named <= set(zip(x[apart].tolist(), y[apart].tolist(), strict=True))


# --- pairs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", [1, 2, 3])
def test_a_pair_is_the_cell_at_the_point_and_its_neighbour_across_the_nearest_side(
    layer: int,
) -> None:
    snapshot, view = started(NET), View(layer=layer)
    for x, y in np.random.default_rng(1).uniform(-4.5, 4.5, (30, 2)):
        diagram = at(snapshot, view, x, y)
        pair = pair_at(diagram, x, y)
        here = layers_at(snapshot, np.array([[x, y]]))[layer - 1][0]
        assert np.array_equal(pair.first.signs, here > 0)
        if pair.second is None:
            assert diagram.cells == 1
            continue
        assert pair.line is not None
        assert pair.edge is not None
        p, q, r = pair.line
        assert p * x + q * y + r > 0  # the point is nearer to its own cell's centre
        assert np.abs(pair.edge @ (p, q) + r).max() < 1e-9 * np.abs([p, q, r]).max()
        assert (np.flatnonzero(pair.first.signs != pair.second.signs) + 1).tolist() == list(
            pair.units
        )
        middle = pair.edge.mean(axis=0)
        one, other = (
            ((middle - member.centre) ** 2).sum() - member.radius_squared
            for member in (pair.first, pair.second)
        )
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9)


def test_the_side_across_is_the_nearest() -> None:
    # x = 1, x = −2, y = 3: from (0.4, 0) the line x = 1 is nearest.
    W, b = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]), np.array([-1.0, -2.0, -3.0])
    snapshot = chosen([(W, b), *random_net((3,), 0)[1:]])
    for (x, y), unit in (((0.4, 0.0), 1), ((-1.0, 0.0), 2), ((-0.5, 2.5), 3)):
        assert pair_at(at(snapshot, View(layer=1), x, y), x, y).units == (unit,)


def test_duplicated_units_change_sides_together() -> None:
    W, b = np.array([[1.0, 0.0], [-2.0, 0.0]]), np.array([-1.0, 2.0])
    snapshot = chosen([(W, b), *random_net((2,), 0)[1:]])
    pair = pair_at(at(snapshot, View(layer=1), 0.0, 0.0), 0.0, 0.0)
    assert pair.units == (1, 2)
    assert pair.line is not None
    p, q, r = pair.line
    assert (q, -r / p) == (0.0, 1.0)


def test_a_single_cell_has_no_neighbour() -> None:
    snapshot = started(Spec(init="zeros", bias="zero"))
    pair = pair_at(widest(snapshot, View(layer=1)), 0.0, 0.0)
    assert pair.second is pair.line is pair.edge is None
    assert pair.first.radius_squared == 0.0


def test_radius_squared_can_be_negative() -> None:
    snapshot = chosen([(np.eye(2), np.array([-3.0, -3.0])), (np.ones((2, 2)), np.zeros(2))])
    found = widest(snapshot, View(layer=1))
    assert sorted(found.centres.radius_squared.tolist()) == [-10.0, -5.0, -5.0, 0.0]
