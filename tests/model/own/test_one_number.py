"""Networks in which a sample is one number without an axis, as after `squeeze(-1)` or `x[:, 0]`."""

import json
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cellscope.model.counting.count import count
from cellscope.model.own.cells import show
from cellscope.model.own.files import json_text
from cellscope.model.own.moments import layer_moments


class OneNumber(nn.Module):
    """Two Linear, and what is made of them."""

    def __init__(self, whole: Callable[["OneNumber", Tensor], Tensor]) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.last, self.whole = nn.Linear(2, 4), nn.Linear(4, 1), whole

    def forward(self, x: Tensor) -> Tensor:
        return self.whole(self, x)


def in_place(net: OneNumber, x: Tensor) -> Tensor:
    y = net.first(x)
    y[:, 0].relu_()
    return net.last(y.abs())


# The same network with and without the axis of one unit.
FORMS: dict[str, tuple[Callable[[OneNumber, Tensor], Tensor], ...]] = {
    "the output squeezed": (
        lambda net, x: net.last(net.first(x).relu()).squeeze(-1),
        lambda net, x: net.last(net.first(x).relu()),
    ),
    "a unit bent alone": (
        lambda net, x: net.last(net.first(x)[:, 1].relu()[:, None].expand(-1, 4)),
        lambda net, x: net.last(net.first(x)[:, 1:2].relu().expand(-1, 4)),
    ),
    "a unit bent in place": (
        in_place,
        lambda net, x: net.last(
            torch.cat([net.first(x)[:, :1].relu(), net.first(x)[:, 1:]], 1).abs()
        ),
    ),
    "the larger of two": (
        lambda net, x: torch.maximum(net.first(x)[:, 0], net.first(x)[:, 1]),
        lambda net, x: torch.maximum(net.first(x)[:, :1], net.first(x)[:, 1:2]),
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_a_sample_of_one_number_has_the_cells_of_one_unit(form: str) -> None:
    module, twin = (OneNumber(whole) for whole in FORMS[form])
    layers = show(module).graph.layers
    for layer in range(1, layers + 1):
        found = show(module, layer=layer)
        assert found.result.counts == show(twin, layer=layer).result.counts
        maps = np.array(json.loads(json_text(found))["A"])
        assert maps.ndim == 3
    A, d = show(module).affine(0.3, -0.7)
    assert A.shape == (1, 2)
    assert d.shape == (1,)
    own = module.double()(torch.tensor([[0.3, -0.7]], dtype=torch.float64)).item()
    assert A[0] @ [0.3, -0.7] + d[0] == pytest.approx(own, abs=1e-9)
    X = np.random.default_rng(0).normal(size=(20, 2))
    assert layer_moments(module, X)[-1]["pre"] == layer_moments(twin, X)[-1]["pre"]
    total = count(module, window=(-5, 5, -5, 5), layer=layers)["linear_regions"]
    assert total == show(module, layer=layers).result.counts.linear_regions


def test_what_is_zero_but_for_its_last_bits_is_zero_at_points_too() -> None:
    """Two units less their mean sum to 0: what adds them has no fold, whatever is rounded."""
    first, last = (nn.Linear(2, 2, bias=False) for _ in range(2))
    first.weight = nn.Parameter(torch.tensor([[0.3, 0.7], [0.11, -0.9]]))
    last.weight = nn.Parameter(torch.tensor([[1.0, -1.5], [1.5, 1.5]]))
    net = nn.Sequential(first, nn.Hardtanh(), Centred(), last, nn.ReLU())
    points = np.random.default_rng(1).uniform(-1, 1, (500, 2))
    shown = show(net, window=(-1, 1, -1, 1), points=points)
    assert shown.result.counts.patterns == 2
    assert shown.filled is not None
    assert shown.filled["patterns"] == 2
    assert set(np.unique(shown.result.ids(40, 41))) == {0, 1}


class Centred(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x - x.mean(dim=1, keepdim=True)
