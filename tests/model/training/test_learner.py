"""The written-out step against torch's own: autograd and `torch.optim`."""

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cellscope.model.activations import ACTIVATIONS
from cellscope.model.datasets import Data, make_data
from cellscope.model.init import Weights, initial_weights
from cellscope.model.inputs import held_out_inputs, train_inputs
from cellscope.model.spec import OPTIMIZERS, Spec, SpecError
from cellscope.model.training.batches import batch_slice, epoch_order
from cellscope.model.training.learner import Learner, flatten, layer_blocks, with_ones
from tests import programs

# Unequal widths, three classes, a batch that does not divide the 150 training points.
SPEC = Spec(dataset="spirals", classes=3, samples=200, hidden=(9, 5, 12), batch_size=23, seed=4)


class Abs(nn.Module):
    def forward(self, y: Tensor) -> Tensor:
        return y.abs()


MODULES: dict[str, type[nn.Module]] = {
    name: getattr(nn, row.module, Abs) for name, row in ACTIVATIONS.items()
}
OPTIMIZER_CLASSES: dict[str, tuple[Any, dict[str, Any]]] = {
    "sgd": (torch.optim.SGD, {}),
    "momentum": (torch.optim.SGD, {}),
    "adam": (torch.optim.Adam, {}),
}


@pytest.fixture(autouse=True)
def _inference() -> Iterator[None]:
    with torch.inference_mode():
        yield


def learner_of(spec: Spec) -> Learner:
    data = make_data(spec)
    return Learner(spec, initial_weights(spec, data), data)


def run(spec: Spec, steps: int) -> Learner:
    learner = learner_of(spec)
    for _ in range(steps):
        assert learner.step()
    return learner


class Reference:
    """The same network as a student writes it: nn.Sequential, autograd, torch.optim."""

    def __init__(self, spec: Spec, data: Data, weights: Weights, dtype: torch.dtype) -> None:
        self.spec, self.dtype = spec, dtype
        self.x = torch.tensor(train_inputs(spec, data).astype(np.float32)).to(dtype)
        self.y = torch.tensor(data.train_y)
        layers: list[nn.Module] = []
        for W, b in weights:
            linear = nn.Linear(W.shape[1], W.shape[0], dtype=dtype)
            with torch.no_grad():  # the float32 values, whatever the dtype
                linear.weight.copy_(torch.tensor(W.astype(np.float32)))
                linear.bias.copy_(torch.tensor(b.astype(np.float32)))
            norm = [nn.BatchNorm1d(len(b), dtype=dtype)] if spec.batch_norm else []
            layers += [linear, *norm, MODULES[spec.activation]()]
        layers = layers[: -1 - spec.batch_norm]
        self.net = nn.Sequential(*layers)
        kind, options = OPTIMIZER_CLASSES[spec.optimizer]
        if spec.optimizer == "momentum":
            options = {"momentum": spec.momentum}
        self.matrices = [p for p in self.net.parameters() if p.dim() == 2]
        biases = [p for p in self.net.parameters() if p.dim() == 1]
        groups = [{"params": self.matrices, "weight_decay": spec.l2}, {"params": biases}]
        self.optimizer = kind(groups, lr=spec.learning_rate, **options)
        self.step_count = 0

    def gradients(self) -> list[Tensor]:
        """∂loss/∂[W | b] of the next batch, layer by layer."""
        epoch, rows = batch_slice(self.step_count, len(self.x), self.spec.batch_size)
        order = torch.from_numpy(epoch_order(self.spec.seed, epoch, len(self.x)))
        chosen = order[rows]
        self.optimizer.zero_grad()
        loss = nn.functional.cross_entropy(self.net(self.x[chosen]), self.y[chosen])
        if self.spec.l1:
            loss = loss + self.spec.l1 * sum(W.abs().sum() for W in self.matrices)
        loss.backward()
        of_linears = [p.grad for linear in self._linears() for p in linear.parameters()]
        return self._blocks([grad for grad in of_linears if grad is not None])

    def step(self) -> None:
        self.gradients()
        self.optimizer.step()
        self.step_count += 1

    def parameters(self) -> list[Tensor]:
        return self._blocks([p.detach() for one in self._linears() for p in one.parameters()])

    def norms(self) -> list[nn.BatchNorm1d]:
        return [layer for layer in self.net if isinstance(layer, nn.BatchNorm1d)]

    def _linears(self) -> list[nn.Linear]:
        return [layer for layer in self.net if isinstance(layer, nn.Linear)]

    def _blocks(self, flat: list[Tensor]) -> list[Tensor]:
        return [
            torch.cat([W, b[:, None]], dim=1) for W, b in zip(flat[::2], flat[1::2], strict=True)
        ]


