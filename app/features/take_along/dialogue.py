"""The recording as a file: started and cancelled."""

from dataclasses import replace

from cellscope.app.features.take_along.film import (
    FORMATS,
    KIND,
    SECONDS,
    SIZES,
    Plan,
    film_work,
    read_choice,
)
from cellscope.app.features.take_along.film_frame import Look
from cellscope.app.session.jobs import Busy
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, problem_message
from cellscope.model.spec import SpecError, check_layers


async def start_recording(pools: Pools, viewer: Viewer, message: Message) -> None:
    """Make the film of the run that is shown, as it is shown: one picture or two."""
    try:
        plan = _plan(viewer, message)
        viewer.session.jobs.start(KIND, len(plan.steps), pools.jobs, film_work(plan))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
    except Busy:
        running = SpecError("recording", "running", message.get("format"))
        await viewer.socket.send_text(problem_message(running))


async def cancel_recording(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    viewer.session.jobs.cancel(KIND)


def _plan(viewer: Viewer, message: Message) -> Plan:
    kind = read_choice("format", message.get("format"), tuple(FORMATS))
    side = read_choice("size", message.get("size"), SIZES)
    seconds = read_choice("seconds", message.get("seconds"), SECONDS)
    recorder, shown = viewer.session.trainer.recorder, viewer.shown
    recording = recorder.find(shown.run) or recorder.now
    if kind == "npz":
        check_layers(shown.spec, "recording")
    look = Look(replace(viewer.view, pixels=side), viewer.theme, viewer.language)
    return Plan(kind, recording, recording.last, seconds, look, viewer.time.paired)
