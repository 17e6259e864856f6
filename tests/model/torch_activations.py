"""PyTorch's own activations, by our names: what ours are held to."""

from collections.abc import Callable

import torch
from torch import nn

from cellscope.model.activations import ACTIVATIONS

# Its modules, of the names that our scripts write; |y| has none.
TORCH: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    name: torch.abs if name == "abs" else getattr(nn, row.module)()
    for name, row in ACTIVATIONS.items()
}