def reference_of(spec: Spec, dtype: torch.dtype = torch.float32) -> Reference:
    data = make_data(spec)
    return Reference(spec, data, initial_weights(spec, data), dtype)


def distance(one: Tensor, two: Tensor) -> float:
    """Relative to the size of the second, over the whole block."""
    return float((one.double() - two.double()).norm() / two.double().norm())


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("batch_size", [1, 23, 10_000])
def test_gradients_are_autograds(activation: str, batch_size: int):
    spec = SPEC.but(activation=activation, batch_size=batch_size)
    learner = learner_of(spec)
    learner.step()
    with torch.inference_mode(False):
        single = reference_of(spec, torch.float32).gradients()
        double = reference_of(spec, torch.float64).gradients()
    blocks = layer_blocks(learner.grad, spec.sizes)
    for mine, theirs, exact in zip(blocks, single, double, strict=True):
        assert distance(mine, theirs) < 1e-6
        # One saturated sample loses digits in float32, autograd's as many.
        assert distance(mine, exact) < max(1e-6, 2 * distance(theirs, exact))


@pytest.mark.parametrize("init", ["he", "normal", "pytorch", "orthogonal", "lsuv", "zeros"])
def test_gradients_are_autograds_for_every_start(init: str):
    # zeros: every pre-activation is its bias; N(0, 1): a saturated softmax.
    spec = SPEC.but(init=init)
    learner = learner_of(spec)
    learner.step()
    with torch.inference_mode(False):
        expected = reference_of(spec, torch.float64).gradients()
    for mine, theirs in zip(layer_blocks(learner.grad, spec.sizes), expected, strict=True):
        assert (mine.double() - theirs).norm() <= 3e-6 * theirs.norm()


def test_a_unit_at_exactly_zero_passes_no_gradient():
    # Zero weights, zero biases: all pre-activations are 0, and a'(0) = 0 as in autograd.
    learner = run(SPEC.but(init="zeros", bias="zero"), 1)
    blocks = layer_blocks(learner.grad, SPEC.sizes)
    assert all(not block.any() for block in blocks[:-1])
    assert blocks[-1][:, -1].any()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", [name for name in ACTIVATIONS if name != "identity"])
