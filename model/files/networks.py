"""A network from a file: .npz with W0, b0, W1, b1, …, or a state dict of Linear layers.

Layers are 1-based for people; W0 and b0 are layer 1. The last layer is linear; what stands between
them says the file's `activation`, or who asks, or else it is ReLU.
"""

import pickle
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import pairwise
from typing import Any, cast
from zipfile import ZipFile, is_zipfile

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import exact_names
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.files import torch_files
from cellscope.model.files.activation import agreed, named, read_activation
from cellscope.model.files.norms import NUMBERS, folded, norms_in, placed, without_norms
from cellscope.model.files.reading import MAX_BYTES, MAX_MEBIBYTES, read_any, read_npy, shown
from cellscope.model.files.states import MAX_LAYERS, find_state, linear_paths
from cellscope.model.files.tensors import read_tensors, said_beside
from cellscope.model.spec import SpecError, shorten

FIELD = "network"
TORCH = (".pt", ".pth", ".ckpt", ".bin", ".tar")
SUFFIXES = (".npz", ".safetensors", *TORCH)
MAX_UNITS = 4096  # per layer: 2^n then has 1234 digits, and Python prints 4300

_ARRAY = re.compile(r"([Wb])(0|[1-9][0-9]{0,3})\.npy")
_OF_STATE = (".weight.npy", ".bias.npy", ".running_mean.npy", ".running_var.npy")
_TEXT = 1000  # characters: an `activation` is short


@dataclass(frozen=True, slots=True)
class _Layer:
    """What a file says about one layer, and what it calls that."""

    W_name: str
    W: Float
    b_name: str
    b: Float


@dataclass(frozen=True, slots=True)
class Network:
    """Layers ``(W (fan_out, fan_in), b (fan_out,))`` in float64, and what stands between them.

    `assumed` is whether neither the file nor who asked said which activation it is.
    """

    weights: tuple[tuple[Float, Float], ...]
    activation: str
    assumed: bool


def read_network(path: str, asked: str | None = None, *, any_inputs: bool = False) -> Network:
    """The network in a file.

    Parameters
    ----------
    path : str
        A .npz with ``W0, b0, W1, b1, …`` (or from 1; other arrays but ``activation`` are
        ignored), or a state dict of Linear layers in any nesting, by torch.save, as .safetensors
        or as .npz. A Linear without bias has bias 0. Half and single precision and whole numbers
        become float64 unchanged.
    asked : str, optional
        The activation, where the file does not say another one.
    any_inputs : bool
        Whether it may have another number of inputs than two: who asks has a plane of them.

    Raises
    ------
    SpecError
        Field ``network``: no such file or no network in it; shapes that do not fit; a number
        that is not finite; an input that is not the plane; more than `MAX_LAYERS` layers or
        `MAX_UNITS` units; an activation that is not piecewise linear with its kink at 0. Code in
        a pickle is refused, not run. Field ``activation``: not the one that the file says.
    """
    suffix, data = read_any(FIELD, path)
    return network_in(data, suffix, path, asked, any_inputs=any_inputs)


def network_in(
    data: bytes, suffix: str, path: str, asked: str | None = None, *, any_inputs: bool = False
) -> Network:
    """The network in the bytes of a file of this suffix; errors call it `path`."""
    kind = kind_of(data, suffix, path)
    said: str | None = None
    assumed = asked is None
    if kind == ".npz":
        layers, said, says_relu = _npz(data, path)
        assumed = assumed and said is None and not says_relu
    else:
        layers = _linear_layers(_tensors(kind, data, path))
        word = said_beside(data, "activation") if kind == ".safetensors" else None
        said = None if word is None else named(FIELD, word)
        assumed = assumed and said is None
    layers = [_flat_bias(layer) for layer in layers]
    _check(layers, any_inputs)
    weights = tuple((layer.W, layer.b) for layer in layers)
    activation = agreed(said, asked)
    _check_activations(activation, len(weights) - 1)
    return Network(weights, activation, assumed and len(weights) > 1)


