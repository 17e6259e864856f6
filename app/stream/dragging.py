"""A slider that is being moved: its setting comes ahead of the callback that settles it."""

from app.callbacks import take_dragged
from app.stream.pools import Pools
from app.stream.viewer import Viewer
from app.stream.wire import Message, problem_message
from model.spec import SpecError


async def drag(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Take one setting at once, if it can be and none that is newer was taken."""
    try:
        take_dragged(viewer.session, message)
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))
