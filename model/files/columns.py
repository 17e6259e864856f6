"""Which columns of a table are the coordinates and which is the label: one rule for all readers.

Names come first: x, y or x1, x2, …; a column called label, class or y beside others. Without such
names the one column of words is the label, else the last where there is one more than coordinates.
"""

import re
from collections.abc import Sequence

from cellscope.model.files.csv_text import Line, is_missing, looks_like_number

PAIRS = (("x1", "x2"), ("x_1", "x_2"), ("x₁", "x₂"), ("x", "y"), ("x0", "x1"), ("a", "b"))
_SURE = frozenset(["label", "labels", "class", "classes", "klasse", "target", "targets"])
_LABELS = (
    "ziel zielwert z species art type typ category kategorie gruppe group cluster color colour "
    "farbe value wert"
)
LABELS = _SURE | frozenset(_LABELS.split())
_ROWS = frozenset(["id", "idx", "index", "nr", "nr.", "row", "rownames", "row_names", "zeile"])
_UNNAMED = re.compile(r"unnamed: \d+")  # the numbers of rows, as pandas writes them the second time
_NUMBERED = re.compile(r"(.*\D)(\d{1,5})", re.ASCII)

Places = tuple[tuple[int, ...], int | None]


def find_columns(names: Sequence[str] | None, rows: Sequence[Line], inputs: int) -> Places | None:
    """(places of the coordinates in order, place of the label or None); None if one can't tell.

    >>> find_columns(("label", "x", "y"), [Line(2, ("0", "1", "2"))], 2)
    ((1, 2), 0)
    >>> find_columns(None, [Line(1, ("1", "2", "3"))], 2)
    ((0, 1), 2)
    """
    heads = [name.lower() for name in names or ()]
    columns = [k for k in range(len(rows[0].cells)) if not heads or not _is_row_number(heads[k])]
    found = _by_names(heads, columns, inputs)
    if found:
        others = [k for k in columns if k not in found]
        label = _only([k for k in others if _is_label(heads, k)]) or others
        if len(label) <= 1:
            return found, label[0] if label else None
    if heads and len(columns) > inputs + 1:
        columns = [k for k in columns if heads[k]]
    return _by_place(heads, rows, columns, inputs)


def _by_place(
    heads: Sequence[str], rows: Sequence[Line], columns: Sequence[int], inputs: int
) -> Places | None:
    if len(columns) == inputs and not any(heads[k] in _SURE for k in columns if heads):
        return tuple(columns), None
    if len(columns) != inputs + 1:
        return None
    words = _only([k for k in columns if _is_words(rows, k)])
    label = (words or _only([k for k in columns if _is_label(heads, k)]) or [columns[-1]])[0]
    return tuple(k for k in columns if k != label), label


def _by_names(heads: Sequence[str], columns: Sequence[int], inputs: int) -> tuple[int, ...] | None:
    """The columns whose names say that they are the coordinates."""
    stems: dict[str, dict[int, int]] = {}
    for k in columns:
        if heads and (match := _NUMBERED.fullmatch(heads[k])):
            stems.setdefault(match[1], {})[int(match[2])] = k
    if inputs == 2:
        for x, y in PAIRS:
            numbered = _NUMBERED.fullmatch(y)
            alone = numbered is None or len(stems.get(numbered[1], ())) == 2  # no x3 beside them
            if x in heads and y in heads and alone:
                return heads.index(x), heads.index(y)
    for places in stems.values():
        if len(places) == inputs and max(places) - min(places) == inputs - 1 and min(places) < 2:
            return tuple(places[number] for number in sorted(places))
    return None


def _is_row_number(head: str) -> bool:
    return head in _ROWS or bool(_UNNAMED.fullmatch(head))


def _is_label(heads: Sequence[str], place: int) -> bool:
    """Whether its name says so; y does unless it stands beside an x."""
    return bool(heads) and (heads[place] in LABELS or (heads[place] == "y" and "x" not in heads))


def _is_words(rows: Sequence[Line], place: int) -> bool:
    cells = [row.cells[place] for row in rows]
    return not any(map(looks_like_number, cells)) and not all(map(is_missing, cells))


def _only(places: list[int]) -> list[int]:
    return places if len(places) == 1 else []