def kind_of(data: bytes, suffix: str, path: str) -> str:
    """What a file is by its content, whatever it is called; else by its suffix."""
    names = _members(data, path)
    if any(name.endswith("data.pkl") for name in names):
        return suffix if suffix in TORCH else ".pt"
    if any(name.endswith(".npy") for name in names):
        return ".npz"
    if data[8:9] == b"{" and int.from_bytes(data[:8], "little") < len(data):
        return ".safetensors"
    if suffix in SUFFIXES:
        return suffix
    known = (*SUFFIXES, ".onnx")  # a graph, which is read elsewhere (`model.own.onnx`)
    raise SpecError(FIELD, "file_suffix", shown(path), choices=", ".join(known))


def _members(data: bytes, path: str) -> list[str]:
    """The names in a zip; none of what is no zip."""
    try:
        if not is_zipfile(BytesIO(data)):
            return []
        with ZipFile(BytesIO(data)) as archive:
            return archive.namelist()
    except Exception:  # BadZipFile, and for some bytes struct.error, NotImplementedError, …
        raise _broken(path) from None


def _npz(data: bytes, path: str) -> tuple[list[_Layer], str | None, bool]:
    """Layers, the activation if the file says one, and whether it is ReLU by its layout."""
    try:
        archive = ZipFile(BytesIO(data))
    except Exception:  # BadZipFile, and for some bytes struct.error, NotImplementedError, …
        raise _broken(path) from None
    with archive:
        members = {info.filename: info.file_size for info in archive.infolist()}
        said = _said(archive, members)
        found = [match for name in members if (match := _ARRAY.fullmatch(name))]
        if not found:
            state = [name for name in members if name.endswith(_OF_STATE)]
            if "weight.npy" in members:
                state += [name for name in ("weight.npy", "bias.npy") if name in members]
            if not state:
                raise SpecError(FIELD, "network_none", shown(path))
            names = [name.removesuffix(".npy") for name in members if name in state]
            arrays = _arrays(archive, members, names, path)
            return _linear_layers(arrays), said, False
        numbers = [int(match[2]) for match in found]
        first = min(1, *numbers)
        _check_layers(max(numbers) + 1 - first)
        names = [f"{letter}{i}" for i in range(first, max(numbers) + 1) for letter in "Wb"]
        missing = next((name for name in names if f"{name}.npy" not in members), None)
        if missing:
            raise SpecError(FIELD, "network_missing", shown(path), array=missing)
        arrays = _arrays(archive, members, names, path)
    pairs = zip(names[::2], names[1::2], strict=True)
    return [_Layer(w, arrays[w], b, arrays[b]) for w, b in pairs], said, True


def _said(archive: ZipFile, members: Mapping[str, int]) -> str | None:
    if "activation.npy" not in members:
        return None
    if members["activation.npy"] > _TEXT * 4:
        raise SpecError(FIELD, "network_activation", "activation", choices=", ".join(exact_names()))
    return read_activation(_member(archive, "activation"))


def _arrays(
    archive: ZipFile, members: Mapping[str, int], names: Sequence[str], path: str
) -> dict[str, Float]:
    if sum(members[f"{name}.npy"] for name in names) > MAX_BYTES:
        raise SpecError(FIELD, "file_large", shown(path), high=MAX_MEBIBYTES)
    return {name: read_npy(FIELD, name, _member(archive, name)) for name in names}


def _flat_bias(layer: _Layer) -> _Layer:
    """A bias that is a column or a row, as NumPy courses write it, is one all the same."""
    units = layer.W.shape[:1]
    if layer.b.ndim == 2 and units and layer.b.shape in ((*units, 1), (1, *units)):
        return replace(layer, b=layer.b.ravel())
    return layer


