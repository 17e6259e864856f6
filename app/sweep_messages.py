"""A sweep as messages: its grid and charts as JSON, its small pictures as binary ones."""

from collections.abc import Callable
from typing import Any

from app.controls import SPEC_NAMES
from app.figures.sweep import Lines, Ticks, colour_of, mark_diverged, marker_of, sweep_figure
from app.frames import grouped, message
from app.links import settings_of, view_values
from app.sweeps import Sweep
from app.texts import text
from model.cells.picture import EXACT
from model.sweeps.estimate import check_affordable
from model.sweeps.network import Network, State
from model.sweeps.plan import Axis, Plan, Value
from model.sweeps.run import SIDE, Small
from model.sweeps.spread import Spread, by_point, spread

Read = Callable[[State], float | None]


def plan_text(plan: Plan, language: str) -> str:
    """How much a sweep is and how long it takes; `SpecError` if that is too long."""
    seconds = check_affordable(plan)
    return text(
        "sweep.estimate",
        language,
        points=plan.points,
        seeds=plan.seeds,
        networks=plan.networks,
        seconds=max(1, round(seconds)),
    )


def sweep_message(sweep: Sweep, theme: str, language: str) -> dict[str, Any]:
    """The grid's frame, what opens its points, the charts, and what they teach."""
    plan = sweep.plan
    return {
        "type": "sweep",
        "number": sweep.number,
        "form": dict(sweep.form),
        "columns": plan.columns,
        "rows": plan.rows,
        "axes": [_axis(axis, language) for axis in plan.axes],
        "settings": _settings(plan),
        "view": {k: v for k, v in view_values(plan.view).items() if k != "pixels"},
        "points": [_point(sweep, point, language) for point in range(plan.points)],
        "after": text("sweep.after", language, steps=plan.steps) if plan.steps else "",
        "caption": _caption(plan, language),
        "key": _key(plan, theme, language),
        "notes": notes(plan, language),
        "figures": {when: figures(sweep, when, theme, language) for when in _moments(plan)},
    }


def small_message(sweep: Sweep, small: Small, language: str) -> bytes:
    """One small picture."""
    picture = small.picture
    header = {
        "kind": "sweep-picture",
        "number": sweep.number,
        "point": small.point,
        "moment": "end" if small.trained else "start",
        "mode": picture.mode,
        "side": SIDE,
        "count": ("" if picture.exact else "≥ ") + grouped(picture.count),
        "diverged": small.diverged,
        "label": _label(sweep.plan, small, language),
    }
    return message(header, picture.indices)


def figures(sweep: Sweep, when: str, theme: str, language: str) -> dict[str, Any]:
    """The charts of the start or of the end: counts, variances, accuracy."""
    plan, first = sweep.plan, sweep.plan.axes[0]
    found = by_point(sweep.networks, plan.points)
    ticks = Ticks(
        name=text(f"control.{first.field}", language),
        labels=[value_text(first.field, value, language) for value in first.values],
        joined=first.field != "bias",
    )

    def lines(key: str, read: Read, dotted: bool = False) -> Lines:
        return _lines(plan, found, when, (text(key, language), read), language, dotted)

    counts = [lines(f"sweep.{place}", _count(plan, place), place == "plane") for place in PLACES]
    variances = [
        lines("sweep.variance_last", lambda state: state.last_variance),
        lines("sweep.variance_first", lambda state: state.first_variance, True),
    ]
    accuracy = [lines("sweep.accuracy", lambda state: state.test_accuracy)]
    chart = sweep_figure(accuracy, ticks, text("sweep.accuracy", language), theme, share=True)
    joint = "regions" if plan.view.mode == "regions" else "cells"
    return {
        "counts": sweep_figure(counts, ticks, text(f"sweep.count.{joint}", language), theme),
        "variance": sweep_figure(variances, ticks, text("sweep.variance", language), theme),
        "accuracy": mark_diverged(chart, _lost(plan, found, language), theme),
    }


PLACES = ("window", "plane")


def _count(plan: Plan, place: str) -> Read:
    """The counts of the chart: linear regions in that mode, else patterns of the layer."""
    joint = plan.view.mode == "regions"
    name = "linear_regions" if joint else "patterns"
    return lambda state: getattr(state, f"plane_{name}" if place == "plane" else name)


def _lines(
    plan: Plan,
    found: list[list[Network]],
    when: str,
    what: tuple[str, Read],
    language: str,
    dotted: bool,
) -> Lines:
    name, read = what

    def value(network: Network) -> float | None:
        state = network.start if when == "start" else network.end
        return None if state is None else read(state)

    spreads = [spread(networks, value) for networks in found]
    said = [_hover(plan, p, name, s, found[p], language) for p, s in enumerate(spreads)]
    rows = [slice(r * plan.columns, (r + 1) * plan.columns) for r in range(plan.rows)]
    return Lines([spreads[row] for row in rows], [said[row] for row in rows], dotted)


