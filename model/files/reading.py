"""Bytes of a user's file, and the numbers in them; nothing in a file is ever executed.

A file is read whole, once, up to a limit. Sizes that a file claims are compared with the bytes
that are there before anything is allocated, so a small file cannot ask for much memory.
"""

import math
import stat
import warnings
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from cellscope.model.spec_error import LONGEST_VALUE, SpecError

MAX_MEBIBYTES = 64
MAX_BYTES = MAX_MEBIBYTES * 2**20

_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


def read_file(field: str, path: str, suffixes: Sequence[str]) -> tuple[str, bytes]:
    """The suffix (lower case, one of `suffixes`) and all bytes of a file.

    Raises
    ------
    SpecError
        With this field: a file that is missing, a folder or device, unreadable, empty, above
        `MAX_BYTES`, or of another suffix.
    """
    try:
        file = Path(path).stat()
    except (OSError, ValueError) as error:  # ValueError: a 0 byte in the name
        missing = isinstance(error, FileNotFoundError)
        rule = "file_missing" if missing else "file_unreadable"
        raise SpecError(field, rule, shown(path), reason=reason(error)) from None
    if not stat.S_ISREG(file.st_mode):  # reading a pipe or a device may never end
        raise SpecError(field, "file_kind", shown(path))
    suffix = Path(path).suffix.lower()
    if suffixes and suffix not in suffixes:
        raise SpecError(field, "file_suffix", shown(path), choices=", ".join(suffixes))
    data = _bytes(field, path)
    if not data:
        raise SpecError(field, "file_empty", shown(path))
    if len(data) > MAX_BYTES:
        raise SpecError(field, "file_large", shown(path), high=MAX_MEBIBYTES)
    return suffix, data


def read_any(field: str, path: str) -> tuple[str, bytes]:
    """The same of a file whose suffix, if any, need not tell what it is."""
    return read_file(field, path, ())


def _bytes(field: str, path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SpecError(field, "file_unreadable", shown(path), reason=reason(error)) from None


def shown(path: str) -> str:
    """A path as an error repeats it: of a long one the end, which names the file."""
    return path if len(path) <= LONGEST_VALUE else "…" + path[1 - LONGEST_VALUE :]


def reason(error: Exception) -> str:
    """What the system says, without the path and the number."""
    return (getattr(error, "strerror", None) or str(error)).replace("\n", " ")


def read_npy(field: str, name: str, data: bytes) -> NDArray[np.float64]:
    """The real numbers of one .npy file or .npz member, as float64 of its own shape.

    Parameters
    ----------
    field : str
        Whose value the file is.
    name : str
        What an error calls the array.
    data : bytes

    Raises
    ------
    SpecError
        Not such a file, cut short, or of objects, complex numbers, texts, dates, truth values.
    """
    shape, fortran, dtype, start = read_npy_header(field, name, data)
    if dtype.kind not in "fiu":
        raise SpecError(field, "array_numbers", f"{name}: {dtype}")
    count = math.prod(shape)
    whole = all(type(n) is int and n >= 0 for n in shape)  # True is a whole number to Python alone
    if not whole or count * dtype.itemsize > len(data) - start:
        raise SpecError(field, "array_broken", name)
    try:
        values = np.frombuffer(data[start:], dtype, count=count) if count else np.empty(0)
        with np.errstate(all="ignore"):  # beyond float64 is inf, which is refused later, by name
            return values.astype(np.float64).reshape(shape, order="F" if fortran else "C")
    except (ValueError, OverflowError):  # a shape of 100 dimensions, or of 0 times 10^30
        raise SpecError(field, "array_broken", name) from None


def read_npy_header(
    field: str, name: str, data: bytes
) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """(shape, column-major, type, where the numbers start) of a .npy file, of which none is read.

    What is refused is as of `read_npy`: what is no such file, and Python objects.
    """
    stream = BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # headers of Python 2 are read with a warning
            read_header = _HEADERS[npy.read_magic(stream)]
            shape, fortran, dtype = read_header(stream, max_header_size=10_000)
    except Exception:
        # Too many kinds to list: the header is a Python literal of whatever bytes there are.
        raise SpecError(field, "array_broken", name) from None
    if dtype.hasobject:
        raise SpecError(field, "array_objects", name)
    return shape, fortran, dtype, stream.tell()
