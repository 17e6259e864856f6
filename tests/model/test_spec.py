"""Every field refuses nonsense, and says which field, which rule, which value."""

import dataclasses
import math
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.model.spec import (
    CHOICES,
    DATASETS,
    FIELD_NAMES,
    LIMITS,
    LIVE_FIELDS,
    MAX_PARAMETERS,
    Spec,
    SpecError,
    shorten,
)
from cellscope.model.spec_error import LONGEST_VALUE

FLOATS = (
    *("noise", "balance", "test_share", "weight_variance", "bias_variance", "learning_rate"),
    *("momentum", "l1", "l2"),
)
WHOLE = tuple(name for name in LIMITS if name not in FLOATS)
# Wrong for every field: no number is among them, and no name of a choice.
NEVER = {
    "text": "abc",
    "empty text": "",
    "none": None,
    "empty list with a list": [[]],
    "dict": {},
    "true": True,
    "false": False,
    "nan": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "minus one": -1,
    "minus a millionth": -1e-06,
    "a googol, as int": 10**100,
    "an int beyond float64": 10**400,
    "an int that Python cannot print": 10**5000,
    "ten megabytes": "1" * 10_000_000,
    "a million numbers": [1.5] * 1_000_000,
    "bytes": b"16",
    "an array": np.ones(3),
    "a complex number": 2j,
}


def make(**settings: Any) -> Spec:
    return Spec(**settings)


def spec_or_error(settings: dict[str, Any]) -> Spec | SpecError:
    try:
        return Spec(**settings)
    except SpecError as error:
        return error


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("field", FIELD_NAMES)
@pytest.mark.parametrize("name", NEVER)
def test_every_field_refuses_nonsense_by_name(field: str, name: str):
    if field == "hidden" and name == "none":
        assert Spec(hidden=None).hidden is None  # the one field that may be absent
        return
    if field == "batch_norm" and name in ("true", "false"):
        return
    with pytest.raises(SpecError) as caught:
        make(**{field: NEVER[name]})
    error = caught.value
    assert error.field == field
    assert error.rule
    if field != "hidden":  # its errors repeat the width that is wrong
        assert error.value == shorten(NEVER[name])
    assert field in str(error)
    assert len(str(error)) < 400
    assert str(error).isprintable()  # one line on a terminal


@pytest.mark.parametrize("field", [*LIMITS, "hidden"])
@pytest.mark.parametrize("value", [True, False, np.True_])
def test_a_bool_is_never_a_number(field: str, value: object):
    with pytest.raises(SpecError) as caught:
        make(**{field: (value,) if field == "hidden" else value})
    assert caught.value.field == field


@pytest.mark.parametrize("field", WHOLE)
def test_a_whole_number_may_be_written_as_a_float_but_not_with_a_fraction(field: str):
    low = LIMITS[field][0]
    value = getattr(make(**{field: float(low)}), field)
    assert value == low
    assert type(value) is int
    with pytest.raises(SpecError) as caught:
        make(**{field: low + 0.5})
    assert (caught.value.field, caught.value.rule) == (field, "whole")


@pytest.mark.parametrize("field", WHOLE)
def test_numpy_integers_are_refused_rather_than_kept_as_something_json_cannot_write(field: str):
    with pytest.raises(SpecError) as caught:
        make(**{field: np.int64(LIMITS[field][0])})
    assert (caught.value.field, caught.value.rule) == (field, "whole")


@pytest.mark.parametrize("field", [name for name in FLOATS if LIMITS[name][1] >= 1])
def test_a_number_is_kept_as_a_plain_float(field: str):
    for value in (1, 1.0, np.float64(1.0)):
        kept = getattr(make(**{field: value}), field)
        assert kept == 1.0
        assert type(kept) is float


@pytest.mark.parametrize("field", LIMITS)
def test_the_limits_themselves_are_allowed_and_nothing_beyond(field: str):
    low, high = LIMITS[field]
    # A data set that takes 8 classes, a network that may be 256 wide or 32 deep.
    base = Spec(dataset="blobs", width=10, depth=3)
    beyond: list[float] = [low - 1, high + 1]
    if field in FLOATS:
        beyond = [math.nextafter(low, -math.inf), math.nextafter(high, math.inf)]
    assert getattr(base.but(**{field: low}), field) == low
    assert getattr(base.but(**{field: high}), field) == high
    for value in beyond:
        with pytest.raises(SpecError) as caught:
            base.but(**{field: value})
        assert (caught.value.field, caught.value.rule) == (field, "range")
        assert (caught.value.limits["low"], caught.value.limits["high"]) == (low, high)


