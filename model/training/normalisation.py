"""Batch normalisation of the hidden layers while training: torch's own kernels, one batch."""

import numpy as np
import torch
from torch import Tensor

from cellscope.model.batch_norm import EPSILON, folded
from cellscope.model.spec import Spec

_backward = torch.ops.aten.native_batch_norm_backward


class Normalisation:
    """γ and β of the hidden layers, which lie behind the blocks in `theta`, and a batch's values.

    By the batch's own mean and variance, as `torch.nn.BatchNorm1d` in training. The biases before
    it change nothing, so they do not train: their gradient would be rounding alone.
    """

    def __init__(self, spec: Spec, theta: Tensor, grad: Tensor) -> None:
        self.spec = spec
        self.scales, self.shifts = _parts(spec, theta)
        self._scale_grads, self._shift_grads = _parts(spec, grad)
        empty = torch.empty(0)
        self._kept = [(empty, empty, empty)] * len(self.scales)  # z, mean, 1/deviation

    def forward(self, layer: int, y: Tensor) -> None:
        """y ← γ (y − μ)/√(σ² + ε) + β, in place; `layer` counts from 0."""
        z = y.clone(memory_format=torch.contiguous_format)
        out, mean, inverse = torch.native_batch_norm(
            z, self.scales[layer], self.shifts[layer], None, None, True, 0.0, EPSILON
        )
        self._kept[layer] = z, mean, inverse
        y.copy_(out)

    def backward(self, layer: int, delta: Tensor) -> None:
        """δ ← ∂loss/∂z from ∂loss/∂y, in place; writes the gradients of γ and β."""
        z, mean, inverse = self._kept[layer]
        below, scale, shift = _backward(
            delta, z, self.scales[layer], None, None, mean, inverse, True, EPSILON, [True] * 3
        )
        delta.copy_(below)
        self._scale_grads[layer].copy_(scale)
        self._shift_grads[layer].copy_(shift)


def start(spec: Spec) -> Tensor:
    """All γ = 1, then all β = 0."""
    units = sum(spec.normalised)
    return torch.cat([torch.ones(units), torch.zeros(units)])


def folded_theta(spec: Spec, theta: Tensor, x: Tensor) -> Tensor:
    """The parameters of the network shown, flat; of inputs with their ones (n, fan_in + 1)."""
    blocks: list[tuple[np.ndarray, np.ndarray]] = []
    begin = 0
    for fan_in, fan_out in zip(spec.sizes, spec.sizes[1:], strict=False):
        block = theta[begin : begin + fan_out * (fan_in + 1)].view(fan_out, fan_in + 1)
        wide = block.double().numpy()
        blocks.append((wide[:, :-1], wide[:, -1]))
        begin += block.numel()
    scales, shifts = ([part.double().numpy() for part in parts] for parts in _parts(spec, theta))
    inputs = x[:, :-1].numpy()
    layers = folded(tuple(blocks), scales, shifts, inputs, spec.activations)
    parts = [np.concatenate([W, b[:, None]], axis=1).ravel() for W, b in layers]
    return torch.from_numpy(np.concatenate(parts)).float()


def _parts(spec: Spec, flat: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """Views of what belongs to γ and to β."""
    units = sum(spec.normalised)
    scales, shifts = flat[-2 * units :].split(units) if units else (flat[:0], flat[:0])
    return list(scales.split(spec.normalised)), list(shifts.split(spec.normalised))
