"""A network from a file: .npz with W0, b0, W1, b1, …, or the state dict of an nn.Sequential.

Layers are 1-based for people; W0 and b0 are layer 1. ReLU between the layers, the last is linear.
"""

import pickle
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import Any
from zipfile import ZipFile, is_zipfile

import numpy as np
import torch

from model.cells.patterns import Float
from model.files.reading import MAX_BYTES, MAX_MEBIBYTES, read_file, read_npy, shown
from model.files.tensors import read_tensors
from model.spec import SpecError, shorten

FIELD = "network"
SUFFIXES = (".npz", ".safetensors", ".pt")
MAX_LAYERS = 32
MAX_UNITS = 4096  # per layer: 2^n then has 1234 digits, and Python prints 4300

_ARRAY = re.compile(r"([Wb])(0|[1-9][0-9]{0,3})\.npy")
_TENSOR = re.compile(r"(0|[1-9][0-9]{0,5})\.(weight|bias)")


@dataclass(frozen=True, slots=True)
class _Layer:
    """What a file says about one layer, and what it calls that."""

    W_name: str
    W: Float
    b_name: str
    b: Float


def load_network(path: str) -> tuple[tuple[Float, Float], ...]:
    """The layers ``(W (fan_out, fan_in), b (fan_out,))`` of a network file, in float64.

    Parameters
    ----------
    path : str
        A .npz with ``W0, b0, W1, b1, …`` (other arrays are ignored), or a .safetensors or .pt
        with the state dict of an ``nn.Sequential`` of Linear and ReLU. A Linear without bias
        has bias 0. Half and single precision and whole numbers become float64 unchanged.

    Raises
    ------
    SpecError
        Field ``network``: no such file or no network in it; shapes that do not fit; a number
        that is not finite; an input that is not the plane; more than `MAX_LAYERS` layers or
        `MAX_UNITS` units. Code in a pickle is refused, not run.
    """
    suffix, data = read_file(FIELD, path, SUFFIXES)
    layers = _npz(data, path) if suffix == ".npz" else _sequential(_tensors(suffix, data, path))
    _check(layers)
    return tuple((layer.W, layer.b) for layer in layers)


def _npz(data: bytes, path: str) -> list[_Layer]:
    try:
        archive = ZipFile(BytesIO(data))
    except Exception:  # BadZipFile, and for some bytes struct.error, NotImplementedError, …
        raise _broken(path) from None
    with archive:
        members = {info.filename: info for info in archive.infolist()}
        found = [match for name in members if (match := _ARRAY.fullmatch(name))]
        if not found:
            raise SpecError(FIELD, "network_none", shown(path))
        layers = 1 + max(int(match[2]) for match in found)
        names = [f"{letter}{i}" for i in range(layers) for letter in "Wb"]
        missing = next((name for name in names if f"{name}.npy" not in members), None)
        if missing:
            raise SpecError(FIELD, "network_missing", shown(path), array=missing)
        _check_layers(layers)
        if sum(members[f"{name}.npy"].file_size for name in names) > MAX_BYTES:
            raise SpecError(FIELD, "file_large", shown(path), high=MAX_MEBIBYTES)
        arrays = {name: read_npy(FIELD, name, _member(archive, name)) for name in names}
    return [
        _Layer(w, arrays[w], b, arrays[b]) for w, b in zip(names[::2], names[1::2], strict=True)
    ]


def _member(archive: ZipFile, name: str) -> bytes:
    """The bytes of a member: no more than its entry says, and their checksum is right."""
    try:
        return archive.read(f"{name}.npy")
    except Exception:  # of zlib, bz2 and lzma; encrypted; cut short; a wrong checksum; …
        raise SpecError(FIELD, "array_broken", name) from None


def _tensors(suffix: str, data: bytes, path: str) -> Mapping[str, Any]:
    try:
        state = read_tensors(data) if suffix == ".safetensors" else _torch_load(data)
    except SpecError:
        raise
    except pickle.UnpicklingError:
        raise SpecError(FIELD, "network_code", shown(path)) from None
    except Exception:  # torch's reader raises nearly anything for bytes that are no such file
        raise _broken(path) from None
    if not isinstance(state, Mapping) or not state:
        raise SpecError(FIELD, "network_none", shown(path))
    return state


