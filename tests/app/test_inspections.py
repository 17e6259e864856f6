import json
from dataclasses import replace

import numpy as np
import pytest

from cellscope.app.features.picture.inspection import affine, inspection_message, signs
from cellscope.model.cells.exact.inspection import CellFacts, Inspection, inspect
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.snapshots import started

NET = Spec(width=8, depth=4, seed=5, dataset="blobs", classes=3)


def found_at(x: float, y: float, view: View, spec: Spec = NET) -> Inspection:
    found = inspect(started(spec), view, x, y, key=hash((spec, "message")))
    assert found is not None
    return found


@pytest.mark.parametrize("layer", [1, 2, 4])
def test_the_card_tells_cell_and_linear_region_apart(layer: int) -> None:
    found = found_at(0.3, -0.4, View(layer=layer))
    message = inspection_message(found, started(NET, version=9), "en")
    assert (message["type"], message["version"], message["at"]) == ("inspection", 9, [0.3, -0.4])
    cell, region = message["blocks"]
    assert cell["title"] == f"Cell of layer {layer}"
    assert region["title"] == "Linear region of layers 1…3"
    rows = dict(cell["rows"])
    active = int(found.cell.signs.sum())
    assert rows["units active"] == f"{active} / {len(found.cell.signs)}"
    assert rows["affine maps"] == ("one for all of it" if found.cell.one_map else "they differ")
    names = [name for name, _ in region["rows"]]
    assert names[-3:] == ["f₁(x)", "f₂(x)", "f₃(x)"]
    assert message["point"] == "x = (0.3, −0.4)"
    json.dumps(message, allow_nan=False)


@pytest.mark.parametrize("spec", [NET.but(activation="identity"), NET.but(depth=1)])
def test_a_linear_network_is_one_affine_map_everywhere(spec: Spec) -> None:
    found = found_at(0.3, -0.4, View(layer=1), spec)
    message = inspection_message(found, started(spec), "en")
    cell, whole = message["blocks"]
    assert whole["title"] == "One affine map on the whole plane"
    assert [name for name, _ in whole["rows"]] == ["f₁(x)", "f₂(x)", "f₃(x)"]
    assert "linear regions inside" not in dict(cell["rows"])
    assert message["corners"] == []  # no outline of a smaller region


def test_a_single_hidden_layer_is_no_range() -> None:
    shallow = NET.but(depth=2)
    message = inspection_message(
        found_at(0.3, -0.4, View(layer=1), shallow), started(shallow), "en"
    )
    assert message["blocks"][1]["title"] == "Linear region of layer 1"


def test_of_units_of_several_kinks_it_is_told_how_many_have_passed_them() -> None:
    """y > 0, which is active, may be on either side of a kink."""
    spec = NET.but(activation="hardtanh")
    snapshot = started(spec)
    found = found_at(0.4, -0.7, View(layer=1), spec)
    W, b = snapshot.weights[0]
    passed = np.searchsorted([-1.0, 1.0], W @ (0.4, -0.7) + b)
    cell, region = inspection_message(found, snapshot, "en")["blocks"]
    rows = dict(cell["rows"])
    assert rows["units past 0 · 1 · 2 kinks"] == " · ".join(
        map(str, np.bincount(passed, minlength=3))
    )
    assert "units active" not in rows
    assert "active per layer" not in dict(region["rows"])


def test_shapes_come_in_data_units() -> None:
    found = found_at(0.3, -0.4, View(layer=3))
    message = inspection_message(found, started(NET), "en")
    assert message["corners"] == pytest.approx(found.region.corners.ravel())
    assert message["outline"] == pytest.approx(found.cell.outline.ravel())
    assert len(message["polygons"]) == len(found.cell.polygons)
    for sent, polygon in zip(message["polygons"], found.cell.polygons, strict=True):
        assert sent == pytest.approx(polygon.ravel())


def test_shapes_are_sharp_in_the_narrowest_window() -> None:
    view = View(layer=1, window=(3.0, 3.0 + 3.14159e-9, 3.0, 3.0 + 3.14159e-9))
    found = found_at(3.0 + 1e-9, 3.0 + 1e-9, view)
    message = inspection_message(found, started(NET), "en")
    off = np.abs(np.array(message["corners"]) - found.region.corners.ravel())
    assert off.max() < 3.1e-9 / 10_000  # far below a pixel


def test_signs_stand_in_groups_of_four() -> None:
    cell = found_at(0.0, 0.0, View(layer=1)).cell
    some = replace(cell, units=np.array([1, 0, 0, 1, 1]))
    assert signs(some.signs) == "+−−+\u2009+"


def test_of_very_many_units_some_signs_are_left_out() -> None:
    cell: CellFacts = replace(found_at(0.0, 0.0, View(layer=1)).cell, units=np.ones(65, np.int64))
    assert signs(cell.signs).count("+") == 64
    assert signs(cell.signs).endswith(" …")


@pytest.mark.parametrize(
    ("map_", "expected"),
    [
        ((9.744, -2.888, -9.516), "9.74 x₁ − 2.89 x₂ − 9.52"),
        ((-1.0, 0.5, 0.0), "−1 x₁ + 0.5 x₂ + 0"),
        ((1e-7, -1e9, 1.0), "10⁻⁷ x₁ − 10⁹ x₂ + 1"),
    ],
)
def test_an_affine_map_reads_like_one(map_: tuple[float, float, float], expected: str) -> None:
    assert affine(*map_, "en") == expected


def test_at_the_border_the_nearest_side_is_the_windows() -> None:
    message = inspection_message(found_at(5.0, 5.0, View(layer=2)), started(NET), "en")
    assert ["nearest side", "the window’s border"] in [
        list(row) for row in message["blocks"][1]["rows"]
    ]


def test_inside_the_nearest_side_has_its_unit() -> None:
    found = found_at(0.3, -0.4, View(layer=2))
    layer, unit = found.region.nearest
    rows = dict(inspection_message(found, started(NET), "en")["blocks"][1]["rows"])
    assert rows["nearest side"].startswith(f"layer {layer}, unit {unit} (at ")
    assert f"{layer}:{unit}" in rows["sides, layer:unit"].split()


def test_points_are_told_by_class() -> None:
    found = found_at(0.3, -0.4, View(layer=2))
    told = replace(found, cell=replace(found.cell, points=np.array([3, 0, 4])))
    rows = dict(inspection_message(told, started(NET), "en")["blocks"][0]["rows"])
    assert rows["training points"] == "7 (3 + 0 + 4)"
    none = replace(found, cell=replace(found.cell, points=np.zeros(3, np.int64)))
    rows = dict(inspection_message(none, started(NET), "en")["blocks"][0]["rows"])
    assert rows["training points"] == "0"


@pytest.mark.parametrize("spec", [Spec(depth=1), Spec(activation="identity"), Spec(bias="zero")])
def test_simple_networks_have_a_card_as_well(spec: Spec) -> None:
    for layer in (1, 5):
        for at in ((0.0, 0.0), (5.0, -5.0), (1.2, 0.7)):
            message = inspection_message(
                found_at(*at, View(layer=layer), spec), started(spec), "en"
            )
            json.dumps(message, allow_nan=False)
            assert len(message["blocks"]) == 2
