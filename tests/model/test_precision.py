"""The forward pass in a format: what it holds, and the layer where it really breaks."""

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.activations import ACTIVATIONS
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.moments import measure
from cellscope.model.precision import PRECISIONS, Break, break_of_deeper, deepest_layers, measure_in
from cellscope.model.spec import Spec
from cellscope.model.theory.overflow import MAXIMA, rms_overflow_layer

Float = NDArray[np.float64]
N01 = Spec(samples=100, width=100, depth=11, init="normal", bias="zero")


def go_on(_layer: int) -> bool:
    return True


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_float64_is_what_the_statistics_say_anyway(activation: str):
    spec = Spec(samples=40, hidden=(7, 5), activation=activation)
    data = make_data(spec)
    weights = initial_weights(spec, data)
    plain = measure(weights, activation, data.train_x, data.train_y)
    found = measure_in("float64", weights, activation, data.train_x)
    assert found.broken is None
    for layer, pre, post in zip(plain.layers, found.pre, found.post, strict=True):
        assert pre.variance == pytest.approx(layer.pre.variance, rel=1e-12)
        assert post.mean == pytest.approx(layer.post.mean, rel=1e-9, abs=1e-15)


def test_short_formats_round_but_keep_the_signal():
    data = make_data(N01)
    weights = initial_weights(N01.but(init="he"), data)
    exact = measure_in("float64", weights, "relu", data.train_x)
    for precision, error in (("float32", 1e-6), ("bfloat16", 0.05), ("float16", 0.01)):
        found = measure_in(precision, weights, "relu", data.train_x)
        ratio = found.pre[-1].mean_square / exact.pre[-1].mean_square
        assert ratio == pytest.approx(1, abs=error)
        assert ratio != 1


def test_float16_overflows_where_numpy_s_halves_do():
    data = make_data(N01)
    weights = initial_weights(N01, data)
    found = measure_in("float16", weights, "relu", data.train_x)
    h = data.train_x.T.astype(np.float16)
    for layer, (W, b) in enumerate(weights, start=1):
        exact = W.astype(np.float16).astype(np.float64) @ h.astype(np.float64) + b[:, None]
        if np.abs(exact).max() > MAXIMA["float16"]:
            assert found.broken == Break("overflow", layer)
            assert not np.isfinite(found.pre[layer - 1].mean_square)
            assert np.isfinite(found.pre[layer - 2].mean_square)
            return
        h = np.maximum(exact, 0).astype(np.float16)
    pytest.fail("no overflow")


@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("precision", ["float16", "float32", "bfloat16"])
def test_a_deeper_network_overflows_at_the_predicted_layer_or_just_before(
    activation: str, precision: str
):
    spec = N01.but(activation=activation)
    predicted = rms_overflow_layer(spec, precision)
    broken = break_of_deeper(spec, make_data(spec).train_x, precision, go_on)
    assert broken is not None
    assert predicted is not None
    assert broken.event == "overflow"
    assert predicted - 2 <= broken.layer <= predicted


def test_the_network_on_the_page_is_the_beginning_of_the_deeper_one():
    spec = N01.but(depth=8)
    data = make_data(spec)
    seen = measure_in("float16", initial_weights(spec, data), "relu", data.train_x[:100])
    assert break_of_deeper(spec, data.train_x, "float16", go_on) == seen.broken


def test_vanishing_signals_underflow_and_dead_layers_are_told_apart():
    tiny = N01.but(weight_variance=1e-6, width=16)
    broken = break_of_deeper(tiny, make_data(tiny).train_x, "float16", go_on)
    assert broken is not None
    assert broken.event == "underflow"
    x = np.array([[1.0, 0.0], [0.5, 0.5]])
    dead = [(-np.ones((2, 2)), np.zeros(2)), (np.ones((2, 2)), np.zeros(2))]
    assert measure_in("float32", dead, "relu", x).broken == Break("dead", 2)
    nothing = [(np.ones((2, 2)), np.zeros(2)), (np.zeros((2, 2)), np.zeros(2))]
    assert measure_in("float64", nothing, "relu", x).broken == Break("zero", 2)
    rounded = [(np.full((2, 2), 1e-9), np.zeros(2)), (np.ones((2, 2)), np.zeros(2))]
    assert measure_in("float16", rounded, "relu", x).broken == Break("underflow", 1)


def test_he_breaks_in_no_format_that_training_uses_and_can_be_stopped():
    spec = N01.but(init="he")
    seen: list[int] = []

    def three(layer: int) -> bool:
        seen.append(layer)
        return layer < 3

    assert break_of_deeper(spec, make_data(spec).train_x, "float32", three) is None
    assert seen == [1, 2, 3]
    assert deepest_layers(spec) == 1000
    assert deepest_layers(spec.but(width=256, depth=3)) == 305
    assert PRECISIONS[0] == "float64"
