"""Points of a network's inputs from a file: d columns and, in one more, a label.

A .csv (`csv_text`) with or without a header, a .npy (n, d) or (n, d + 1), or a .npz with X and y.
What has d columns has no labels. Which columns of a .csv are which says `columns`. Rows of a .csv
without a value are left out and counted.
"""

from collections.abc import Sequence
from io import BytesIO
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from cellscope.model.files.columns import find_columns
from cellscope.model.files.csv_text import (
    Line,
    decimal_sign,
    header,
    is_missing,
    number,
    table,
    where,
)
from cellscope.model.files.reading import MAX_BYTES, MAX_MEBIBYTES, read_npy, shown
from cellscope.model.formula import LARGEST
from cellscope.model.opened import Inputs
from cellscope.model.spec import SpecError

FIELD = "data"
SUFFIXES = (".csv", ".npz", ".npy")
MOST_POINTS = 100_000
POINTS_NAMES = ("X", "x", "X_train", "x_train", "data", "inputs", "features", "images", "arr_0")
LABEL_NAMES = ("y", "Y", "y_train", "Y_train", "labels", "label", "target", "targets", "arr_1")
Float = NDArray[np.float64]


def inputs_in(data: bytes, suffix: str, name: str, inputs: int, classes: int) -> Inputs:
    """The points in the bytes of a file, for a network of so many inputs and outputs.

    Raises
    ------
    SpecError
        Field ``data``: no such file, other columns, a number that is not finite, labels that
        are more than the outputs.
    """
    if not data:
        raise SpecError(FIELD, "file_empty", shown(name))
    left_out = 0
    if suffix == ".csv":
        points, given, left_out = _csv(data, inputs)
        x, labels = _table((points, given), inputs)
    elif suffix == ".npy":
        x, labels = _table((read_npy(FIELD, "array", data), None), inputs)
    elif suffix == ".npz":
        x, labels = _npz(data, name, inputs)
    else:
        raise SpecError(FIELD, "file_suffix", shown(name), choices=", ".join(SUFFIXES))
    if len(x) < 2:
        raise SpecError(FIELD, "inputs_few", len(x))
    if len(x) > MOST_POINTS:
        raise SpecError(FIELD, "inputs_many", len(x), high=MOST_POINTS)
    bad = np.flatnonzero(~np.isfinite(x).all(axis=1))
    if len(bad):
        value = x[bad[0]][~np.isfinite(x[bad[0]])][0]
        raise SpecError(FIELD, "points_finite", f"{value}", line=int(bad[0]) + 1)
    if (largest := float(np.abs(x).max())) > LARGEST:
        raise SpecError(FIELD, "within", largest, high=LARGEST)
    y = None if labels is None else _classes(labels, classes)
    blank = np.zeros(len(x), np.int64)
    return Inputs(
        np.ascontiguousarray(x),
        blank if y is None else y,
        name,
        labelled=y is not None,
        left_out=left_out,
    )


def is_points(data: bytes) -> bool:
    """Whether a .npz holds points rather than a network, by the names in it."""
    try:
        with ZipFile(BytesIO(data)) as archive:
            names = {name.removesuffix(".npy") for name in archive.namelist()}
    except Exception:  # no .npz at all: said where it is read as a network
        return False
    network = any(name in ("W0", "W1") or name.endswith("weight") for name in names)
    return not network and any(name in names for name in POINTS_NAMES)


def _npz(data: bytes, name: str, inputs: int) -> tuple[Float, NDArray[np.object_] | None]:
    try:
        with ZipFile(BytesIO(data)) as archive:
            sizes = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
            points = next((known for known in POINTS_NAMES if known in sizes), None)
            labels = next((known for known in LABEL_NAMES if known in sizes), None)
            if points is None:
                raise SpecError(FIELD, "inputs_none", shown(name), choices=", ".join(POINTS_NAMES))
            wanted = [known for known in (points, labels) if known is not None]
            if sum(sizes[known].file_size for known in wanted) > MAX_BYTES:
                raise SpecError(FIELD, "file_large", shown(name), high=MAX_MEBIBYTES)
            read = [read_npy(FIELD, known, archive.read(sizes[known])) for known in wanted]
    except SpecError:
        raise
    except Exception:  # damaged, cut short, encrypted, …
        raise SpecError(FIELD, "plane_broken", shown(name)) from None
    return _table((read[0], read[1] if len(read) > 1 else None), inputs)


