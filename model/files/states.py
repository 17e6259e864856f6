"""Which tensors of a state dict are whose: Linear layers in any nesting, below any prefix."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, cast

import numpy as np

from cellscope.model.spec import SpecError, shorten

FIELD = "network"
DEPTH = 3  # of dicts within dicts in a checkpoint
WRAPPERS = ("module", "_orig_mod")  # of nn.DataParallel and torch.compile
NAMES = ("model_state_dict", "state_dict", "model_state", "model", "network", "net")
COUNTERS = (
    "n_averaged",
)  # of torch.optim.swa_utils.AveragedModel: how many, no part of what it does
_NUMBER = re.compile(r"0|[1-9][0-9]{0,5}")
MAX_LAYERS = 32
_TENSOR = re.compile(r"(.*\.)?(weight|bias)")


def find_state(value: object, name: str) -> Mapping[str, Any]:
    """The state dict in what a file holds: itself, or the one inside a checkpoint.

    Raises
    ------
    SpecError
        Field ``network``: none, or several of which none has one of the usual names.
    """
    if not isinstance(value, Mapping) or not value:
        raise SpecError(FIELD, "network_none", name)
    state = cast(Mapping[Any, Any], value)
    inner = _states_in(state, DEPTH)
    if _is_state(state) or not inner:
        return _tensors_of(state)
    usual = [path for known in NAMES for path in inner if path[-1] == known]
    if not usual and len(inner) > 1:
        raise SpecError(FIELD, "network_several", ", ".join(".".join(path) for path in inner))
    return _tensors_of(inner[usual[0] if usual else next(iter(inner))])


def _states_in(state: Mapping[Any, Any], depth: int) -> dict[tuple[str, ...], Mapping[Any, Any]]:
    found: dict[tuple[str, ...], Mapping[Any, Any]] = {}
    for key, value in state.items():
        if not isinstance(value, Mapping) or not depth:
            continue
        inner = cast(Mapping[Any, Any], value)
        if _is_state(inner):
            found[(str(key),)] = inner
        else:
            deeper = _states_in(inner, depth - 1)
            found |= {(str(key), *path): each for path, each in deeper.items()}
    return found


def _is_state(state: Mapping[Any, Any]) -> bool:
    return any(isinstance(key, str) and _TENSOR.fullmatch(key) for key in state)


def _tensors_of(state: Mapping[Any, Any]) -> Mapping[str, Any]:
    """Less what a training script keeps beside them: an epoch, a loss."""
    for key in state:
        if not isinstance(key, str):
            raise SpecError(FIELD, "network_keys", key)
    return {
        key: value
        for key, value in state.items()
        if key not in COUNTERS
        and (_TENSOR.fullmatch(key) or isinstance(value, np.ndarray) or hasattr(value, "layout"))
    }


def linear_paths(state: Mapping[str, Any], norms: Sequence[str] = ()) -> list[str]:
    """What stands before "weight" of every Linear, in the order in which they are applied.

    That is the order of the file; numbers of one Sequential count, and so do numbers within names
    where the file is sorted by names, as those of safetensors are. `norms` are the paths of batch
    normalisations, of which one may stand before the first.

    Raises
    ------
    SpecError
        Field ``network``: a tensor of another kind of module; something before the first Linear;
        two Linear of one Sequential with nothing between them.
    """
    if not state:
        raise SpecError(FIELD, "network_none", "{}")
    paths: dict[str, None] = {}
    for key in state:
        match = _TENSOR.fullmatch(key)
        if match is None or f"{match[1] or ''}weight" not in state:
            raise SpecError(FIELD, "network_keys", _stranger(key, state))
        paths[match[1] or ""] = None
    for path in paths:
        _check_matrix(f"{path}weight", state)
    if len(paths) > MAX_LAYERS:  # before they are put in order, which takes 12 s of 200,000
        raise SpecError(FIELD, "network_layers", len(paths), high=MAX_LAYERS)
    ordered = _in_order(list(state), list(paths))
    parts = [parts_of(path) for path in ordered]
    opening = next((path for path in norms if neighbours(path, ordered[0])), ordered[0])
    _check_first(ordered[0], parts_of(opening))
    _check_between(ordered, parts)
    return ordered


def _stranger(key: str, state: Mapping[str, Any]) -> str:
    """Of the module whose bias has no weight, what it has instead: weight_orig, weight_g, …"""
    module = key.removesuffix("bias")
    if module == key:
        return key
    return next((k for k in state if k.startswith(module) and not _TENSOR.fullmatch(k)), key)


def _check_matrix(name: str, state: Mapping[str, Any]) -> None:
    """A weight that is no matrix is of no Linear: of LayerNorm, PReLU, a convolution."""
    shape = getattr(state[name], "shape", None)
    if shape is not None and len(shape) != 2:
        size = " × ".join(map(str, shape)) or "(one number)"
        raise SpecError(FIELD, "network_matrix", f"{shorten(name)} {size}")


def parts_of(path: str) -> list[str]:
    """The modules on the way, less the wrappers around the whole."""
    parts = path.split(".")[:-1]
    while parts and parts[0] in WRAPPERS:
        parts = parts[1:]
    return parts


def _in_order(keys: Sequence[str], paths: list[str]) -> list[str]:
    parents = {tuple(parts_of(path)[:-1]) for path in paths}
    numbered = all(_NUMBER.fullmatch((parts_of(path) or [""])[-1]) for path in paths)
    if keys == sorted(keys) or (numbered and len(parents) == 1):
        return sorted(paths, key=_natural)
    return paths


def _natural(path: str) -> list[tuple[int, int, str]]:
    """Numbers within words by their size, however many digits they have."""
    pieces = re.findall(r"0*([0-9]+)|([^0-9]+)", path)
    return [(0, len(digits), digits) if digits else (1, 0, word) for digits, word in pieces]


def _check_first(path: str, parts: Sequence[str]) -> None:
    """What stands before the first Linear of a Sequential is not in the file: refused."""
    if any(_NUMBER.fullmatch(part) and part != "0" for part in parts):
        raise SpecError(FIELD, "network_first", f"{path}weight")


def _check_between(paths: Sequence[str], parts: Sequence[Sequence[str]]) -> None:
    """Consecutive numbers of one Sequential have no activation between them.

    Below a name, numbers without any gap are a ModuleList, whose activations are in `forward`;
    at the top, or below a number, they are a Sequential: a list cannot be called.
    """
    for path, before, after in zip(paths[1:], parts, parts[1:], strict=False):
        if not before or not after or before[:-1] != after[:-1]:
            continue
        if not _follows(before[-1], after[-1]):
            continue
        parent = before[:-1]
        siblings = [part[-1] for part in parts if part and part[:-1] == parent]
        is_list = (
            bool(parent)
            and not _NUMBER.fullmatch(parent[-1])
            and all(_follows(a, b) for a, b in pairwise(siblings))
        )
        if not is_list:
            first, second = int(before[-1]), int(after[-1])
            raise SpecError(FIELD, "network_no_relu", f"{path}weight", before=first, after=second)


def neighbours(before: str, after: str) -> bool:
    """Whether two paths are of modules that follow each other in one Sequential."""
    first, second = parts_of(before), parts_of(after)
    if not first or not second or first[:-1] != second[:-1]:
        return False
    return _follows(first[-1], second[-1])


def _follows(before: str, after: str) -> bool:
    return bool(
        _NUMBER.fullmatch(before) and _NUMBER.fullmatch(after) and int(after) == int(before) + 1
    )
