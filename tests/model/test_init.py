"""Every scheme's variance against its formula, and one Z behind all of them."""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cellscope.model.activations import ACTIVATIONS, activate
from cellscope.model.datasets import make_data
from cellscope.model.init import (
    LSUV_TOLERANCE,
    Weights,
    bias_variance,
    initial_weights,
    layer_shapes,
    standard_normals,
    unit_variance,
    weight_variance,
)
from cellscope.model.spec import INITS, Spec
from tests.model.torch_activations import TORCH

# 100 units and unequal sizes, s = 0.3: there fan-in is not fan-out, and a variance no deviation.
UNEQUAL = Spec(hidden=(100, 60, 150), weight_variance=0.3, bias_variance=0.7, seed=5)
SCALED = ("normal", "he", "lecun")  # Var(W) does not depend on fan_out: growing only adds rows


def weights(spec: Spec) -> Weights:
    return initial_weights(spec, make_data(spec))


def variances(spec: Spec) -> list[float]:
    """The mean square of each layer's weights over 20 seeds, the schemes' means being 0."""
    draws = [weights(spec.but(seed=seed)) for seed in range(20)]
    return [
        float(np.mean([np.mean(layers[i][0] ** 2) for layers in draws])) for i in range(spec.layers)
    ]


FORMULAS: dict[str, Callable[[int, int], float]] = {  # of fan_in and fan_out
    "normal": lambda n, m: 0.3,
    "he": lambda n, m: 2 / n,
    "xavier": lambda n, m: 2 / (n + m),
    "lecun": lambda n, m: 1 / n,
    "pytorch": lambda n, m: 1 / (3 * n),
    "orthogonal": lambda n, m: 2 / max(n, m),
    "zeros": lambda n, m: 0.0,
}


@pytest.mark.parametrize("init", FORMULAS)
def test_weights_have_the_variance_of_their_scheme(init: str):
    formula = FORMULAS[init]
    spec = UNEQUAL.but(init=init)
    shapes = [(2, 100), (100, 60), (60, 150), (150, 2)]
    assert layer_shapes(spec) == shapes
    for (n, m), measured in zip(shapes, variances(spec), strict=True):
        assert weight_variance(spec, n, m) == pytest.approx(formula(n, m), rel=1e-12)
        # 20 · n · m draws, at least 4000: a mean square is right to √(2/4000) = 2.2 %; 4 of them.
        assert measured == pytest.approx(formula(n, m), rel=4 * np.sqrt(2 / (20 * n * m)))


def test_orthogonal_makes_up_for_what_a_relu_takes_and_for_nothing_else():
    leaky = 2.0 / (1.0 + 0.01**2)
    for activation, gain in (
        ("relu", 2.0),
        ("leaky_relu", leaky),
        ("tanh", 1.0),
        ("identity", 1.0),
    ):
        assert weight_variance(UNEQUAL.but(init="orthogonal", activation=activation), 40, 50) == (
            pytest.approx(gain / 50)
        )


def test_he_makes_up_for_the_slope_of_a_leaky_relu_as_kaiming_normal_does():
    leaky = UNEQUAL.but(init="he", activation="leaky_relu")
    W = torch.empty(2000, 50)
    torch.nn.init.kaiming_normal_(W, a=0.01, generator=torch.Generator().manual_seed(0))
    assert weight_variance(leaky, 50, 40) == pytest.approx(float(W.var()), rel=0.02)
    assert weight_variance(leaky, 50, 40) == pytest.approx(2 / (50 * 1.0001), rel=1e-12)


