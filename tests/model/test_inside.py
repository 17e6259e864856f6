"""Histograms, gradients and ratios are those of the network, by another way."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from cellscope.model.datasets import make_data, seen_data
from cellscope.model.inside import BINS, histograms, weight_gradients
from cellscope.model.opened import Inputs, Opened
from cellscope.model.own.opening import spec_of
from cellscope.model.spec import Spec
from cellscope.model.training.lockstep import Lockstep

SPEC = Spec(hidden=(7, 6), samples=80, activation="tanh", batch_size=60, learning_rate=0.5)


def stepped(steps: int) -> Lockstep:
    with torch.inference_mode():
        lockstep = Lockstep((SPEC,))
        for _ in range(steps):
            lockstep.advance()
        return lockstep


def seen(lockstep: Lockstep):
    return lockstep.snapshot(version=1, run=0, status="paused", rate=0.0, error=None)


def test_gradients_are_those_of_autograd():
    snapshot, data = seen(stepped(3)), make_data(SPEC)
    layers = [[torch.tensor(v, dtype=torch.float64) for v in layer] for layer in snapshot.weights]
    for W, _ in layers:
        W.requires_grad_(True)
    h = torch.tensor(data.train_x)
    for k, (W, b) in enumerate(layers):
        h = h @ W.T + b
        h = torch.tanh(h) if k < len(layers) - 1 else h
    torch.nn.functional.cross_entropy(h, torch.tensor(data.train_y)).backward()
    for mine, (W, _) in zip(weight_gradients(snapshot, data), layers, strict=True):
        assert W.grad is not None
        np.testing.assert_allclose(mine, W.grad.numpy(), rtol=1e-9, atol=1e-14)


def test_a_histogram_holds_every_value_once_and_names_its_root_mean_square():
    snapshot, data = seen(stepped(0)), make_data(SPEC)
    for row, (W, _) in zip(histograms(snapshot, data, "weights"), snapshot.weights, strict=True):
        assert len(row.share) == BINS
        assert abs(row.share.sum() - 1.0) < 1e-12
        assert abs(row.rms - np.sqrt((W.astype(np.float64) ** 2).mean())) < 1e-9


def test_weights_of_more_inputs_are_the_networks_own_and_not_those_of_the_plane():
    rng = np.random.default_rng(0)
    layers = tuple(
        (rng.normal(size=(n, m)), np.ones(n)) for m, n in pairwise((5, 6, 2))
    )  # fmt: skip
    points = Inputs(rng.normal(size=(20, 5)), np.arange(20) % 2, "points.csv")
    spec = spec_of(Opened("net.npz", layers, "relu", points), Spec())
    assert spec.cut is not None
    with torch.inference_mode():
        snapshot = seen(Lockstep((spec,)))
    found = histograms(snapshot, seen_data(spec), "weights")
    assert [row.rms for row in found] == [
        pytest.approx(np.sqrt((W**2).mean()), rel=1e-9) for W, _ in layers
    ]


def test_the_ratio_of_an_sgd_step_is_the_rate_times_gradient_over_weights():
    before, after = seen(stepped(0)), seen(stepped(1))
    gradients = weight_gradients(before, make_data(SPEC))  # the batch is all training points
    (score,) = [score for score in after.history if score.step == 1]
    for ratio, gradient, (W, _) in zip(score.ratios, gradients, after.weights, strict=True):
        expected = SPEC.learning_rate * np.linalg.norm(gradient) / np.linalg.norm(W)
        assert abs(ratio / expected - 1.0) < 1e-3
