"""A file of what is done, so that a count that was stopped goes on: lines of JSON, nothing else.

The first line says what is counted: another network, plane, window, layer or version is an error.
Each line ends with the checksum of what stands before it. A last line that was cut short is
dropped; anything else that is wrong is an error.
"""

import base64
import json
import math
import os
import zlib
from contextlib import suppress
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from cellscope.model.counting.tile import NAME, SIDES, Key, Side, Tile
from cellscope.model.counting.tiling import Divided

FORMAT = "cellscope-count-1"
NUMBERS = ("faces", "pairs", "euler", "checked", "near", "wrong")


class ResumeFile:
    """Appends what is done, and knows what was."""

    def __init__(self, path: str | PathLike[str], about: dict[str, Any]) -> None:
        """`about`: what is counted, as JSON has it.

        Raises
        ------
        ValueError
            Naming `resume`: not such a file, of another count, or it can't be written.
        """
        self.path = Path(path)
        self.tiles: dict[Key, Tile] = {}
        self.divided: dict[Key, Divided] = {}
        head = {"format": FORMAT} | about
        if self.path.exists() and not self.path.is_file():  # reading a device may never end
            raise ValueError(f"resume: {self.path}: is no plain file")
        try:
            data = self.path.read_bytes() if self.path.exists() else b""
            good = self._read(data, head) if data else 0
            self._file = self.path.open("ab")
            if good < len(data):
                self._file.truncate(good)
            if not good:
                self._append(head)
        except OSError as error:
            raise ValueError(f"resume: {self.path}: {error.strerror or error}") from None

    def _read(self, data: bytes, head: dict[str, Any]) -> int:
        """Take what the lines say; how many bytes of them are whole."""
        good = 0
        for number, line in enumerate(data.splitlines(keepends=True)):
            if not line.endswith(b"\n"):
                break
            try:
                self._take(_checked(line), head, number)
            except _NotThis as error:
                raise ValueError(f"resume: {self.path}: {error}") from None
            except (ValueError, KeyError, TypeError, IndexError, AttributeError):
                raise ValueError(f"resume: {self.path}: line {number + 1} is broken") from None
            good += len(line)
        if not good:
            raise ValueError(f"resume: {self.path}: is no file of a count")
        return good

    def _take(self, value: dict[str, Any], head: dict[str, Any], number: int) -> None:
        if number == 0:
            different = [name for name in head if value.get(name) != head[name]]
            if different:
                raise _NotThis(f"is of another count: its {different[0]} differs")
        elif "parts" in value:
            parts = tuple((_key(key), _window(window)) for key, window in value["parts"])
            self.divided[_key(value["key"])] = Divided(parts, float(value["expected"]))
        else:
            tile = _tile(value)
            self.tiles[tile.key] = tile

    def add(self, key: Key, found: Tile | Divided) -> None:
        """Note what a tile has come to."""
        if isinstance(found, Tile):
            self.tiles[key] = found
            self._append(_tile_json(found))
        else:
            self.divided[key] = found
            parts = [[list(k), list(w)] for k, w in found.parts]
            self._append({"key": list(key), "parts": parts, "expected": found.expected})

    def _append(self, value: dict[str, Any]) -> None:
        text = json.dumps(value, allow_nan=False)
        try:
            self._file.write(f"{text} {zlib.crc32(text.encode()):08x}\n".encode())
            self._file.flush()
        except OSError as error:
            self.close()
            raise ValueError(f"resume: {self.path}: {error.strerror or error}") from None

    def close(self) -> None:
        """Once; what can't be written any more was said when it was to be."""
        if self._file.closed:
            return
        with suppress(OSError):
            os.fsync(self._file.fileno())
        with suppress(OSError):
            self._file.close()


class _NotThis(Exception):
    pass


def _checked(line: bytes) -> dict[str, Any]:
    text, crc = line.decode().rstrip("\n").rsplit(" ", 1)
    if f"{zlib.crc32(text.encode()):08x}" != crc:
        raise ValueError
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError
    return value


def _tile_json(tile: Tile) -> dict[str, Any]:
    sides = {
        name: [_packed(side.low), _packed(side.high), _packed(side.face)]
        for name, side in zip(SIDES, tile.sides, strict=True)
    }
    return {
        "key": list(tile.key),
        "window": list(tile.window),
        **{name: getattr(tile, name) for name in NUMBERS},
        "ends": tile.ends,
        "area": tile.area,
        "names": _packed(tile.names),
        "sides": sides,
    }


def _packed(array: Any) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def _unpacked(text: str, dtype: Any) -> Any:
    return np.frombuffer(base64.b64decode(text, validate=True), dtype)


def _tile(value: dict[str, Any]) -> Tile:
    numbers = {name: value[name] for name in NUMBERS}
    if not all(type(n) is int and n >= 0 for n in numbers.values()):
        raise ValueError
    if type(value["ends"]) is not bool or not math.isfinite(value["area"]):
        raise ValueError
    names = _unpacked(value["names"], NAME)
    sides = tuple(_side(value["sides"][name], len(names)) for name in SIDES)
    return Tile(
        key=_key(value["key"]), window=_window(value["window"]), **numbers, ends=value["ends"],
        area=float(value["area"]), names=names, sides=sides,
    )  # fmt: skip


def _side(value: list[str], names: int) -> Side:
    low, high = _unpacked(value[0], np.float64), _unpacked(value[1], np.float64)
    face = _unpacked(value[2], np.int32)
    if not len(low) == len(high) == len(face) or not np.isfinite([*low, *high]).all():
        raise ValueError
    if len(face) and not (face.min() >= 0 and face.max() < names):
        raise ValueError
    return Side(low, high, face)


def _key(value: Any) -> Key:
    if not isinstance(value, list) or not all(type(n) is int and n >= 0 for n in value):
        raise ValueError
    return tuple(value)


def _window(value: Any) -> tuple[float, float, float, float]:
    x0, x1, y0, y1 = (float(v) for v in value)
    if not (x0 < x1 and y0 < y1):
        raise ValueError
    return x0, x1, y0, y1