@pytest.mark.parametrize("bias", ["fixed", "zero", "like-weights"])
@pytest.mark.parametrize("init", ["normal", "he", "xavier", "orthogonal", "pytorch", "zeros"])
def test_biases_have_the_variance_they_were_asked_for(init: str, bias: str):
    spec = UNEQUAL.but(init=init, bias=bias)
    draws = [weights(spec.but(seed=seed)) for seed in range(30)]
    for layer, (n, m) in enumerate(layer_shapes(spec)):
        expected = {"fixed": 0.7, "zero": 0.0, "like-weights": weight_variance(spec, n, m)}[bias]
        if init == "pytorch":
            expected = 1 / (3 * n)  # it brings its own
        assert bias_variance(spec, n, m) == pytest.approx(expected, rel=1e-12)
        measured = np.mean([layers[layer][1] ** 2 for layers in draws])
        assert measured == pytest.approx(expected, rel=4 * np.sqrt(2 / (30 * m)))


def test_a_bias_variance_of_zero_is_zero_bias():
    one = weights(UNEQUAL.but(bias="fixed", bias_variance=0.0))
    assert all(not b.any() for _, b in one)


@pytest.mark.parametrize("init", INITS)
def test_equal_specs_give_bitwise_equal_weights_and_another_seed_others(init: str):
    spec = UNEQUAL.but(init=init)
    one = weights(spec)
    standard_normals.cache_clear()
    two = weights(spec.but(learning_rate=0.5, optimizer="adam"))
    other = weights(spec.but(seed=6))
    for (W, b), (V, c), (U, _) in zip(one, two, other, strict=True):
        assert W.dtype == b.dtype == np.float64
        assert W.tobytes() == V.tobytes()
        assert b.tobytes() == c.tobytes()
        assert init == "zeros" or not np.array_equal(W, U)


# Common random numbers.


def test_moving_s_or_switching_to_he_only_rescales():
    base = weights(UNEQUAL.but(init="normal", weight_variance=1.0))
    for spec in (UNEQUAL.but(init="normal", weight_variance=0.3), UNEQUAL.but(init="he")):
        for (Z, z), (W, b), shape in zip(base, weights(spec), layer_shapes(spec), strict=True):
            np.testing.assert_array_equal(W, np.sqrt(weight_variance(spec, *shape)) * Z)
            np.testing.assert_array_equal(b, z)
    more = weights(UNEQUAL.but(init="normal", weight_variance=1.0, bias_variance=2.8))
    for (_, z), (_, b) in zip(base, more, strict=True):
        np.testing.assert_allclose(b, 2.0 * z, rtol=1e-15)  # √(2.8/0.7)


def test_pytorchs_uniforms_are_the_same_z_through_its_distribution():
    base = weights(UNEQUAL.but(init="normal", weight_variance=1.0))
    uniform = weights(UNEQUAL.but(init="pytorch"))
    for (Z, _), (W, _) in zip(base, uniform, strict=True):
        order = np.argsort(Z, axis=None)
        assert (np.diff(W.ravel()[order]) > 0).all()


def test_layers_and_biases_are_independent_draws():
    base = weights(Spec(hidden=(100,) * 4, init="normal", weight_variance=1.0, bias_variance=1.0))
    numbers = np.concatenate([part.ravel() for layer in base for part in layer])
    assert len(np.unique(numbers)) == numbers.size  # none is used twice
    columns = [W[:, :2].ravel() for W, _ in base[:-1]] + [np.tile(b, 2) for _, b in base[:-1]]
    for one, two in itertools.combinations(columns, 2):
        # 200 pairs (100 of them twice for biases): |r| < 4/√100
        assert abs(np.corrcoef(one, two)[0, 1]) < 0.4


@pytest.mark.parametrize("init", SCALED)
def test_a_wider_network_keeps_its_first_units(init: str):
    narrow = Spec(hidden=(7, 5, 6), init=init, weight_variance=0.3)
    wide = narrow.but(hidden=(9, 12, 20))
    both = zip(
        weights(narrow), weights(wide), layer_shapes(narrow), layer_shapes(wide), strict=True
    )
    for (W, b), (V, c), small, large in both:
        m, n = W.shape
        scale = np.sqrt(weight_variance(wide, *large) / weight_variance(narrow, *small))
        np.testing.assert_allclose(V[:m, :n], scale * W, rtol=1e-14)
        np.testing.assert_array_equal(c[:m], b)


