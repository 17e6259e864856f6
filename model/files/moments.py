"""Moments that a student hands in: a .csv with the columns layer, mean, variance."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from cellscope.model.own_code.moments import Column, Written
from cellscope.model.spec import SpecError, shorten

FIELD = "moments"
MAX_KIBIBYTES = 64
MAX_ROWS = 33  # the input and 32 layers
NAMES: dict[str, tuple[str, ...]] = {
    "layer": ("layer", "schicht"),
    "mean": ("mean", "mittelwert", "mittel"),
    "variance": ("variance", "varianz", "var"),
}
_NUMBER = re.compile(r"[+-]?(\d+)?(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a file: of each layer (0 is the input) what was written of it."""

    layers: tuple[int, ...]
    columns: dict[Column, tuple[Written, ...]]

    def of(self, column: Column) -> list[tuple[int, Written]]:
        """One column with the layers."""
        return list(zip(self.layers, self.columns[column], strict=True))


def read_moments(data: bytes, name: str, *, layers: int) -> Table:
    """The moments in a .csv.

    Parameters
    ----------
    data : bytes
        UTF-8; the first line names the columns, in any order: ``layer`` and ``mean``,
        ``variance`` or both, in English or German; others are ignored. Commas, semicolons (then
        numbers may have a decimal comma), tabs or spaces between them.
    name : str
        What an error calls the file.
    layers : int
        L: rows are of the layers 0 … L.

    Raises
    ------
    SpecError
        Field ``moments``: too long, no text, no such columns, no rows or too many; a layer that
        is none or comes twice; a cell that is no finite number.
    """
    if len(data) > MAX_KIBIBYTES * 1024:
        raise SpecError(FIELD, "moments_large", name, high=MAX_KIBIBYTES)
    lines = _lines(data, name)
    if not lines:
        raise SpecError(FIELD, "file_empty", name)
    between = _delimiter(lines[0][1])
    places = _places(_cells(lines[0][1].lstrip("# "), between), name)
    rows = lines[1:]
    if not 1 <= len(rows) <= MAX_ROWS:
        raise SpecError(FIELD, "moments_rows", f"{name}: {len(rows)}", high=MAX_ROWS)
    found: list[int] = []
    columns: dict[Column, list[Written]] = {c: [] for c in ("mean", "variance") if c in places}
    for number, line in rows:
        cells = _cells(line, between)
        layer = _layer(_cell(cells, places["layer"]), number, layers)
        if layer in found:
            raise SpecError(FIELD, "moments_twice", layer, line=number)
        found.append(layer)
        for column, written in columns.items():
            written.append(_number(_cell(cells, places[column]), number, column, between))
    return Table(tuple(found), {column: tuple(written) for column, written in columns.items()})


def _lines(data: bytes, name: str) -> list[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError(FIELD, "moments_text", name) from None
    if "\0" in text:
        raise SpecError(FIELD, "moments_text", name)
    return [(k, line) for k, line in enumerate(text.splitlines(), start=1) if line.strip()]


def _delimiter(header: str) -> str:
    return next((mark for mark in (";", "\t", ",") if mark in header), " ")


def _cells(line: str, between: str) -> list[str]:
    if between == " ":
        return line.split()
    return [cell.strip() for cell in next(csv.reader([line], delimiter=between), [])]


def _places(header: Sequence[str], name: str) -> dict[str, int]:
    """Which cell of a row holds which column."""
    known = {alias: column for column, aliases in NAMES.items() for alias in aliases}
    places: dict[str, int] = {}
    for place, title in enumerate(header):
        column = known.get(title.lower())
        if column in places:
            raise SpecError(FIELD, "moments_column_twice", title)
        if column is not None:
            places[column] = place
    if "layer" not in places or len(places) < 2:
        raise SpecError(FIELD, "moments_columns", f"{name}: {shorten(', '.join(header))}")
    return places


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _layer(cell: str, line: int, layers: int) -> int:
    try:
        layer = float(cell) if len(cell) < 40 and "_" not in cell else -1.0  # 1.000e+00 of savetxt
    except ValueError:
        layer = -1.0
    if not 0 <= layer <= layers or layer % 1:
        raise SpecError(FIELD, "moments_layer", cell, line=line, high=layers)
    return int(layer)


def _number(cell: str, line: int, column: str, between: str) -> Written:
    """A number and half a unit of its last digit; "nan" and "inf" are named as such."""
    text = cell.replace(",", ".") if between != "," else cell
    match = _NUMBER.fullmatch(text)
    if match is None or (match[1] is None and not match[2]):
        special = text.lower().lstrip("+-") in ("nan", "inf", "infinity")
        rule = "moments_finite" if special else "moments_number"
        raise SpecError(FIELD, rule, cell, line=line, column=column)
    value, exponent = float(text), int(match[3] or 0)
    if not isfinite(value):
        raise SpecError(FIELD, "moments_finite", cell, line=line, column=column)
    return Written(value, 0.5 * 10.0 ** min(exponent - len(match[2] or ""), 300))
