"""What a program has set for itself neither changes what is found nor is changed."""

from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import nn

from cellscope.app.own.cells import cells
from cellscope.app.own.watch import watch
from cellscope.model.counting.count import count
from cellscope.model.own.moments import layer_moments


@pytest.fixture
def elsewhere() -> Iterator[None]:
    """A program whose tensors are made on another device, as on a GPU."""
    torch.set_default_device("meta")
    yield
    torch.set_default_device(None)


class Made(nn.Module):
    """Its `forward` makes tensors, on the default device."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.inner(x) + torch.arange(3)


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("curve", [nn.ReLU, nn.Tanh])
def test_the_default_device_is_the_programs_own(curve: type[nn.Module]) -> None:
    with torch.device("cpu"):
        torch.manual_seed(0)
        module = Made()
        module.inner[1] = curve()
        X = np.random.default_rng(0).normal(size=(9, 2))
        seen, rows = cells(module, layer=1, data=X), layer_moments(module, X)
        ids = seen.ids(31, 31)
        maps = seen.affine(0.5, 0.25) if seen.exact else ()
    there = cells(module, layer=1, data=X)
    assert repr(there) == repr(seen)
    assert np.array_equal(there.ids(31, 31), ids)
    assert layer_moments(module, X) == rows
    if there.exact:
        assert all(map(np.array_equal, there.affine(0.5, 0.25), maps))
        assert count(module, window=there.window)["linear_regions"] == there.linear_regions
    with watch(module, X) as live:
        live.step(torch.tensor(0.5, device="cpu"))
    assert torch.empty(1).device.type == "meta"
