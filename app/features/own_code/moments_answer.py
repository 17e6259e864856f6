"""What the page says about moments that were handed in."""

from cellscope.app.text.numbers import number
from cellscope.app.text.texts import text
from cellscope.model.own_code.moments import PLAIN, ColumnVerdict, MomentReading

Said = dict[str, object]


def moments_said(verdicts: list[ColumnVerdict], language: str) -> Said:
    """Headline, a paragraph for each column, and the rows side by side."""
    worst = status_of(verdicts)
    return {
        "head": text(f"code.moments.{worst}", language),
        "named": [_column_said(v, language) for v in verdicts if v.status == "named"],
        "lines": [_column_said(v, language) for v in verdicts if v.status != "named"],
        "tables": [_table(verdict, language) for verdict in verdicts],
    }


def status_of(verdicts: list[ColumnVerdict]) -> str:
    """The one for all columns: that of the worst."""
    order = ("same", "single", "named", "differs")
    return max((verdict.status for verdict in verdicts), key=order.index)


def reading_said(reading: MomentReading, verdict: ColumnVerdict, language: str) -> str:
    """One sentence for each mistake of a reading."""
    plain = PLAIN[verdict.column]
    mistakes: list[str] = []
    if reading.root:
        mistakes.append("root")
    if reading.statistic != plain.statistic:
        mistakes.append(reading.statistic)
    if reading.unbiased:
        mistakes.append("unbiased")
    if reading.side != plain.side:
        mistakes.append(reading.side)
    if reading.points != plain.points:
        mistakes.append(reading.points)
    if reading.shift:
        mistakes.append("next" if reading.shift > 0 else "previous")
    return " ".join(text(f"code.reading.{mistake}", language) for mistake in mistakes)


def _column_said(verdict: ColumnVerdict, language: str) -> str:
    column = text(f"code.column.{verdict.column}", language)
    error = _apart(verdict.error, language)
    if verdict.status != "named":
        digits = ".digits" if verdict.by_digits else ""
        key = f"code.column_said.{verdict.status}{digits}"
        return text(key, language, column=column, error=error)
    said = [reading_said(reading, verdict, language) for reading in verdict.readings]
    if len(said) > 1:
        said = [text("code.several", language), " / ".join(said)]
    return text("code.column_said.named", language, column=column, said=" ".join(said), error=error)


def _table(verdict: ColumnVerdict, language: str) -> dict[str, object]:
    """Column names, and a row for each layer: its cells, and whether they agree."""
    names = [text(f"code.column.{verdict.column}", language)]
    names += [text(f"code.table.{name}", language) for name in ("yours", "page", "apart")]
    rows = [
        {
            "cells": [
                text("code.table.layer", language, layer=layer),
                *(number(value, language, 6) for value in (theirs, ours)),
                _apart(apart, language),
            ],
            "agrees": apart <= 1e-4,
        }
        for layer, theirs, ours, apart in verdict.rows
    ]
    return {"names": names, "rows": rows}


def _apart(deviation: float, language: str) -> str:
    """A relative deviation; of what is rounding alone not even the order of magnitude tells."""
    return "< 10⁻¹²" if deviation < 1e-12 else number(deviation, language, 2)
