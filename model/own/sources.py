"""Whatever may stand for a network, as a module."""

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.parameter import is_lazy

from cellscope.model.activations import ACTIVATIONS
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.files.networks import FIELD, read_network
from cellscope.model.files.planes import check_plane
from cellscope.model.files.reading import read_file
from cellscope.model.own.checking import ReadNetwork
from cellscope.model.own.numbers import tensors
from cellscope.model.own.onnx.module import onnx_in
from cellscope.model.own.plane import as_array
from cellscope.model.spec_error import shorten

WRAPPED = ("DataParallel", "DistributedDataParallel", "OptimizedModule")


def module_of(network: Any) -> nn.Module:
    """The module of a network.

    Parameters
    ----------
    network : nn.Module, ExportedProgram, path, list of ``(W, b)``, fitted MLP
        The list has ReLU between its layers. An MLPClassifier or MLPRegressor of scikit-learn
        is known by its attributes; the output's own function is left out.

    Raises
    ------
    ValueError
        Naming `network` where it is none of these, or its arrays do not fit; naming the path in
        the state dict where a number is not finite.
    """
    if isinstance(network, torch.export.ExportedProgram):
        network = network.module(check_guards=False)  # which hold for its example's batch alone
    if isinstance(network, nn.Module):
        module = _unwrapped(network)
        _check_finite(module)
        return module
    if isinstance(network, str | os.PathLike):
        return network_of_file(os.fspath(network)).module
    if hasattr(network, "coefs_") and hasattr(network, "intercepts_"):
        return _of_sklearn(network)
    if isinstance(network, list | tuple) and len(network):
        return chain([_layer(i, pair) for i, pair in enumerate(network)], "relu")
    if isinstance(network, dict):
        raise ValueError("network: is a state dict: load it into its module, or save it as a file")
    what = shorten(network)
    raise ValueError(f"network: must be a module, a path or a list of (W, b), not {what}")


@dataclass(frozen=True, slots=True)
class FileNetwork:
    """A network in a file as a module, how many layers it has, and the shape of its inputs."""

    module: nn.Module
    layers: int
    inputs: tuple[int, ...]
    cut_off: tuple[str, ...] = ()  # operations behind the output, which make labels of it

    def plane(self, origin: Float, u: Float, v: Float) -> tuple[Float, Float, Float]:
        """A plane of its inputs, of their shape.

        Raises
        ------
        SpecError
            Field ``plane``.
        """
        check_plane(int(np.prod(self.inputs)), origin, u, v)
        return origin.reshape(self.inputs), u.reshape(self.inputs), v.reshape(self.inputs)


def network_of_file(path: str, activation: str | None = None) -> FileNetwork:
    """The network in a file, of any number of inputs.

    Raises
    ------
    SpecError
        As `model.files.networks.read_network`.
    """
    if is_onnx(path):
        return _of_onnx(path)
    read = read_network(path, activation, any_inputs=True)
    module = chain(read.weights, read.activation)
    return FileNetwork(module, len(read.weights), read.weights[0][0].shape[1:])


def is_onnx(path: str) -> bool:
    """Whether a file is a graph of operations by its name."""
    return Path(path).suffix.lower() == ".onnx"


def _of_onnx(path: str) -> FileNetwork:
    module = onnx_in(read_file(FIELD, path, (".onnx",))[1], path)
    read = ReadNetwork(module, module.shape, FIELD)
    return FileNetwork(module, read.graph.layers, module.shape, module.cut_off)


def _unwrapped(module: nn.Module) -> nn.Module:
    """Less what torch.compile and data parallelism put around it."""
    while type(module).__name__ in WRAPPED:
        parts = dict(module.named_children())
        inner = parts.get("module") or parts.get("_orig_mod")
        if inner is None:
            return module
        module = inner
    return module


def _check_finite(module: nn.Module) -> None:
    for path, tensor in module.state_dict().items():
        if is_lazy(tensor):
            raise ValueError(f"{path}: has no numbers before the module was run once (it is lazy)")
        if isinstance(tensor, torch.Tensor) and tensor.is_complex():
            raise ValueError(f"{path}: has complex numbers")
        if isinstance(tensor, torch.Tensor) and tensor.is_floating_point():
            if tensor.is_meta:
                raise ValueError(f"{path}: has no numbers (it is on the meta device)")
            wide = (
                tensor.float() if tensor.element_size() == 1 else tensor
            )  # as torch asks of these
            if not bool(torch.isfinite(wide).all()):
                raise ValueError(f"{path}: has a number that is not finite")


def _layer(index: int, pair: Any) -> tuple[Float, Float]:
    try:
        W, b = pair
    except (TypeError, ValueError):
        raise ValueError(f"network: entry {index} must be (W, b)") from None
    W, b = as_array(f"network: W{index}", W), as_array(f"network: b{index}", b)
    if W.ndim != 2 or b.shape != W.shape[:1] or not W.size:
        raise ValueError(f"network: W{index} {W.shape} and b{index} {b.shape} do not fit")
    return W, b


def chain(weights: Sequence[tuple[Float, Float]], activation: str) -> nn.Module:
    """Linear layers with one activation between them, or those of a comma list."""
    for i, ((W, _), (after, _)) in enumerate(pairwise(weights)):
        if after.shape[1] != len(W):
            raise ValueError(
                f"network: W{i} {W.shape} and W{i + 1} {after.shape} do not fit: "
                f"{len(W)} units, {after.shape[1]} inputs"
            )
    names = activation.split(",")
    between = names * (len(weights) - 1) if len(names) == 1 else names
    parts: list[nn.Module] = []
    for (W, b), name in zip(weights, [*between, names[0]], strict=True):
        linear = nn.Linear(W.shape[1], len(W), device="meta")  # nothing is drawn
        linear.weight = nn.Parameter(torch.from_numpy(np.array(W, np.float64)))
        linear.bias = nn.Parameter(torch.from_numpy(np.array(b, np.float64)))
        parts += [linear, _activation(name)]
    return nn.Sequential(*parts[:-1])


def _activation(name: str) -> nn.Module:
    if name == "identity":
        return SignsOnly()
    if name == "abs":  # no class of torch.nn
        return Absolute()
    if name == "logistic":  # scikit-learn's name
        return nn.Sigmoid()
    if name not in ACTIVATIONS:
        raise ValueError(f"network: its activation {name!r} has no exact cells")
    return getattr(nn, ACTIVATIONS[name].module)()


class Absolute(nn.Module):
    """|y|."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.abs(x)


class SignsOnly(nn.Module):
    """The identity as a layer, whose signs are seen: a file's activation `identity`."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.leaky_relu(x, 1.0)


def _of_sklearn(network: Any) -> nn.Module:
    weights = [
        _layer(i, (np.asarray(W).T, b))
        for i, (W, b) in enumerate(zip(network.coefs_, network.intercepts_, strict=True))
    ]
    return chain(weights, str(network.activation))


def hash_of(module: nn.Module) -> str:
    """SHA-256 of all numbers of the state dict in float64, in its order, and of other weights."""
    digest = hashlib.sha256()
    state: dict[str, Any] = module.state_dict(keep_vars=True)
    known = {id(value) for value in state.values()}
    others = [t for t in tensors(module).values() if t.requires_grad and id(t) not in known]
    for value in (*state.values(), *others):
        if isinstance(value, torch.Tensor) and value.is_floating_point():
            digest.update(value.detach().to("cpu", torch.float64).contiguous().numpy().tobytes())
    return digest.hexdigest()