def test_trajectories_are_those_of_torch_optim(optimizer: str, activation: str):
    # 30 steps are 5 passes over 150 points in batches of 23.
    spec = SPEC.but(optimizer=optimizer, activation=activation, learning_rate=0.02)
    learner = run(spec, 30)
    with torch.inference_mode(False):
        reference = reference_of(spec)
        start = reference.parameters()
        for _ in range(30):
            reference.step()
        end = reference.parameters()
    for mine, theirs, first in zip(
        layer_blocks(learner.theta, spec.sizes), end, start, strict=True
    ):
        # Both round in float32, in another order: compare with the way gone.
        way = (theirs - first).norm()
        assert way > 1e-3
        assert (mine - theirs).norm() < 1e-4 * way


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("changes", [{"momentum": 0.5}, {"l2": 0.05}, {"l1": 0.01}])
def test_momentum_and_penalties_are_those_of_torch(optimizer: str, changes: dict[str, float]):
    # L2 as torch's weight_decay of the weights alone, L1 as a term of the loss.
    spec = SPEC.but(optimizer=optimizer, learning_rate=0.02, **changes)
    learner = run(spec, 30)
    with torch.inference_mode(False):
        reference = reference_of(spec)
        start = reference.parameters()
        for _ in range(30):
            reference.step()
        end = reference.parameters()
    for mine, theirs, first in zip(
        layer_blocks(learner.theta, spec.sizes), end, start, strict=True
    ):
        assert (mine - theirs).norm() < 1e-4 * (theirs - first).norm()
    plain = run(SPEC.but(optimizer=optimizer, learning_rate=0.02), 30)
    acts = "momentum" not in changes or optimizer == "momentum"
    assert torch.equal(plain.theta, learner.theta) != acts


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("activation", ["relu", "tanh", "leaky_relu"])
@pytest.mark.parametrize("batch_size", [10, 23, 150])
def test_batch_normalisation_is_torchs_in_training(
    optimizer: str, activation: str, batch_size: int
):
    spec = SPEC.but(
        optimizer=optimizer,
        activation=activation,
        batch_size=batch_size,
        batch_norm=True,
        learning_rate=0.01,
        l2=0.01,
        features=("xy", "sinx"),
    )
    learner = run(spec, 20)
    with torch.inference_mode(False):
        reference = reference_of(spec, torch.float64)
        start = reference.parameters()
        for _ in range(20):
            reference.step()
        end = reference.parameters()
    blocks = layer_blocks(learner.theta, spec.sizes)
    for k, (mine, theirs, first) in enumerate(zip(blocks, end, start, strict=True)):
        last = k == len(blocks) - 1
        keep = slice(None) if last else slice(0, -1)  # biases before it change nothing
        way = (theirs - first)[:, keep].norm()
        assert (mine.double() - theirs)[:, keep].norm() < 5e-3 * way
        assert last or not mine[:, -1].any()
    norms = reference.norms()
    gamma = torch.cat([norm.weight.detach() for norm in norms])
    beta = torch.cat([norm.bias.detach() for norm in norms])
    behind = learner.theta[-2 * len(gamma) :].double()
    assert float((behind - torch.cat([gamma, beta])).norm()) < 2e-3
    # What is shown has the statistics of all training points, folded in.
    data = make_data(spec)
    reference.net.train()
    for norm in norms:
        norm.track_running_stats, norm.running_mean, norm.running_var = False, None, None
    with torch.inference_mode(False), torch.no_grad():
        logits = reference.net(reference.x).numpy()
    shown = learner.shown(learner.theta)
    plain = spec.but(batch_norm=False)
    alone = learner_of(plain)
    alone.theta.copy_(shown)
    h = train_inputs(spec, data)
    for k, block in enumerate(layer_blocks(shown, spec.sizes)):
        h = h @ block.numpy()[:, :-1].T + block.numpy()[:, -1]
        h = ACTIVATIONS[activation].value(h) if k < spec.layers - 1 else h
    assert np.abs(h - logits).max() < 5e-3 * max(1.0, np.abs(logits).max())
    x, classes = with_ones(held_out_inputs(spec, data)), torch.tensor(data.test_y)
    assert learner.evaluate(x, classes) == alone.evaluate(x, classes)


def test_a_batch_of_one_has_nothing_to_normalise_by():
    with pytest.raises(SpecError) as caught:
        SPEC.but(batch_norm=True, batch_size=1)
    assert (caught.value.field, caught.value.rule) == ("batch_size", "batch_norm")


@pytest.mark.parametrize("features", [("x2",), ("x2", "y2", "xy", "sinx", "siny")])
def test_features_are_further_inputs(features: tuple[str, ...]):
    spec = SPEC.but(features=features)
    learner = run(spec, 10)
    with torch.inference_mode(False):
        reference = reference_of(spec)
        for _ in range(10):
            reference.step()
        end = reference.parameters()
    assert end[0].shape == (9, 2 + len(features) + 1)
    for mine, theirs in zip(layer_blocks(learner.theta, spec.sizes), end, strict=True):
        assert distance(mine, theirs) < 1e-5


def test_penalties_moved_live_act_from_the_next_step_and_are_reproduced():
    learner = run(SPEC, 3)
    learner.take_live(SPEC.but(l2=0.5, momentum=0.3))
    before = learner.theta.clone()
    learner.step()
    weights = learner.grad - 0.5 * before
    assert not torch.equal(learner.theta, before)
    plain = run(SPEC, 4)
    for mine, other in zip(
        layer_blocks(weights, SPEC.sizes), layer_blocks(plain.grad, SPEC.sizes), strict=True
    ):
        torch.testing.assert_close(mine[:, :-1], other[:, :-1])
    assert learner.live == (0.1, 23, 0.0, 0.0, 0.5, None)  # momentum does not act in plain SGD


