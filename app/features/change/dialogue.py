"""A page asks for the change of every step of a stretch, or has enough of it."""

from collections.abc import Callable

from cellscope.app.session.jobs import Job
from cellscope.app.session.looking_back import read_stretch
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, problem_message
from cellscope.model.cells.count.change import Stretch
from cellscope.model.cells.count.count_history import CountRecord
from cellscope.model.cells.count.step_by_step import step_by_step
from cellscope.model.recording.recording import Recording
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import SpecError
from cellscope.model.training.snapshot import Snapshot, Which

KIND = "change"  # of job


async def show_steps(pools: Pools, viewer: Viewer, message: Message) -> None:
    """Replay each step from `first` to `last` of the run that is shown."""
    session, shown = viewer.session, viewer.shown.of(viewer.which)
    recorder = session.trainer.recorder
    recording = recorder.find(shown.run) or recorder.now
    try:
        first, last = read_stretch(message.get("first"), message.get("last"), recording.last)
        if not shown.spec.is_exact:
            raise SpecError("change_steps", "change_grid", shown.spec.activation)
        layer = min(viewer.view.layer, shown.spec.layers)
        stretch = Stretch(recording.run, viewer.view.window, layer, first, last)
        work = _work(stretch, recording, viewer.which, viewer.record)
        session.jobs.cancel(KIND)  # the newest wins
        session.jobs.start(KIND, last - first + 1, pools.jobs, work)
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))


async def show_run(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    """The whole run again."""
    viewer.session.jobs.cancel(KIND)
    viewer.record.take_stretch(None)


def _work(
    stretch: Stretch, recording: Recording, which: Which, record: CountRecord
) -> Callable[[Job], None]:
    replayer = Replayer()

    def work(job: Job) -> None:
        def at(step: int) -> Snapshot | None:
            found = replayer.snapshot(recording, step, lambda _done, _all: job.going_on())
            return None if found is None else found.of(which)

        for done, known in enumerate(step_by_step(stretch, at), start=1):
            if not job.report(done):
                return
            record.take_stretch(known)

    return work
