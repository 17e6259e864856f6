"""Data points from a file: .npy or .csv with two columns; a third, the label, is ignored."""

import numpy as np

from cellscope.model.cells.grid.patterns import Float
from cellscope.model.files.columns import find_columns
from cellscope.model.files.csv_text import Line, decimal_sign, header, number, table
from cellscope.model.files.reading import read_file, read_npy
from cellscope.model.spec import SpecError, shorten

FIELD = "points"
SUFFIXES = (".npy", ".csv")


def load_points(path: str) -> Float:
    """The points ``(n, 2)`` of a file, in data units and float64.

    Parameters
    ----------
    path : str
        A .npy of shape (n, 2) or (n, 3), or a .csv (`csv_text`). The first line of a .csv may be
        a header: one with words and without a number; it says which columns are which (`columns`).
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
    lines = table(FIELD, data)
    names, rows = header(FIELD, lines, 2)
    if not lines:
        raise SpecError(FIELD, "file_empty", "no line with numbers")
    if not rows:
        return np.empty((0, 2))
    found = find_columns(names, rows, 2)
    if found is None:
        raise SpecError(FIELD, "points_columns", _line(lines[0]))
    x, y = found[0]
    sign = decimal_sign([row.cells[k] for row in rows for k in (x, y)])
    return np.array([_point(row, x, y, sign) for row in rows], np.float64)


def _point(row: Line, x: int, y: int, sign: str) -> tuple[float, float]:
    values = [number(row.cells[k], sign) for k in (x, y)]
    good = [value for value in values if value is not None and np.isfinite(value)]
    if len(good) < 2:
        value = shorten(", ".join(row.cells[k] for k in (x, y)))
        raise SpecError(FIELD, "points_finite", value, line=row.number)
    return good[0], good[1]


def _line(line: Line) -> str:
    return f"line {line.number}: {shorten(','.join(line.cells))}"
