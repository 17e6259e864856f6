"""Tables of numbers as text: whatever program and country wrote them, by one set of rules.

Encodings: UTF-8 and UTF-16 with or without their mark, else Windows-1252. Lines end as on any
system. Columns are parted by semicolon, tab, comma, bar or blanks, whichever fits the most lines;
`sep=;` as Excel writes it counts. Numbers have a decimal point or comma, one of them in a whole
file, and may have digits in groups of three. Nothing in a cell is ever computed.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from cellscope.model.spec import SpecError, shorten

_NOTHING = "- -- . ? na n/a <na> nan nat null none nil missing #na #nv"
MISSING = frozenset(_NOTHING.split())
_MISSING = re.compile(
    r"#[¡¿]?[^\W_][\w/.]*[!?]"  # a spreadsheet's error in its language: #DIV/0!, #¡VALOR!, #NOM?
    r"|#[^\W\d_]+/[^\W\d_]+|err:\d+"  # #N/A is #N/D in Spanish, #I/T in Swedish; LibreOffice's
    r"|[+-]?nan(\(\w*\))?|[+-]?1\.#\w+"  # not a number, as C libraries print it
    r"|\.[a-z_]",  # Stata's and SAS's kinds of missing
    re.IGNORECASE,
)
COMMENTS = ("#", "%", "//")
DELIMITERS = (";", "\t", ",", "|", " ")
LOOKED_AT = 50  # lines, to find out how columns are parted
LOOKED_AT_LETTERS = 400_000  # of them
MOST_COLUMNS = 10_000
LONGEST_CELL = csv.field_size_limit()
SPARE = 2  # lines that are read for each row that is taken: in some a value is missing
GROUPS = " \u00a0\u202f\u2009'\u2019"  # between groups of three digits
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)
_FORTRAN = re.compile(r"(?<=[\d.])d(?=[+-]?\d+$)", re.ASCII | re.IGNORECASE)  # 1.5D-3
_THOUSANDS = {  # and in India 12,34,567
    ".": re.compile(r"[+-]?\d{1,3}(\.\d{3})+", re.ASCII),
    ",": re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d{1,2}(,\d{2})+,\d{3})", re.ASCII),
}


@dataclass(frozen=True, slots=True)
class Line:
    """The cells of one line, and which line of the file it is."""

    number: int
    cells: tuple[str, ...]


def decoded(field: str, data: bytes) -> str:
    """The text; a `SpecError` of the field where it is none."""
    if data[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        raise SpecError(field, "csv_workbook", "PK")
    encoding = _encoding(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise SpecError(field, "csv_text", "0 byte")
    return text


def _encoding(data: bytes) -> str:
    if data.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = data[:200]
    if head[1::2].count(0) > len(head) // 4:
        return "utf-16-le"
    if head[::2].count(0) > len(head) // 4:
        return "utf-16-be"
    return "utf-8-sig"


def table(field: str, data: bytes, most: int | None = None) -> list[Line]:
    """All lines that hold anything, without comments and without columns that are empty.

    Of a table of which at most so many rows are taken, no more than `SPARE` times as many are read:
    half a million of them take 3 s and 250 MB.
    """
    text = decoded(field, data)
    text = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    first, _, rest = text.partition("\n")
    said = re.fullmatch(r'"?sep=(.)"?\s*', first, re.IGNORECASE)
    try:
        found = _lines(rest, said.group(1), first=2) if said else _lines(text, _delimiter(text))
        lines = list(found if most is None else islice(found, SPARE * most + 1))
    except _Wide as error:
        raise SpecError(field, "csv_wide", error.args[0], high=MOST_COLUMNS) from None
    except csv.Error:
        raise SpecError(field, "csv_cell", "…", high=LONGEST_CELL) from None
    if most is not None and len(lines) > SPARE * most:
        raise SpecError(field, "csv_long", "…", high=SPARE * most)
    return _without_empty(lines)


class _Wide(csv.Error):
    """More columns than any table of points has."""


def _lines(text: str, delimiter: str, first: int = 1) -> Iterator[Line]:
    """Lines with their numbers; a quoted cell may hold delimiters and ends of lines."""
    blanks = delimiter == " "
    source = io.StringIO(re.sub(r"[ \t]+", " ", text) if blanks else text, newline="\n")
    reader = csv.reader(source, delimiter=delimiter, skipinitialspace=True)
    begin = first
    for cells in reader:
        if len(cells) > MOST_COLUMNS:
            raise _Wide(len(cells))
        number, begin = begin, first + reader.line_num
        stripped = tuple(cell.strip() for cell in cells)
        if blanks:
            stripped = tuple(filter(None, stripped))
        if any(stripped) and not _is_comment(stripped[0]):
            yield Line(number, stripped)


def _is_comment(cell: str) -> bool:
    return cell.startswith(COMMENTS) and not is_missing(cell)


def _without_empty(lines: list[Line]) -> list[Line]:
    """Without columns that are empty in every line, as spreadsheets leave them behind."""
    width = max((len(line.cells) for line in lines), default=0)
    kept = [k for k in range(width) if any(k < len(line.cells) and line.cells[k] for line in lines)]
    if len(kept) == width and all(len(line.cells) == width for line in lines):
        return lines
    return [
        Line(line.number, tuple(line.cells[k] if k < len(line.cells) else "" for k in kept))
        for line in lines
    ]


def _delimiter(text: str) -> str:
    """The one that makes most of the lines numbers in columns, and equally many of them."""
    end = min(_nth_line(text, LOOKED_AT), LOOKED_AT_LETTERS)
    return max(DELIMITERS, key=lambda delimiter: _fit(text[:end], delimiter))


def _nth_line(text: str, count: int) -> int:
    at = 0
    for _ in range(count):
        found = text.find("\n", at)
        if found < 0:
            return len(text)
        at = found + 1
    return at


def _fit(text: str, delimiter: str) -> tuple[float, float, int]:
    """Shares of the lines with two numbers and as many cells as the others, and with two cells."""
    try:
        rows = [line.cells for line in _without_empty(list(_lines(text, delimiter)))]
    except _Wide:
        return 0.0, 0.5, 0  # before those that part nothing: so it is named
    except csv.Error:
        return 0.0, 0.0, 0
    if not rows or len(rows[0]) < 2:
        return 0.0, 0.0, 0
    several = sum(sum(map(bool, row)) > 1 for row in rows) / len(rows)
    good = [row for row in rows if sum(map(looks_like_number, row)) >= 2]
    filled = [sum(map(bool, row)) for row in good]
    usual = max((filled.count(count) for count in set(filled)), default=0)
    return usual / len(rows), several, -len(rows[0])


def header(
    field: str, lines: Sequence[Line], least: int
) -> tuple[tuple[str, ...] | None, list[Line]]:
    """The names of the columns, if there are words in the first line and no number; the rows.

    Numbers of rows, whose column has no name (R, pandas), are left out of both where at least so
    many columns remain. A row with more cells than there are names is a `SpecError`: commas that
    are decimal and part columns, too, would make other numbers of it.
    """
    if not lines:
        return None, []
    if len(lines) > 2 and _is_title(lines[0]) and sum(map(bool, lines[1].cells)) > 1:
        lines = lines[1:]
    first, rows = lines[0], list(lines[1:])
    words = any(c.isalpha() for cell in first.cells for c in cell)
    if not words or any(map(looks_like_number, first.cells)):
        return None, list(lines)
    names = first.cells
    named = sum(map(bool, names))
    if rows and names[0] and not names[-1] and named + 1 == sum(map(bool, rows[0].cells)):
        names = ("", *names[:-1])  # R's write.table: the names begin a column too far left
    _check_cells(field, names, rows)
    if not names[0] and named == len(names) - 1 >= least:
        return names[1:], [Line(row.number, row.cells[1:]) for row in rows]
    return names, rows


def _check_cells(field: str, names: Sequence[str], rows: Sequence[Line]) -> None:
    end = max(k for k, name in enumerate(names, 1) if name)
    for row in rows:
        if any(row.cells[end:]):
            cells = max(k for k, cell in enumerate(row.cells, 1) if cell)
            raise SpecError(field, "csv_cells", cells, line=row.number, named=end)


def _is_title(line: Line) -> bool:
    """One cell of words, as Numbers has it above a table."""
    filled = [cell for cell in line.cells if cell]
    return len(filled) == 1 and not is_missing(filled[0]) and not looks_like_number(filled[0])


def looks_like_number(cell: str) -> bool:
    """With either decimal sign."""
    return any(number(cell, mark) is not None for mark in ".,")


def is_missing(cell: str) -> bool:
    """Whether nothing is in a cell, or what programs write for it."""
    return not cell or cell.lower() in MISSING or _MISSING.fullmatch(cell) is not None


def number(cell: str, decimal: str) -> float | None:
    """The number in a cell, whose decimal sign is a point or a comma; None if it is none.

    >>> number("1.234,5", ","), number("1,234.5", "."), number("-1e-3", "."), number("=1+1", ".")
    (1234.5, 1234.5, -0.001, None)
    """
    if decimal == "." and _PLAIN.fullmatch(cell):  # nearly all of a large file
        return float(cell)
    plain = cell.replace("\u2212", "-").strip()
    plain = re.sub(rf"(?<=\d)[{GROUPS}](?=\d{{3}}(?!\d))", "", plain)
    other = "," if decimal == "." else "."
    if other in plain:
        whole, sign, rest = plain.partition(decimal)
        if not _THOUSANDS[other].fullmatch(whole) or other in rest:
            return None
        plain = whole.replace(other, "") + sign + rest
    plain = _FORTRAN.sub("e", plain.replace(",", "."))
    return float(plain) if _PLAIN.fullmatch(plain) else None


def decimal_sign(cells: Sequence[str]) -> str:
    """The decimal sign that most of these are numbers with; of both a lone comma is decimal.

    A point that parts three digits from others is decimal unless commas say otherwise.
    """
    if not any("," in cell or cell.count(".") > 1 for cell in cells):
        return "."
    point = sum(number(cell, ".") is not None for cell in cells)
    comma = sum(number(cell, ",") is not None for cell in cells)
    if point != comma:
        return "." if point > comma else ","
    return "," if any("," in cell for cell in cells) else "."


def where(line: Line, column: str) -> dict[str, object]:
    """What an error says of a place: the line of the file and the column's name or number."""
    return {"line": line.number, "column": shorten(column)}
