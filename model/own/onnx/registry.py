"""What an operation of ONNX does, by its name: the function of torch that does the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellscope.model.files.onnx_file import OnnxNode
from cellscope.model.own.errors import UnsupportedLayer
from cellscope.model.spec_error import shorten


@dataclass(frozen=True, slots=True)
class Dialect:
    """What an operation's meaning depends on: the opset, and the file's own batch; 0: any."""

    opset: int
    batch: int


Operation = Callable[[Dialect, OnnxNode, list[Any]], Any]
OPERATIONS: dict[str, Operation] = {}


def operation(*names: str) -> Callable[[Operation], Operation]:
    """Register what an operation does."""

    def register(made: Operation) -> Operation:
        OPERATIONS.update(dict.fromkeys(names, made))
        return made

    return register


def refuse(node: OnnxNode, why: str) -> UnsupportedLayer:
    """What is raised for an operation."""
    return UnsupportedLayer(node.name or shorten(node.outputs[0]), node.op, why)


def whole(value: Any) -> list[int]:
    """A constant of whole numbers as a list."""
    return [int(v) for v in np.atleast_1d(np.asarray(value)).ravel()]