@pytest.mark.parametrize("field", CHOICES)
def test_a_choice_is_one_of_its_names_exactly(field: str):
    for choice in CHOICES[field]:
        assert getattr(make(**{field: choice}), field) == choice
        for wrong in (choice.upper(), choice + " ", choice[:-2]):
            with pytest.raises(SpecError) as caught:
                make(**{field: wrong})
            assert (caught.value.field, caught.value.rule) == (field, "choice")
            assert choice in str(caught.value)


def test_too_many_parameters_are_refused_with_their_number():
    # (2 + 1) · 256 + 3 · (256 + 1) · 256 + (256 + 1) · 2 = 198,658: the last that fits.
    assert Spec(width=256, depth=5).parameters == 198_658 <= MAX_PARAMETERS
    with pytest.raises(SpecError) as caught:
        Spec(width=256, depth=6)
    assert (caught.value.field, caught.value.rule) == ("width", "parameters")
    assert caught.value.limits == {"parameters": 264_450, "high": 200_000}
    assert "264450" in str(caught.value)
    assert "200000" in str(caught.value)


def test_errors_of_hidden_name_hidden():
    for hidden, rule in (
        ("16,16", "widths"),
        (16, "widths"),
        ((16, 0), "range"),
        ((16, 257), "range"),
        ((16, -1), "range"),
        ((16, 2.5), "whole"),
        ((16, "16"), "whole"),
        ((16, None), "whole"),
        ((16, math.nan), "whole"),
        ((4,) * 32, "too_many_layers"),
        ((256,) * 5, "parameters"),
    ):
        with pytest.raises(SpecError) as caught:
            make(hidden=hidden)
        assert (caught.value.field, caught.value.rule) == ("hidden", rule), hidden


def test_hidden_overrides_width_and_depth():
    spec = make(width=99, depth=9, hidden=[5, 3])
    assert spec.hidden == (5, 3)
    assert spec.sizes == (2, 5, 3, 2)
    assert spec.layers == 3
    assert spec.parameters == 3 * 5 + 6 * 3 + 4 * 2
    assert Spec(hidden=()) == Spec(depth=1)  # a linear classifier, written in one way
    assert Spec(hidden=()).sizes == (2, 2)


def test_width_and_depth_count_the_output_layer():
    spec = Spec(width=7, depth=3, dataset="blobs", classes=4)
    assert spec.sizes == (2, 7, 7, 4)
    assert spec.layers == 3
    assert Spec(depth=1).sizes == (2, 2)


@pytest.mark.parametrize("dataset", DATASETS)
def test_classes_impossible_for_a_data_set_name_both(dataset: str):
    low, high = DATASETS[dataset]
    for classes in range(2, 9):
        if low <= classes <= high:
            assert Spec(dataset=dataset, classes=classes).classes == classes
            continue
        with pytest.raises(SpecError) as caught:
            Spec(dataset=dataset, classes=classes)
        rule = "classes_exactly" if low == high else "classes_of_dataset"
        assert (caught.value.field, caught.value.rule) == ("classes", rule)
        assert caught.value.limits["dataset"] == dataset
        assert dataset in str(caught.value)
        assert "classes" in str(caught.value)


def test_unknown_settings_are_no_settings():
    with pytest.raises(TypeError):
        make(colour="red")


def test_a_spec_never_changes():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Spec().seed = 1  # pyright: ignore[reportAttributeAccessIssue]


def test_minus_zero_is_zero():
    # The two are equal, so they must give bitwise equal weights.
    for field in ("noise", "bias_variance"):
        assert math.copysign(1.0, getattr(make(**{field: -0.0}), field)) == 1.0


