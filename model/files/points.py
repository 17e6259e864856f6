"""Data points from a file: .npy or .csv with two columns; a third, the label, is ignored."""

import numpy as np

from cellscope.model.cells.grid.patterns import Float
from cellscope.model.files.csv_text import Line, decimal_sign, header, number, table
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
        A .npy of shape (n, 2) or (n, 3), or a .csv (`csv_text`). The first line of a .csv may be
        a header: one with words and without a number; it says which columns are x, y or x1, x2.
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
    x, y = _places(names) if names else (0, 1)
    sign = decimal_sign([row.cells[k] for row in rows for k in (x, y) if k < len(row.cells)])
    points: list[tuple[float, float]] = []
    for row in rows:
        filled = len(row.cells) - sum(not cell for cell in row.cells[2:])
        if filled not in (2, 3) or filled <= max(x, y):
            raise SpecError(FIELD, "points_columns", _line(row))
        point = [number(row.cells[k], sign) for k in (x, y)]
        if None in point or not np.isfinite(point).all():  # pyright: ignore[reportArgumentType, reportCallIssue]
            value = shorten(", ".join(row.cells[:2]))
            raise SpecError(FIELD, "points_finite", value, line=row.number)
        points.append((point[0], point[1]))  # pyright: ignore[reportArgumentType]
    return np.array(points, np.float64).reshape(-1, 2)


def _places(given: tuple[str, ...]) -> tuple[int, int]:
    """Where x and y are, by their names; the first two columns where there are no such names."""
    names = [cell.lower() for cell in given]
    for x, y in NAMES:
        if x in names and y in names:
            return names.index(x), names.index(y)
    return 0, 1


def _line(line: Line) -> str:
    return f"line {line.number}: {shorten(','.join(line.cells))}"
