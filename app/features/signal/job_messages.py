"""Jobs of the signal tab over the socket: averages over many draws, far deeper networks."""

from cellscope.app.features.signal.jobs import (
    AVERAGE,
    DEEPER,
    average_work,
    check_average,
    deeper_total,
    deeper_work,
    read_draws,
)
from cellscope.app.features.signal.sentences import stays_as_deep
from cellscope.app.session.jobs import Busy
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, problem_message
from cellscope.model.spec import SpecError


async def start_average(pools: Pools, viewer: Viewer, message: Message) -> None:
    """Average over so many draws of the network as it is set now."""
    spec, jobs = viewer.shown.of(viewer.which).spec, viewer.session.jobs
    try:
        draws = read_draws(message.get("draws"))
        check_average(spec, draws)
        jobs.start(AVERAGE, draws, pools.jobs, average_work(spec, draws))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
    except Busy:
        await _say_busy(viewer, AVERAGE)


async def start_deeper(pools: Pools, viewer: Viewer, _message: Message) -> None:
    """Go on drawing layers until every format breaks."""
    spec, jobs = viewer.shown.of(viewer.which).spec, viewer.session.jobs
    reason = stays_as_deep(spec)
    if reason:
        named = {"fitted": spec.init, "opened": spec.opened.name if spec.opened else ""}
        error = SpecError("deeper", reason, named.get(reason, ""))
        await viewer.socket.send_text(problem_message(error))
        return
    try:
        jobs.start(DEEPER, deeper_total(spec), pools.jobs, deeper_work(spec))
    except Busy:
        await _say_busy(viewer, DEEPER)


async def cancel_average(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    """End it; what there is of the average stays."""
    viewer.session.jobs.cancel(AVERAGE)


async def cancel_deeper(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    viewer.session.jobs.cancel(DEEPER)


async def _say_busy(viewer: Viewer, kind: str) -> None:
    error = SpecError(kind, "running", kind)
    await viewer.socket.send_text(problem_message(error))
