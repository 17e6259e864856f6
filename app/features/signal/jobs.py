"""Work for the signal charts that takes seconds: averages over many draws, far deeper networks."""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from cellscope.app.session.jobs import Job, Jobs
from cellscope.model.datasets import make_data
from cellscope.model.inputs import train_inputs
from cellscope.model.moments_over_draws import ManyDraws, draw_seconds, report_of_draw, summary
from cellscope.model.precision import PRECISIONS, Break, break_of_deeper, deepest_layers
from cellscope.model.spec import Spec, SpecError, check_drawn

AVERAGE, DEEPER = "average", "deeper"
DRAWS = (10, 1000)
LONGEST_AVERAGE_S = 120.0  # of one core
PARTIAL_S = 0.7  # from one state of an average to the next


@dataclass(frozen=True, slots=True)
class Deeper:
    """Where a network that goes on as it began breaks in each format; None: not in `layers`."""

    spec: Spec
    layers: int
    breaks: dict[str, Break | None]


@dataclass(frozen=True, slots=True)
class Results:
    """What jobs have found of these things so far."""

    average: ManyDraws | None = None
    deeper: Deeper | None = None

    @property
    def key(self) -> tuple[object, ...]:
        """Differs where the results do."""
        average, deeper = self.average, self.deeper
        return (
            average and (average.spec, average.draws),
            deeper and (deeper.spec, *deeper.breaks.values()),
        )


def results_of(jobs: Jobs) -> Results:
    """The newest results, also of a job that is running or was cancelled."""
    states = jobs.states()
    found: dict[str, Any] = {
        kind: states[kind].result for kind in (AVERAGE, DEEPER) if kind in states
    }
    return Results(found.get(AVERAGE), found.get(DEEPER))


def same_network(one: Spec, other: Spec) -> bool:
    """Whether two specs draw the same networks and the same data, however they train."""
    return one.untrained == other.untrained


def read_draws(raw: object) -> int:
    """How many draws were asked for; text must be written in plain digits."""
    value = int(raw) if isinstance(raw, str) and raw.isdecimal() and len(raw) < 10 else raw
    if not isinstance(value, int) or isinstance(value, bool) or not DRAWS[0] <= value <= DRAWS[1]:
        raise SpecError("average_draws", "whole", raw, low=DRAWS[0], high=DRAWS[1])
    return value


def check_average(spec: Spec, draws: int) -> None:
    """An average that takes too long is refused with its estimate."""
    check_drawn(spec, "average_draws")
    seconds = draws * draw_seconds(spec)
    if seconds > LONGEST_AVERAGE_S:
        limits = {"seconds": round(seconds), "high": int(LONGEST_AVERAGE_S)}
        raise SpecError("average_draws", "too_long_an_average", draws, **limits)


def average_work(spec: Spec, draws: int) -> Callable[[Job], ManyDraws | None]:
    """Draw after draw; what there is of the average is there before the end."""

    def work(job: Job) -> ManyDraws | None:
        data = make_data(spec)
        reports: list[dict[str, Any]] = []
        shown = monotonic()
        for k in range(draws):
            reports.append(report_of_draw(spec, k, data))
            partial = None
            if monotonic() - shown > PARTIAL_S:
                partial, shown = summary(spec, reports), monotonic()
            if not job.report(k + 1, partial):
                return None
        return summary(spec, reports)

    return work


def deeper_total(spec: Spec) -> int:
    """Layers in all formats, at most."""
    return deepest_layers(spec) * len(PRECISIONS)


def deeper_work(spec: Spec) -> Callable[[Job], Deeper]:
    """Format after format, the shortest first: it breaks soonest."""

    def work(job: Job) -> Deeper:
        points, most = train_inputs(spec, make_data(spec)), deepest_layers(spec)
        breaks: dict[str, Break | None] = {}
        for k, precision in enumerate(reversed(PRECISIONS)):

            def go_on(layer: int, begun: int = k * most) -> bool:
                return job.report(begun + layer)

            breaks[precision] = break_of_deeper(spec, points, precision, go_on)
            job.report((k + 1) * most, Deeper(spec, most, dict(breaks)))
        return Deeper(spec, most, breaks)

    return work
