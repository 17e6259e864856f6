"""A sweep as messages: its grid and charts as JSON, its small pictures as binary ones."""

from typing import Any

from cellscope.app.features.sweep.charts import figures, key_of, moments
from cellscope.app.features.sweep.sweeps import Sweep
from cellscope.app.features.sweep.wording import (
    caption,
    diverged_text,
    notes,
    point_text,
    value_text,
)
from cellscope.app.settings.controls import SPEC_NAMES
from cellscope.app.settings.links import settings_of, view_values
from cellscope.app.stream.frames import message
from cellscope.app.text.numbers import grouped
from cellscope.app.text.texts import text
from cellscope.model.sweeps.plan import Axis, Plan
from cellscope.model.sweeps.run import SIDE, Small


def sweep_message(sweep: Sweep, theme: str, language: str) -> dict[str, Any]:
    """The grid's frame, what opens its points, the charts, and what they teach."""
    plan = sweep.plan
    return {
        "type": "sweep",
        "number": sweep.number,
        "task": plan.spec.task,
        "form": dict(sweep.form),
        "columns": plan.columns,
        "rows": plan.rows,
        "axes": [_axis(axis, language) for axis in plan.axes],
        "settings": _settings(plan),
        "view": {k: v for k, v in view_values(plan.view).items() if k != "pixels"},
        "points": [_point(sweep, point, language) for point in range(plan.points)],
        "after": text("sweep.after", language, steps=plan.steps) if plan.steps else "",
        "caption": caption(plan, language),
        "key": key_of(plan, theme, language),
        "notes": notes(plan, language),
        "figures": {when: figures(sweep, when, theme, language) for when in moments(plan)},
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


def _point(sweep: Sweep, point: int, language: str) -> dict[str, Any]:
    """What opens a point, and what its seeds came to."""
    networks = [network for network in sweep.networks if network.point == point]
    return {
        "changes": sweep.plan.changes(point),
        "diverged": diverged_text(networks, language),
        "share": f"{sum(network.diverged for network in networks)}/{len(networks)}",
        "done": len(networks),
    }


def _settings(plan: Plan) -> dict[str, Any]:
    """The experiment that is varied, as controls hold it."""
    values = settings_of(plan.spec, plan.view, "max")
    return {name: values[name] for name in SPEC_NAMES}


def _axis(axis: Axis, language: str) -> dict[str, Any]:
    return {
        "name": text(f"control.{axis.field}", language),
        "labels": [value_text(axis.field, value, language) for value in axis.values],
    }


def _label(plan: Plan, small: Small, language: str) -> str:
    """What a screen reader says of a small picture."""
    return f"{point_text(plan, small.point, language)}: {grouped(small.picture.count)}"
