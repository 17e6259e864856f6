"""All tensors of a module by their paths, those in plain lists and attributes among them."""

from typing import Any

from torch import Tensor, nn

Path = tuple[object, ...]
# What `nn.Module` itself keeps: parts and tensors are gone through by name, hooks are no numbers.
REGISTERED = frozenset(vars(nn.Module()))


def tensors(module: nn.Module) -> dict[Path, Tensor]:
    """Parameters, buffers (those that no state dict has, too) and whatever else it holds.

    PyTorch knows nothing of tensors and modules in a plain list; `forward` may use them all the
    same, and a loop may train them.
    """
    found: dict[Path, Tensor] = {}
    _gather(module, (), found, set())
    return found


def _gather(value: Any, path: Path, found: dict[Path, Tensor], seen: set[int]) -> None:
    if isinstance(value, Tensor):
        found[path] = value
    elif isinstance(value, nn.Module):
        if id(value) in seen:
            return
        seen.add(id(value))
        held = vars(value)
        for part in (held["_parameters"], held["_buffers"], held["_modules"]):
            _gather(part, path, found, seen)
        for name, one in held.items():
            if name not in REGISTERED:
                _gather(one, (*path, name), found, seen)
    elif isinstance(value, dict):
        for name, one in value.items():
            _gather(one, (*path, name), found, seen)
    elif isinstance(value, (list, tuple)):
        for place, one in enumerate(value):
            _gather(one, (*path, place), found, seen)
