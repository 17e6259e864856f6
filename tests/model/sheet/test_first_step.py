"""What the first step does: everything is finite before it, and nothing like the weights after."""

import math

import numpy as np
import torch

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.moments import measure
from cellscope.model.sheet.draws import below_line, next_draws
from cellscope.model.sheet.first_step import first_step
from cellscope.model.spec import Spec
from cellscope.model.training.batches import epoch_order
from cellscope.model.training.run import train

N01 = Spec(width=16, depth=11, bias="zero", bias_variance=0.0, init="normal")


def test_eleven_layers_are_finite_at_first_and_destroyed_by_one_step():
    found = first_step(N01)
    assert found.finite
    assert 1e4 < found.max_logit < 1e6
    assert 1e3 < found.loss < 1e5
    assert found.gradient_norm > 1e4
    assert found.rms_after > 20.0 * found.rms_before
    assert found.diverged == train(N01, 400)["diverged_step"] == 2
    assert found.parameters_finite  # it is their logits that are not
    assert found.rms_end > 1e6


def test_the_step_follows_the_first_batch_and_weights_are_counted_without_biases():
    data = make_data(N01)
    weights = initial_weights(N01, data)
    rows = epoch_order(N01.seed, 0, len(data.train_x))[: N01.batch_size]
    W = [torch.tensor(w, dtype=torch.float32, requires_grad=True) for w, _ in weights]
    h = torch.tensor(data.train_x[rows], dtype=torch.float32)
    for k, w in enumerate(W):
        y = h @ w.T  # the biases are zero
        h = torch.relu(y) if k < len(W) - 1 else y
    torch.nn.functional.cross_entropy(h, torch.tensor(data.train_y[rows])).backward()
    after = [w.detach() - 0.1 * torch.as_tensor(w.grad) for w in W]
    flat = torch.cat([w.flatten() for w in after]).double()
    found = first_step(N01)
    assert math.isclose(found.rms_after, float(flat.square().mean().sqrt()), rel_tol=1e-3)
    plain = np.concatenate([w.ravel() for w, _ in weights])
    assert math.isclose(found.rms_before, math.sqrt((plain**2).mean()), rel_tol=1e-6)


def test_under_he_the_step_is_small_and_the_run_goes_on():
    found = first_step(N01.but(init="he"))
    assert found.diverged is None
    assert found.rms_after < 1.01 * found.rms_before


def test_the_numbers_are_those_of_the_network_at_step_0():
    data = make_data(N01)
    signal = measure(initial_weights(N01, data), "relu", data.train_x, data.train_y)
    found = first_step(N01)
    assert abs(found.loss / signal.loss - 1.0) < 1e-5  # the weights are float32 there
    assert abs(found.max_logit / signal.max_logit - 1.0) < 1e-5


def test_five_new_draws_are_those_of_the_next_five_seeds():
    spec = N01.but(depth=3)
    found = next_draws(spec, 3)
    assert [draw.seed for draw in found] == [1, 2, 3, 4, 5]
    assert found[1:] == next_draws(spec.but(seed=1), 3)[:-1]
    variances = [draw.variance for draw in found]
    assert max(variances) > 3.0 * min(variances)


def test_four_of_five_deep_networks_lie_below_the_line():
    found = below_line(N01.but(init="he"), 10, 2.0)
    assert 0.7 < found.share < 0.85
    assert 0.2 < found.median / 2.0 < 0.45
