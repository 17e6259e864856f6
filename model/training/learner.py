"""One optimiser step, written out layer by layer in torch with preallocated buffers.

Several times faster than autograd with `torch.optim` on small batches (`make bench` prints the
ratio): a step allocates almost nothing and runs five small kernels a layer. A test holds it to
autograd. Every number is rounded as autograd rounds it, too: then a script that multiplies by
[W | b] at once, as is done here, has the same loss at every step, however training magnifies.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from cellscope.model.activations import Activation
from cellscope.model.datasets import Data, Points, make_data
from cellscope.model.init import Weights
from cellscope.model.inputs import train_inputs
from cellscope.model.regression import r_squared
from cellscope.model.spec import Spec
from cellscope.model.training.batches import batch_slice, epoch_order
from cellscope.model.training.normalisation import Normalisation, folded_theta, start

ADAM_BETAS = (0.9, 0.999)
ADAM_EPSILON = 1e-8
ALIGNED = 4  # numbers: products that begin elsewhere in memory are rounded otherwise
# PyTorch's own, so that they round as autograd does; by torch.ops each call takes 1 µs more.
_log_softmax: Callable[..., Tensor] = vars(torch)["_log_softmax"]
_log_softmax_backward: Callable[..., Tensor] = vars(torch)["_log_softmax_backward_data"]


class Learner:
    """Weights, gradients and buffers of one run, in float32.

    All parameters lie in one flat vector `theta`, layer by layer as blocks [W | b] of shape
    (fan_out, fan_in + 1); activations carry a last column of ones. So the bias needs no kernel of
    its own, a snapshot is one copy, and an update a few whole-vector operations.

    **Threads**: none of its own; one thread at a time may use it, under `torch.inference_mode()`
    for speed.
    """

    def __init__(self, spec: Spec, weights: Weights, data: Data) -> None:
        self.spec = spec
        self.step_count = 0
        self.learning_rate = spec.learning_rate
        self.momentum, self.l1, self.l2 = spec.momentum, spec.l1, spec.l2
        self._activations = spec.activations  # after each hidden layer
        self._take_data(data)
        self.theta = torch.cat([flatten(weights), start(spec)])
        self.previous = self.theta.clone()  # the parameters before the last step
        self.grad = torch.zeros_like(self.theta)
        self._zeros = torch.zeros_like(self.theta)
        self._penalised: Tensor | None = None  # 1 for a weight, 0 for a bias
        self.moments = [torch.zeros_like(self.theta) for _ in range(_moments(spec.optimizer))]
        self._blocks = layer_blocks(self.theta, spec.sizes)
        self._grad_blocks = layer_blocks(self.grad, spec.sizes)
        self._products = self._grad_blocks  # where they are computed
        self._gathered: tuple[list[Tensor], Tensor] | None = None  # where they are put together
        if any(block.storage_offset() % ALIGNED for block in self._blocks):
            self._products = [torch.empty_like(block) for block in self._grad_blocks]
            end = sum(block.numel() for block in self._blocks)
            self._gathered = [product.view(-1) for product in self._products], self.grad[:end]
        self._held: Tensor | None = None  # places in `theta` that do not train
        self._normalised = Normalisation(spec, self.theta, self.grad) if spec.normalised else None
        if self._normalised is not None:  # a bias before it changes nothing but the rounding
            for block in self._blocks[:-1]:
                block[:, -1] = 0.0
        self._scratch: dict[int, list[Tensor]] = {}  # rows -> activations, for `evaluate`
        self.set_batch_size(spec.batch_size)

    def set_batch_size(self, batch_size: int) -> None:
        """Reallocate what has one row a sample; a size above the points means the full batch."""
        rows = self.batch_size = min(batch_size, self.points)
        if self.spec.is_regression:
            self._targets = self._wanted.float()[:, None]
        else:  # ∂loss/∂(log softmax)
            ones = torch.nn.functional.one_hot(self._wanted, self.spec.classes).float()
            self._targets = ones.mul_(-1.0 / rows)
        self._epoch = -1
        hidden = self.spec.sizes[1:-1]
        self._h = [torch.ones(rows, n + 1) for n in hidden]  # activations and the ones
        self._h_units = [h[:, :-1] for h in self._h]
        # What a'(y) is read from: h itself, or y where that does not tell.
        self._kept = [
            torch.empty(rows, n) if row.from_input else h
            for n, row, h in zip(hidden, self._activations, self._h_units, strict=True)
        ]
        self._whole = [
            torch.empty(rows, n) if row.by_lanes else None
            for n, row in zip(hidden, self._activations, strict=True)
        ]
        self._delta = [torch.empty(rows, n) for n in self.spec.sizes[1:]]  # ∂loss/∂y_l
        self._logits = torch.empty(rows, self.spec.outputs)
        self._log_shares = torch.empty_like(self._logits)
        self._logit_zeros = torch.zeros(rows * self.spec.outputs)
        # Views are made once: each costs as much as a small kernel.
        outputs = [*self._h_units, self._logits]
        self._forward_ops = [(W.t(), out) for W, out in zip(self._blocks, outputs, strict=True)]
        self._backward_ops = [
            (W[:, :-1], grad, delta, delta.t())
            for W, grad, delta in zip(self._blocks, self._products, self._delta, strict=True)
        ]

    def take_live(self, spec: Spec) -> None:
        """Go on with settings of the same start."""
        self.learning_rate = spec.learning_rate
        self.momentum, self.l1, self.l2 = spec.momentum, spec.l1, spec.l2
        if spec.own != self.spec.own:
            self._take_data(make_data(spec))
            self.set_batch_size(spec.batch_size)
        elif spec.batch_size != self.spec.batch_size:
            self.set_batch_size(spec.batch_size)
        self.spec = spec

    def _take_data(self, data: Data) -> None:
        self.points = len(data.train_x)
        self._x = with_ones(train_inputs(self.spec, data))
        self._wanted = torch.tensor(data.train_y)  # classes, or targets

    @property
    def live(self) -> tuple[object, ...]:
        """What can change on the way, as far as it acts: a batch size above the points is full."""
        momentum = self.momentum if self.spec.optimizer == "momentum" else 0.0
        return self.learning_rate, self.batch_size, momentum, self.l1, self.l2, self.spec.own

    def step(self) -> bool:
        """One mini-batch step; False if the run has diverged at `step_count` updates.

        That is when the logits of the next batch are not finite (the step is then not taken), or
        when a parameter is not finite after the step.
        """
        x, targets = self._batch()
        self._forward(x)
        if not self._finite_logits():
            return False
        self._backward(x, targets)
        if self._held is not None:
            self.grad.index_fill_(0, self._held, 0.0)
        self.previous.copy_(self.theta)
        self.step_count += 1
        self._update()
        if self._held is not None:  # what an optimiser remembers moves them without a gradient
            kept = self.previous.index_select(0, self._held)
            self.theta.index_copy_(0, self._held, kept)
        return self.finite_parameters()

    def finite(self) -> bool:
        """Whether the parameters and the next batch's logits are finite."""
        self._forward(self._batch()[0])
        return self.finite_parameters() and self._finite_logits()

    def finite_parameters(self) -> bool:
        """Whether every parameter is: 0 · inf and 0 · nan are nan, and nothing else is."""
        return torch.dot(self.theta, self._zeros).item() == 0.0

    def _finite_logits(self) -> bool:
        return torch.dot(self._logits.view(-1), self._logit_zeros).item() == 0.0

    def first_nonfinite_layer(self) -> int | None:
        """The first layer with a non-finite parameter or, on the next batch, pre-activation."""
        h = self._batch()[0]
        for layer, block in enumerate(self._blocks, start=1):
            y = h @ block.t()
            if not (torch.isfinite(block).all() and torch.isfinite(y).all()):
                return layer
            if self._normalised is not None and layer < len(self._blocks):
                self._normalised.forward(layer - 1, y)
                if not torch.isfinite(y).all():
                    return layer
            if layer < len(self._blocks):
                self._activations[layer - 1].forward(y)
            h = torch.cat([y, torch.ones(len(y), 1)], dim=1)
        return None

    def evaluate(self, x: Tensor, wanted: Tensor) -> tuple[float, float]:
        """(loss, accuracy) of the present parameters on points with ones, (n, 3), and classes.

        Of a regression, on targets: (mean squared error, R²).
        """
        h = x
        blocks = self._blocks if self._normalised is None else self._shown_blocks()
        rows = zip(blocks[:-1], self._room(len(x)), self._activations, strict=True)
        for block, out, row in rows:
            y = out[:, :-1]
            torch.mm(h, block.t(), out=y)
            _activate(row, y, torch.empty(y.shape) if row.by_lanes else None)
            h = out
        logits = h @ blocks[-1].t()
        if self.spec.is_regression:
            loss = (logits[:, 0] - wanted).square().mean().item()
            return loss, r_squared(loss, wanted.numpy())
        loss = torch.nn.functional.cross_entropy(logits, wanted).item()
        return loss, (logits.argmax(1) == wanted).float().mean().item()

    def shown(self, theta: Tensor) -> Tensor:
        """The network shown for parameters: theirs, with any normalisation folded in."""
        return theta if self._normalised is None else folded_theta(self.spec, theta, self._x)

    def _shown_blocks(self) -> list[Tensor]:
        return layer_blocks(self.shown(self.theta), self.spec.sizes)

    def _room(self, rows: int) -> list[Tensor]:
        """Room for h_1 … h_{L-1} with their ones, kept: fresh pages cost as much as the sums."""
        if rows not in self._scratch:
            self._scratch[rows] = [torch.ones(rows, n + 1) for n in self.spec.sizes[1:-1]]
        return self._scratch[rows]

    def hold(self, places: Sequence[int]) -> None:
        """Have these parameters, and no others, stay what they are."""
        self._held = torch.tensor(places) if places else None

    def put(self, values: Sequence[tuple[int, float]]) -> None:
        """Set parameters by their places."""
        if values:
            places, numbers = zip(*values, strict=True)
            self.theta[torch.tensor(places)] = torch.tensor(numbers, dtype=torch.float32)

    def restart(
        self,
        theta: Tensor,
        moments: Sequence[Tensor],
        step_count: int,
        *,
        previous: Tensor | None = None,
    ) -> None:
        """Go on from a saved state (of the same sizes and optimiser)."""
        self.theta.copy_(theta)
        self.previous.copy_(theta if previous is None else previous)
        for mine, saved in zip(self.moments, moments, strict=True):
            mine.copy_(saved)
        self.step_count = step_count
        self._epoch = -1

    def _batch(self) -> tuple[Tensor, Tensor]:
        if self.batch_size == self.points:
            return self._x, self._targets
        epoch, rows = batch_slice(self.step_count, self.points, self.batch_size)
        if epoch != self._epoch:
            order = torch.from_numpy(epoch_order(self.spec.seed, epoch, self.points))
            self._epoch_x, self._epoch_targets = self._x[order], self._targets[order]
            self._epoch = epoch
        return self._epoch_x[rows], self._epoch_targets[rows]

    def _forward(self, x: Tensor) -> None:
        """y_l = [W | b]_l [h_{l-1}; 1], and h_l = a(y_l) in its place."""
        h = x
        last = len(self._h)
        for layer, (block_t, out) in enumerate(self._forward_ops):
            torch.mm(h, block_t, out=out)
            if layer < last:
                if self._normalised is not None:
                    self._normalised.forward(layer, out)
                if self._activations[layer].from_input:
                    self._kept[layer].copy_(out)
                _activate(self._activations[layer], out, self._whole[layer])
                h = self._h[layer]

    def _backward(self, x: Tensor, targets: Tensor) -> None:
        """δ_L = (softmax(y_L) - target)/B, δ_{l-1} = a'(y_{l-1}) ∘ δ_l W_l, ∂[W | b]_l = δ_lᵀ h.

        Of the squared loss δ_L is 2(y_L - target)/B.
        """
        delta = self._delta[-1]
        if self.spec.is_regression:
            torch.sub(self._logits, targets, out=delta).mul_(2.0 / self.batch_size)
        else:
            _log_softmax(self._logits, 1, False, out=self._log_shares)
            _log_softmax_backward(targets, self._log_shares, 1, torch.float32, out=delta)
        for layer in range(len(self._backward_ops) - 1, 0, -1):
            W, grad, delta, delta_t = self._backward_ops[layer]
            torch.mm(delta_t, self._h[layer - 1], out=grad)
            below = self._delta[layer - 1]
            torch.mm(delta, W, out=below)
            self._activations[layer - 1].backward(below, self._kept[layer - 1])
            if self._normalised is not None:
                self._normalised.backward(layer - 1, below)
        torch.mm(self._backward_ops[0][3], x, out=self._backward_ops[0][1])
        if self._gathered is not None:
            torch.cat(self._gathered[0], out=self._gathered[1])
        if self._normalised is not None:
            for grad in self._grad_blocks[:-1]:
                grad[:, -1] = 0.0

    def _penalise(self) -> None:
        """Add the gradient of l1 · Σ|w| + l2/2 · Σw²; that of |w| at 0 is 0, as in autograd."""
        if self._penalised is None:
            self._penalised = _weights_alone(self.theta, self.spec.sizes)
        if self.l1:
            self.grad.addcmul_(self.theta.sign(), self._penalised, value=self.l1)
        if self.l2:
            self.grad.addcmul_(self.theta, self._penalised, value=self.l2)

    def _update(self) -> None:
        if self.l1 or self.l2:
            self._penalise()
        if self.spec.optimizer == "sgd":
            self.theta.add_(self.grad, alpha=-self.learning_rate)
        elif self.spec.optimizer == "momentum":
            velocity = self.moments[0]
            velocity.mul_(self.momentum).add_(self.grad)
            self.theta.add_(velocity, alpha=-self.learning_rate)
        else:
            self._adam()

    def _adam(self) -> None:
        """Kingma & Ba 2015, arXiv:1412.6980, algorithm 1, rounded as `torch.optim.Adam` does."""
        mean, square = self.moments
        beta1, beta2 = ADAM_BETAS
        mean.lerp_(self.grad, 1.0 - beta1)
        square.mul_(beta2).addcmul_(self.grad, self.grad, value=1.0 - beta2)
        unbias1 = 1.0 - beta1**self.step_count
        unbias2 = 1.0 - beta2**self.step_count
        deviation = square.sqrt().div_(unbias2**0.5).add_(ADAM_EPSILON)
        self.theta.addcdiv_(mean, deviation, value=-self.learning_rate / unbias1)


