"""Networks that break geometry codes, each a function of a seed: (weights, window)."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np

from cellscope.model.cells.exact.origin import Window
from cellscope.model.cells.grid.patterns import Float

Net = list[tuple[Float, Float]]
Example = tuple[Net, Window]
Family = Callable[[int], Example]

WINDOW: Window = (-5.0, 5.0, -5.0, 5.0)


def random_net(
    hidden: Sequence[int], seed: int, *, gain: float = 2.0, bias: float = 0.5, outputs: int = 2
) -> Net:
    """He initialised: Var W = gain / fan-in, N(0, bias²) biases."""
    rng = np.random.default_rng(seed)
    sizes = [2, *hidden, outputs]
    return [
        (rng.normal(0, np.sqrt(gain / n), (m, n)), rng.normal(0, bias, m))
        for n, m in itertools.pairwise(sizes)
    ]


def general_position(seed: int) -> Example:
    return random_net((7, 5), seed), WINDOW


def deep_and_narrow(seed: int) -> Example:
    return random_net((4, 5, 4, 3, 4), seed), WINDOW


def parallel_lines(seed: int) -> Example:
    rng = np.random.default_rng(seed)
    direction = rng.integers(-3, 4, 2) + np.array([0.5, 0.0])
    W = np.outer(rng.integers(1, 4, 6), direction).astype(np.float64)
    return [
        (W.astype(np.float64), rng.integers(-9, 10, 6) / 2),
        *random_net((6, 5), seed)[1:],
    ], WINDOW


def pencil(seed: int) -> Example:
    """All lines through one point that no float in the net represents: (1/3, 2/3)."""
    rng = np.random.default_rng(seed)
    W = rng.integers(-5, 6, (9, 2)).astype(float)
    W[:, 0] += 3 * rng.integers(-1, 2, 9) - (W[:, 0] + 2 * W[:, 1]) % 3
    return [(W, -(W[:, 0] + 2 * W[:, 1]) / 3), *random_net((9, 4), seed)[1:]], WINDOW


def duplicated_units(seed: int) -> Example:
    rng = np.random.default_rng(seed)
    (W, b), *rest = random_net((8, 6), seed)
    W, b = np.round(W * 1024) / 1024, np.round(b * 1024) / 1024  # so that 3 W is exact
    factor = np.array([1.0, 1.0, 3.0, -1.0, -0.5, 2.0**-13])
    source = rng.integers(0, 2, 6)
    W[2:], b[2:] = W[source] * factor[:, None], b[source] * factor
    return [(W, b), *rest], WINDOW


def lines_on_the_border(seed: int) -> Example:
    sign = float(seed % 2 * 2 - 1)
    W = sign * np.array([[1.0, 0], [1, 0], [0, 1], [0, -1], [1, 1], [1, -1], [2, 1]])
    b = sign * np.array([5.0, -5, 5, 5, 0, 0, -5])
    return [(W, b), *random_net((7, 5), seed)[1:]], WINDOW


def dead_layer(seed: int) -> Example:
    weights = random_net((5, 4, 4), seed)
    weights[1] = (-np.abs(weights[1][0]), -np.abs(weights[1][1]))
    return weights, WINDOW


def zero_rows(seed: int) -> Example:
    weights = random_net((6, 5), seed)
    weights[0][0][:2] = 0
    weights[0][1][1] = 0
    weights[1][0][3] = 0
    return weights, WINDOW


def zero_on_an_open_set(seed: int) -> Example:
    """Layer 2 has no biases and non-negative inputs: 0 exactly where its inputs are dead."""
    weights = random_net((4, 6, 4), seed)
    for W, b in weights[1:]:
        b[:] = 0
        W[: len(W) // 2] = np.abs(W[: len(W) // 2])
    return weights, WINDOW


def zero_bias(seed: int) -> Example:
    return random_net((6, 6, 6, 6), seed, bias=0.0), (-5.0, 5.0, -5.0, 5.0)


def zero_bias_off_centre(seed: int) -> Example:
    return random_net((5, 5, 5), seed, bias=0.0), (-1.0, 7.0, -3.0, 2.5)


def small_integers(seed: int) -> Example:
    """Weights in −2 … 2 and half-integer biases: many lines through one point, at every depth."""
    rng = np.random.default_rng(seed)
    sizes = (2, 6, 5, 4, 2)
    return [
        (rng.integers(-2, 3, (m, n)).astype(float), rng.integers(-4, 5, m) / 2)
        for n, m in itertools.pairwise(sizes)
    ], WINDOW


def axis_parallel(seed: int) -> Example:
    """A grid of lines on whole numbers, folded again by the next layers."""
    rng = np.random.default_rng(seed)
    W = np.array([[1.0, 0], [1, 0], [-1, 0], [0, 1], [0, 1], [0, -1]])
    first = (W, rng.integers(-4, 5, 6).astype(float))
    return [first, *small_integers(seed)[0][1:]], WINDOW


def huge_weights(seed: int) -> Example:
    return [(1e4 * W, 1e4 * b) for W, b in random_net((5, 5, 5), seed)], WINDOW


def tiny_weights(seed: int) -> Example:
    return [(1e-4 * W, 1e-4 * b) for W, b in random_net((5, 5, 5), seed)], WINDOW


def mixed_scales(seed: int) -> Example:
    weights = random_net((5, 5, 5), seed)
    return [(W * f, b * f) for (W, b), f in zip(weights, (1e4, 1e-4, 1e4, 1), strict=True)], WINDOW


FAMILIES = (
    general_position, deep_and_narrow, parallel_lines, pencil, duplicated_units,
    lines_on_the_border, dead_layer, zero_rows, zero_on_an_open_set, zero_bias,
    zero_bias_off_centre, small_integers, axis_parallel, huge_weights, tiny_weights, mixed_scales,
)  # fmt: skip


def name_of(family: Family) -> str:
    """A family's name, for the ids of tests."""
    return family.__name__


def sawtooth(depth: int) -> Example:
    """Each layer folds [0, 1] in two (Telgarsky 2015, arXiv:1509.08101): t ↦ 2t, 2 − 2t."""
    first = (np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([0.0, -0.5]))
    fold = (np.array([[2.0, -4.0], [2.0, -4.0]]), np.array([0.0, -0.5]))
    return [first, *[fold] * (depth - 1)], (0.0, 1.0, 0.0, 1.0)


def folding(depth: int) -> Example:
    """|x| − 1/2, then |·| − 1/4, … in both coordinates (Montúfar et al. 2014, arXiv:1402.1869)."""
    layers = [(np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]]), np.zeros(4))]
    for level in range(1, depth):
        W = np.array([[1.0, 1, 0, 0], [-1, -1, 0, 0], [0, 0, 1, 1], [0, 0, -1, -1]])
        shift = 0.5**level
        layers.append((W, np.array([-shift, shift, -shift, shift])))
    return layers, (-1.0, 1.0, -1.0, 1.0)
