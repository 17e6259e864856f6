from dataclasses import replace

import numpy as np
import pytest

from cellscope.app.features.picture.film_strip import encode_survey, funnel_rows
from cellscope.model.cells.count.film_strip import THUMB, Funnel, survey
from cellscope.model.cells.exact.counts import Filled
from cellscope.model.cells.exact.units import IdleUnits
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.app.conftest import take_apart
from tests.snapshots import started

SHEET = Spec(width=16, depth=3)


def funnel(filled: int = 20, sign_vectors: int = 2**16) -> Funnel:
    return Funnel(
        mode="cells",
        layer=1,
        sign_vectors=sign_vectors,
        maximum=137,
        typical=128.0,
        plane=137,
        plane_exact=True,
        window=50,
        pieces=50,
        filled=Filled(600, filled, 2 * filled),
    )


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "identity", "tanh"])
@pytest.mark.parametrize("mode", ["cells", "regions", "classes"])
def test_a_survey_holds_a_picture_per_layer_and_the_funnel(activation: str, mode: str) -> None:
    snapshot = started(SHEET.but(activation=activation), version=3)
    found = survey(snapshot, View(layer=2, mode=mode))
    header, body = take_apart(encode_survey(snapshot, found, "en"))
    assert (header["kind"], header["version"], header["side"]) == ("survey", 3, THUMB)
    assert header["exact"] == (activation != "tanh")
    assert [t["layer"] for t in header["thumbs"]] == [1, 2, 3]
    assert len(body) == 3 * THUMB * THUMB
    pictures = np.frombuffer(body, np.uint8).reshape(3, THUMB, THUMB)
    for part, thumb in zip(pictures, found.thumbs, strict=True):
        assert np.array_equal(part, thumb.indices)
    keys = [row["key"] for row in header["rows"]]
    assert keys[:2] == ["sign_vectors", "maximum"]
    # Of a smooth activation nobody knows it; one layer of straight lines has fewer than N²/2.
    beyond = activation == "identity" and mode != "regions"
    assert ("typical" in keys) == (activation != "tanh" and not beyond)
    assert "layers 1…2" in header["title"] if mode == "regions" else "layer 2" in header["title"]
    assert ("regions" in header["caption"]) == (activation != "tanh" and mode != "regions")


def test_the_rows_are_the_funnel_from_the_possible_to_the_filled() -> None:
    rows = {row["key"]: row for row in funnel_rows(funnel(), "en")}
    assert {key: row["count"] for key, row in rows.items()} == {
        "sign_vectors": "65\u202f536",
        "maximum": "137",
        "typical": "128",
        "plane": "137",
        "window": "50",
        "filled": "20",
    }
    assert rows["sign_vectors"]["bar"] == 1.0
    bars = [row["bar"] for row in rows.values()]
    assert all(0.0 <= bar <= 1.0 for bar in bars)
    assert [row["letter"] for row in rows.values()] == ["A", "B", "B′", "C∞", "C", "D"]
    assert rows["window"]["share"] == "D/C 40\u202f%"
    assert rows["maximum"]["share"] == "D/B 15\u202f%"
    assert rows["sign_vectors"]["share"] == "D/A 0.031\u202f%"
    assert rows["filled"]["share"] == "of 600 points"


def test_a_share_of_astronomical_numbers_is_small_not_nothing() -> None:
    for units in (30, 256, 256 * 31):
        first = next(iter(funnel_rows(funnel(sign_vectors=2**units), "en")))
        assert first["share"] == "D/A < 0.001\u202f%"
        assert first["bar"] == 1.0


def test_nothing_filled_is_nothing() -> None:
    rows = {row["key"]: row for row in funnel_rows(funnel(filled=0), "en")}
    assert rows["window"]["share"] == "D/C 0\u202f%"
    assert rows["filled"]["bar"] == 0.0


def test_all_filled_is_all() -> None:
    rows = {row["key"]: row for row in funnel_rows(funnel(filled=50), "en")}
    assert rows["window"]["share"] == "D/C 100\u202f%"


def test_a_whole_plane_of_an_earlier_step_says_so() -> None:
    earlier = replace(funnel(), plane_step=1200)
    rows = {row["key"]: row for row in funnel_rows(earlier, "en")}
    assert rows["plane"]["label"] == "plane, step 1\u202f200"
    assert next(r for r in funnel_rows(funnel(), "en") if r["letter"] == "C∞")["label"] == (
        "whole plane"
    )


def test_one_layer_is_no_range_and_a_linear_network_has_one_linear_region() -> None:
    for spec, layer, title in (
        (SHEET, 1, "Linear regions of layer 1"),
        (SHEET, 2, "Linear regions of layers 1…2"),
        (SHEET.but(activation="identity"), 2, "Joint sign patterns of layers 1…2"),
    ):
        snapshot = started(spec)
        found = survey(snapshot, View(layer=layer, mode="regions"))
        assert take_apart(encode_survey(snapshot, found, "en"))[0]["title"] == title


def test_what_is_not_counted_has_a_dash_and_no_share() -> None:
    snapshot = started(SHEET.but(activation="tanh"))
    rows = {row["key"]: row for row in funnel_rows(survey(snapshot, View(layer=1)).funnel, "en")}
    assert rows["window"] == {
        "key": "window",
        "letter": "C",
        "label": rows["window"]["label"],
        "help": "C: counted exactly in this window",
        "count": "–",
        "bar": 0.0,
        "share": "",
    }
    assert rows["plane_at_least"]["count"] == "–"


@pytest.mark.parametrize(
    ("idle", "words"),
    [
        (IdleUnits((), ()), "every unit switches"),
        (IdleUnits((2, 5), ()), "dead on the data 2, 5; always on –"),
        (IdleUnits((), tuple(range(1, 10))), "always on 1, 2, 3, 4, 5, 6 … (9)"),
        (None, None),
    ],
)
def test_idle_units_are_listed(idle: IdleUnits | None, words: str | None) -> None:
    snapshot = started(SHEET)
    found = replace(survey(snapshot, View(layer=1)), idle=idle)
    header, _ = take_apart(encode_survey(snapshot, found, "en"))
    assert header["idle"] == "" if words is None else words in header["idle"]


def test_what_a_grid_counts_does_not_depend_on_the_size_of_the_small_pictures():
    snapshot, view = started(SHEET.but(activation="tanh", seed=3)), View(pixels=101)
    small, large = (survey(snapshot, view, side=side) for side in (40, 120))
    assert [one.indices.shape[0] for one in (small.thumbs[0], large.thumbs[0])] == [40, 120]
    assert [one.count for one in small.thumbs] == [one.count for one in large.thumbs]
