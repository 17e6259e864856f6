"""`Votes`: a question of the sheet, put to a room; only sums are kept, part by part.

While a vote is open the bars grow without their names, the largest first, so that nobody follows
the others; with the answer they get their names, and what was right is marked.
"""

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count, pairwise
from math import ceil, floor, log10
from typing import Any, Literal

from cellscope.app.features.sheet.dialogue import Prediction
from cellscope.app.features.sheet.parts import Choice, Facts, Number, Part, Question
from cellscope.app.text.texts import LANGUAGES, text
from cellscope.model.spec import SpecError

Stage = Literal["open", "closed", "answer"]
STAGES: tuple[Stage, ...] = ("open", "closed", "answer")
SHOWN_FROM = 5  # ballots
MOST_BALLOTS = 5000
MOST_BINS = 8
LONGEST_MARK = 64
MOST_TRIED = 64  # numbers of a bin, of which one that is right makes it right
DECADES = 1e3  # from which largest value on numbers are counted by powers of ten
# A phone remembers in which votes it took part: after a restart they are others.
_numbers = count(1 + secrets.randbelow(2**40))


@dataclass(frozen=True, slots=True)
class Bar:
    """So many for an option, or for numbers from `low` to below `high`; whole ones: to `high`."""

    count: int
    option: str = ""
    low: float = 0.0
    high: float = 0.0
    right: bool = False


class Votes:
    """On one question. **Threads**: the event loop's only."""

    def __init__(self, question: Question, before: "Votes | None" = None) -> None:
        self.number = next(_numbers)  # tells it from another vote on the same question
        self.question = question
        self.before = before  # that count if nobody votes again
        self.stage: Stage = "open"
        self.count = 0
        self._options = [Counter[str]() for _ in question.parts]
        self._values: list[list[float]] = [[] for _ in question.parts]
        self._marks: set[str] = set()  # of the ballots that are counted, beside no value

    def cast(self, prediction: Prediction, mark: str | None = None) -> None:
        """Count one ballot; a `SpecError` once the vote is closed.

        A phone whose line broke before it heard that its ballot was counted sends it again: the
        same mark, drawn at random for this ballot alone, is counted once.
        """
        if mark in self._marks:
            return
        if self.stage != "open" or self.count >= MOST_BALLOTS:
            raise SpecError("vote", "vote_closed", self.question.name)
        if mark is not None:
            self._marks.add(mark)
        self.count += 1
        for k, value in enumerate(prediction):
            if isinstance(value, str):
                self._options[k][value] += 1
            else:
                self._values[k].append(float(value))

    def bars(self, k: int, facts: Facts | None) -> list[Bar]:
        """Those of a part; `facts` say what is right."""
        part = self.question.parts[k]
        if isinstance(part, Choice):
            right = None if facts is None else part.right(facts)
            counted = self._options[k]
            return [Bar(counted[o], option=o, right=o == right) for o in part.options]
        found = bins(self._values[k], whole=part.whole)
        return [
            Bar(n, low=low, high=high - part.whole, right=_is_right(part, facts, low, high))
            for low, high, n in found
        ]

    def told(self, facts: Facts | None) -> dict[str, Any]:
        """What the projector shows."""
        shown = self.count >= SHOWN_FROM
        return {
            "question": self.question.name,
            "stage": self.stage,
            "count": self.count,
            "from": SHOWN_FROM,
            "parts": [self._part(k, facts) for k in range(len(self.question.parts))]
            if shown
            else [],
        }

    def _part(self, k: int, facts: Facts | None) -> dict[str, Any]:
        bars, part = self.bars(k, facts), self.question.parts[k]
        if self.stage != "answer":
            counts = sorted((bar.count for bar in bars), reverse=True)
            return {"name": part.name, "bars": [{"count": n} for n in counts]}
        named = [
            {"count": b.count, "option": b.option, "low": b.low, "high": b.high, "right": b.right}
            for b in bars
        ]
        return {"name": part.name, "bars": named}


def _is_right(part: Number, facts: Facts | None, low: float, high: float) -> bool:
    """Whether some number of the bin counts as right: its ends, or what lies between."""
    if facts is None:
        return False
    step = max(1, (high - low) // MOST_TRIED) if part.whole else (high - low) / MOST_TRIED
    between = [low + step * k for k in range(ceil((high - low) / step))]
    return any(part.is_right(facts, v) for v in between if part.low <= v <= part.high)


def bins(values: Sequence[float], *, whole: bool = False) -> list[tuple[float, float, int]]:
    """(from, to, how many): powers of ten where numbers differ by many, else round steps.

    Between whole numbers are none.

    >>> bins([1.0, 2.0, 2.5])
    [(1.0, 1.5, 1), (1.5, 2.0, 0), (2.0, 2.5, 1), (2.5, 3.0, 1)]
    >>> bins([4.0, 5.0, 5.0], whole=True)
    [(4.0, 5.0, 1), (5.0, 6.0, 2)]
    >>> bins([0.0, 3.0, 20000.0])[:2]
    [(0.0, 1.0, 1), (1.0, 10.0, 1)]
    """
    if not values:
        return []
    by_tens = max(values) >= DECADES
    edges = _decades(values) if by_tens else _steps(min(values), max(values), 1.0 if whole else 0.0)
    return [(a, b, sum(a <= v < b for v in values)) for a, b in pairwise(edges)]


def _decades(values: Sequence[float]) -> list[float]:
    low = max(0, floor(log10(max(min(values), 1.0))))
    high = floor(log10(max(values))) + 1
    step = -(-(high - low) // MOST_BINS)
    edges = [10.0**k for k in range(low, high + step, step)]
    return edges if min(values) >= edges[0] else [min(0.0, *values), *edges]


def _steps(low: float, high: float, least: float) -> list[float]:
    width = max((high - low) / (MOST_BINS - 1) or least or max(abs(high), 1.0) / 2, least)
    power = 10.0 ** floor(log10(width))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= width * 0.999)
    first = floor(low / step + 1e-9)
    last = floor(high / step + 1e-9) + 1
    return [k * step for k in range(first, last + 1)]


def asked(votes: Votes | None) -> dict[str, Any]:
    """What a phone shows of the vote, in every language."""
    if votes is None:
        return {"type": "hall-question", "question": None}
    question = votes.question
    return {
        "type": "hall-question",
        "question": question.name,
        "number": votes.number,
        "stage": votes.stage,
        "title": _said(f"sheet.{question.name}.title"),
        "ask": _said(f"sheet.{question.name}.ask"),
        "parts": [_asked_part(question.name, part) for part in question.parts],
    }


def _asked_part(question: str, part: Part) -> dict[str, Any]:
    told: dict[str, Any] = {"name": part.name, "asked": _said(f"sheet.{question}.{part.name}")}
    if isinstance(part, Number):
        return told | {"low": part.low, "high": part.high}
    options = {o: _said(f"sheet.{question}.{part.name}.{o}") for o in part.options}
    return told | {"options": options}


def _said(key: str) -> dict[str, str]:
    return {language: text(key, language) for language in LANGUAGES}
