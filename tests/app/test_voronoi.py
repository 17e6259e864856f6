import json
import re
from dataclasses import replace

import numpy as np
import pytest

from cellscope.app.features.power_diagram.message import (
    agreement,
    encode_voronoi,
    pair_study,
    percent,
    voronoi_study,
)
from cellscope.app.stream.study_request import StudyRequest
from cellscope.model.cells.count.film_strip import survey
from cellscope.model.cells.power.diagram import Diagram, diagram_at
from cellscope.model.cells.power.pictures import power_pictures
from cellscope.model.spec import Spec
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View
from tests.app.conftest import take_apart
from tests.snapshots import chosen, started

NET = Spec(width=8, depth=4, seed=5)
SIDE = 31


def looking(
    snapshot: Snapshot, view: View, at: tuple[float, float] | None = None, language: str = "en"
) -> StudyRequest:
    return StudyRequest(view, at, language, hash((snapshot.theta.tobytes(), snapshot.spec)))


def diagram_of(snapshot: Snapshot, view: View) -> Diagram:
    return diagram_at(snapshot, view, None, key=looking(snapshot, view).key)


@pytest.mark.parametrize("layer", [1, 2, 4])
def test_a_study_holds_both_pictures_and_the_lines_of_the_units(layer: int) -> None:
    snapshot = started(NET, version=7)
    diagram = diagram_of(snapshot, View(layer=layer))
    pictures = power_pictures(diagram, SIDE)
    header, body = take_apart(encode_voronoi(snapshot, diagram, pictures, "en"))
    assert (header["kind"], header["version"], header["side"]) == ("voronoi", 7, SIDE)
    both = np.frombuffer(body, np.uint8).reshape(2, SIDE, SIDE)
    assert np.array_equal(both[0], pictures.by_pattern)
    assert np.array_equal(both[1], pictures.by_power)
    lines = np.array(header["lines"]).reshape(-1, 3)
    assert np.array_equal(lines[:, :2], diagram.W)
    assert np.array_equal(lines[:, 2], diagram.b)
    assert len(header["region"]) == (0 if layer == 1 else 2 * len(diagram.corners))
    assert header["agrees"] is True


