"""Sweeps over the socket: what one would cost, starting and ending it, and what there is of it."""

import asyncio
import json
from typing import Any

from cellscope.app.features.sweep.messages import small_message, sweep_message
from cellscope.app.features.sweep.sweeps import (
    FORM_FIELDS,
    KIND,
    Sweep,
    begun,
    new_sweep,
    read_plan,
    work_of,
)
from cellscope.app.features.sweep.wording import of_others, plan_text
from cellscope.app.session.jobs import Busy
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, as_json, problem_message
from cellscope.app.text.texts import sentence
from cellscope.model.spec import SpecError
from cellscope.model.sweeps.estimate import check_affordable

PERIOD_S = 0.2
CHART_PERIOD_S = 1.0  # a chart costs the browser as much as a few frames


async def plan_sweep(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """The form as it is now: whoever looks at it is told what it would cost."""
    viewer.sweep_form = {name: message.get(name) for name in FORM_FIELDS}


async def start_sweep(pools: Pools, viewer: Viewer, message: Message) -> None:
    """Begin what the form asks for, unless it is nonsense, too much, or one is running."""
    form = viewer.sweep_form = {name: message.get(name) for name in FORM_FIELDS}
    jobs = viewer.session.jobs
    try:
        plan = read_plan(form, viewer.session.spec, viewer.view)
        check_affordable(plan)
        last = jobs.states().get(KIND)
        lost = last.result if last is not None and last.status == "failed" else None
        sweep = begun(lost, plan, form) if pools.cluster else new_sweep(plan, form)
        jobs.start(KIND, plan.networks, pools.sweeps, work_of(sweep, pools.cluster))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
    except Busy:
        running = SpecError("sweep", "running", form["axis"])
        await viewer.socket.send_text(problem_message(running))


async def cancel_sweep(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    """End the sweep; what there is of it stays."""
    viewer.session.jobs.cancel(KIND)


async def send_sweeps(pools: Pools, viewer: Viewer) -> None:
    """What the form would cost and what there is of the sweep, to a viewer who has its tab open."""
    sent = _Sent()
    while True:
        if viewer.visible and viewer.tab == "sweep":
            await _send_estimate(viewer, sent)
            await _send_results(pools, viewer, sent)
        await asyncio.sleep(PERIOD_S)


class _Sent:
    """What a page has been told."""

    def __init__(self) -> None:
        self.estimate: object = None
        self.others: object = None
        self.number = 0
        self.language = ""
        self.smalls = 0
        self.charts: object = None
        self.charts_at = 0.0


async def _send_estimate(viewer: Viewer, sent: _Sent) -> None:
    form, spec, view = viewer.sweep_form, viewer.session.spec, viewer.view
    key = (form, spec, view, viewer.language)
    if form is None or key == sent.estimate:
        return
    answer: dict[str, Any] = {"text": "", "problems": []}
    try:
        answer["text"] = plan_text(read_plan(form, spec, view), viewer.language)
    except SpecError as error:
        message = sentence(error, viewer.language)
        answer["problems"] = [{"field": error.field, "message": message}]
    await viewer.socket.send_text(as_json(type="sweep-plan", **answer))
    sent.estimate = key


async def _send_results(pools: Pools, viewer: Viewer, sent: _Sent) -> None:
    state = viewer.session.jobs.states().get(KIND)
    if state is None or not isinstance(state.result, Sweep):
        return
    sweep, language, theme = state.result, viewer.language, viewer.theme
    others = sweep.number, of_others(sweep.plan, viewer.session.spec, language)
    if others != sent.others:
        await viewer.socket.send_text(as_json(type="sweep-of", text=others[1]))
        sent.others = others
    if (sweep.number, language) != (sent.number, sent.language):
        sent.number, sent.language, sent.smalls, sent.charts = sweep.number, language, 0, None
    charts = (len(sweep.networks), theme)
    now = asyncio.get_running_loop().time()
    due = now - sent.charts_at >= CHART_PERIOD_S or state.status != "running"
    if sent.charts is None or (due and charts != sent.charts):

        def work() -> str:
            return json.dumps(sweep_message(sweep, theme, language))

        await viewer.socket.send_text(await pools.pictures.make(viewer.session.id, work))
        sent.charts, sent.charts_at = charts, now
    for small in sweep.smalls[sent.smalls :]:
        await viewer.socket.send_bytes(small_message(sweep, small, language))
    sent.smalls = len(sweep.smalls)
