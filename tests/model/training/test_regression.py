"""Regression: one output, squared loss, R²; held to autograd and to cases done by hand."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.moments import measure
from cellscope.model.regression import r_squared
from cellscope.model.spec import DATASETS, Spec
from cellscope.model.training.learner import Learner, layer_blocks, with_ones
from cellscope.model.training.live import LiveNetwork
from cellscope.model.training.run import train

PLANE = Spec(task="regression", dataset="plane", width=6, depth=3, samples=80, batch_size=20)


def learner_of(spec: Spec) -> Learner:
    data = make_data(spec)
    return Learner(spec, initial_weights(spec, data), data)


def torch_net(learner: Learner, spec: Spec) -> list[torch.Tensor]:
    return [b.clone().double().requires_grad_() for b in layer_blocks(learner.theta, spec.sizes)]


def output_of(blocks: list[torch.Tensor], x: torch.Tensor) -> torch.Tensor:
    h = x
    for k, block in enumerate(blocks):
        h = h @ block[:, :-1].T + block[:, -1]
        h = torch.relu(h) if k < len(blocks) - 1 else h
    return h[:, 0]


def test_a_regression_has_one_output_whatever_the_classes():
    assert Spec(task="regression", dataset="rings", classes=5).sizes[-1] == 1
    assert Spec(task="classes", dataset="rings", classes=5).sizes[-1] == 5


@pytest.mark.parametrize("dataset", DATASETS)
def test_targets_are_real_numbers_about_minus_one_to_one(dataset: str):
    data = make_data(Spec(task="regression", dataset=dataset, samples=400))
    assert data.train_y.dtype == np.float64
    low, high = data.reach
    assert -1.25 < low < -0.5
    assert 0.5 < high < 1.25


def test_a_plane_is_a_plane():
    data = make_data(PLANE.but(noise=0.0))
    design = np.column_stack([data.train_x, np.ones(len(data.train_x))])
    _, residual, *_ = np.linalg.lstsq(design, data.train_y)
    assert residual[0] < 1e-20


def test_a_step_is_that_of_autograd_on_the_squared_error():
    learner, data = learner_of(PLANE), make_data(PLANE)
    blocks = torch_net(learner, PLANE)
    order = np.random.default_rng([PLANE.seed, 0, 2]).permutation(len(data.train_x))[:20]
    x, t = torch.tensor(data.train_x[order]), torch.tensor(data.train_y[order])
    ((output_of(blocks, x) - t) ** 2).mean().backward()
    with torch.inference_mode():
        assert learner.step()
    for block, mine in zip(blocks, layer_blocks(learner.theta, PLANE.sizes), strict=True):
        assert block.grad is not None
        expected = block.detach() - PLANE.learning_rate * block.grad
        np.testing.assert_allclose(mine, expected, rtol=1e-4, atol=1e-6)


def test_measured_gradients_are_those_of_autograd():
    learner, data = learner_of(PLANE), make_data(PLANE)
    blocks = torch_net(learner, PLANE)
    error = output_of(blocks, torch.tensor(data.train_x)) - torch.tensor(data.train_y)
    loss = (error**2).mean()
    loss.backward()
    weights = [
        (b[:, :-1].numpy(), b[:, -1].numpy()) for b in layer_blocks(learner.theta, (2, 6, 6, 1))
    ]
    seen = measure(weights, "relu", data.train_x, data.train_y)
    assert math.isclose(seen.loss, loss.item(), rel_tol=1e-9)
    norm = math.sqrt(sum(float((b.grad**2).sum()) for b in blocks if b.grad is not None))
    assert seen.gradient_norm is not None
    assert math.isclose(seen.gradient_norm, norm, rel_tol=1e-9)
    assert seen.saturated_share is None
    assert math.isclose(seen.accuracy, 1 - loss.item() / data.train_y.var(), rel_tol=1e-9)


def test_r_squared_is_1_for_the_targets_0_for_their_mean_and_nothing_for_equal_ones():
    t = np.array([1.0, 2.0, 6.0])
    assert r_squared(0.0, t) == 1.0
    assert r_squared(float(((t - 3.0) ** 2).mean()), t) == 0.0
    assert r_squared(100.0, t) < 0.0
    assert math.isnan(r_squared(0.0, np.ones(3)))


def test_a_plane_is_learnt():
    result = train(PLANE.but(samples=400, learning_rate=0.05), 1000)
    assert result["status"] == "finished"
    assert result["train_accuracy"] is result["test_accuracy"] is None
    assert 0.98 < result["test_r2"] <= 1.0
    classes = train(Spec(samples=80), 10)
    assert classes["train_r2"] is classes["test_r2"] is None


def test_a_rate_that_is_too_large_diverges():
    result = train(PLANE.but(init="normal", depth=8, learning_rate=10.0), 200)
    assert result["status"] == "diverged"
    assert result["train_r2"] is None


def test_the_scores_of_a_run_are_mean_squared_error_and_r_squared():
    network, data = LiveNetwork(PLANE), make_data(PLANE)
    weights: Any = network.snapshot(version=0, run=0, status="paused", rate=0.0, error=None).weights
    seen = measure(weights, "relu", data.test_x, data.test_y, backward=False)
    score = network.history.points[0]
    assert math.isclose(score.test_loss, seen.loss, rel_tol=1e-5)
    assert math.isclose(score.test_accuracy, seen.accuracy, rel_tol=1e-4)


def test_full_batches_see_every_point():
    spec = PLANE.but(batch_size=1000)
    learner, data = learner_of(spec), make_data(spec)
    with torch.inference_mode():
        before = learner.evaluate(with_ones(data.train_x), torch.tensor(data.train_y))[0]
        for _ in range(20):
            learner.step()
        after = learner.evaluate(with_ones(data.train_x), torch.tensor(data.train_y))[0]
    assert after < before
