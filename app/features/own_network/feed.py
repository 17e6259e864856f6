"""Tells a page of the network from a file, whenever there is something new."""

import asyncio
import json

from cellscope.app.features.own_network.message import opened_message
from cellscope.app.stream.pools import Pools
from cellscope.app.stream.viewer import Viewer

PERIOD_S = 0.1


async def openings(pools: Pools, viewer: Viewer) -> None:
    """Nothing is sent as long as no network was opened."""
    session = viewer.session
    sent: object = None
    network, fits = session.spec.opened, session.fits  # a page that comes later has its own window
    while True:
        now = session.spec.opened, session.spec.cut, session.fits, viewer.language
        if now != sent and (session.spec.opened is not None or sent is not None):
            message = await pools.pictures.make(
                session.id, opened_message, session, viewer.language
            )
            message |= {"refit": fits != now[2], "anew": network is not now[0]}
            await viewer.socket.send_text(json.dumps(message))
            sent, network, fits = now, now[0], now[2]
        await asyncio.sleep(PERIOD_S)
