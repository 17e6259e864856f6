"""Which engine cuts: plain networks as such, wide layers and large complexes in blocks."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from cellscope.model.own.cells import show
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.cutter import WIDEST, Cutter
from cellscope.model.own.evaluation import Evaluator
from cellscope.model.own.plane import identity_plane

WINDOW = (-5.0, 5.0, -5.0, 5.0)


def cutter(width: int) -> Cutter:
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(2, width), nn.ReLU(), nn.Linear(width, 12), nn.ReLU())
    read = ReadNetwork(module, (2,))
    return Cutter(Evaluator(read.graph, identity_plane(), WINDOW, 2), WINDOW)


def test_layers_of_thousands_of_units_are_kept_in_blocks() -> None:
    assert cutter(WIDEST).is_plain
    assert not cutter(WIDEST + 1).is_plain


def test_a_plain_network_with_more_faces_than_fit_is_cut_in_blocks() -> None:
    cuts = cutter(32)
    expected = cuts.cut((-5.0, 5.0, -5.0, 5.0))
    cuts.most = 20
    found = cuts.cut((-5.0, 5.0, -5.0, 5.0))
    assert expected.slots is None
    assert found.slots is not None
    assert found.counts == expected.counts


def test_a_picture_convolved_has_the_cells_of_its_matrix() -> None:
    """Rows that cuts have added are interpolated behind each step: a matrix needs none of that."""
    torch.manual_seed(1)
    pool: Any = nn.MaxPool2d(2)
    conv = nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.ReLU(), pool, nn.Conv2d(3, 4, 2), nn.Hardtanh(-0.1, 0.1),
        nn.Flatten(), nn.Linear(16, 6), nn.LeakyReLU(0.2), nn.Linear(6, 3),
    ).double()  # fmt: skip
    rng = np.random.default_rng(0)
    plane = (rng.normal(size=(1, 8, 8)), rng.normal(size=(1, 8, 8)), rng.normal(size=(1, 8, 8)))
    shown = show(conv, plane=plane, window=(-3, 3, -3, 3), layer=4)
    result: Any = shown.result
    x, y = result.complex.centroids.T
    inputs = plane[0] + x[:, None, None, None] * plane[1] + y[:, None, None, None] * plane[2]
    with torch.no_grad():
        h1 = conv[0](torch.from_numpy(inputs))
        h3 = conv[3](conv[2](torch.relu(h1)))
        h4 = conv[6](conv[5](conv[4](h3)))
    assert (result.pieces(1) == (h1 > 0).flatten(1).numpy()).all()
    assert (result.pieces(3) == ((h3 > -0.1).int() + (h3 > 0.1).int()).flatten(1).numpy()).all()
    assert (result.pieces(4) == (h4 > 0).numpy()).all()
    assert result.counts.linear_regions == len(result.complex.start)
    areas = result.complex.areas
    assert areas.sum() == pytest.approx(36.0)
