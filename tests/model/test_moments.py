"""Measured moments and gradients against torch's autograd, numpy's own and hand-made cases."""

import itertools
import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from cellscope.model.activations import ACTIVATIONS
from cellscope.model.moments import Moments, measure, moments
from tests.model.torch_activations import TORCH

Float = NDArray[np.float64]
Classes = NDArray[np.int64]
Layers = list[tuple[Float, Float]]
SIZES = (2, 7, 5, 4, 3)  # no two alike, so that a swapped axis cannot go unnoticed


def random_network(seed: int = 0) -> tuple[Layers, Float, Classes]:
    rng = np.random.default_rng(seed)
    weights = [
        (math.sqrt(0.3) * rng.standard_normal((m, n)), 0.5 * rng.standard_normal(m))
        for n, m in itertools.pairwise(SIZES)
    ]
    x = rng.normal([1.0, -0.5], 2.0, (23, 2))
    return weights, x, rng.integers(0, SIZES[-1], 23)


def gradient_of(tensor: torch.Tensor) -> Float:
    assert tensor.grad is not None
    return tensor.grad.numpy().copy()


def autograd(
    weights: Layers, activation: str, x: Float, classes: Classes
) -> tuple[float, list[list[Float]], list[list[tuple[Float, Float]]]]:
    """Pre-activations, loss, and per sample: δ of every layer and ∂loss/∂W, by torch."""
    act = TORCH[activation]
    parameters = [[torch.tensor(p, requires_grad=True) for p in layer] for layer in weights]
    deltas: list[list[Float]] = []
    gradients: list[list[tuple[Float, Float]]] = []
    losses: list[float] = []
    for point, c in zip(torch.tensor(x), torch.tensor(classes), strict=True):
        h = point
        ys: list[torch.Tensor] = []
        for i, (W, b) in enumerate(parameters):
            y = W @ h + b
            y.retain_grad()
            ys.append(y)
            h = act(y) if i < len(parameters) - 1 else y
        for W, b in parameters:
            W.grad = b.grad = None
        loss = torch.nn.functional.cross_entropy(h[None], c[None])
        loss.backward()
        losses.append(loss.item())
        deltas.append([gradient_of(y) for y in ys])
        gradients.append([(gradient_of(W), gradient_of(b)) for W, b in parameters])
    return float(np.mean(losses)), deltas, gradients


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradients_are_those_of_autograd_taken_sample_by_sample(activation: str):
    weights, x, classes = random_network()
    loss, deltas, gradients = autograd(weights, activation, x, classes)
    signal = measure(weights, activation, x, classes)

    assert signal.loss == pytest.approx(loss, rel=1e-12)
    for i, layer in enumerate(signal.layers):
        delta = np.array([sample[i] for sample in deltas])
        dW = np.array([sample[i][0] for sample in gradients])
        assert layer.delta_mean_square == pytest.approx(np.mean(delta**2), rel=1e-12)
        assert layer.per_example == pytest.approx(np.mean(dW**2), rel=1e-12)
        assert layer.batch == pytest.approx(np.mean(dW.mean(axis=0) ** 2), rel=1e-12)
    means = [np.mean([s[i][k] for s in gradients], axis=0) for i in range(4) for k in (0, 1)]
    norm = math.sqrt(sum(float(np.sum(g**2)) for g in means))
    assert signal.gradient_norm == pytest.approx(norm, rel=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_moments_are_those_numpy_computes_from_the_activations(activation: str):
    weights, x, classes = random_network(1)
    signal = measure(weights, activation, x, classes)
    act: dict[str, Callable[[Float], Float]] = {
        "relu": lambda y: np.where(y > 0, y, 0),
        "leaky_relu": lambda y: np.where(y > 0, y, 0.01 * y),
        "tanh": np.tanh,
        "identity": lambda y: y,
        "abs": np.abs,
        "hardtanh": lambda y: np.clip(y, -1, 1),
        "relu6": lambda y: np.clip(y, 0, 6),
        "sigmoid": lambda y: 1 / (1 + np.exp(-y)),
        "gelu": lambda y: y * (1 + np.vectorize(math.erf)(y / math.sqrt(2))) / 2,
        "silu": lambda y: y / (1 + np.exp(-y)),
    }
    h = x
    for i, ((W, b), layer) in enumerate(zip(weights, signal.layers, strict=True)):
        y = np.array([W @ point + b for point in h])
        h = act[activation](y) if i < len(weights) - 1 else y
        assert (layer.layer, layer.fan_in) == (i + 1, SIZES[i])
        for measured, values in ((layer.pre, y), (layer.post, h)):
            assert measured.mean == pytest.approx(np.mean(values), rel=1e-12)
            assert measured.variance == pytest.approx(np.var(values), rel=1e-12)
            assert measured.data_variance == pytest.approx(np.var(values, axis=0).mean(), rel=1e-12)
            assert measured.mean_square == pytest.approx(np.mean(values**2), rel=1e-12)
    assert signal.max_logit == pytest.approx(np.abs(h).max())
    assert signal.accuracy == np.mean(h.argmax(axis=1) == classes)
    assert signal.input.variance == pytest.approx(np.var(x))
    assert signal.input.data_variance == pytest.approx(np.var(x, axis=0).mean())


def test_the_last_layer_has_no_activation():
    weights, x, classes = random_network(2)
    last = measure(weights, "relu", x, classes).layers[-1]
    assert last.post == last.pre
    assert last.dead_share is None
    assert last.pre.mean != 0


def test_a_unit_is_dead_if_it_is_above_zero_on_no_point():
    W = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    b = np.array([0.0, -100.0, -0.999, 0.0])  # the third lives on one point, the last is exactly 0
    x = np.array([[1.0, 2.0], [-3.0, 4.0], [0.5, 6.0]])
    output = (np.ones((2, 4)), np.zeros(2))
    layers = measure([(W, b), output], "relu", x, np.array([0, 1, 0])).layers
    assert layers[0].dead_share == 0.5
    for alive in ("tanh", "leaky_relu"):  # whose units pass gradients wherever they are
        assert measure([(W, b), output], alive, x, np.zeros(3, int)).layers[0].dead_share is None


def test_float32_weights_are_measured_in_float64():
    weights, x, classes = random_network(3)
    narrow = [(1e18 * W.astype(np.float32), b.astype(np.float32)) for W, b in weights]
    wide = [(W.astype(np.float64), b.astype(np.float64)) for W, b in narrow]
    signal = measure(narrow, "relu", x, classes)
    assert signal == measure(wide, "relu", x, classes)
    assert signal.layers[2].pre.mean_square > 1e100  # far beyond float32
    assert signal.nonfinite_layer is None


def test_without_backward_the_forward_numbers_stay_and_the_others_are_none():
    weights, x, classes = random_network(4)
    full = measure(weights, "relu", x, classes)
    forward = measure(weights, "relu", x, classes, backward=False)
    assert [layer.pre for layer in forward.layers] == [layer.pre for layer in full.layers]
    assert (forward.loss, forward.gradient_norm) == (full.loss, None)
    for layer in forward.layers:
        assert (layer.delta_mean_square, layer.per_example, layer.batch) == (None, None, None)


def test_overflow_is_reported_in_the_layer_where_it_happens():
    x, classes = np.array([[1.0, 2.0], [2.0, -1.0]]), np.array([0, 1])
    layer = (1e150 * np.array([[1.0, 2.0], [3.0, -1.0]]), np.zeros(2))
    signal = measure([layer] * 4, "identity", x, classes)
    assert signal.nonfinite_layer == 3  # 1e150, 1e300, overflow
    assert signal.layers[0].pre.mean_square == pytest.approx(18.75e300)  # squares of 5, 1, 0, 7
    assert 1e299 < abs(signal.layers[1].pre.mean) < math.inf
    assert signal.layers[1].pre.mean_square == math.inf
    assert not math.isfinite(signal.layers[2].pre.mean_square)
    assert math.isnan(signal.loss)


def test_a_signal_of_1e_minus_300_is_not_mistaken_for_none():
    x, classes = np.array([[1.0, 2.0], [2.0, -1.0]]), np.array([0, 1])
    layer = (1e-150 * np.array([[1.0, 2.0], [3.0, 1.0]]), np.zeros(2))
    signal = measure([layer] * 2, "relu", x, classes)
    assert signal.layers[0].pre.mean_square == pytest.approx(18.75e-300)  # of 5, 5, 0, 5
    assert signal.layers[1].pre.mean > 1e-300
    assert signal.layers[0].dead_share == 0.0
    assert signal.loss == pytest.approx(math.log(2))


def test_squares_that_overflow_only_as_a_sum_have_a_finite_mean():
    values = np.full((2, 3), 1e154)
    with np.errstate(all="ignore"):
        measured = moments(values)
    assert measured.mean_square == pytest.approx(1e308)
    assert measured.variance == 0.0


def test_a_tiny_data_share_keeps_its_digits():
    # Variance 1e-20 around a mean of 1: E[y²] − E[y]² would be pure rounding.
    weights = [(np.array([[3e-10, 0.0]]), np.array([1.0]))]
    x = np.array([[1.0, 0.0], [-1.0, 0.0], [2.0, 0.0], [-2.0, 0.0]])
    pre = measure(weights, "identity", x, np.zeros(4, int)).layers[0].pre
    assert pre.data_variance == pytest.approx(2.5 * 9e-20, rel=1e-5)


def test_saturated_outputs_are_those_with_a_probability_of_almost_one():
    logit = math.log(1e6)  # p = 1 − 1e-6/(1 + 1e-6): just saturated
    weights = [(np.array([[1.0, 0.0], [0.0, 0.0]]), np.zeros(2))]
    x = np.array([[logit, 0.0], [logit - 1e-3, 0.0], [-50.0, 0.0], [1.0, 0.0]])
    signal = measure(weights, "relu", x, np.array([0, 0, 1, 0]))
    assert signal.saturated_share == 0.5
    assert signal.max_logit == 50.0
    assert signal.accuracy == 1.0


def test_a_point_with_nan_logits_is_wrong():
    # The first point's logits are inf − inf and 0, the second's 1e308 and 0.
    weights = [
        (np.array([[1e308, 1e308], [1e308, 1e308]]), np.zeros(2)),
        (np.array([[2.0, -1.0], [0.0, 0.0]]), np.zeros(2)),
    ]
    signal = measure(weights, "identity", np.array([[1.0, 1.0], [1.0, 0.0]]), np.array([0, 0]))
    assert signal.accuracy == 0.5


def test_an_overflowed_gradient_does_not_pass_an_inactive_unit():
    # Unit 2 is inactive on all points: its δ is 0, though what comes from above is infinite.
    weights = [
        (np.array([[1.0, 0.0], [-1.0, 0.0]]), np.zeros(2)),
        (np.array([[1.0, 1e308], [1.0, -1e308]]), np.zeros(2)),
        (np.array([[1e10, -1e10], [-1e10, 1e10]]), np.zeros(2)),
    ]
    signal = measure(weights, "relu", np.array([[1.0, 0.0]]), np.array([1]))
    assert signal.layers[0].delta_mean_square == pytest.approx(0.0)


def test_unknown_activations_are_refused():
    weights, x, classes = random_network()
    with pytest.raises(ValueError, match="activation must be one of relu"):
        measure(weights, "selu", x, classes)


def test_a_mean_that_is_only_rounding_is_shown_as_0():
    centred, shifted = Moments(3e-17, 2.2, 2.2, 2.2), Moments(-0.5, 19.6, 12.8, 19.9)
    assert (centred.shown_mean, shifted.shown_mean) == (0.0, -0.5)
    overflown = Moments(1.0, math.inf, math.inf, math.inf)
    assert overflown.shown_mean == 1.0
