"""A graph as bytes for a process of one's own: workers get the network that was read and checked.

A graph's maps are functions made inside functions of this package, which pickle alone does not
know. They travel as the place of their code and the values they hold. These bytes go from a
process to its own workers and never into a file; nothing of a user's file is read this way.
"""

import io
import pickle
from collections.abc import Iterator
from types import BuiltinFunctionType, CellType, CodeType, FunctionType
from typing import Any

import torch
import torch.nn.functional as F

from cellscope.model.own import reading
from cellscope.model.own.graph import LARGER, RELU, SIGNS, Kinks
from cellscope.model.own.operations.known import PARTS

PLACES = {module.__name__: module for module in (*PARTS, reading)}  # where maps are made
_SINGLE: dict[str, Kinks] = {"relu": RELU, "larger": LARGER, "signs": SIGNS}  # known by identity


def to_bytes(value: Any) -> bytes:
    """Anything of this package, the maps of graphs included."""
    stream = io.BytesIO()
    _Pickler(stream, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    return stream.getvalue()


def from_bytes(data: bytes) -> Any:
    """What `to_bytes` took."""
    return _Unpickler(io.BytesIO(data)).load()


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> str | None:
        if isinstance(obj, Kinks):
            return next((name for name, known in _SINGLE.items() if obj is known), None)
        return None

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, FunctionType) and "<locals>" in obj.__qualname__:
            if obj.__module__ not in PLACES:
                raise pickle.PicklingError(f"{obj.__module__}.{obj.__qualname__} makes no maps")
            held = tuple(cell.cell_contents for cell in obj.__closure__ or ())
            code = obj.__code__
            place = obj.__module__, obj.__qualname__, code.co_firstlineno, code.co_names
            return _function, (*place, held, obj.__defaults__, obj.__kwdefaults__)
        if isinstance(obj, BuiltinFunctionType):
            for number, module in enumerate((F, torch)):
                if getattr(module, obj.__name__, None) is obj:
                    return _of_torch, (number, obj.__name__)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def persistent_load(self, pid: Any) -> Kinks:
        return _SINGLE[pid]


def _of_torch(number: int, name: str) -> Any:
    return getattr((F, torch)[number], name)


def _function(
    module: str, name: str, line: int, names: tuple[str, ...], held: tuple[Any, ...],
    defaults: Any, keyword_defaults: Any,
) -> FunctionType:  # fmt: skip
    """A function made inside another one, around the values it holds."""
    place = PLACES[module]
    for code in _codes(place):
        if code.co_qualname == name and code.co_firstlineno == line and code.co_names == names:
            cells = tuple(CellType(value) for value in held)
            made = FunctionType(code, vars(place), code.co_name, defaults, cells)
            made.__kwdefaults__ = keyword_defaults
            made.__qualname__ = name
            return made
    raise pickle.UnpicklingError(f"{module} has no {name}")


def _codes(module: Any) -> Iterator[CodeType]:
    waiting = [f.__code__ for f in vars(module).values() if isinstance(f, FunctionType)]
    while waiting:
        code = waiting.pop()
        yield code
        waiting += [part for part in code.co_consts if isinstance(part, CodeType)]
