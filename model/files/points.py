"""Data points from a file: .npy or .csv with two columns; a third, the label, is ignored."""

import csv
from collections.abc import Iterable

import numpy as np

from cellscope.model.cells.grid.patterns import Float
from cellscope.model.files.reading import read_file, read_npy
from cellscope.model.spec import SpecError, shorten

FIELD = "points"
SUFFIXES = (".npy", ".csv")
NAMES = (("x1", "x2"), ("x_1", "x_2"), ("x0", "x1"), ("x", "y"))


def load_points(path: str) -> Float:
    """The points ``(n, 2)`` of a file, in data units and float64.

    Parameters
    ----------
    path : str
        A .npy of shape (n, 2) or (n, 3), or a .csv with commas. The first line of a .csv may be
        a header: one in which no column is a number; it says which columns are x, y or x1, x2.
        Blank lines are skipped.

    Raises
    ------
    SpecError
        Field ``points``: no such file, another number of columns, or a coordinate that is no
        finite number; for a .csv with the line.
    """
    suffix, data = read_file(FIELD, path, SUFFIXES)
    return _npy(data) if suffix == ".npy" else _csv(data)


def _npy(data: bytes) -> Float:
    array = read_npy(FIELD, "array", data)
    if array.ndim != 2 or array.shape[1] not in (2, 3):
        raise SpecError(FIELD, "points_columns", f"shape {array.shape}")
    points = np.ascontiguousarray(array[:, :2])
    bad = np.flatnonzero(~np.isfinite(points).all(axis=1))
    if len(bad):
        row = points[bad[0]].tolist()
        raise SpecError(FIELD, "points_finite", f"{row[0]}, {row[1]}", line=int(bad[0]) + 1)
    return points


def _csv(data: bytes) -> Float:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SpecError(FIELD, "points_text", "bytes that are no UTF-8") from None
    try:
        return _rows(csv.reader(text.splitlines()))
    except csv.Error as error:
        raise SpecError(FIELD, "points_text", str(error)) from None


def _rows(lines: Iterable[list[str]]) -> Float:
    points: list[tuple[float, float]] = []
    first, places = True, (0, 1)
    for line, cells in enumerate(lines, start=1):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) not in (2, 3):
            raise SpecError(FIELD, "points_columns", _line(line, cells))
        if first and _is_header(cells):
            first, places = False, _places(cells)
            continue
        first = False
        if len(cells) <= max(places):
            raise SpecError(FIELD, "points_columns", _line(line, cells))
        x, y = (_number(cells[place]) for place in places)
        if x is None or y is None or not np.isfinite([x, y]).all():
            raise SpecError(FIELD, "points_finite", shorten(", ".join(cells[:2])), line=line)
        points.append((x, y))
    if first:
        raise SpecError(FIELD, "file_empty", "no line with numbers")
    return np.array(points, np.float64).reshape(-1, 2)


def _is_header(cells: list[str]) -> bool:
    """Words in the first two columns; "4,5" is a number of another country, and no word."""
    words = [any(c.isalpha() for c in cell) and _number(cell) is None for cell in cells]
    return all(word or not cell.strip() for word, cell in zip(words[:2], cells, strict=False)) and (
        any(words)
    )


def _places(header: list[str]) -> tuple[int, int]:
    """Where x and y are, by their names; the first two columns where there are no such names."""
    names = [cell.strip().lower() for cell in header]
    for x, y in NAMES:
        if x in names and y in names:
            return names.index(x), names.index(y)
    return 0, 1


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _line(number: int, cells: list[str]) -> str:
    return f"line {number}: {shorten(','.join(cells))}"