@pytest.mark.parametrize("init", [*SCALED, "xavier", "pytorch"])
def test_a_deeper_network_keeps_its_first_layers(init: str):
    shallow = Spec(width=10, depth=3, init=init)
    deep = shallow.but(depth=6)
    one, two = weights(shallow), weights(deep)
    for (W, b), (V, c) in zip(one[:-1], two, strict=False):
        np.testing.assert_array_equal(V, W)
        np.testing.assert_array_equal(c, b)
    if init in SCALED or init == "pytorch":  # the old last layer's rows are the new one's first
        np.testing.assert_array_equal(two[2][0][:2], one[2][0])
        np.testing.assert_array_equal(two[2][1][:2], one[2][1])


@pytest.mark.parametrize("init", [*SCALED, "pytorch"])
def test_more_classes_keep_the_rows_of_the_others(init: str):
    two, five = (weights(Spec(dataset="blobs", classes=k, init=init)) for k in (2, 5))
    for (W, b), (V, c) in zip(two, five, strict=True):
        np.testing.assert_array_equal(V[: len(W)], W)
        np.testing.assert_array_equal(c[: len(b)], b)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 32),
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.tuples(st.integers(0, 20), st.integers(0, 20)),
)
@settings(max_examples=50)
def test_an_entry_of_z_does_not_depend_on_the_shape_asked_for(
    seed: int, layer: int, shape: tuple[int, int], more: tuple[int, int]
):
    small = standard_normals(seed, layer, *shape)
    large = standard_normals(seed, layer, shape[0] + more[0], shape[1] + more[1])
    np.testing.assert_array_equal(large[: shape[0], : shape[1]], small)
    assert len(np.unique(large)) == large.size  # no number of the stream is used twice
    assert not large.flags.writeable


def test_z_is_standard_normal_in_every_part():
    Z = standard_normals(0, 1, 256, 256)
    for part in (Z, Z[:64, :64], Z[200:], Z[:, 200:], np.triu(Z, 1)[np.triu_indices(256, 1)]):
        n = part.size
        assert abs(part.mean()) < 4 / np.sqrt(n)
        assert abs(part.var() - 1) < 4 * np.sqrt(2 / n)
        assert abs((np.abs(part) < 0.6744898).mean() - 0.5) < 2 / np.sqrt(n)


# What each scheme promises beyond its variance.


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_orthogonal_has_exact_singular_values(activation: str):
    gain = {"relu": np.sqrt(2), "leaky_relu": torch.nn.init.calculate_gain("leaky_relu", 0.01)}.get(
        activation, 1.0
    )
    for W, _ in weights(UNEQUAL.but(init="orthogonal", activation=activation)):
        np.testing.assert_allclose(np.linalg.svd(W, compute_uv=False), gain, rtol=1e-12)


def test_a_product_of_orthogonal_layers_keeps_every_length():
    # Saxe et al. 2014; Gaussian matrices of variance 1/n reach from 1e-13 to 5 here.
    product = np.eye(50)
    for init, least, most in (("orthogonal", 1 - 1e-12, 1 + 1e-12), ("lecun", 0.0, 1e-6)):
        spec = Spec(hidden=(50,) * 12, init=init, activation="identity")
        product = np.linalg.multi_dot([W for W, _ in reversed(weights(spec)[1:-1])])
        smallest = np.linalg.svd(product, compute_uv=False)[-1]
        assert least <= smallest <= most


def test_orthogonal_matrices_have_no_preferred_direction():
    # Uniform on the orthogonal group: E[Q_ij] = 0; without the sign rule LAPACK's Q has a
    # diagonal that is never positive. 200 seeds, deviation of one mean √(1/3)/√200 = 0.04.
    mean = np.mean(
        [weights(Spec(hidden=(3, 3), init="orthogonal", seed=k))[1][0] for k in range(200)], axis=0
    )
    assert np.abs(mean / np.sqrt(2)).max() < 4 * 0.041


