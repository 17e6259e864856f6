import math

import numpy as np
import pytest
import torch

from cellscope.model.spec import Spec
from cellscope.model.theory.overflow import (
    MAXIMA,
    SMALLEST,
    exp_overflow_layer,
    rms_overflow_layer,
    rms_underflow_layer,
    variance_overflow_layer,
)

N01 = Spec(width=100, depth=11, init="normal", weight_variance=1.0, bias="zero")
LINEAR = N01.but(activation="identity")


def test_the_layers_of_n01_at_width_100_are_the_known_ones():
    assert rms_overflow_layer(LINEAR, "float32") == 40
    assert rms_overflow_layer(N01, "float32") == 47
    assert rms_overflow_layer(LINEAR, "float16") == 6
    assert rms_overflow_layer(N01, "float16") == 7
    assert variance_overflow_layer(LINEAR, "float32") == 21
    assert variance_overflow_layer(N01, "float32") == 24
    assert exp_overflow_layer(LINEAR, "float32") == 3
    assert exp_overflow_layer(N01, "float32") == 4


def test_the_answer_does_not_depend_on_the_depth_chosen():
    assert rms_overflow_layer(N01.but(depth=3), "float32") == 47
    assert rms_overflow_layer(N01.but(hidden=(100,) * 5), "float32") == 47
    assert rms_overflow_layer(N01.but(hidden=(2, 100)), "float32") == 48  # a narrow start


def test_he_never_overflows_and_bias_alone_takes_forever():
    he = N01.but(init="he")
    assert rms_overflow_layer(he, "float16") is None
    assert rms_overflow_layer(he.but(bias="fixed"), "float32") is None
    assert rms_underflow_layer(he, "float16") is None


def test_without_biases_lecun_underflows_with_relu_and_a_bias_keeps_it_alive():
    # q halves per layer, from q_1 = 1: √q < 2^-24 first where 2^-(l-1) < 2^-48.
    lecun = N01.but(init="lecun", width=64)
    assert rms_underflow_layer(lecun, "float16") == 50
    assert rms_underflow_layer(lecun.but(bias="fixed"), "float16") is None
    assert rms_underflow_layer(N01.but(init="zeros"), "float32") == 1


def test_where_q_has_no_formula_there_is_no_answer():
    assert rms_overflow_layer(N01.but(activation="tanh"), "float32") is None
    assert rms_overflow_layer(N01.but(init="lsuv"), "float32") is None


def test_the_formats_are_those_of_numpy_and_torch():
    for name in ("float64", "float32", "bfloat16", "float16"):
        info = torch.finfo(getattr(torch, name))
        assert MAXIMA[name] == info.max
        assert pytest.approx(info.smallest_normal * info.eps) == SMALLEST[name]


@pytest.mark.parametrize(("activation", "layer"), [("relu", 7), ("identity", 6)])
def test_a_real_float16_network_overflows_at_the_predicted_layer_or_just_before(
    activation: str, layer: int
):
    rng = np.random.default_rng(0)
    h = rng.standard_normal((100, 2))
    h *= math.sqrt(2 / np.mean(np.sum(h**2, axis=1)))
    fan_in = 2
    for here in range(1, 10):
        h = h @ rng.standard_normal((fan_in, 100))
        fan_in = 100
        if np.abs(h).max() > MAXIMA["float16"]:
            assert layer - 1 <= here <= layer
            return
        h = np.maximum(h, 0) if activation == "relu" else h
    pytest.fail("no overflow")
