import math

import numpy as np
import pytest

from cellscope.model.theory.backward import (
    delta_gain,
    delta_mean_squares,
    weight_gradient_mean_square,
)


@pytest.mark.parametrize("activation", ["relu", "identity"])
def test_one_layer_back_multiplies_delta_by_fan_out_times_weight_variance(activation: str):
    # 20,000 layers 9 ← 6 with s = 0.3, unequal sizes; standard error about 1 %.
    rng = np.random.default_rng(0)
    delta = rng.uniform(-1, 2, (20_000, 6))
    W = math.sqrt(0.3) * rng.standard_normal((20_000, 6, 9))
    y = rng.standard_normal((20_000, 9))
    below = np.einsum("ni,nij->nj", delta, W) * (y > 0 if activation == "relu" else 1.0)
    gain = delta_gain(6, 0.3, activation=activation)
    assert np.mean(below**2) / np.mean(delta**2) == pytest.approx(gain, rel=0.05)


def test_tanh_has_no_fixed_factor():
    assert delta_gain(6, 0.3, activation="tanh") is None


def test_gradients_per_example_are_equal_in_all_inner_layers_whatever_the_scale():
    # b = 0, equal widths of 20, s = 0.3: forward 3 per layer, backward 3 per layer.
    gain = delta_gain(20, 0.3, activation="relu")
    assert gain is not None
    deltas = delta_mean_squares([gain] * 5, 1.0)
    assert deltas == pytest.approx([3.0**5, 3.0**4, 27.0, 9.0, 3.0, 1.0])
    posts = [3.0**layer for layer in range(6)]
    gradients = [
        weight_gradient_mean_square(d, r) for d, r in zip(deltas[1:], posts[1:], strict=True)
    ]
    assert gradients == pytest.approx([gradients[0]] * 5)
