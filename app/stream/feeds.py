"""Feeds: what a viewer is sent whenever it is another. Declarations, which one loop runs."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple

from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer

PERIOD_S = 0.2
TRAINING_PERIOD_S = 0.3  # from chart to chart
LONGEST_PAUSE_S = 5.0


class Wanted(NamedTuple):
    """What there is to send now: all that it depends on, and how it is made of just that."""

    key: object
    make: Callable[[], Awaitable[str | bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One kind of message that follows the state.

    Attributes
    ----------
    wanted : callable
        ``(pools, viewer)``: what it would be now; None where the viewer does not look at it. It
        is sent if its key is another than that of the last one.
    period : callable
        ``(viewer)``: seconds from look to look.
    share : float, optional
        Of one core, while it trains: one that takes longer comes less often.
    first : object
        The key of what the viewer knows from the beginning.
    """

    wanted: Callable[[Pools, Viewer], Wanted | None]
    period: Callable[[Viewer], float] = lambda viewer: PERIOD_S
    share: float | None = None
    first: object = None


def is_moving(viewer: Viewer) -> bool:
    """Whether what it sees is a state of a training run that goes on, or changes under a hand."""
    return viewer.shown.of(viewer.which).status == "training" or viewer.session.in_hand


def with_the_charts(viewer: Viewer) -> float:
    """A period that leaves the browser time for frames while it trains."""
    return TRAINING_PERIOD_S if is_moving(viewer) else PERIOD_S


async def said(message: str | bytes) -> str | bytes:
    """What needs no work in the background."""
    return message


async def run(feed: Feed, pools: Pools, viewer: Viewer) -> None:
    """Send it whenever it is another, until the viewer is gone."""
    sent = feed.first
    while True:
        wanted, pause = feed.wanted(pools, viewer), feed.period(viewer)
        if wanted is not None and wanted.key != sent:
            begun = time.perf_counter()
            message = await wanted.make()
            if isinstance(message, bytes):
                await viewer.socket.send_bytes(message)
            else:
                await viewer.socket.send_text(message)
            sent = wanted.key
            if feed.share is not None and is_moving(viewer):
                pause = max(pause, (time.perf_counter() - begun) / feed.share)
        await _rest(viewer, min(pause, LONGEST_PAUSE_S))


async def _rest(viewer: Viewer, pause: float) -> None:
    """A pause for the sake of what moves ends when it stands, or something else is looked at."""
    end, looked = time.monotonic() + pause, _looked_at(viewer)
    while (left := end - time.monotonic()) > 0 and _looked_at(viewer) == looked:
        await asyncio.sleep(min(left, PERIOD_S))


def _looked_at(viewer: Viewer) -> object:
    return is_moving(viewer), viewer.which, viewer.view.layer, viewer.view.mode
