"""A graph of operations from an .onnx file: names, attributes and arrays, nothing else.

The format is https://onnx.ai/onnx/repo-docs/IR.html; it is read here, without the package of that
name, so that a file can ask for nothing: no other file, no more memory than it has bytes.
"""

import math
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.files.protobuf import (
    Broken,
    Message,
    Reader,
    Value,
    number,
    parts,
    text,
    whole_numbers,
)
from cellscope.model.files.reading import MAX_BYTES, shown
from cellscope.model.spec import SpecError, shorten

FIELD = "network"
MOST_FIELDS = 200_000  # of all messages in the file
MOST_NODES = 4000
DOMAINS = ("", "ai.onnx", "ai.onnx.ml")
EXTERNAL = 1  # data_location
# ONNX's numbers of types; those whose values are kept as int32 in `int32_data` too.
TYPES: dict[int, np.dtype[Any]] = {
    1: np.dtype("<f4"), 2: np.dtype("u1"), 3: np.dtype("i1"), 4: np.dtype("<u2"),
    5: np.dtype("<i2"), 6: np.dtype("<i4"), 7: np.dtype("<i8"), 9: np.dtype("?"),
    10: np.dtype("<f2"), 11: np.dtype("<f8"), 12: np.dtype("<u4"), 13: np.dtype("<u8"),
}  # fmt: skip
WORDS, BFLOAT16 = 8, 16
Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class OnnxNode:
    """An operation: names of what it takes and makes."""

    op: str
    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OnnxGraph:
    """Operations in order, constants by name, one input of a shape (0: not said), outputs."""

    nodes: tuple[OnnxNode, ...]
    constants: dict[str, Array]
    input: str
    shape: tuple[int, ...]
    outputs: tuple[str, ...]
    opset: int


def read_onnx(data: bytes, path: str) -> OnnxGraph:
    """The graph in a file.

    Raises
    ------
    SpecError
        Field ``network``: no such file, damaged or cut short, numbers in another file, an array
        that claims more numbers than it has, too many operations, more than one input.
    """
    try:
        return _Graph(data, path).read()
    except SpecError:
        raise
    except (ValueError, IndexError, struct.error, OverflowError):  # of whatever bytes there are
        raise SpecError(FIELD, "network_broken", shown(path)) from None


class _Graph:
    def __init__(self, data: bytes, path: str) -> None:
        self.data, self.path = data, path
        self.reader = Reader(MOST_FIELDS)

    def read(self) -> OnnxGraph:
        model = self.reader.message(memoryview(self.data))
        graphs = parts(model, 7)
        if len(graphs) != 1:
            raise SpecError(FIELD, "network_broken", shown(self.path))
        graph = self.reader.message(graphs[0])
        if graph.get(15):
            raise SpecError(FIELD, "onnx_sparse", shown(self.path))
        nodes = [self._node(part) for part in parts(graph, 1)]
        if len(nodes) > MOST_NODES:
            raise SpecError(FIELD, "onnx_nodes", len(nodes), high=MOST_NODES)
        tensors = dict(self._tensor(part) for part in parts(graph, 5))
        inputs = dict(self._value_info(part) for part in parts(graph, 11))
        free = [name for name in inputs if name not in tensors]
        constants = {name: array for name, array in tensors.items() if array is not None}
        if len(free) != 1:
            raise SpecError(FIELD, "onnx_inputs", len(free))
        outputs = [self._value_info(part)[0] for part in parts(graph, 12)]
        _check_order(nodes, {*inputs, *tensors})
        return OnnxGraph(
            tuple(nodes), constants, free[0], inputs[free[0]], tuple(outputs), self._opset(model)
        )

    def _opset(self, model: Message) -> int:
        found = 1
        for part in parts(model, 8):
            entry = self.reader.message(part)
            if text(entry, 1) in ("", "ai.onnx"):
                found = number(entry, 2)
        return found

    def _node(self, data: memoryview) -> OnnxNode:
        message = self.reader.message(data)
        op, domain = text(message, 4), text(message, 7)
        if domain not in DOMAINS:
            op = f"{domain}.{op}"
        attributes = dict(self._attribute(part) for part in parts(message, 5))
        inputs = tuple(bytes(part).decode() for part in parts(message, 1))
        outputs = tuple(bytes(part).decode() for part in parts(message, 2))
        return OnnxNode(shorten(op), shorten(text(message, 3)), inputs, outputs, attributes)

    def _attribute(self, data: memoryview) -> tuple[str, Any]:
        message = self.reader.message(data)
        name = text(message, 1)
        if 5 in message:
            return name, self._tensor(parts(message, 5)[-1])[1]
        if 2 in message:
            return name, _floats(message[2], 1)[0]
        if 3 in message:
            return name, number(message, 3)
        if 4 in message:
            return name, text(message, 4)
        if 7 in message:
            return name, _floats(message[7], len(data)).tolist()
        if 8 in message:
            return name, list(whole_numbers(message[8], len(data)))
        if 9 in message:
            return name, [bytes(part).decode(errors="replace") for part in parts(message, 9)]
        return name, None  # a graph, or nothing: no operation that is read here has one

    def _value_info(self, data: memoryview) -> tuple[str, tuple[int, ...]]:
        message = self.reader.message(data)
        name, shape = text(message, 1), list[int]()
        for kind in parts(message, 2):
            for tensor in parts(self.reader.message(kind), 1):
                for form in parts(self.reader.message(tensor), 2):
                    dims = parts(self.reader.message(form), 1)
                    shape = [max(0, number(self.reader.message(dim), 1)) for dim in dims]
        return name, tuple(shape)

    def _tensor(self, data: memoryview) -> tuple[str, Array | None]:
        """Name and numbers; words, as the names of classes are, are None."""
        message = self.reader.message(data)
        name = text(message, 8)
        if number(message, 14) == EXTERNAL or message.get(13):
            raise SpecError(FIELD, "onnx_external", name or shown(self.path))
        shape = tuple(whole_numbers(message.get(1, []), 64))
        kind = number(message, 2)
        if kind == WORDS:
            return name, None
        if (kind not in TYPES and kind != BFLOAT16) or message.get(3):
            raise SpecError(FIELD, "array_numbers", f"{name}: type {kind}")
        size = math.prod(shape)
        if any(n < 0 for n in shape) or size * 8 > MAX_BYTES:
            raise SpecError(FIELD, "array_broken", f"{name} {shape}")
        values = _values(message, kind, size)
        if len(values) != size or len(shape) > 32:
            raise SpecError(FIELD, "array_broken", f"{name} {shape}")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            bad = values[~np.isfinite(values)][0]
            raise SpecError(FIELD, "array_finite", f"{name}: {bad}")
        return name, values.reshape(shape)