def test_a_learning_rate_moved_live_acts_from_the_next_step():
    learner = learner_of(SPEC)
    learner.step()
    before = learner.theta.clone()
    learner.learning_rate = 0.025
    learner.step()
    torch.testing.assert_close(learner.theta, before - 0.025 * learner.grad)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [7, 23, 150])
def test_a_learner_restarted_at_a_step_goes_on_identically(optimizer: str, batch_size: int):
    spec = SPEC.but(optimizer=optimizer, batch_size=batch_size, learning_rate=0.01)
    straight = run(spec, 40)
    first = run(spec, 17)
    other = run(spec, 5)  # somewhere else
    other.restart(first.theta, first.moments, first.step_count)
    for _ in range(23):
        other.step()
    assert other.step_count == straight.step_count == 40
    assert torch.equal(other.theta, straight.theta)
    assert all(torch.equal(a, b) for a, b in zip(other.moments, straight.moments, strict=True))


def test_the_batch_size_may_change_and_change_back():
    straight = run(SPEC, 12)
    learner = run(SPEC, 12)
    learner.set_batch_size(500)
    assert learner.batch_size == 150
    learner.finite()
    learner.set_batch_size(SPEC.batch_size)
    learner.step()
    straight.step()
    assert torch.equal(learner.theta, straight.theta)


def test_looking_at_a_learner_does_not_disturb_it():
    straight, watched = run(SPEC, 12), learner_of(SPEC)
    x, classes = with_ones(make_data(SPEC).test_x), torch.tensor(make_data(SPEC).test_y)
    for _ in range(12):
        watched.evaluate(x, classes)
        watched.finite()
        watched.first_nonfinite_layer()
        watched.step()
        watched.finite_parameters()
    assert torch.equal(straight.theta, watched.theta)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_scores_are_torchs(activation: str):
    spec = SPEC.but(activation=activation)
    learner = learner_of(spec)
    data = make_data(spec)
    with torch.inference_mode(False):
        net = reference_of(spec).net
    for x, y in ((data.train_x, data.train_y), (data.test_x, data.test_y)) * 2:
        loss, accuracy = learner.evaluate(with_ones(x), torch.tensor(y))
        logits = net(torch.tensor(x, dtype=torch.float32))
        expected = nn.functional.cross_entropy(logits, torch.tensor(y)).item()
        assert loss == pytest.approx(expected, rel=1e-5)
        assert accuracy == pytest.approx((logits.argmax(1).numpy() == y).mean())


def test_equal_specs_train_bitwise_equally():
    for optimizer in OPTIMIZERS:
        spec = SPEC.but(optimizer=optimizer)
        assert torch.equal(run(spec, 50).theta, run(spec, 50).theta)
        assert not torch.equal(run(spec, 50).theta, run(spec.but(seed=5), 50).theta)


@pytest.mark.slow
def test_equal_specs_train_bitwise_equally_in_another_process():
    spec = SPEC.but(optimizer="adam", init="lsuv", learning_rate=0.01)
    program = f"""
import sys, torch
from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from cellscope.model.training.learner import Learner
torch.set_num_threads(1)
spec = {spec!r}
data = make_data(spec)
with torch.inference_mode():
    learner = Learner(spec, initial_weights(spec, data), data)
    for _ in range(50):
        learner.step()
    sys.stdout.write(learner.theta.numpy().tobytes().hex())
"""
    there = programs.run(program)
    assert there.stdout == run(spec, 50).theta.numpy().tobytes().hex()


def test_training_learns_the_data():
    learner = run(Spec(hidden=(8, 8), batch_size=10), 2000)
    data = make_data(learner.spec)
    _, accuracy = learner.evaluate(with_ones(data.test_x), torch.tensor(data.test_y))
    assert accuracy > 0.95


# Divergence is a result.