def _table(
    found: tuple[Float, NDArray[np.generic] | None], inputs: int
) -> tuple[Float, NDArray[np.object_] | None]:
    """(points (n, inputs), labels or none) of what a file has."""
    x, labels = found
    if x.ndim < 1 or not x.size:
        raise SpecError(FIELD, "inputs_shape", f"{x.shape}", inputs=inputs)
    x = x.reshape(len(x), -1)
    if labels is None and x.shape[1] == inputs + 1:
        x, labels = x[:, :-1], x[:, -1]
    if x.shape[1] != inputs:
        raise SpecError(FIELD, "inputs_columns", x.shape[1], inputs=inputs)
    if labels is None:
        return x, None
    flat = np.asarray(labels, dtype=object)
    if flat.ndim == 2 and flat.shape[1] > 1:  # one-hot
        flat = np.asarray(np.asarray(labels, np.float64).argmax(axis=1), dtype=object)
    flat = flat.reshape(-1)
    if len(flat) != len(x):
        raise SpecError(FIELD, "inputs_labels", len(flat), points=len(x))
    return x, flat


def _classes(labels: NDArray[np.object_], classes: int) -> NDArray[np.int64] | None:
    """Whole numbers 0 … classes − 1 as they are; other labels are numbered in their order."""
    kinds = sorted(set(labels.tolist()), key=lambda kind: (isinstance(kind, str), kind))
    numbers = [kind for kind in kinds if isinstance(kind, float | int)]
    if len(numbers) == len(kinds) and any(not float(kind).is_integer() for kind in numbers):
        return None  # of a regression
    if len(numbers) == len(kinds) and all(0 <= kind < classes for kind in numbers):
        return np.array([int(label) for label in labels], np.int64)
    if len(kinds) > classes:
        raise SpecError(FIELD, "inputs_classes", len(kinds), classes=classes)
    number = {kind: k for k, kind in enumerate(kinds)}
    return np.array([number[label] for label in labels], np.int64)


def _csv(data: bytes, inputs: int) -> tuple[Float, NDArray[np.generic] | None, int]:
    """Numbers; the column of labels where a header or its words name one; rows left out."""
    names, rows = header(FIELD, table(FIELD, data, MOST_POINTS), inputs)
    if not rows:
        raise SpecError(FIELD, "file_empty", "no line with numbers")
    width = len(rows[0].cells)
    found = find_columns(names, rows, inputs)
    if found is None:
        raise SpecError(FIELD, "inputs_columns", width, inputs=inputs)
    places, place = found
    sign = decimal_sign([row.cells[k] for row in rows for k in places])
    titles = [names[k] if names and names[k] else str(k + 1) for k in range(width)]
    points: list[list[float]] = []
    labels: list[str | float] = []
    for row in rows:
        values = _row(row, places, titles, sign)
        if values is None or (place is not None and is_missing(row.cells[place])):
            continue
        points.append(values)
        if place is not None:
            labels.append(_label(row.cells[place], sign))
    x = np.array(points, np.float64).reshape(len(points), len(places))
    left_out = len(rows) - len(points)
    return x, None if place is None else np.array(labels, dtype=object), left_out


def _row(row: Line, places: Sequence[int], titles: Sequence[str], sign: str) -> list[float] | None:
    """The numbers of a row; None if one is missing."""
    values: list[float] = []
    for k in places:
        value = number(row.cells[k], sign)
        if value is None and is_missing(row.cells[k]):
            return None
        if value is None or not np.isfinite(value):
            raise SpecError(FIELD, "csv_number", row.cells[k], **where(row, titles[k]))
        values.append(value)
    return values


def _label(cell: str, sign: str) -> str | float:
    value = number(cell, sign)
    return cell if value is None else value
