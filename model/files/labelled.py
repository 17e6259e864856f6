"""Points of one's own from a table: two columns and a label, by the rules of `csv_text`."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cellscope.model.files.columns import find_columns
from cellscope.model.files.csv_text import (
    Line,
    decimal_sign,
    header,
    is_missing,
    looks_like_number,
    number,
    table,
    where,
)
from cellscope.model.formula import LARGEST
from cellscope.model.own_data import FEWEST_POINTS, MOST_CLASSES, MOST_POINTS, OwnData
from cellscope.model.spec import SpecError, shorten

FIELD = "own_file"
LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class Found:
    """The points of a file, and how many of its rows were left out as a value is missing."""

    own: OwnData
    left_out: int
    first_left_out: tuple[int, str] | None  # its line, and the column where something is missing


def read_labelled(data: bytes, name: str) -> Found:
    """The points of a file; a `SpecError` names the line and the column of what cannot be."""
    lines = table(FIELD, data, MOST_POINTS)
    if not lines:
        raise SpecError(FIELD, "csv_empty", shorten(name))
    names_of, rows = header(FIELD, lines, 2)
    if not rows:
        raise SpecError(FIELD, "csv_empty", shorten(name))
    places = _places(names_of, rows)
    names = [names_of[p] if names_of and names_of[p] else str(p + 1) for p in places]
    numeric = all(
        is_missing(row.cells[places[2]]) or looks_like_number(row.cells[places[2]]) for row in rows
    )
    read = places if numeric else places[:2]
    sign = decimal_sign([row.cells[p] for row in rows for p in read])
    points: list[tuple[float, float]] = []
    labels: list[str] = []
    numbers: list[float] = []
    left_out, first = 0, None
    for row in rows:
        cells = [row.cells[p] for p in places]
        missing = next((n for c, n in zip(cells, names, strict=True) if is_missing(c)), None)
        if missing is not None:
            left_out, first = left_out + 1, first or (row.number, missing)
            continue
        x, y = (_number(row, names[k], cells[k], sign) for k in (0, 1))
        points.append((x, y))
        if numeric:
            numbers.append(_number(row, names[2], cells[2], sign))
        else:
            labels.append(_label(cells[2]))
        if len(points) > MOST_POINTS:
            raise SpecError(FIELD, "csv_long", shorten(name), high=MOST_POINTS)
    if len(points) < FEWEST_POINTS:
        raise SpecError(FIELD, "csv_short", len(points), low=FEWEST_POINTS)
    own = _own(np.array(points), numbers, labels, shorten(name))
    return Found(own, left_out, first)


def _own(points: np.ndarray, numbers: list[float], labels: list[str], name: str) -> OwnData:
    if not labels:
        return OwnData("file", points, np.array(numbers), name=name)
    words = sorted(set(labels), key=lambda word: (word.casefold(), word))
    if len(words) > MOST_CLASSES:
        raise SpecError(FIELD, "csv_labels", len(words), high=MOST_CLASSES)
    place = {word: k for k, word in enumerate(words)}
    y = np.array([float(place[label]) for label in labels])
    return OwnData("file", points, y, name=name, words=words)


def _label(cell: str) -> str:
    """One printable line, not too long."""
    plain = "".join(c if c.isprintable() else " " for c in cell)
    return plain if len(plain) <= LONGEST_LABEL else plain[: LONGEST_LABEL - 1] + "…"


def _number(row: Line, column: str, cell: str, sign: str) -> float:
    value = number(cell, sign)
    if value is None:
        raise SpecError(FIELD, "csv_number", cell, **where(row, column))
    if not abs(value) <= LARGEST:
        raise SpecError(FIELD, "csv_far", cell, high=LARGEST, **where(row, column))
    return value


def _places(names: tuple[str, ...] | None, rows: Sequence[Line]) -> tuple[int, int, int]:
    """Where both coordinates and the label are."""
    places, label = find_columns(names, rows, 2) or ((0, 1), None)
    if label is None:
        filled = len(rows[0].cells) if names is None else sum(map(bool, names))
        raise SpecError(FIELD, "csv_columns", filled, **where(rows[0], "–"))
    x, y = places
    return x, y, label
