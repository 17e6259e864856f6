import math

import numpy as np
import pytest
from numpy.typing import NDArray

from cellscope.model.theory.data_share import arc_cosine, linear_data_variance, relu_data_variances

Float = NDArray[np.float64]
SCIENCE = [1.000, 0.682, 0.551, 0.474, 0.423, 0.386, 0.360, 0.339, 0.323, 0.309, 0.299]


def plane_of_kappa(kappa: float, angles: int = 400) -> Float:
    """Points whose E|x| / √E|x|² is kappa, at equal angles: the population of an isotropic law."""
    # Radii a and b in equal number: (a + b)/2 = kappa, (a² + b²)/2 = 1.
    spread = math.sqrt(1 - kappa**2)
    angle = 2 * np.pi * np.arange(angles) / angles
    circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return np.concatenate([(kappa + spread) * circle, (kappa - spread) * circle])


def kernel_recursion(
    x: Float, scales: list[float], offsets: list[float], leak: float = 0.0
) -> tuple[list[float], list[float]]:
    """The same by the textbook's kernel matrices: E[y y'], then Cho & Saul's formula.

    A leaky ReLU is (1 + a)/2 · y + (1 − a)/2 · |y|, and E|y y'| is twice the even part of the
    kernel: half its sum at θ and π − θ.
    """
    K = x @ x.T / 2
    pre: list[float] = []
    post: list[float] = []
    for scale, offset in zip(scales, offsets, strict=True):
        K = scale * K + offset
        pre.append(float(np.trace(K) / len(K) - K.mean()))
        norm = np.sqrt(np.outer(np.diag(K), np.diag(K))) + 1e-300
        theta = np.arccos(np.clip(K / norm, -1, 1))
        kernel, mirrored = (
            norm * (np.sin(t) + (np.pi - t) * np.cos(t)) / (2 * np.pi)
            for t in (theta, np.pi - theta)
        )
        K = ((1 + leak) / 2) ** 2 * K + ((1 - leak) / 2) ** 2 * 2 * (kernel + mirrored)
        post.append(float(np.trace(K) / len(K) - K.mean()))
    return pre, post


def q_and_shares(
    x: Float, scales: list[float], offsets: list[float], leak: float = 0.0
) -> tuple[list[float], list[float]]:
    r = float(np.mean(x**2))
    q: list[float] = []
    shares: list[float] = []
    for scale, offset in zip(scales, offsets, strict=True):
        q.append(scale * r + offset)
        shares.append(scale * r / q[-1] if q[-1] else 0.0)
        r = q[-1] * (1 + leak**2) / 2
    return q, shares


def test_gaussian_points_keep_the_known_shares_in_the_limit():
    # Without biases the share depends on the angles and on κ only: 0.886 for N(0, I).
    x = plane_of_kappa(math.sqrt(math.pi) / 2)
    pre, _ = relu_data_variances(x, [1.0] * 11, [1.0] * 11)
    assert pre == pytest.approx(SCIENCE, abs=6e-4)
    assert pre[1] == pytest.approx(1 - 1 / math.pi, abs=1e-5)


@pytest.mark.parametrize("leak", [0.0, 0.01, 0.4, 1.0])
@pytest.mark.parametrize("offset", [0.0, 0.25, 3.0])
def test_the_recursion_for_differences_is_that_of_the_kernel_matrices(offset: float, leak: float):
    x = np.random.default_rng(0).normal([0.3, 0.0], 1.0, (60, 2))
    x[3], x[5], x[7] = 0.0, x[4], -2.0 * x[4]  # the origin, a twin, an opposite
    scales, offsets = [0.7, 2.0, 3.0, 1.2], [offset, 0.5 * offset, offset, offset]
    pre, post = relu_data_variances(x, *q_and_shares(x, scales, offsets, leak), slope=leak)
    expected_pre, expected_post = kernel_recursion(x, scales, offsets, leak)
    assert pre == pytest.approx(expected_pre, rel=1e-11)
    assert post == pytest.approx(expected_post, rel=1e-11)


def test_the_first_two_layers_are_exact_at_any_width():
    # 4,000 networks of 3 units, unequal norms, biases: E over the draws, standard error 1 %.
    rng = np.random.default_rng(1)
    x = rng.standard_normal((12, 2)) * [2.0, 0.5] + [1.0, 0.0]
    W1 = math.sqrt(0.6) * rng.standard_normal((4000, 3, 2))
    b1 = math.sqrt(0.4) * rng.standard_normal((4000, 3, 1))
    W2 = math.sqrt(0.3) * rng.standard_normal((4000, 5, 3))
    y1 = W1 @ x.T + b1
    h1 = np.maximum(y1, 0)
    y2 = W2 @ h1 + rng.standard_normal((4000, 5, 1))
    pre, post = relu_data_variances(x, *q_and_shares(x, [2 * 0.6, 3 * 0.3], [0.4, 1.0]))
    measured = [np.var(values, axis=2).mean() for values in (y1, h1, y2)]
    assert measured == pytest.approx([pre[0], post[0], pre[1]], rel=0.04)


def test_a_share_of_1e_minus_20_keeps_its_digits():
    # Nearly parallel points under large biases: D ≈ (n v/2)-fold per layer, and exactly so when
    # no unit separates two points.
    x = np.array([[1.0, 0.0], [1.0 + 1e-9, 1e-9], [1.0, 2e-9]])
    pre, _ = relu_data_variances(x, *q_and_shares(x, [1.0] * 3, [1e4] * 3))
    first = np.var(x, axis=0).mean()
    assert pre == pytest.approx([first, first / 2, first / 4], rel=1e-6)


def test_huge_and_tiny_scales_neither_over_nor_underflow():
    x = np.random.default_rng(2).standard_normal((20, 2))
    plain, _ = relu_data_variances(x, [2.0] * 5, [1.0] * 5)
    for unit in (1e-250, 1e250):
        scaled, _ = relu_data_variances(x, [2.0 * unit] * 5, [1.0] * 5)
        assert np.array(scaled) / unit == pytest.approx(plain)


def test_without_weights_or_with_all_points_alike_there_is_no_data_variance():
    x = np.random.default_rng(3).standard_normal((20, 2))
    assert relu_data_variances(x, [0.25, 0.25], [0.0, 0.0]) == ([0.0, 0.0], [0.0, 0.0])
    assert relu_data_variances(np.zeros((4, 2)), [1.0], [0.0]) == ([0.0], [0.0])
    pre, post = relu_data_variances(np.ones((4, 2)), [1.0] * 3, [1.0] * 3)
    assert (pre, post) == ([0.0] * 3, [0.0] * 3)


def test_the_arc_cosine_map_is_the_correlation_of_rectified_gaussians():
    z = np.random.default_rng(4).standard_normal((2, 400_000))
    h = np.maximum(z[0], 0), np.maximum(0.3 * z[0] + math.sqrt(1 - 0.09) * z[1], 0)
    assert 2 * np.mean(h[0] * h[1]) == pytest.approx(arc_cosine(0.3), rel=0.01)


def test_a_linear_layer_ignores_the_bias_of_a_difference():
    rng = np.random.default_rng(5)
    h = rng.standard_normal((6, 30)) + 5.0
    W = math.sqrt(0.3) * rng.standard_normal((4000, 6))
    y = W @ h + 7.0
    below = float(np.var(h, axis=1).mean())
    assert np.var(y, axis=1).mean() == pytest.approx(linear_data_variance(6, 0.3, below), rel=0.05)
