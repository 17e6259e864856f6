"""Batch normalisation in state dicts: read where its place is said, and refused where it is not."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cellscope.model.files.networks import read_network
from cellscope.model.spec import SpecError

State = dict[str, Tensor]


def norm(units: int, *, affine: bool = True) -> nn.BatchNorm1d:
    module = nn.BatchNorm1d(units, affine=affine)
    generator = torch.Generator().manual_seed(units)
    state = module.state_dict()
    for name in ("running_mean", "weight", "bias"):
        if name in state:
            state[name].copy_(torch.randn(units, generator=generator))
    state["running_var"].copy_(torch.rand(units, generator=generator) + 0.1)
    return module


def linear(inputs: int, units: int) -> nn.Linear:
    torch.manual_seed(inputs + units)
    return nn.Linear(inputs, units)


READ: dict[str, list[nn.Module]] = {
    "before ReLU": [linear(2, 5), norm(5), nn.ReLU(), linear(5, 3)],
    "behind ReLU": [linear(2, 5), nn.ReLU(), norm(5), linear(5, 3)],
    "both": [linear(2, 5), norm(5), nn.ReLU(), norm(5), linear(5, 3)],
    "with dropout": [linear(2, 5), norm(5), nn.ReLU(), nn.Dropout(), linear(5, 3)],
    "of the inputs": [norm(2), linear(2, 5), nn.ReLU(), linear(5, 3)],
    "of the output": [linear(2, 5), nn.ReLU(), linear(5, 3), norm(3)],
    "without a map of its own": [linear(2, 5), norm(5, affine=False), nn.ReLU(), linear(5, 3)],
    "in blocks": [
        nn.Sequential(linear(2, 5), norm(5), nn.ReLU()),
        nn.Sequential(linear(5, 4), norm(4), nn.ReLU()),
        linear(4, 3),
    ],
}


def saved(path: Path, state: State) -> Path:
    if path.suffix == ".pt":
        torch.save(state, path)
    elif path.suffix == ".npz":
        arrays: dict[str, Any] = {key: value.numpy() for key, value in state.items()}
        np.savez(path, **arrays)
    else:
        pytest.importorskip("safetensors.torch").save_file(state, path)
    return path


@pytest.mark.parametrize("suffix", [".pt", ".safetensors", ".npz"])
@pytest.mark.parametrize("kind", READ)
def test_it_is_folded_into_the_linear_beside_it(tmp_path: Path, kind: str, suffix: str) -> None:
    network = nn.Sequential(*READ[kind]).double().eval()
    layers = read_network(str(saved(tmp_path / f"n{suffix}", network.state_dict()))).weights
    x = np.random.default_rng(1).normal(size=(50, 2))
    h = x
    for i, (W, b) in enumerate(layers):
        h = (h if i == 0 else np.maximum(h, 0)) @ W.T + b
    with torch.no_grad():
        assert np.allclose(h, network(torch.from_numpy(x)).numpy(), rtol=0, atol=1e-12)


class Named(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.bn1, self.fc2 = linear(2, 5), norm(5), linear(5, 3)


def changed(**numbers: Tensor) -> State:
    state = nn.Sequential(*READ["before ReLU"]).state_dict()
    return OrderedDict(state | {f"1.{name}": value for name, value in numbers.items()})


REFUSED: dict[str, tuple[State, str]] = {
    "a name says no place": (Named().state_dict(), "network_norm_place"),
    "something on either side": (
        nn.Sequential(linear(2, 5), nn.Dropout(), norm(5), nn.ReLU(), linear(5, 3)).state_dict(),
        "network_norm_place",
    ),
    "two in a row": (
        nn.Sequential(linear(2, 5), norm(5), norm(5), linear(5, 3)).state_dict(),
        "network_norm_place",
    ),
    "no ReLU": (nn.Sequential(linear(2, 5), norm(5), linear(5, 3)).state_dict(), "network_no_relu"),
    "not first": (
        nn.Sequential(nn.ReLU(), norm(2), linear(2, 5), nn.ReLU(), linear(5, 3)).state_dict(),
        "network_first",
    ),
    "other units": (changed(running_mean=torch.zeros(4)), "network_norm"),
    "a variance below 0": (changed(running_var=torch.full((5,), -1.0)), "network_norm"),
    "no number": (changed(bias=torch.full((5,), torch.nan)), "network_norm"),
    "far too many": (
        linear(2, 3).state_dict(prefix="0.")
        | {
            f"{i}.running_{name}": torch.ones(3) for i in range(1, 3000) for name in ("mean", "var")
        },
        "network_layers",
    ),
    "half of the statistics": (
        {key: value for key, value in changed().items() if "running_var" not in key},
        "network_keys",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_not_said_or_no_normalisation_is_refused(tmp_path: Path, kind: str) -> None:
    state, rule = REFUSED[kind]
    with pytest.raises(SpecError) as caught:
        read_network(str(saved(tmp_path / "n.pt", state)))
    assert (caught.value.field, caught.value.rule) == ("network", rule)
