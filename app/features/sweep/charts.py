"""The charts of a sweep: counts, variances and accuracy over its first axis."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cellscope.app.features.sweep.figure import (
    Lines,
    Ticks,
    colour_of,
    mark_diverged,
    marker_of,
    sweep_figure,
)
from cellscope.app.features.sweep.sweeps import Sweep
from cellscope.app.features.sweep.wording import diverged_text, point_text, short, value_text
from cellscope.app.figures.base import Figure
from cellscope.app.text.numbers import accuracy_text
from cellscope.app.text.of_task import of_task
from cellscope.app.text.texts import text
from cellscope.model.sweeps.network import Network, State
from cellscope.model.sweeps.plan import Plan
from cellscope.model.sweeps.spread import Spread, by_point, spread

Read = Callable[[State], float | None]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of a network: its name, where it is found, and how it is drawn."""

    key: str  # of the text that names it
    read: Read
    dotted: bool = False
    exact: Callable[[State], bool] = lambda _state: True  # False: at least so many
    said: Callable[[float, str], str] = short


def figures(sweep: Sweep, when: str, theme: str, language: str) -> dict[str, Any]:
    """The charts of the start or of the end: counts, variances, accuracy."""
    plan, first = sweep.plan, sweep.plan.axes[0]
    joint = plan.view.shows.joint
    found = by_point(sweep.networks, plan.points)
    ticks = Ticks(
        name=text(f"control.{first.field}", language),
        labels=[value_text(first.field, value, language) for value in first.values],
        joined=first.field != "bias",
    )

    def chart(title: str, measures: tuple[Measure, ...], *, share: bool = False) -> Figure:
        series = [_lines(plan, found, when, measure, language) for measure in measures]
        return sweep_figure(
            series,
            ticks,
            text(title, language),
            theme=theme,
            language=language,
            share=share,
            empty=text("sweep.empty", language),
        )

    key = of_task("sweep.accuracy", plan.spec)
    accuracy = chart(
        key, (Measure(key, lambda s: s.test_accuracy, said=accuracy_text),), share=True
    )
    return {
        "counts": chart(*(JOINT_COUNTS if joint else COUNTS)),
        "variance": chart("sweep.variance", VARIANCES),
        "accuracy": mark_diverged(accuracy, _lost(plan, found, language), theme),
    }


COUNTS = (
    "sweep.count.cells",
    (
        Measure("sweep.window", lambda s: s.patterns),
        Measure("sweep.plane", lambda s: s.plane_patterns, True, lambda s: s.plane_exact),
    ),
)
JOINT_COUNTS = (
    "sweep.count.regions",
    (
        Measure("sweep.window", lambda s: s.linear_regions),
        Measure("sweep.plane", lambda s: s.plane_linear_regions, True, lambda s: s.plane_exact),
    ),
)
VARIANCES = (
    Measure("sweep.variance_last", lambda s: s.last_variance),
    Measure("sweep.variance_first", lambda s: s.first_variance, True),
)


def _lines(
    plan: Plan, found: list[list[Network]], when: str, measure: Measure, language: str
) -> Lines:
    """The spreads of one number over every point's seeds, row by row."""

    def state_of(network: Network) -> State | None:
        return network.start if when == "start" else network.end

    def value(network: Network) -> float | None:
        state = state_of(network)
        return None if state is None else measure.read(state)

    def exact(network: Network) -> bool:
        state = state_of(network)
        return state is None or measure.exact(state)

    spreads = [spread(networks, value) for networks in found]
    said: list[str] = []
    for point, (networks, one) in enumerate(zip(found, spreads, strict=True)):
        bound = "" if all(map(exact, networks)) else "≥ "
        number = None if one is None else _numbers(measure, one, bound, language)
        lines = (point_text(plan, point, language), number, diverged_text(networks, language))
        said.append("<br>".join(filter(None, lines)))
    rows = [slice(r * plan.columns, (r + 1) * plan.columns) for r in range(plan.rows)]
    return Lines([spreads[row] for row in rows], [said[row] for row in rows], measure.dotted)


def _numbers(measure: Measure, found: Spread, bound: str, language: str) -> str:
    """Median and range, "≥" where some of the seeds were counted in part only."""
    return text(
        "sweep.hover",
        language,
        name=text(measure.key, language),
        median=bound + measure.said(found.median, language),
        low=measure.said(found.low, language),
        high=measure.said(found.high, language),
        seeds=found.count,
    )


def _lost(plan: Plan, found: list[list[Network]], language: str) -> list[list[str]]:
    """For each row of the grid, what to say of the seeds that diverged."""
    said = [
        f"{point_text(plan, p, language)}<br>{lost}" if (lost := diverged_text(n, language)) else ""
        for p, n in enumerate(found)
    ]
    return [said[r * plan.columns : (r + 1) * plan.columns] for r in range(plan.rows)]


def key_of(plan: Plan, theme: str, language: str) -> list[dict[str, str]]:
    """What colours and shapes mean: the values of the second axis."""
    if len(plan.axes) < 2:
        return []
    axis = plan.axes[1]
    return [
        {
            "label": value_text(axis.field, value, language),
            "colour": colour_of(k, plan.rows, theme),
            "shape": marker_of(k),
        }
        for k, value in enumerate(axis.values)
    ]


def moments(plan: Plan) -> tuple[str, ...]:
    return ("start", "end") if plan.steps else ("start",)