def _torch_load(data: bytes) -> Any:
    """What torch.save wrote, tensors and plain containers only: no code can run."""
    stream = BytesIO(data)
    if is_zipfile(stream):
        with ZipFile(stream) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
                raise SpecError(FIELD, "file_large", "torch.save", high=MAX_MEBIBYTES)
    stream.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(stream, map_location="cpu", weights_only=True)


def _sequential(state: Mapping[str, Any]) -> list[_Layer]:
    numbers: set[int] = set()
    for key in state:
        match = _TENSOR.fullmatch(key) if isinstance(key, str) else None
        if match is None:
            raise SpecError(FIELD, "network_keys", key)
        numbers.add(int(match[1]))
    modules = sorted(numbers)
    _check_layers(len(modules))
    layers = [_linear(state, number) for number in modules]
    if modules[0] != 0:
        raise SpecError(FIELD, "network_first", f"{modules[0]}.weight")
    for before, after in pairwise(modules):
        if after == before + 1:
            raise SpecError(FIELD, "network_no_relu", f"{after}.weight", before=before, after=after)
    return layers


def _linear(state: Mapping[str, Any], number: int) -> _Layer:
    """Module `number` of the Sequential; its bias is 0 where it has none."""
    weight, bias = f"{number}.weight", f"{number}.bias"
    if weight not in state:
        raise SpecError(FIELD, "network_keys", bias)
    W = _array(weight, state[weight])
    b = _array(bias, state[bias]) if bias in state else np.zeros(W.shape[:1])
    return _Layer(weight, W, bias, b)


def _array(name: str, value: object) -> Float:
    if not isinstance(value, torch.Tensor):
        raise SpecError(FIELD, "array_numbers", f"{name}: {type(value).__name__}")
    if value.is_complex() or value.is_quantized or value.dtype == torch.bool or value.is_meta:
        raise SpecError(FIELD, "array_numbers", f"{name}: {value.dtype}")
    if value.layout != torch.strided:
        raise SpecError(FIELD, "array_numbers", f"{name}: {value.layout}")
    if value.numel() * 8 > MAX_BYTES:  # one number can stand for many, by a stride of 0
        raise SpecError(FIELD, "file_large", name, high=MAX_MEBIBYTES)
    try:
        return np.array(value.detach().to(torch.float64).numpy())
    except (RuntimeError, TypeError, NotImplementedError):  # of 4 bits, say
        raise SpecError(FIELD, "array_numbers", f"{name}: {value.dtype}") from None


def _check(layers: Sequence[_Layer]) -> None:
    """Raise for the first thing that makes this no network on the plane."""
    for layer in layers:
        if layer.W.ndim != 2 or not layer.W.size:
            raise SpecError(FIELD, "network_matrix", _size(layer.W_name, layer.W))
        if layer.b.shape != layer.W.shape[:1]:
            size = _size(layer.b_name, layer.b)
            units = len(layer.W)
            raise SpecError(FIELD, "network_bias", size, array=layer.W_name, units=units)
    for number, (before, after) in enumerate(pairwise(layers), start=1):
        if after.W.shape[1] != len(before.W):
            sizes = f"{_size(before.W_name, before.W)}, {_size(after.W_name, after.W)}"
            raise SpecError(
                FIELD, "network_fit", sizes,
                first=number, second=number + 1,
                units=len(before.W), inputs=after.W.shape[1],
            )  # fmt: skip
    if layers[0].W.shape[1] != 2:
        raise SpecError(FIELD, "network_plane", _size(layers[0].W_name, layers[0].W))
    for layer in layers:
        if len(layer.W) > MAX_UNITS:
            raise SpecError(FIELD, "network_units", _size(layer.W_name, layer.W), high=MAX_UNITS)
        for name, array in ((layer.W_name, layer.W), (layer.b_name, layer.b)):
            if not np.isfinite(array).all():
                bad = array[~np.isfinite(array)][0]
                raise SpecError(FIELD, "array_finite", f"{name}: {bad}")


def _check_layers(count: int) -> None:
    if count > MAX_LAYERS:
        raise SpecError(FIELD, "network_layers", count, high=MAX_LAYERS)


def _size(name: str, array: Float) -> str:
    return f"{shorten(name)} {' × '.join(map(str, array.shape)) or '(one number)'}"


def _broken(path: str) -> SpecError:
    return SpecError(FIELD, "network_broken", shown(path))
