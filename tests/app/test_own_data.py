"""What a page sends of points of its own."""

import json

import pytest

from cellscope.app.features.own_data.reading import read_own
from cellscope.app.features.own_data.route import points_on
from cellscope.app.settings.controls import read_settings
from cellscope.app.settings.own_words import own_said
from cellscope.model.spec import OWN, Spec, SpecError

POINTS = [[0.5, -1.0, 0], [1.0, 2.0, 1], [-3.0, 0.25, 1]]


def drawn(points: object, classes: object = 2) -> bytes:
    return json.dumps({"points": points, "classes": classes}).encode()


def test_drawn_points_come_back_as_they_were():
    own = read_own("drawn", drawn(POINTS), "", Spec(), None).own
    assert points_on(Spec(dataset=OWN, own=own)) == POINTS
    five = read_own("drawn", drawn(POINTS, 5), "", Spec(), None).own
    assert five is not None
    assert five.classes == 5


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"points": 3}',
        b"[" * 100_000,
        drawn([]),
        drawn([[0, 0, 0]]),
        drawn([[0, 0, 8], [1, 1, 0]]),
        drawn([[0, 0, 0.5], [1, 1, 0]]),
        drawn([[0, 0], [1, 1]]),
        drawn([[0, 0, 0], [1, 1]]),
        drawn([[1e9, 0, 0], [1, 1, 0]]),
        drawn([["a", 0, 0], [1, 1, 0]]),
        drawn([[None, 0, 0], [1, 1, 0]]),
        b'{"points": [[NaN, 0, 0], [1, 1, 0]], "classes": 2}',
        drawn(POINTS, 9),
        drawn(POINTS, "x"),
        drawn([[0, 0, 0]] * 10_001),
    ],
)
def test_anything_else_is_one_error_and_changes_nothing(body: bytes):
    with pytest.raises(SpecError) as caught:
        read_own("drawn", body, "", Spec(), None)
    assert caught.value.field == "own_points"


def test_words_are_classes_and_many_numbers_a_regression():
    words = read_own("file", b"x,y,label\n1,2,a\n,3,b\n4,5,b\n", "a.csv", Spec(), None)
    assert words.task == "classes"
    assert words.said is not None
    assert "row 3, column x" in words.said["en"]
    rows = "\n".join(f"{k},{k},{k / 7}" for k in range(20)).encode()
    assert read_own("file", rows, "a.csv", Spec(), None).task == "regression"


def test_points_are_standardised_on_request_and_that_is_said():
    own = read_own("file", b"1,2,0\n30,4,1\n50,90,1\n7,8,0\n", "a.csv", Spec(), None).own
    spec = Spec(dataset=OWN, own=own)
    assert "outside" in own_said(spec, "en")
    scaled = read_own("standardise", b"", "", spec, None).own
    assert "standardised: x₁ = (value − " in own_said(Spec(dataset=OWN, own=scaled), "en")
    assert read_own("raw", b"", "", Spec(dataset=OWN, own=scaled), None).own == own


def test_a_label_is_text_whatever_is_in_it():
    own = read_own("file", b"1,2,<img onerror=x>\n3,4,=1+1\n", "a.csv", Spec(), None).own
    assert own is not None
    assert own.words == ("<img onerror=x>", "=1+1")


def test_a_link_with_own_data_names_what_is_missing_and_a_session_has_it():
    spec, problems = read_settings({"dataset": OWN, "width": "9"}, Spec())
    assert (spec.dataset, spec.width) == ("moons", 9)
    assert [(p.field, p.rule) for p in problems] == [("dataset", "own_missing")]
    own = read_own("drawn", drawn(POINTS), "", Spec(), None).own
    spec, problems = read_settings({"dataset": OWN}, Spec(), own)
    assert (spec.own, problems) == (own, [])