def _activate(row: Activation, y: Tensor, whole: Tensor | None) -> None:
    """y ← a(y), in place; by way of room that has no gaps, where that is another number."""
    if whole is None:
        row.forward(y)
    else:
        row.forward(whole.copy_(y))
        y.copy_(whole)


def with_ones(x: Points) -> Tensor:
    """Inputs (n, fan_in) as float32 rows (x1, x2, …, 1)."""
    points = torch.tensor(x, dtype=torch.float32)
    return torch.cat([points, torch.ones(len(points), 1)], dim=1)


def flatten(weights: Weights) -> Tensor:
    """All layers' blocks [W | b], one after the other, as one float32 vector."""
    blocks = [torch.cat([torch.tensor(W), torch.tensor(b)[:, None]], dim=1) for W, b in weights]
    return torch.cat([block.flatten() for block in blocks]).float()


def layer_blocks(theta: Tensor, sizes: tuple[int, ...]) -> list[Tensor]:
    """Views [W | b] (fan_out, fan_in + 1) of a flat vector, layer by layer."""
    blocks: list[Tensor] = []
    start = 0
    for fan_in, fan_out in pairwise(sizes):
        stop = start + fan_out * (fan_in + 1)
        blocks.append(theta[start:stop].view(fan_out, fan_in + 1))
        start = stop
    return blocks


def _weights_alone(theta: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """1 for every weight and 0 for all else, as flat as `theta`."""
    flat = torch.zeros_like(theta)
    for block in layer_blocks(flat, sizes):
        block[:, :-1] = 1.0
    return flat


def rms_of_weights(theta: Tensor, sizes: tuple[int, ...]) -> float:
    """The root mean square of all layers' weights, in float64; biases do not count."""
    weights = torch.cat([block[:, :-1].flatten() for block in layer_blocks(theta, sizes)])
    return float(weights.double().square().mean().sqrt())


def _moments(optimizer: str) -> int:
    return {"sgd": 0, "momentum": 1, "adam": 2}[optimizer]