def _member(archive: ZipFile, name: str) -> bytes:
    """The bytes of a member: no more than its entry says, and their checksum is right."""
    try:
        return archive.read(f"{name}.npy")
    except Exception:  # of zlib, bz2 and lzma; encrypted; cut short; a wrong checksum; …
        raise SpecError(FIELD, "array_broken", name) from None


def _tensors(suffix: str, data: bytes, path: str) -> Mapping[str, Any]:
    try:
        if suffix != ".safetensors" and (rule := torch_files.wrong_at_sight(data)):
            raise SpecError(FIELD, rule, shown(path))
        state = read_tensors(data) if suffix == ".safetensors" else torch_files.load(data)
    except SpecError:
        raise
    except pickle.UnpicklingError:
        raise SpecError(FIELD, "network_code", shown(path)) from None
    except Exception:  # torch's reader raises nearly anything for bytes that are no such file
        raise _broken(path) from None
    return find_state(state, shown(path))


def _linear_layers(state: Mapping[str, Any]) -> list[_Layer]:
    norms = norms_in(state)
    linear = without_norms(state, norms)
    paths = linear_paths(linear, norms)
    _check_layers(len(paths))
    places = placed(norms, paths)
    layers = [_flat_bias(_linear(linear, path)) for path in paths]
    if places:
        _check(layers, any_inputs=True)
    for norm in places:
        names = {name: f"{norm.path}{name}" for name in NUMBERS}
        numbers = {n: _array(key, state[key]) for n, key in names.items() if key in state}
        layer = layers[norm.layer]
        W, b = folded(layer.W, layer.b, norm, numbers)
        layers[norm.layer] = replace(layer, W=W, b=b)
    return layers


def _linear(state: Mapping[str, Any], path: str) -> _Layer:
    """The Linear with these names before its own; its bias is 0 where it has none."""
    weight, bias = f"{path}weight", f"{path}bias"
    W = _array(weight, state[weight])
    b = _array(bias, state[bias]) if bias in state else np.zeros(W.shape[:1])
    return _Layer(weight, W, bias, b)


def _array(name: str, value: object) -> Float:
    if not isinstance(value, np.ndarray):
        return torch_files.numbers(name, value)
    array = cast(NDArray[Any], value)
    if array.dtype.kind not in "fiu":
        raise SpecError(FIELD, "array_numbers", f"{name}: {array.dtype}")
    if array.size * 8 > MAX_BYTES:
        raise SpecError(FIELD, "file_large", name, high=MAX_MEBIBYTES)
    with np.errstate(all="ignore"):  # what is no number stays none, and is refused by name
        return array.astype(np.float64)


def _check(layers: Sequence[_Layer], any_inputs: bool) -> None:
    """Raise for the first thing that makes this no network, or none on the plane."""
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
    if layers[0].W.shape[1] != 2 and not any_inputs:
        raise SpecError(FIELD, "network_plane", _size(layers[0].W_name, layers[0].W))
    for layer in layers:
        if len(layer.W) > MAX_UNITS:
            raise SpecError(FIELD, "network_units", _size(layer.W_name, layer.W), high=MAX_UNITS)
        for name, array in ((layer.W_name, layer.W), (layer.b_name, layer.b)):
            if not np.isfinite(array).all():
                bad = array[~np.isfinite(array)][0]
                raise SpecError(FIELD, "array_finite", f"{name}: {bad}")


def _check_activations(said: str, hidden: int) -> None:
    given = said.count(",") + 1
    if given not in (1, hidden):
        raise SpecError(FIELD, "activations", said, given=given, hidden=hidden)


def _check_layers(count: int) -> None:
    if count > MAX_LAYERS:
        raise SpecError(FIELD, "network_layers", count, high=MAX_LAYERS)


def _size(name: str, array: Float) -> str:
    return f"{shorten(name)} {' × '.join(map(str, array.shape)) or '(one number)'}"


def _broken(path: str) -> SpecError:
    return SpecError(FIELD, "network_broken", shown(path))
