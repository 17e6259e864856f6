"""Sweeps of a session: what the page asks for is read into a `Plan`, and done as a job."""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from cellscope.app.session.jobs import Job
from cellscope.app.settings.controls import read_real, read_whole
from cellscope.model.spec import Spec, SpecError, check_drawn
from cellscope.model.sweeps.estimate import estimate
from cellscope.model.sweeps.executors import Cluster, run_by
from cellscope.model.sweeps.network import Network
from cellscope.model.sweeps.plan import AXES, FIELDS, SEEDS, STEPS, Axis, Plan, Value
from cellscope.model.sweeps.run import Event, Small, run
from cellscope.model.view import View

KIND = "sweep"  # of job
LONGEST_VALUES = 400  # characters
NO_AXIS = "none"
START_VALUES = {  # what is offered for each axis
    "width": "4, 8, 16, 32, 64",
    "depth": "2, 3, 4, 6, 11",
    "weight_variance": "1/64, 1/16, 1/4, 1, 4, 16",
    "bias": "zero, fixed, like-weights",
}
START_FORM = {
    "axis": "weight_variance",
    "values": START_VALUES["weight_variance"],
    "second_axis": "bias",
    "second_values": START_VALUES["bias"],
    "seeds": 3,
    "steps": 300,
}
FORM_FIELDS = tuple(START_FORM)
assert START_VALUES.keys() == set(AXES)
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Sweep:
    """What there is of a sweep. **Threads**: a value to share."""

    plan: Plan
    number: int  # no two sweeps of a server have the same
    form: Mapping[str, object]  # what it was asked with
    smalls: tuple[Small, ...] = ()
    networks: tuple[Network, ...] = ()

    def plus(self, event: Event) -> "Sweep":
        """With one more picture or network."""
        if isinstance(event, Small):
            return replace(self, smalls=(*self.smalls, event))
        return replace(self, networks=(*self.networks, event))


def new_sweep(plan: Plan, form: Mapping[str, object]) -> Sweep:
    """One of which nothing is done yet."""
    return Sweep(plan, next(_numbers), form)


def begun(last: object, plan: Plan, form: Mapping[str, object]) -> Sweep:
    """A new sweep; one that was lost in the middle goes on with what there is of it."""
    sweep = new_sweep(plan, form)
    if isinstance(last, Sweep) and last.plan == plan:
        return replace(sweep, smalls=last.smalls, networks=last.networks)
    return sweep


def work_of(sweep: Sweep, cluster: str = "") -> Callable[[Job], Sweep]:
    """The work of a job that does the sweep; its result is there from the start, and grows.

    On the workers of a Dask scheduler, if there is one, else in the job's own thread.
    """
    seconds = estimate(sweep.plan)

    def work(job: Job) -> Sweep:
        found = sweep

        def go_on(done: float) -> bool:
            return job.report(len(found.networks), found, share=done / seconds)

        executor = Cluster(sweep.plan, cluster) if cluster else None
        try:
            there = (*sweep.smalls, *sweep.networks)
            coming = run_by(sweep.plan, executor, go_on, there) if executor else None
            for event in coming or run(sweep.plan, go_on):
                found = found.plus(event)
        finally:
            if executor:
                executor.close()
        job.report(len(found.networks), found, share=job.progress.share)
        return found

    return work


def read_plan(form: Mapping[str, Any], spec: Spec, view: View) -> Plan:
    """The plan that the page's form asks for, around an experiment; `SpecError` for nonsense."""
    check_drawn(spec, "sweep")
    axes = [read_axis(form.get("axis"), form.get("values"), 0)]
    if form.get("second_axis", NO_AXIS) != NO_AXIS:
        axes.append(read_axis(form["second_axis"], form.get("second_values"), 1))
    return Plan(
        spec=spec,
        view=view,
        axes=tuple(axes),
        seeds=_read_count("sweep_seeds", form.get("seeds"), SEEDS),
        steps=_read_count("sweep_steps", form.get("steps"), STEPS),
    )


def read_axis(field: object, values: object, number: int) -> Axis:
    """A field and its values, as they were typed."""
    names = FIELDS[number]
    if not isinstance(field, str) or field not in AXES:
        raise SpecError(names[0], "choice", field, choices=", ".join(AXES))
    if not isinstance(values, str) or len(values) > LONGEST_VALUES:
        raise SpecError(names[1], "list", values, high=LONGEST_VALUES)
    return Axis(field, tuple(_read_value(names[1], field, part) for part in _parts(values)))


def _parts(values: str) -> list[str]:
    """Parts of "1, 4, 16" or, where commas are decimal ones, of "0,5; 1; 2"."""
    if ";" in values:
        values = values.replace(",", ".").replace(";", ",")
    return [part.strip() for part in values.split(",") if part.strip()]


def _read_value(name: str, field: str, part: str) -> Value:
    try:
        if field == "bias":
            return part
        if field == "weight_variance":
            return _fraction(part) or read_real(field, part)
        return read_whole(field, part)
    except SpecError as error:
        raise SpecError(name, error.rule, part, **error.limits) from None


def _fraction(part: str) -> float | None:
    """1/64 as a number; None if it is no fraction."""
    found = re.fullmatch(r"([0-9]{1,9})\s*/\s*([0-9]{1,9})", part, re.ASCII)
    if found is None or int(found[2]) == 0:
        return None
    return int(found[1]) / int(found[2])


def _read_count(name: str, raw: object, limits: tuple[int, int]) -> int:
    with suppress(SpecError):
        return read_whole(name, raw)
    raise SpecError(name, "whole", raw, low=limits[0], high=limits[1])
