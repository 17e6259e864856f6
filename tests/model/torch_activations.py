"""PyTorch's own activations, by our names: what ours are held to."""

from collections.abc import Callable

import torch
from torch.nn import functional

TORCH: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "tanh": torch.tanh,
    "identity": torch.clone,
    "abs": torch.abs,
    "hardtanh": functional.hardtanh,
    "relu6": functional.relu6,
    "sigmoid": torch.sigmoid,
    "gelu": functional.gelu,
    "silu": functional.silu,
}
