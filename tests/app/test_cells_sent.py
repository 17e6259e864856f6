"""Cells pass from one process to another, as a pool's workers have to hand them over."""

import copy
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import cellscope


class Maximum(nn.Module):
    """Joins two branches, which pickle alone does not know how to send."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two, self.out = nn.Linear(2, 5), nn.Linear(2, 5), nn.Linear(5, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(torch.maximum(self.one(x), self.two(x).clamp(-1, 1)) / 2)


def plain() -> nn.Module:
    return nn.Sequential(
        nn.Linear(2, 9), nn.ReLU(), nn.Linear(9, 6), nn.LeakyReLU(), nn.Linear(6, 2)
    )


def convolutional() -> nn.Module:
    parts = nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU6(), nn.MaxPool2d(2), nn.Flatten()
    return nn.Sequential(*parts, nn.Linear(12, 2))


def smooth() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 2))


def cells_of(network: nn.Module) -> cellscope.Cells:
    torch.manual_seed(4)
    for parameter in network.parameters():
        nn.init.normal_(parameter)
    if isinstance(network, nn.Sequential) and isinstance(network[0], nn.Conv2d):
        plane, _ = cellscope.plane_through(*torch.randn(3, 1, 6, 6))
        return cellscope.cells(network, plane=plane, data=torch.randn(7, 1, 6, 6))
    return cellscope.cells(network, points=[[0.0, 1.0], [2.0, -3.0]])


@pytest.mark.parametrize("network", [plain, convolutional, Maximum, smooth])
def test_they_arrive_as_they_were(network: type[nn.Module]) -> None:
    sent = cells_of(network())
    for arrived in (pickle.loads(pickle.dumps(sent)), copy.deepcopy(sent)):
        assert repr(arrived) == repr(sent)
        assert (arrived.exact, arrived.layers, arrived.window) == (
            sent.exact,
            sent.layers,
            sent.window,
        )
        assert arrived.filled == sent.filled
        assert np.array_equal(arrived.ids(41, 31), sent.ids(41, 31))
        assert arrived.plot() == sent.plot()
        if sent.exact:
            for mine, theirs in zip(arrived.affine(0.3, -0.2), sent.affine(0.3, -0.2), strict=True):
                assert np.array_equal(mine, theirs)


def test_another_process_takes_them_up() -> None:
    sent, root = cells_of(Maximum()), Path(__file__).parents[2]
    command = [sys.executable, "-c", "import pickle, sys; print(pickle.load(sys.stdin.buffer))"]
    heard = subprocess.run(
        command, input=pickle.dumps(sent), capture_output=True, check=True, cwd=root
    )
    assert heard.stdout.decode().strip() == repr(sent)
