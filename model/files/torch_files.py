"""What `torch.save` wrote, and its tensors as numbers. Alone here: to import torch takes 2 s."""

import pickletools
import warnings
from io import BytesIO
from typing import Any
from zipfile import ZipFile, is_zipfile

import numpy as np

from cellscope.model.cells.grid.patterns import Float
from cellscope.model.files.reading import MAX_BYTES, MAX_MEBIBYTES
from cellscope.model.spec import SpecError

FIELD = "network"
HARMLESS = ("torch", "collections", "_codecs", "__builtin__", "builtins", "numpy")
MAGIC = bytes.fromhex("6cfc9c46f9206aa85019")  # near the beginning of what torch wrote before 1.6
MOST_OPERATIONS = 200_000  # of a pickle, 0.5 s of them; 5,000 tensors take 160,000
PICKLES = 4  # that torch once wrote one after the other; the last of these is the state
RUN = {"eval", "exec", "compile", "open", "getattr", "__import__"}  # of builtins


def wrong_at_sight(data: bytes) -> str:
    """What is wrong with a file, seen without running any of it: a rule, or "".

    It may still be refused by torch, which knows better.
    """
    if not is_zipfile(BytesIO(data)) and MAGIC not in data[:64] and data[257:262] != b"ustar":
        return "network_code" if data[:1] == b"\x80" else "network_broken"
    try:
        code = any(_is_code(name) for pickle in _pickles_in(data) for name in _globals(pickle))
    except _TooLong:
        return "network_broken"
    except Exception:  # cut short, or not what torch writes: said where it is read
        return ""
    return "network_code" if code else ""


class _TooLong(Exception):
    """More operations than any state dict takes; torch, in Python, would go through them all."""


def _pickles_in(data: bytes) -> list[bytes]:
    """All there are, as torch may choose another one than we would."""
    if not is_zipfile(BytesIO(data)):
        return [data]
    with ZipFile(BytesIO(data)) as archive:
        found = [info for info in archive.infolist() if info.filename.endswith(".pkl")]
        if sum(info.file_size for info in found) > MAX_BYTES:
            raise ValueError("too large")  # as `load` says
        return [archive.read(info) for info in found]


def _globals(data: bytes) -> list[str]:
    """Module and name of everything that a pickle would import."""
    found, words, stream = list[str](), list[str](), BytesIO(data)
    operations = (each for _ in range(PICKLES) for each in pickletools.genops(stream))
    for count, (code, value, _) in enumerate(operations):
        if count > MOST_OPERATIONS:
            raise _TooLong
        if code.name == "GLOBAL":
            found.append(str(value))
        elif code.name == "STACK_GLOBAL":
            found.append(" ".join(words[-2:]))
        elif isinstance(value, str):
            words.append(value)
        if code.name == "STOP" and stream.tell() == len(data):
            break
    return found


def _is_code(name: str) -> bool:
    module, _, what = name.partition(" ")
    return module.split(".")[0] not in HARMLESS or what in RUN


def load(data: bytes) -> Any:
    """Tensors and plain containers only: no code can run."""
    import torch

    stream = BytesIO(data)
    if is_zipfile(stream):
        with ZipFile(stream) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
                raise SpecError(FIELD, "file_large", "torch.save", high=MAX_MEBIBYTES)
    stream.seek(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.load(stream, map_location="cpu", weights_only=True)


def numbers(name: str, value: object) -> Float:
    """A tensor's, in float64."""
    import torch

    if not isinstance(value, torch.Tensor):
        raise SpecError(FIELD, "array_numbers", f"{name}: {type(value).__name__}")
    if value.is_complex() or value.is_quantized or value.dtype == torch.bool or value.is_meta:
        raise SpecError(FIELD, "array_numbers", f"{name}: {value.dtype}")
    if value.layout != torch.strided:
        raise SpecError(FIELD, "array_numbers", f"{name}: {value.layout}")
    if value.numel() * 8 > MAX_BYTES:  # one number can stand for many, by a stride of 0
        raise SpecError(FIELD, "file_large", name, high=MAX_MEBIBYTES)
    try:
        return np.array(value.detach().to(torch.float64).numpy())
    except (RuntimeError, TypeError, NotImplementedError):  # of 4 bits, say
        raise SpecError(FIELD, "array_numbers", f"{name}: {value.dtype}") from None
