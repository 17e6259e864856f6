"""What a page asks of a network from a file: another plane, or the experiment of before."""

from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, problem_message
from cellscope.model.own.opening import cut
from cellscope.model.spec import SpecError, shorten


async def choose_plane(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """See the network in another plane; what is trained stays."""
    session, written = viewer.session, message.get("plane")
    network = session.spec.opened
    if network is None or network.sizes[0] == 2:
        return
    try:
        if not isinstance(written, str):
            raise SpecError("plane", "plane_written", shorten(written))
        session.see_in(cut(network, written[:60]))
    except SpecError as error:
        await viewer.socket.send_text(problem_message(error))


async def close_network(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    """The experiment that there was before the file."""
    viewer.session.close_network()