def _check_order(nodes: list[OnnxNode], known: set[str]) -> None:
    """Each thing is made once, and before it is taken: whoever follows a way back comes to an end.

    What nothing makes is no matter here: it may belong to what is cut off.
    """
    made = {name for node in nodes for name in node.outputs}
    for node in nodes:
        early = [name for name in node.inputs if name in made and name not in known]
        again = [name for name in node.outputs if name and name in known]
        if early or again or not any(node.outputs):
            raise SpecError(FIELD, "onnx_order", (early + again + [node.op])[0])
        known |= set(filter(None, node.outputs))


def _values(message: Message, kind: int, size: int) -> Array:
    """The numbers of a tensor; floats as float64, which has them unchanged."""
    if 9 in message:
        raw = parts(message, 9)[-1]
        dtype = np.dtype("<u2") if kind == BFLOAT16 else TYPES[kind]
        if len(raw) != size * dtype.itemsize:
            raise Broken("other bytes than the shape says")
        values = np.frombuffer(raw, dtype)
    elif kind == 1:
        values = _floats(message.get(4, []), size)
    elif kind == 11:
        values = np.concatenate(
            [np.empty(0), *(np.frombuffer(p, "<f8") for p in parts(message, 10))]
        )
    else:
        field = 7 if kind == 7 else 11 if kind in (12, 13) else 5
        whole = np.fromiter(whole_numbers(message.get(field, []), size), np.int64)
        narrow = np.uint16 if kind in (10, BFLOAT16) else TYPES[kind]
        values = whole.astype(narrow)
        if kind == 10:
            values = values.view(np.float16)
    if kind == BFLOAT16:
        values = (values.astype(np.uint32) << 16).view(np.float32)
    with np.errstate(invalid="ignore"):  # a signalling NaN is refused with the others, by its name
        return values.astype(np.float64) if values.dtype.kind == "f" else values.astype(np.int64)


def _floats(values: list[Value], limit: int) -> NDArray[np.float64]:
    """A field of float32, packed or one by one."""
    found = [np.frombuffer(value, "<f4") for value in values if isinstance(value, memoryview)]
    out = np.concatenate([np.empty(0, "<f4"), *found])
    if len(out) > limit:
        raise Broken("too many numbers")
    return out.astype(np.float64)
