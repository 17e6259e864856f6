"""Moments of steps that take two tensors are those of the tensors, not of how the cells are cut."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cellscope.model.own.moments import layer_moments


class Larger(nn.Module):
    def __init__(self, name: str) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.name = name
        self.first, self.last = nn.Linear(2, 8).double(), nn.Linear(4, 3).double()
        self.kept: list[Tensor] = []

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.first(x).chunk(2, 1)
        h = getattr(torch, self.name)(a, b)
        self.kept = [a, b, h]
        return self.last(h)


@pytest.mark.parametrize("name", ["maximum", "minimum", "max", "min"])
def test_the_output_of_maximum_and_minimum_is_what_they_give(name: str):
    module = Larger(name)
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 2)), rng.integers(0, 3, 40)
    row = layer_moments(module, x, y)[0]
    out = module(torch.from_numpy(x))
    a, b, h = module.kept
    loss = F.cross_entropy(out, torch.from_numpy(y), reduction="sum")
    deltas = torch.autograd.grad(loss, [a, b])
    for part, values in (("pre", torch.cat([a, b], 1)), ("post", h)):
        assert row[part]["mean"] == pytest.approx(float(values.detach().mean()), abs=1e-12)
        assert row[part]["mean_square"] == pytest.approx(float((values.detach() ** 2).mean()))
    expected = float((torch.cat(deltas, 1) ** 2).mean())
    assert row["delta_mean_square"] == pytest.approx(expected)
    assert (row["fan_in"], row["dead_share"], row["weight_gradient_mean_square"]) == (None,) * 3
