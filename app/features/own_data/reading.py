"""What a page sends of points of its own, read into `OwnData`; all of it is untrusted."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellscope.app.text.texts import LANGUAGES, text
from cellscope.model.files.labelled import Found, read_labelled
from cellscope.model.formula import checked_formula, classes_of
from cellscope.model.own_data import (
    FARTHEST,
    FEWEST_POINTS,
    MOST_CLASSES,
    MOST_POINTS,
    OwnData,
)
from cellscope.model.spec import Spec, SpecError

KINDS = ("file", "formula", "drawn", "standardise", "raw")
NONE = np.empty((0, 2))


@dataclass(frozen=True, slots=True)
class Taken:
    """Points, the task that they are for (None: as before), and what is to be said of them."""

    own: OwnData
    task: str | None = None
    said: dict[str, str] | None = None  # by language


def read_own(kind: str, body: bytes, name: str, now: Spec, last: OwnData | None) -> Taken:
    """The points in a body; a `SpecError` if there are none."""
    if kind == "file":
        return _of_file(read_labelled(body, name))
    if kind == "formula":
        formula = checked_formula(_text(body))
        own = OwnData("formula", NONE, np.empty(0), name=formula, least_classes=classes_of(formula))
        return Taken(own)
    if kind == "drawn":
        return Taken(_drawn(body))
    own = now.own or last
    if kind not in KINDS or own is None:
        raise SpecError("kind", "choice", kind, choices=", ".join(KINDS))
    return Taken(own.but(standardise=kind == "standardise"))


def _of_file(found: Found) -> Taken:
    task = "classes" if found.own.words else "regression" if found.own.classes is None else None
    if found.first_left_out is None:
        return Taken(found.own, task)
    line, column = found.first_left_out
    values: dict[str, Any] = {"count": found.left_out, "line": line, "column": column}
    said = {language: text("own.left_out", language, **values) for language in LANGUAGES}
    return Taken(found.own, task, said=said)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise SpecError("formula", "formula_unreadable", "…") from None


def _drawn(body: bytes) -> OwnData:
    try:
        told: Any = json.loads(body)
        rows = np.array(told["points"], np.float64)
        least = int(told["classes"])
    except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
        raise SpecError("own_points", "own_points", "…", high=MOST_POINTS) from None
    if 0 < len(rows) < FEWEST_POINTS or rows.size == 0:
        raise SpecError("own_points", "own_few", len(rows), low=FEWEST_POINTS)
    if not _are_points(rows) or not 2 <= least <= MOST_CLASSES:
        raise SpecError("own_points", "own_points", len(rows), high=MOST_POINTS)
    return OwnData("drawn", rows[:, :2], rows[:, 2], least_classes=least)


def _are_points(rows: np.ndarray[Any, Any]) -> bool:
    """x, y and a class each."""
    if rows.ndim != 2 or rows.shape[1] != 3 or len(rows) > MOST_POINTS:
        return False
    classes = rows[:, 2]
    known = bool(np.isin(classes, np.arange(MOST_CLASSES)).all())
    return known and bool((np.abs(rows[:, :2]) <= FARTHEST).all())  # not where it is nan
