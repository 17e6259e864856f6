"""Tensors of a .safetensors file: 8 bytes of length, a JSON table, and the raw numbers.

The format is https://huggingface.co/docs/safetensors; every offset is checked against the bytes
that are there, and the tensors must cover them without gap or overlap.
"""

import json
import math
from typing import Any

import torch

DTYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


def read_tensors(data: bytes) -> dict[str, torch.Tensor]:
    """The tensors by name, in the order of their bytes.

    Raises
    ------
    ValueError
        Anything that is not such a file, or of numbers that are not in `DTYPES`.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise ValueError("the table is cut short")
    table = json.loads(data[8 : 8 + length].decode(), object_pairs_hook=_once)
    body = memoryview(data)[8 + length :]
    entries = [(name, *_entry(entry)) for name, entry in table.items() if name != "__metadata__"]
    entries.sort(key=lambda entry: entry[3:])
    end, tensors = 0, dict[str, torch.Tensor]()
    for name, dtype, shape, start, stop in entries:
        if start != end or stop - start != math.prod(shape) * dtype.itemsize or stop > len(body):
            raise ValueError(f"{name}: its bytes are not where the table says")
        flat = bytearray(body[start:stop])  # torch wants memory that may be written to
        empty = torch.empty(0, dtype=dtype)
        tensors[name] = (torch.frombuffer(flat, dtype=dtype) if flat else empty).reshape(shape)
        end = stop
    if end != len(body):
        raise ValueError("there are more bytes than the table has tensors for")
    return tensors


def said_beside(data: bytes, key: str) -> str | None:
    """A word that the file says beside its tensors; None if it says none."""
    try:
        length = int.from_bytes(data[:8], "little")
        said = json.loads(data[8 : 8 + length].decode())["__metadata__"][key]
    except (ValueError, KeyError, TypeError, RecursionError):  # no such file is named elsewhere
        return None
    return said if isinstance(said, str) else None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def _entry(entry: Any) -> tuple[torch.dtype, list[int], int, int]:
    shape, (start, stop) = entry["shape"], entry["data_offsets"]
    if not all(type(n) is int and n >= 0 for n in (*shape, start, stop)):
        raise ValueError("sizes and offsets are whole numbers")
    return DTYPES[entry["dtype"]], shape, start, stop
