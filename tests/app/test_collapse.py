import json
from dataclasses import replace

import numpy as np
import pytest

from cellscope.app.features.linear_map.message import collapse_study, encode_collapse
from cellscope.app.stream.study_request import StudyRequest
from cellscope.model.linear_map import collapse
from cellscope.model.spec import Spec
from cellscope.model.view import View
from tests.app.conftest import take_apart
from tests.snapshots import started

LINEAR = Spec(width=8, depth=4, seed=5, activation="identity", dataset="blobs", classes=3)


def looking(view: View) -> StudyRequest:
    return StudyRequest(view, None, "en", 0)


def test_the_matrix_and_the_bias_are_there_as_numbers_beside_both_pictures() -> None:
    snapshot = started(LINEAR, version=3)
    found = collapse(snapshot, View(layer=2, mode="classes"), 31)
    header, body = take_apart(encode_collapse(snapshot, found, "en"))
    assert (header["kind"], header["version"], header["mode"]) == ("collapse", 3, "classes")
    shown = np.array([[float(v.replace("−", "-")) for v in row] for row in header["rows"]])
    assert np.allclose(shown, np.column_stack([found.A, found.d]), rtol=1e-5)
    both = np.frombuffer(body, np.uint8).reshape(2, 31, 31)
    assert np.array_equal(both[0], found.network)
    assert np.array_equal(both[1], found.single)
    json.dumps(header, allow_nan=False)


def test_a_linear_network_says_that_its_signs_draw_lines_in_one_linear_region() -> None:
    header, _ = take_apart(collapse_study(started(LINEAR), looking(View(layer=1))))
    texts = header["texts"]
    assert header["linear"] is True
    assert "W₄ ⋯ W₁" in texts["collapse-why"]
    assert "rounding only" in texts["collapse-difference"]
    assert "40\u202f401 pixels" in texts["collapse-difference"]
    assert "signs of layer 1 still draw lines" in texts["collapse-signs"]
    assert "one linear region" in texts["collapse-signs"]


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
def test_another_activation_says_why_there_is_no_such_matrix(activation: str) -> None:
    snapshot = started(LINEAR.but(activation=activation))
    header, _ = take_apart(collapse_study(snapshot, looking(View(layer=2, mode="classes"))))
    assert header["linear"] is False
    assert header["texts"]["collapse-why"].startswith("No ")
    assert "rounding" not in header["texts"]["collapse-difference"]


def test_one_layer_is_one_layer() -> None:
    header, _ = take_apart(collapse_study(started(Spec(depth=1)), looking(View(layer=1))))
    assert header["linear"] is True
    assert header["texts"]["collapse-why"].startswith("One linear layer")


def test_a_product_beyond_float64_is_named() -> None:
    deep = Spec(width=16, depth=12, activation="identity")
    huge = replace(started(deep), theta=np.full(deep.parameters, 1e38, np.float32))
    header, body = take_apart(collapse_study(huge, looking(View(layer=1))))
    assert (header["side"], body) == (0, b"")
    assert "beyond 64-bit" in header["texts"]["collapse-why"]
