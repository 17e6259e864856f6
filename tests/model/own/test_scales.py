"""Cells do not depend on the scale of a unit's row, nor on that of x and y: both engines."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cellscope.model.cells.count.breakpoints import breakpoints
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.counts import count_cells
from cellscope.model.cells.exact.origin import Window
from cellscope.model.own.cells import show
from tests.model.cells.exact_reference import exact_counts

Net = list[tuple[np.ndarray, np.ndarray]]
WINDOW = (-5.0, 5.0, -5.0, 5.0)
SCALES = [2.0**20, 2.0**40, 2.0**100]


def network(seed: int) -> Net:
    rng = np.random.default_rng(seed)
    sizes = (2, 5, 5, 3)
    return [(rng.normal(size=(o, i)), rng.normal(size=o)) for i, o in pairwise(sizes)]


def rescaled(weights: Net, scale: float) -> Net:
    """The same function: every other unit times `scale`, and the next layer makes up for it."""
    before, out = np.ones(2), Net()
    for number, (W, b) in enumerate(weights):
        after = np.ones(len(b))
        after[number % 2 :: 2] = scale if number < len(weights) - 1 else 1.0
        out.append((W * after[:, None] / before, b * after))
        before = after
    return out


def module_of(weights: Net) -> nn.Module:
    """Ends with a step that bends nowhere near, so that the engine of graphs takes it."""
    parts = list[nn.Module]()
    for W, b in weights:
        linear = nn.Linear(W.shape[1], W.shape[0]).double()
        linear.weight.data, linear.bias.data = torch.from_numpy(W), torch.from_numpy(b)
        parts += [linear, nn.ReLU()]
    return nn.Sequential(*parts[:-1], nn.Hardtanh(-1e300, 1e300))


def by_plain(weights: Net, window: Window = WINDOW) -> tuple[int, int, int]:
    counts = count_cells(build(weights, window, layer=3))
    return counts.patterns, counts.regions, counts.linear_regions


def by_graph(module: nn.Module, **options: object) -> tuple[int, int, int]:
    found = show(module, layer=4, **options).result  # pyright: ignore[reportArgumentType]
    counts = found.counts
    return counts.patterns, counts.regions, counts.linear_regions


def by_fractions(weights: Net, window: Window = WINDOW) -> tuple[int, int, int]:
    counts = exact_counts(weights, window, 3)
    return counts.patterns, counts.regions, counts.linear


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("seed", range(4))
def test_units_of_one_layer_may_be_far_apart(seed: int, scale: float):
    weights = network(seed)
    exact, apart = by_fractions(weights), rescaled(weights, scale)
    assert by_plain(apart) == exact
    assert by_graph(module_of(apart)) == exact
    ends = (-5.0, -4.9), (4.8, 5.0)
    expected = breakpoints(weights, *ends, layer=3)
    assert np.allclose(breakpoints(apart, *ends, layer=3).t, expected.t, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_a_unit_that_is_dead_far_out_changes_nothing(seed: int):
    weights = network(seed)
    weights[seed % 2][1][1] = -1e12
    exact = by_fractions(weights)
    assert by_plain(weights) == by_graph(module_of(weights)) == exact


@pytest.mark.parametrize("ratio", [2.0**20, 2.0**60])
def test_x_and_y_may_be_far_apart(ratio: float):
    weights = network(0)
    exact = by_fractions(weights)
    window = -5 * ratio, 5 * ratio, -5 / ratio, 5 / ratio
    W, b = weights[0]
    seen = [(W / np.array([ratio, 1 / ratio]), b), *weights[1:]]
    assert by_plain(seen, window) == exact
    plane = np.zeros(2), np.array([1 / ratio, 0.0]), np.array([0.0, ratio])
    assert by_graph(module_of(weights), plane=plane, window=window) == exact


def test_in_a_small_window_only_its_own_numbers_count():
    """Kinks of 1 were terms of a window of 1e-11: what is thinner than 1e-4 of it was lost."""
    rng = np.random.default_rng(0)
    weights = network(0)
    W, b = weights[0]
    x, y = np.linalg.solve(W[:2], -b[:2])  # two folds of layer 1 meet here
    h = np.maximum(W @ [x, y] + b, 0.0)
    V = weights[1][0]
    near = -V @ h + rng.normal(size=5) * 1e-15  # … and those of layer 2 go past it
    weights[1] = V, near
    window = (x - 1e-11, x + 1e-11, y - 1e-11, y + 1.2e-11)
    exact = exact_counts(weights, window, 2)
    found = count_cells(build(weights, window, layer=2))
    assert (found.patterns, found.linear_regions) == (exact.patterns, exact.linear)


class Beside(nn.Module):
    """Two steps of different scale, joined, and of every second pair the larger."""

    def __init__(self, seed: int, scale: float, pooled: bool) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.scale, self.pooled = scale, pooled
        self.a, self.b = nn.Linear(2, 4).double(), nn.Linear(4, 4).double()
        self.c, self.d = nn.Linear(6 if pooled else 8, 4).double(), nn.Linear(4, 2).double()

    def forward(self, x: Tensor) -> Tensor:
        h = torch.relu(self.a(x))
        g = torch.relu(self.b(h) * self.scale)
        if self.pooled:
            g = nn.functional.max_pool1d(g[:, None], 2)[:, 0]
        return self.d(torch.relu(self.c(torch.cat([h, g / self.scale], 1))))


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_steps_that_are_joined_may_be_far_apart(seed: int, pooled: bool):
    plain = by_graph(Beside(seed, 1.0, pooled))
    assert [by_graph(Beside(seed, scale, pooled)) for scale in SCALES] == [plain] * len(SCALES)