def test_the_words_hold_the_numbers() -> None:
    snapshot = started(NET)
    diagram = diagram_of(snapshot, View(layer=1))
    header, _ = take_apart(voronoi_study(snapshot, looking(snapshot, View(layer=1))))
    texts = header["texts"]
    assert "unit of layer 1, 8 in all," in texts["voronoi-lines"]
    assert f"cells in this window: {diagram.cells}." in texts["voronoi-cells"]
    assert f"{diagram.with_own_centre.sum()} of {diagram.cells} do" in texts["voronoi-centres"]
    assert texts["voronoi-agreement"] == "The same cell at 100 % of 40\u202f401 pixels"
    deeper, _ = take_apart(voronoi_study(snapshot, looking(snapshot, View(layer=3), (1.0, 1.0))))
    assert "region of layers 1…2" in deeper["texts"]["voronoi-lines"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_differs_is_said_and_never_rounded_up_to_all(language: str) -> None:
    pictures = power_pictures(diagram_of(started(NET), View(layer=1)), SIDE)
    one_off = replace(pictures, compared=100_000, agreeing=99_999)
    said = agreement(one_off, language)
    assert {"en": "99.99 %", "de": "99,99 %"}[language] in said
    assert "1 " in said.split(";")[1]
    assert percent(0, 10, "de") == "0,00"


def test_a_pair_says_centres_radii_and_the_line_between() -> None:
    # Unit 1: x > 1; unit 2: y > −1/2. In (2, 0) both are active, beyond x = 1 only the second.
    W, b = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([-1.0, 1.0])
    snapshot = chosen([(W, b), (np.ones((2, 2)), np.zeros(2))])
    found = pair_study(snapshot, looking(snapshot, View(layer=1), (1.2, 2.0)))
    both, second = found["members"]
    assert (both["centre"], both["radiusSquared"]) == ([1.0, 2.0], 5.0)  # 1 + 4 + 2 (−1 + 1)
    assert (second["centre"], second["radiusSquared"]) == ([0.0, 2.0], 6.0)
    assert found["line"] == [1.0, 0.0, -1.0]
    assert found["text"].startswith("Radical line (equal power): unit 1, 1 x₁")
    rows = {row[0]: row[1:] for row in found["table"]}
    assert rows["signs"] == ["++", "−+"]
    assert rows["centre"] == ["(1 | 2)", "(0 | 2)"]
    assert rows["radius²"] == ["5", "6"]
    assert rows["it lies"] == ["outside", "in its cell"]  # x > 1 fails on its own line
    json.dumps(found, allow_nan=False)


def test_a_negative_radius_squared_is_no_circle() -> None:
    snapshot = chosen([(np.eye(2), np.array([-3.0, -3.0])), (np.ones((2, 2)), np.zeros(2))])
    found = pair_study(snapshot, looking(snapshot, View(layer=1), (3.1, 0.0)))
    assert [member["radiusSquared"] for member in found["members"]] == [-5.0, 0.0]
    rows = {row[0]: row[1:] for row in found["table"]}
    assert rows["radius²"] == ["−5, no circle", "0"]
    german = pair_study(snapshot, looking(snapshot, View(layer=1), (3.1, 0.0), "de"))
    assert ["Radius²", "−5, kein Kreis", "0"] in german["table"]


def test_many_units_are_counted_not_listed() -> None:
    snapshot = started(Spec(width=40, depth=3))
    found = pair_study(snapshot, looking(snapshot, View(layer=1), (0.0, 0.0)))
    rows = {row[0]: row[1:] for row in found["table"]}
    assert all(value.endswith(" / 40") for value in rows["active"])


def test_a_linear_network_s_lines_change_signs_only() -> None:
    for activation, said in (("identity", True), ("relu", False)):
        snapshot = started(NET.but(activation=activation))
        header, _ = take_apart(voronoi_study(snapshot, looking(snapshot, View(layer=2))))
        assert ("only signs change" in header["texts"]["voronoi-cells"]) == said


def test_a_point_outside_of_the_window_has_no_pair() -> None:
    snapshot = started(NET)
    for at in (None, (5.5, 0.0)):
        assert pair_study(snapshot, looking(snapshot, View(layer=1), at))["members"] == []


def test_what_has_no_diagram_says_why() -> None:
    bent = started(NET.but(activation="tanh"))
    header, body = take_apart(voronoi_study(bent, looking(bent, View(layer=2))))
    assert (header["side"], body) == (0, b"")
    assert "curved" in header["texts"]["voronoi-none"]
    assert pair_study(bent, looking(bent, View(layer=2), (0.0, 0.0)))["members"] == []
    first, _ = take_apart(voronoi_study(bent, looking(bent, View(layer=1))))
    assert first["agrees"] is True  # the lines of layer 1 are straight before any activation
    for activation, layer in (("relu", 6), ("identity", 10)):
        deep = Spec(width=4, depth=12, activation=activation)
        steep = replace(started(deep), theta=np.full(deep.parameters, 1e38, np.float32))
        header, _ = take_apart(voronoi_study(steep, looking(steep, View(layer=layer))))
        assert "beyond 64-bit" in header["texts"]["voronoi-none"]
        assert pair_study(steep, looking(steep, View(layer=layer), (1.0, 1.0)))["members"] == []
    small = View(layer=1, window=(1.0, 1.0 + 1e-9, 1.0, 1.0 + 1e-9))
    assert take_apart(voronoi_study(bent, looking(bent, small)))[0]["side"] > 0


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (1, "Each unit of layer 1, 4 in all, has 2 kinks"),
        (2, "each of its units, 4 in all, has 2 kinks"),
    ],
)
def test_a_unit_of_two_kinks_is_one_unit_with_two_lines(layer: int, said: str) -> None:
    snapshot = started(Spec(width=4, depth=3, activation="relu6"))
    view = View(layer=layer)
    header, _ = take_apart(voronoi_study(snapshot, looking(snapshot, view)))
    assert header["names"] == ["1.1", "1.2", "2.1", "2.2", "3.1", "3.2", "4.1", "4.2"]
    assert len(header["lines"]) == 3 * len(header["names"])
    assert said in header["texts"]["voronoi-lines"]
    found = pair_study(snapshot, looking(snapshot, view, (0.3, 0.2)))
    assert re.search(r"units? [1-4]\.[12]", found["text"])
    wide = started(Spec(width=12, depth=2, activation="hardtanh"))
    heads = [row[0] for row in pair_study(wide, looking(wide, View(layer=1), (0.3, 0.2)))["table"]]
    assert "kinks passed" in heads
    assert "active" not in heads


@pytest.mark.parametrize("activation", ["relu6", "hardtanh", "relu", "abs"])
def test_the_cells_of_layer_1_are_those_that_the_page_counts(activation: str) -> None:
    snapshot = started(Spec(width=6, depth=2, activation=activation))
    view = View(layer=1)
    header, _ = take_apart(voronoi_study(snapshot, looking(snapshot, view)))
    cells = survey(snapshot, view).funnel.window
    assert f"cells in this window: {cells}." in header["texts"]["voronoi-cells"]
    assert header["agrees"] is True


def test_a_unit_of_one_kink_has_its_number() -> None:
    snapshot = started(NET)
    header, _ = take_apart(voronoi_study(snapshot, looking(snapshot, View(layer=1))))
    assert header["names"] == [str(k) for k in range(1, 9)]
