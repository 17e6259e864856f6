"""Small .onnx files for tests, written byte by byte."""

import struct
from typing import Any

import numpy as np

TYPES = {"float32": 1, "int64": 7, "float64": 11, "float16": 10}


def varint(value: int) -> bytes:
    value &= 2**64 - 1
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: int | bytes | str | float) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def tensor(name: str, array: Any) -> bytes:
    array = np.asarray(array)
    dims = b"".join(field(1, int(n)) for n in array.shape)
    return dims + field(2, TYPES[str(array.dtype)]) + field(8, name) + field(9, array.tobytes())


def node(op: str, inputs: str, outputs: str, domain: str = "", **attributes: Any) -> bytes:
    out = b"".join(field(1, name) for name in inputs.split())
    out += b"".join(field(2, name) for name in outputs.split()) + field(4, op)
    for name, value in attributes.items():
        out += field(5, field(1, name) + attribute(value))
    return out + (field(7, domain) if domain else b"")


def attribute(value: Any) -> bytes:
    if isinstance(value, np.ndarray):
        return field(5, tensor("", value))
    if isinstance(value, list):
        return b"".join(field(8, int(v)) for v in value)
    return field({float: 2, int: 3, str: 4}[type(value)], value)


def info(name: str, shape: tuple[int | str, ...]) -> bytes:
    dims = b"".join(field(1, field(1 if isinstance(n, int) else 2, n)) for n in shape)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, dims)))


def model(
    nodes: list[bytes], constants: dict[str, Any], shape: tuple[int | str, ...],
    outputs: str = "out", extra: bytes = b"",
) -> bytes:  # fmt: skip
    graph = b"".join(field(1, part) for part in nodes)
    graph += b"".join(field(5, tensor(name, array)) for name, array in constants.items())
    graph += field(11, info("x", shape)) + extra
    graph += b"".join(field(12, info(name, ())) for name in outputs.split())
    return field(1, 8) + field(8, field(2, 17)) + field(7, graph)