@given(st.data())
def test_equal_specs_are_equal_values_and_survive_a_copy(data: st.DataObject):
    settings: dict[str, Any] = {
        name: data.draw(st.sampled_from(tuple(choices))) for name, choices in CHOICES.items()
    }
    for name, (low, high) in LIMITS.items():
        small = {"classes": 2, "depth": 5, "width": 100}.get(name, high)
        draw = st.floats(low, small) if name in FLOATS else st.integers(int(low), int(small))
        settings[name] = data.draw(draw)
    one, two = make(**settings), make(**settings)
    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == one
    assert make(**dataclasses.asdict(one)) == one


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.binary(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner),
        max_leaves=5,
    ),
    st.sampled_from(FIELD_NAMES),
)
def test_whatever_comes_it_is_accepted_or_a_spec_error_of_that_field(value: Any, field: str):
    made = spec_or_error({field: value})
    if isinstance(made, SpecError):
        assert made.field == field
        assert len(made.value) <= LONGEST_VALUE
        assert str(made).isprintable()
    elif field == "hidden":
        assert made.hidden == (tuple(value) if value else None)
    elif field in ("features", "batch_norm"):
        assert getattr(made, field) == (value if isinstance(value, bool) else tuple(value))
    else:
        assert getattr(made, field) == value
        assert not isinstance(getattr(made, field), bool)


def test_an_error_crosses_processes_whole():
    with pytest.raises(SpecError) as caught:
        make(dataset="moons", classes=3)
    copy = pickle.loads(pickle.dumps(caught.value))
    assert str(copy) == str(caught.value)
    assert (copy.field, copy.rule, copy.value) == ("classes", "classes_exactly", "3")
    assert copy.limits == caught.value.limits


def test_a_refused_value_is_repeated_as_one_short_printable_line():
    for value in ("a\nb", "\x1b[31m", "\ud800", nested(900), {"a": nested(5)}, "x" * 10**7):
        assert shorten(value).isprintable()
        assert len(shorten(value)) <= LONGEST_VALUE
    assert shorten("abc") == "abc"
    assert shorten(-1e-06) == "-1e-06"
    assert shorten("x" * 60) == "x" * 60
    assert shorten("x" * 61) == "x" * 59 + "…"


def test_only_live_settings_leave_the_start_as_it_is():
    spec = Spec()
    other: dict[str, Any] = {
        "task": "regression",
        "dataset": "circles",
        "classes": 3,
        "hidden": (4,),
        "activation": "tanh",
        "init": "normal",
        "bias": "zero",
        "optimizer": "adam",
        "features": ("xy",),
        "batch_norm": True,
    }
    for name in FIELD_NAMES:
        if name == "classes":
            one, two = Spec(dataset="blobs"), Spec(dataset="blobs", classes=3)
        else:
            value = other[name] if name in other else getattr(spec, name) * 2 + 1
            value = 0.5 if name in ("noise", "balance", "test_share", "momentum") else value
            one, two = spec, spec.but(**{name: value})
        assert one.same_start(one)
        assert one.same_start(two) == (name in LIVE_FIELDS), name


def test_an_activation_for_each_hidden_layer():
    spec = Spec(depth=4, activation="relu,abs,tanh")
    assert [row.name for row in spec.activations] == ["relu", "abs", "tanh"]
    assert Spec(depth=4, activation="relu,relu,relu") == Spec(depth=4)
    assert spec.but(depth=3).activation == "relu,abs"
    assert spec.but(hidden=(4, 4, 4, 4)).activation == "relu,abs,tanh,tanh"
    assert spec.but(depth=1).activation == "relu"
    assert not spec.is_exact
    assert spec.but(activation="relu,abs,hardtanh").is_exact
    with pytest.raises(SpecError) as caught:
        Spec(depth=4, activation="relu,abs")
    assert (caught.value.field, caught.value.rule) == ("activation", "activations")
    assert caught.value.limits == {"given": 2, "hidden": 3}


def test_features_are_kept_once_and_in_one_order():
    assert Spec(features=("xy", "x2", "xy")) == Spec(features=("x2", "xy"))
    assert Spec(features=("x2", "xy")).sizes[0] == 4
    assert not Spec(features=("siny",)).is_exact
    with pytest.raises(SpecError) as caught:
        Spec(features=("x3",))
    assert (caught.value.field, caught.value.rule) == ("features", "features")
