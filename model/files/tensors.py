"""Tensors of a .safetensors file: 8 bytes of length, a JSON table, and the raw numbers.

The format is https://huggingface.co/docs/safetensors; every offset is checked against the bytes
that are there, and the tensors must cover them without gap or overlap.
"""

import json
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.spec import SpecError, shorten

Array = NDArray[Any]
BRAIN = "BF16"  # the upper half of a float32, which numpy does not know
DTYPES = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    BRAIN: np.dtype("<u2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("i1"),
    "U64": np.dtype("<u8"),
    "U32": np.dtype("<u4"),
    "U16": np.dtype("<u2"),
    "U8": np.dtype("u1"),
    "BOOL": np.dtype("?"),
}


def read_tensors(data: bytes) -> dict[str, Array]:
    """The tensors by name, in the order of their bytes.

    Raises
    ------
    ValueError
        Anything that is not such a file.
    SpecError
        Field ``network``: numbers that are not in `DTYPES`, by the name of their tensor.
    """
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise ValueError("the table is cut short")
    table = json.loads(data[8 : 8 + length].decode(), object_pairs_hook=_once)
    body = memoryview(data)[8 + length :]
    entries = [
        (name, *_entry(name, entry)) for name, entry in table.items() if name != "__metadata__"
    ]
    entries.sort(key=lambda entry: entry[3:])
    end, tensors = 0, dict[str, Array]()
    for name, kind, shape, start, stop in entries:
        size = math.prod(shape) * DTYPES[kind].itemsize
        if start != end or stop - start != size or stop > len(body):
            raise ValueError(f"{name}: its bytes are not where the table says")
        tensors[name] = _values(kind, body[start:stop]).reshape(shape)
        end = stop
    if end != len(body):
        raise ValueError("there are more bytes than the table has tensors for")
    return tensors


def _values(kind: str, data: memoryview) -> Array:
    values = np.frombuffer(data, DTYPES[kind])
    if kind != BRAIN:
        return values
    return (values.astype("<u4") << 16).view("<f4")


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


def _entry(name: str, entry: Any) -> tuple[str, list[int], int, int]:
    shape, (start, stop) = entry["shape"], entry["data_offsets"]
    if not all(type(n) is int and n >= 0 for n in (*shape, start, stop)):
        raise ValueError("sizes and offsets are whole numbers")
    if entry["dtype"] not in DTYPES:
        raise SpecError(
            "network", "array_numbers", f"{shorten(name)}: {shorten(str(entry['dtype']))}"
        )
    return entry["dtype"], shape, start, stop
