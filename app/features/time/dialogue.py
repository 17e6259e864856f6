"""What a page asks of time: an earlier step, now again, step 0 beside, to train on from a step."""

from cellscope.app.session.looking_back import read_moment, read_stop
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, problem_message
from cellscope.model.spec import SpecError


async def look_at(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Show a step of a run; without one, the run as it is now."""
    if message.get("step") is None:
        viewer.time.now(resume=message.get("resume") is not False)
        viewer.wake.set()
        return
    try:
        moment = read_moment(message.get("run"), message.get("step"))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    viewer.time.look_at(moment)


async def choose_waiting(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Whether training waits while an earlier step is shown."""
    viewer.time.wait(message.get("waits") is not False)


async def pair_up(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Step 0 beside what is shown, or not."""
    viewer.time.pairing = message.get("on") is True
    viewer.time.asked.set()
    viewer.wake.set()


async def stop_at(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Pause by itself at a step; without one, at none."""
    try:
        step = read_stop(message.get("step"))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    viewer.session.trainer.stop_at(step)


async def train_on(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """A branch from a step, with the settings of now; it is what is then shown."""
    try:
        moment = read_moment(message.get("run"), message.get("step"))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
        return
    viewer.time.leave(branches=viewer.session.branch(moment.run, moment.step, playing=True))
    viewer.wake.set()
