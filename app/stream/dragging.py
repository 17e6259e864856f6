"""A slider that is being moved: its setting comes ahead of the callback that settles it."""

from cellscope.app.session.intents import take_dragged
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, problem_message
from cellscope.model.spec import SpecError


async def drag(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Take one setting at once, if it can be and none that is newer was taken."""
    try:
        take_dragged(viewer.session, message)
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