def test_pytorch_is_the_default_of_its_linear_layer():
    # Same bounds ±1/√fan_in, both reached and never passed, and uniform in between.
    for W, b in weights(UNEQUAL.but(init="pytorch", bias="zero")):
        bound = 1 / np.sqrt(W.shape[1])
        layer = torch.nn.Linear(W.shape[1], W.shape[0])
        assert float(layer.weight.detach().abs().max()) <= bound + 1e-6
        assert np.abs(W).max() <= bound
        assert np.abs(b).max() <= bound
        if W.size > 1000:
            assert np.abs(W).max() > 0.99 * bound
            share = (np.abs(W) < bound / 2).mean()
            assert share == pytest.approx(0.5, abs=2 / np.sqrt(W.size))


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("bias", [0.0, 0.25, 0.5])
def test_lsuv_brings_every_layer_to_variance_one_on_the_data(activation: str, bias: float):
    spec = UNEQUAL.but(init="lsuv", activation=activation, bias_variance=bias)
    data = make_data(spec)
    h = data.train_x
    for W, b in initial_weights(spec, data):
        y = h @ W.T + b
        assert abs(y.var() - 1.0) < LSUV_TOLERANCE
        values = np.linalg.svd(W, compute_uv=False)
        np.testing.assert_allclose(values, values[0], rtol=1e-12)  # still a scaled orthonormal
        h = activate(y, activation)


@pytest.mark.parametrize("seed", [26, 38, 58])
def test_lsuv_does_not_magnify_rounding_errors_behind_dead_units(seed: int):
    # Found by chance: with these seeds all units of a layer are dead on all points.
    hidden = {26: (2, 3, 1, 2, 1, 2, 3, 1, 1, 2), 38: (1, 3, 2, 2, 2, 1, 1, 2, 1, 1)}
    shape = hidden.get(seed, (1, 3, 2, 2, 2, 3, 1, 3, 1, 1))
    spec = Spec(init="lsuv", hidden=shape, samples=50, noise=1.0, seed=seed)
    for W, _ in initial_weights(spec, make_data(spec)):
        assert np.abs(W).max() < 1e6


def test_lsuv_stays_within_float32_where_nearly_nothing_arrives():
    h = np.array([[0.0], [1e-150]])
    W = unit_variance(np.ones((1, 1)), np.zeros(1), h)
    assert np.isfinite(W.astype(np.float32)).all()


def test_lsuv_keeps_its_weights_where_the_biases_alone_are_too_large():
    spec = UNEQUAL.but(init="lsuv", bias_variance=50.0)
    data = make_data(spec)
    h = data.train_x
    for W, b in initial_weights(spec, data):
        assert abs((h @ W.T).var() - 1.0) < LSUV_TOLERANCE
        h = activate(h @ W.T + b, "relu")


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_are_torchs(activation: str):
    y = np.array([-2.0, -0.0, 0.0, 0.5, 3.0])
    theirs = TORCH[activation]
    np.testing.assert_allclose(activate(y, activation), theirs(torch.tensor(y)).numpy(), rtol=1e-15)


def test_identity_theory_holds_on_standardised_data():
    # Var(y_l) = n v Var(y_{l-1}) with E|x|² = 2 at the start: N(0, 1/n) keeps the mean square at 1.
    spec = Spec(hidden=(100,) * 3, init="lecun", activation="identity", bias="zero")
    data = make_data(spec)
    squares = np.zeros(3)
    for seed in range(60):
        h = data.train_x
        for layer, (W, b) in enumerate(initial_weights(spec.but(seed=seed), data)[:3]):
            h = h @ W.T + b
            squares[layer] += np.mean(h**2) / 60
    # One network: E[M²]/E[M]² − 1 ≈ Σ 2/n_k = 6 % (Trap 3), so 60 of them are right to 3.2 %.
    np.testing.assert_allclose(squares, 1.0, atol=4 * 0.032)
