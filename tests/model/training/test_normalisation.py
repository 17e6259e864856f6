"""Batch normalisation as it is shown: what its folding must not add."""

import numpy as np
import pytest
import torch

from cellscope.model.batch_norm import drawn_network, folded
from cellscope.model.cells.exact.complex import build
from cellscope.model.cells.exact.counts import Counts, count_cells
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from cellscope.model.training.learner import Learner, layer_blocks
from tests.model.cells.exact_reference import exact_counts

WINDOW = (-5.0, 5.0, -5.0, 5.0)


@pytest.mark.parametrize("dataset", ["moons", "circles"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_folds_of_layer_1_meet_in_one_point_at_the_start(dataset: str, seed: int):
    """Within rounding of one they make cells of 1e-16, which exact arithmetic counts."""
    spec = Spec(width=5, depth=3, seed=seed, batch_norm=True, dataset=dataset)
    data = make_data(spec)
    with torch.inference_mode():
        learner = Learner(spec, initial_weights(spec, data), data)
        blocks = layer_blocks(learner.shown(learner.theta), spec.sizes)
    of_page = [(block[:, :-1].double().numpy(), block[:, -1].double().numpy()) for block in blocks]
    of_sheet = [(np.asarray(W), np.asarray(b)) for W, b in drawn_network(spec, data)]
    for weights in (of_page, of_sheet):
        assert not weights[0][1].any()
        for layer in (1, 2):
            exact = exact_counts(weights, WINDOW, layer)
            found = count_cells(build(weights, WINDOW, layer=layer))
            assert found == Counts(layer, exact.patterns, exact.regions, exact.linear)
        assert count_cells(build(weights, WINDOW, layer=1)).linear_regions == 10


def test_points_that_are_not_centred_keep_their_mean():
    spec = Spec(width=5, depth=2, batch_norm=True)
    data = make_data(spec)
    x = data.train_x + np.array([3.0, 1e-6])
    weights = initial_weights(spec, data)
    W, b = folded(weights, [np.ones(5)], [np.full(5, 0.25)], x, spec.activations)[0]
    assert np.allclose((x @ W.T + b).mean(axis=0), 0.25, rtol=0, atol=1e-14)
