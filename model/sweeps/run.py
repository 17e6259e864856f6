"""`run`: a plan's networks one after the other, each as soon as it is there.

First all small pictures of the start, so that one soon sees the whole grid; then every point with
its first seed, trained, with the picture after the steps; then the further seeds.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from cellscope.model.cells.exact.complex import BudgetExceeded
from cellscope.model.cells.exact.origin import BelowReach
from cellscope.model.cells.picture.picture import Picture
from cellscope.model.cells.picture.render import exact_picture, grid_picture
from cellscope.model.sweeps.estimate import (
    network_seconds,
    picture_seconds,
    state_seconds,
    step_seconds,
)
from cellscope.model.sweeps.network import WINDOW_FACES, Network, State, state_of, trained
from cellscope.model.sweeps.plan import Plan
from cellscope.model.sweeps.work import Cancelled, Work
from cellscope.model.threads import one_thread
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.view import View

SIDE = 128  # points per side of a small picture


@dataclass(frozen=True, slots=True)
class Small:
    """The small picture of a point with its first seed, at the start or after the steps."""

    point: int
    trained: bool
    picture: Picture  # (SIDE, SIDE), without lines
    diverged: bool = False  # then it is the last finite network


Event = Small | Network


def run(plan: Plan, go_on: Callable[[float], bool] = lambda _done: True) -> Iterator[Event]:
    """Pictures and networks of the plan, as they come.

    Parameters
    ----------
    go_on : function of the estimated seconds done
        Called about every 20 ms, also while a network is trained or its plane counted; False ends
        the sweep, which then yields nothing more.
    """
    one_thread()
    work = Work(go_on)
    try:
        for point in range(plan.points):
            yield start_picture(plan, point, work)
        for point, k in plan.each():
            yield from network_events(plan, point, k, work)
    except Cancelled:
        return


def small_picture(snapshot: Snapshot, view: View, layer: int) -> Picture:
    """The picture of a view in few points: exact where that can be had, else of the grid."""
    small = replace(view, pixels=SIDE, lines=False)
    if not snapshot.spec.is_exact:
        return grid_picture(snapshot, small, layer, snapshot.spec.why_grid)
    try:
        return exact_picture(snapshot, small, layer, budget=WINDOW_FACES)
    except BudgetExceeded:
        return grid_picture(snapshot, small, layer, "budget")
    except BelowReach:
        return grid_picture(snapshot, small, layer, "reach")


def start_picture(plan: Plan, point: int, work: Work) -> Small:
    """Of a point, before its first step."""
    spec = plan.spec_of(point)
    work.tick()
    start, _ = trained(spec, 0, work.tick)
    picture = small_picture(start, plan.view, plan.layer_of(point))
    work.tick(picture_seconds(spec, plan.view))
    return Small(point, False, picture)


def network_events(plan: Plan, point: int, k: int, work: Work) -> Iterator[Event]:
    """One network, and its picture after the steps if it is the first of its point."""
    spec, layer, window = plan.spec_of(point, k), plan.layer_of(point), plan.view.window
    begun, step_s = work.done, step_seconds(spec)
    first, last = trained(spec, plan.steps, lambda: work.tick(step_s))
    start = state_of(first, layer, window, work)
    work.tick(state_seconds(spec, plan.view))
    end: State | None = start
    if last.diverged:
        end = None
    elif plan.steps:
        end = state_of(last, layer, window, work)
    work.tick(begun + network_seconds(spec, plan) - work.done)  # diverged ones take less
    yield Network(
        point=point,
        k=k,
        spec=spec,
        layer=layer,
        start=start,
        end=end,
        step=last.step,
        diverged_step=last.step if last.diverged else None,
    )
    if k == 0 and plan.steps:
        picture = small_picture(last, plan.view, layer)
        work.tick(picture_seconds(spec, plan.view))
        yield Small(point, True, picture, last.diverged)
