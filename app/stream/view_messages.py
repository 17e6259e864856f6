"""What a viewer says of itself: ready for a frame, looking elsewhere, hidden, asking the time."""

import time

from cellscope.app.settings.controls import read_view
from cellscope.app.settings.display_options import read_looks
from cellscope.app.settings.links import view_values
from cellscope.app.settings.readouts import readouts
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, as_json, problem_message, read_pixels
from cellscope.model.spec import SpecError

GONE = 4410
STRIP = (48, 320)  # points per side that a small picture may have


async def next_frame(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    viewer.ready = True
    viewer.wake.set()


async def look(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Another view, theme, language, side or tab; what is wrong is named and keeps what it was."""
    spoken, before = viewer.language, viewer.view
    viewer.view, problems = read_view(message, viewer.view)
    looks, wrong = read_looks(message)
    viewer.looks |= looks
    if viewer.view != before:
        viewer.sharp = None
    strip = read_pixels(message.get("strip"))
    if strip is not None:
        viewer.strip = min(max(strip, STRIP[0]), STRIP[1])
    for error in (*problems, *wrong):
        await viewer.socket.send_text(problem_message(error))
    said = readouts(viewer.session.spec, viewer.language)
    view = view_values(viewer.view)
    await viewer.socket.send_text(as_json(type="looking", view=view, readouts=said))
    if viewer.language != spoken:
        for kind, worded in list(viewer.told.items()):
            await viewer.tell(kind, worded)
    viewer.wake.set()


async def sharpen(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """A picture at rest with a point for each of the screen's pixels."""
    pixels = read_pixels(message.get("pixels"))
    if pixels is not None:
        viewer.sharp = viewer.shown.version, pixels
    viewer.wake.set()


async def show_or_hide(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """The tab was hidden or shown again."""
    viewer.visible = message.get("visible") is not False
    if viewer.session.closed:  # its place was needed: connecting anew restarts it
        await viewer.socket.close(GONE)
        return
    viewer.session.watch(viewer, viewer.visible)
    viewer.wake.set()


async def tell_the_time(_pools: Pools, viewer: Viewer, message: Message) -> None:
    sent = message.get("sent")
    if not isinstance(sent, int | float):
        await viewer.socket.send_text(problem_message(SpecError("message", "message", "clock")))
        return
    await viewer.socket.send_text(as_json(type="clock", sent=sent, server=time.time() * 1000.0))
