"""What a question consists of: parts to predict, things to try, and how its numbers are found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import Window

Value = float | int | str
Facts = Mapping[str, Value]
"""Name -> what was measured or computed, as the texts name it. A string may be the id of a text."""
Measure = Callable[[Snapshot, Window], Facts]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several options. Every other one than the right one has a misconception's text."""

    name: str
    options: tuple[str, ...]
    right: Callable[[Facts], str]
    of_settings: bool = False  # measured on other draws or depths of the settings

    def is_right(self, facts: Facts, given: Value) -> bool:
        return given == self.right(facts)

    def mistake(self, _facts: Facts, given: Value) -> str:
        """Which misconception the option comes from: the option itself names it."""
        return str(given)

    @property
    def mistakes(self) -> tuple[str, ...]:
        return self.options


@dataclass(frozen=True, slots=True)
class Number:
    """A number; `zones` name the misconceptions by where the number lies, the last one the rest."""

    name: str
    low: float
    high: float
    right: Callable[[Facts, float], bool]
    zone: Callable[[Facts, float], str]
    mistakes: tuple[str, ...]  # all that `zone` can say
    whole: bool = False  # a count: the page takes no broken one
    of_settings: bool = False

    def is_right(self, facts: Facts, given: Value) -> bool:
        return self.right(facts, float(given))

    def mistake(self, facts: Facts, given: Value) -> str:
        return self.zone(facts, float(given))


Part = Choice | Number


@dataclass(frozen=True, slots=True)
class Try:
    """Settings to try with one click."""

    name: str
    settings: Mapping[str, Any]  # name of the control -> value
    per_input: float | None = None  # the weight variance, times n: of the width on screen


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the sheet; its own experiment is the preset of the same name."""

    name: str
    parts: tuple[Part, ...]
    explanations: tuple[str, ...]  # to choose from; the first is the right one
    controls: tuple[str, ...]  # ids of the elements that it needs
    measure: Measure
    tries: tuple[Try, ...] = ()
    of_run: bool = False  # measured on a run of the settings, from the start: not on other runs
    screen: Measure | None = None  # of a network on screen, where `measure` compares several