def _hover(
    plan: Plan, point: int, name: str, found: Spread | None, networks: list[Network], language: str
) -> str:
    """Where it is, median and range, and how many of the seeds diverged."""
    if found is None:
        return ""
    parts = [
        point_text(plan, point, language),
        text(
            "sweep.hover",
            language,
            name=name,
            median=short(found.median),
            low=short(found.low),
            high=short(found.high),
            seeds=found.count,
        ),
    ]
    return "<br>".join([*parts, *filter(None, [diverged_text(networks, language)])])


def _lost(plan: Plan, found: list[list[Network]], language: str) -> list[list[str]]:
    """For each row of the grid, what to say of the seeds that diverged."""
    said = [
        f"{point_text(plan, p, language)}<br>{lost}" if (lost := diverged_text(n, language)) else ""
        for p, n in enumerate(found)
    ]
    return [said[r * plan.columns : (r + 1) * plan.columns] for r in range(plan.rows)]


def diverged_text(networks: list[Network], language: str) -> str:
    """How many of them did, such as "2 of 3 diverged"; nothing where none did."""
    lost = sum(network.diverged for network in networks)
    values = {"count": lost, "seeds": len(networks)}
    return text("sweep.diverged", language, **values) if lost else ""


def _point(sweep: Sweep, point: int, language: str) -> dict[str, Any]:
    """What opens a point, and what its seeds came to."""
    networks = [network for network in sweep.networks if network.point == point]
    return {
        "changes": sweep.plan.changes(point),
        "diverged": diverged_text(networks, language),
        "share": f"{sum(network.diverged for network in networks)}/{len(networks)}",
        "done": len(networks),
    }


def point_text(plan: Plan, point: int, language: str) -> str:
    """What is varied there, such as "Weight variance s 1/64, Biases zero"."""
    return ", ".join(
        f"{text(f'control.{field}', language)} {value_text(field, value, language)}"
        for field, value in plan.changes(point).items()
    )


def value_text(field: str, value: Value, language: str) -> str:
    """A value as labels write it: 1/64, not 0.015625; the biases by their name."""
    if field == "bias":
        return text(f"sweep.bias.{value}", language)
    assert not isinstance(value, str)
    whole = round(1.0 / value)
    if field == "weight_variance" and whole > 1 and value == 1.0 / whole:
        return f"{value:g}" if len(f"{value:g}") <= len(f"1/{whole}") else f"1/{whole}"
    return f"{value:g}"


def short(value: float) -> str:
    """A count in full, anything else with three digits."""
    return grouped(int(value)) if value == int(value) and abs(value) < 1e9 else f"{value:.3g}"


def _settings(plan: Plan) -> dict[str, Any]:
    """The experiment that is varied, as controls hold it."""
    values = settings_of(plan.spec, plan.view, "max")
    return {name: values[name] for name in SPEC_NAMES}


def _axis(axis: Axis, language: str) -> dict[str, Any]:
    return {
        "name": text(f"control.{axis.field}", language),
        "labels": [value_text(axis.field, value, language) for value in axis.values],
    }


def _moments(plan: Plan) -> tuple[str, ...]:
    return ("start", "end") if plan.steps else ("start",)


def _caption(plan: Plan, language: str) -> str:
    joint = "regions" if plan.view.mode == "regions" else plan.view.mode
    shown = text(f"sweep.shows.{joint}", language, layer=plan.view.layer)
    return text("sweep.caption", language, shown=shown, seed=plan.spec.seed, seeds=plan.seeds)


def _key(plan: Plan, theme: str, language: str) -> list[dict[str, str]]:
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


def _label(plan: Plan, small: Small, language: str) -> str:
    """What a screen reader says of a small picture."""
    return f"{point_text(plan, small.point, language)}: {grouped(small.picture.count)}"


def notes(plan: Plan, language: str) -> list[str]:
    """What the exercise asks: s with each of the biases has another answer."""
    if "weight_variance" not in {axis.field for axis in plan.axes}:
        return []
    return [text(f"sweep.answer.{answer}", language) for answer in answers(plan)]


def answers(plan: Plan) -> list[str]:
    """Which of the three answers the plan shows, one for each of its biases.

    Without biases y_l is homogeneous for ReLU and linear networks: s scales it, no sign changes.
    Under tanh that is true of layer 1 only. Fixed biases of variance 0 are none.
    """
    found: list[str] = []
    specs = [plan.spec_of(point) for point in range(plan.points)]
    for bias in dict.fromkeys(spec.bias for spec in specs):
        zero = bias == "zero" or (bias == "fixed" and plan.spec.bias_variance == 0.0)
        if zero:
            found.append("zero" if plan.spec.activation in EXACT else "zero_first")
        else:
            found.append(bias)
    return list(dict.fromkeys(found))