ELEVEN = Spec(hidden=(16,) * 10, init="normal", bias="zero", learning_rate=0.1, batch_size=64)


def steps_until_divergence(spec: Spec) -> Learner:
    learner = learner_of(spec)
    for _ in itertools.takewhile(lambda _: learner.step(), range(100)):
        pass
    return learner


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_eleven_layers_of_standard_normals_diverge_at_step_two(seed: int):
    # SCIENCE: 3 of 3 seeds. The first update is huge, and the second one's logits overflow or
    # make it non-finite.
    learner = steps_until_divergence(ELEVEN.but(seed=seed))
    assert learner.step_count == 2
    layer = learner.first_nonfinite_layer()
    assert layer is not None
    # Independently, in float32 numpy on the same batch:
    assert layer == numpy_first_nonfinite_layer(learner)


def numpy_first_nonfinite_layer(learner: Learner) -> int | None:
    spec = learner.spec
    data = make_data(spec)
    epoch, rows = batch_slice(learner.step_count, len(data.train_x), spec.batch_size)
    h = data.train_x[epoch_order(spec.seed, epoch, len(data.train_x))[rows]].astype(np.float32)
    for layer, block in enumerate(layer_blocks(learner.theta, spec.sizes), start=1):
        W, b = block.numpy()[:, :-1], block.numpy()[:, -1]
        with np.errstate(all="ignore"):
            y = h @ W.T + b
        if not (np.isfinite(block.numpy()).all() and np.isfinite(y).all()):
            return layer
        h = np.maximum(y, 0)
    return None


def test_he_with_eleven_layers_does_not_diverge():
    learner = learner_of(ELEVEN.but(init="he"))
    assert all(learner.step() for _ in range(100))
    assert learner.finite()
    assert learner.first_nonfinite_layer() is None


def test_an_overflow_before_the_first_step_is_seen_before_it_is_taken():
    # s = 1e6 and 100 units multiply the deviation by 7000 a layer: 1e39 is passed at layer 10.
    spec = Spec(hidden=(100,) * 12, init="normal", weight_variance=1e6, bias="zero")
    learner = learner_of(spec)
    start = learner.theta.clone()
    assert not learner.finite()
    assert not learner.step()
    assert learner.step_count == 0
    assert torch.equal(learner.theta, start)
    assert learner.first_nonfinite_layer() == numpy_first_nonfinite_layer(learner)
    assert 8 <= (learner.first_nonfinite_layer() or 0) <= 11


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_any_nonfinite_parameter_is_found_in_its_layer(value: float):
    for layer in range(4):
        learner = learner_of(SPEC)
        layer_blocks(learner.theta, SPEC.sizes)[layer][-1, -1] = value
        assert not learner.finite_parameters()
        assert not learner.finite()
        assert learner.first_nonfinite_layer() == layer + 1


def test_huge_but_finite_parameters_are_finite():
    learner = learner_of(SPEC)
    learner.theta.fill_(torch.finfo(torch.float32).max)
    assert learner.finite_parameters()  # a sum of them would overflow


def test_the_parameters_before_the_last_step_are_kept():
    learner = run(SPEC, 3)
    before = learner.theta.clone()
    learner.step()
    assert torch.equal(learner.previous, before)


# The flat vector.


def test_the_flat_vector_holds_the_layers_one_after_the_other():
    W1, b1 = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.array([7.0, 8.0, 9.0])
    W2, b2 = np.array([[10.0, 11.0, 12.0], [13.0, 14.0, 15.0]]), np.array([16.0, 17.0])
    theta = flatten(((W1, b1), (W2, b2)))
    assert theta.tolist() == [1, 2, 7, 3, 4, 8, 5, 6, 9, 10, 11, 12, 16, 13, 14, 15, 17]
    one, two = layer_blocks(theta, (2, 3, 2))
    assert one[:, :-1].tolist() == W1.tolist()
    assert two[:, -1].tolist() == b2.tolist()
    one[0, 0] = -1
    assert theta[0] == -1  # views


def test_points_get_a_column_of_ones():
    assert with_ones(np.array([[3.0, 4.0]])).tolist() == [[3.0, 4.0, 1.0]]
