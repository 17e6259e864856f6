"""What a setting means for this network, beside its control."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellscope.app.settings.readouts import readouts
from cellscope.model.activations import ACTIVATIONS
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.own_data import OwnData
from cellscope.model.spec import BIASES, CHOICES, INITS, OWN, Spec


@given(
    st.sampled_from(tuple(ACTIVATIONS)),
    st.sampled_from(INITS),
    st.sampled_from(BIASES),
    st.none() | st.lists(st.integers(1, 20), max_size=4).map(tuple),
    st.integers(1, 32),
)
def test_every_network_has_readouts(
    activation: str, init: str, bias: str, hidden: tuple[int, ...] | None, depth: int
):
    spec = Spec(activation=activation, init=init, bias=bias, hidden=hidden, depth=depth)
    found = readouts(spec, "en")
    assert set(found) == set(readouts(Spec(), "en"))
    assert all("nan" not in value and "{" not in value for value in found.values())


def test_the_gain_of_the_normal_scheme_is_half_of_n_times_s():
    spec = Spec(init="normal", weight_variance=0.3, width=20, depth=4)
    sentence = readouts(spec, "en")["weight-variance-readout"]
    assert f"{math.sqrt(0.3):.3g}" in sentence
    assert "n·s/2 = 3 " in sentence
    assert "2·s = 0.6" in sentence
    linear = readouts(spec.but(activation="identity"), "en")["weight-variance-readout"]
    assert "n·s = 6 " in linear


def test_he_has_gain_one():
    found = readouts(Spec(init="he", width=50), "en")
    assert found["weight-variance-in-force"] == "0.04"
    assert "gain 1 " in found["weight-variance-readout"]
    # 2/2, apart from the others; its input is not halved
    assert found["weight-variance-readout"] == "gain 1 per layer, first 2 · σ = 0.2, first 1"


def test_n_of_0_and_s_shows_its_own_s():
    found = readouts(Spec(init="normal", weight_variance=0.3), "en")
    assert found["weight-variance-in-force"] == ""


def test_where_widths_are_listed_the_boxes_for_one_width_are_said_not_to_be_in_use():
    found = readouts(Spec(hidden=(4, 6, 5)), "en")
    assert found["width-readout"] == "not in use: listed are 4, 6, 5"
    assert found["depth-readout"] == "not in use: there are 4"
    plain = readouts(Spec(), "en")
    assert (plain["width-readout"], plain["depth-readout"]) == ("", "")


def test_heads_of_folded_sections_name_what_is_set():
    found = readouts(Spec(optimizer="sgd", learning_rate=0.1, batch_size=64), "en")
    assert found["training-summary"] == "SGD 0.1 · batch 64"
    assert readouts(Spec(noise=0.3), "de")["data-also"] == " · Rauschen 0,3"
    biases = {
        "fixed": "He, 2/n · biases N(0, 0.25)",
        "zero": "He, 2/n · biases 0",
        "like-weights": "He, 2/n · biases like weights",
    }
    for bias, said in biases.items():
        assert readouts(Spec(bias=bias), "en")["initialisation-summary"] == said
    spec = Spec(bias="fixed", bias_variance=0.0)
    assert readouts(spec, "en")["initialisation-summary"] == biases["zero"]


@pytest.mark.parametrize(
    ("spec", "sizes"),
    [
        (Spec(width=16, depth=5), "2 → 16 ×4 → 2"),
        (Spec(hidden=(5, 6)), "2 → 5 → 6 → 2"),
        (Spec(width=7, depth=2), "2 → 7 → 2"),
        (Spec(depth=1), "2 → 2"),
    ],
)
def test_the_network_is_written_as_its_sizes(spec: Spec, sizes: str):
    assert readouts(spec, "en")["network-summary"] == sizes


def test_points_are_counted_and_a_full_batch_is_told():
    assert readouts(Spec(samples=100), "en")["data-summary"] == "75 + 25 points"
    assert readouts(Spec(samples=100, batch_size=74), "en")["batch-size-readout"] == ""
    assert "75" in readouts(Spec(samples=100, batch_size=75), "en")["batch-size-readout"]


def test_what_overrides_another_setting_is_told():
    assert readouts(Spec(hidden=(3,)), "en")["hidden-readout"]
    assert readouts(Spec(init="pytorch"), "en")["bias-readout"]
    assert readouts(Spec(), "en")["hidden-readout"] == readouts(Spec(), "en")["bias-readout"] == ""


@pytest.mark.parametrize(
    ("changes", "said", "never"),
    [
        ({"activation": "tanh"}, "edge of chaos at n·s = 1", "gain"),
        ({"activation": "sigmoid"}, "depends on the scale", "edge"),
        ({"activation": "gelu"}, "depends on the scale", "edge"),
        ({"activation": "relu6"}, "depends on the scale", "edge"),
        ({"activation": "relu,tanh,relu"}, "depends on the scale", "edge"),
        ({"features": ("x2", "xy")}, "first layer 4·s = 2", "2·s"),
        ({"hidden": (16, 4, 64)}, "= 4 in layer 2", "per layer"),
        ({"batch_norm": True}, "takes the scale out", "per layer"),
        ({"init": "lsuv"}, "1 ± 0.1", "gain"),
    ],
)
def test_what_s_means_is_said_for_this_network_only(
    changes: dict[str, object], said: str, never: str
):
    spec = Spec(init="normal", weight_variance=0.5, width=16, depth=4).but(**changes)
    shown = readouts(spec, "en")["weight-variance-readout"]
    assert said in shown
    assert never not in shown


def test_the_variance_in_force_under_lsuv_is_that_of_the_weights():
    spec = Spec(init="lsuv")
    weights, _ = initial_weights(spec, make_data(spec))[1]
    shown = float(readouts(spec, "en")["weight-variance-in-force"])
    assert shown == pytest.approx(weights.astype(float).var(), rel=0.01)
    assert shown > 1.5 / 16  # not that of the orthonormal matrix, 1/16


@pytest.mark.parametrize(
    ("changes", "box", "said"),
    [
        ({}, "momentum", "not in use: SGD"),
        ({"optimizer": "adam"}, "momentum", "not in use: Adam"),
        ({"optimizer": "momentum"}, "momentum", ""),
        ({}, "bias-variance", ""),
        ({"bias": "zero"}, "bias-variance", "not in use: biases 0"),
        ({"bias": "like-weights"}, "bias-variance", "not in use: biases like weights"),
        ({"init": "pytorch"}, "bias-variance", "not in use: own biases"),
        ({"init": "pytorch", "bias": "zero"}, "bias-variance", "not in use: own biases"),
    ],
)
def test_a_box_that_another_setting_keeps_out_of_use_says_so(
    changes: dict[str, object], box: str, said: str
):
    assert readouts(Spec().but(**changes), "en")[f"{box}-readout"] == said


DRAWN = OwnData("drawn", np.arange(80.0).reshape(40, 2), np.arange(40) % 2)
FORMULA = OwnData("formula", np.zeros((0, 2)), np.zeros(0), name="x*y>0")


@pytest.mark.parametrize(
    "spec",
    [
        *(Spec(dataset=name) for name in CHOICES["dataset"]),
        Spec(dataset=OWN, own=DRAWN),
        Spec(dataset=OWN, own=FORMULA),
    ],
    ids=lambda spec: spec.own.kind if spec.own else spec.dataset,
)
@pytest.mark.parametrize(
    ("box", "value"), [("noise", 0.3), ("samples", 400), ("balance", 0.5), ("data_seed", 3)]
)
def test_a_box_of_the_data_is_not_in_use_where_it_changes_no_point(
    spec: Spec, box: str, value: float
):
    before, after = make_data(spec), make_data(spec.but(**{box: value}))
    same = np.array_equal(before.train_x, after.train_x) and np.array_equal(
        before.train_y, after.train_y
    )
    said = readouts(spec, "en")[f"{box.replace('_', '-')}-readout"]
    assert said.startswith("not in use: ") == same
    if box == "noise":
        assert (readouts(spec, "en")["data-also"] == "") == same


@pytest.mark.parametrize(("batch", "said"), [(599, "batch 599"), (600, "full batch")])
def test_a_batch_of_all_points_is_called_full_beside_its_box_and_above_it(batch: int, said: str):
    found = readouts(Spec(batch_size=batch), "en")
    assert said in found["training-summary"]
    assert ("full batch" in found["batch-size-readout"]) == (said == "full batch")


@pytest.mark.parametrize("own", [DRAWN, FORMULA])
def test_the_classes_of_points_of_ones_own_are_theirs_and_the_box_says_so(own: OwnData):
    spec = Spec(dataset=OWN, own=own)
    assert spec.but(classes=5).classes == spec.classes, "it would go back without a word"
    assert readouts(spec, "en")["classes-readout"] == "not in use: Own data"
    assert readouts(spec, "de")["classes-readout"].startswith("nicht in Gebrauch")
    assert readouts(Spec(dataset="spirals", classes=3), "en")["classes-readout"] == ""
