"""What a viewer says of itself: ready for a frame, looking elsewhere, hidden, asking the time."""

import time
from dataclasses import replace

from cellscope.app.features.network.focus import read_unit
from cellscope.app.features.panels import PARTS
from cellscope.app.settings.controls import read_view
from cellscope.app.settings.display_options import read_looks
from cellscope.app.settings.links import view_values
from cellscope.app.settings.readouts import readouts
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer
from cellscope.app.stream.wire import Message, as_json, problem_message, read_pixels
from cellscope.model.spec import SpecError

GONE = 4410
LATEST_MS = 1e18
STRIP = (48, 320)  # points per side that a small picture may have


async def next_frame(_pools: Pools, viewer: Viewer, _message: Message) -> None:
    viewer.ready = True
    viewer.wake.set()


async def pack(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Its line is slow; or it is not."""
    viewer.socket.packs = message.get("on") is True


async def look(_pools: Pools, viewer: Viewer, message: Message) -> None:
    """Another view, theme, language, side or tab; what is wrong is named and keeps what it was."""
    spoken, before = viewer.language, viewer.view
    viewer.view, problems = read_view(message, viewer.view)
    if "unit" in message:
        try:
            viewer.view = replace(viewer.view, unit=read_shown(message["unit"]))
        except SpecError as error:
            problems.append(error)
    looks, wrong = read_looks(message)
    viewer.looks |= looks
    viewer.open = read_open(message.get("open"), viewer.open)
    if viewer.view != before:
        viewer.sharp = None
    strip = read_pixels(message.get("strip"))
    if strip is not None:
        viewer.strip = min(max(strip, STRIP[0]), STRIP[1])
    for error in (*problems, *wrong):
        await viewer.socket.send_text(problem_message(error))
    said = readouts(viewer.session.spec, viewer.language)
    view = view_values(viewer.view) | {"unit": viewer.view.unit}
    look = message.get("look")  # which of its messages this answers
    look = look if isinstance(look, int) else None
    await viewer.socket.send_text(as_json(type="looking", look=look, view=view, readouts=said))
    if viewer.language != spoken:
        for kind, worded in list(viewer.told.items()):
            await viewer.tell(kind, worded)
    viewer.wake.set()


def read_open(raw: object, before: frozenset[str]) -> frozenset[str]:
    """The folds that are open, of those that there are; as before where it is not said."""
    known = {part.fold for part in PARTS.values()} - {""}
    return frozenset(known & {str(name) for name in raw}) if isinstance(raw, list) else before  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def read_shown(raw: object) -> tuple[int, int] | None:
    """The unit whose output the picture is to show, as [layer, unit] from 1."""
    if raw is None:
        return None
    if not isinstance(raw, list) or len(raw) != 2:  # pyright: ignore[reportUnknownArgumentType]
        raise SpecError("unit", "two_numbers", raw)
    layer, unit = raw  # pyright: ignore[reportUnknownVariableType]
    return read_unit({"layer": layer, "unit": unit})[0], int(unit)  # pyright: ignore[reportUnknownArgumentType]


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
    if not isinstance(sent, int | float) or not -LATEST_MS < sent < LATEST_MS:  # nor 1e400
        await viewer.socket.send_text(problem_message(SpecError("message", "message", "clock")))
        return
    await viewer.socket.send_text(as_json(type="clock", sent=sent, server=time.time() * 1000.0))
