"""Simulated viewers that speak the page's protocol (docs/stream.md), and what they have seen."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

FRAMES = ("frame", "hall-frame")


@dataclass(slots=True)
class Seen:
    """Of one viewer."""

    welcome: dict[str, Any] = field(default_factory=dict[str, Any])
    room: dict[str, Any] = field(default_factory=dict[str, Any])
    frames: int = 0
    bytes: int = 0
    step: int = 0
    problems: list[str] = field(default_factory=list[str])

    def rate(self, seconds: float) -> float:
        """Frames a second."""
        return self.frames / seconds


class Viewer:
    """One socket. It asks for a picture as soon as it has one, as a page does."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.seen = Seen()

    async def say(self, **message: object) -> None:
        await self.socket.send(json.dumps(message))

    async def watch(self, seconds: float) -> None:
        """Look on for so long."""
        end = time.monotonic() + seconds
        await self.say(type="next")
        while (left := end - time.monotonic()) > 0:
            try:
                said = await asyncio.wait_for(self.socket.recv(), left)
            except TimeoutError:
                return
            if self._take(said):
                await self.say(type="next")

    async def until_step(self, step: int) -> None:
        """Look on until it has come so far; kernels may have to be compiled before."""
        async with asyncio.timeout(120):
            while self.seen.step < step:
                await self.watch(0.5)
        self.seen.frames = self.seen.bytes = 0

    async def until(self, kind: str) -> dict[str, Any]:
        """The next message of a kind."""
        async with asyncio.timeout(60):
            while True:
                said = await self.socket.recv()
                if isinstance(said, str) and json.loads(said)["type"] == kind:
                    return json.loads(said)

    def _take(self, said: str | bytes) -> bool:
        if isinstance(said, str):
            message = json.loads(said)
            if message["type"] in ("problem", "full"):
                self.seen.problems.append(said)
            return False
        head = json.loads(said[4 : 4 + int.from_bytes(said[:4], "little")])
        if head["kind"] not in FRAMES:
            return False
        self.seen.frames += 1
        self.seen.bytes += len(said)
        self.seen.step = head["step"]
        return True


@asynccontextmanager
async def viewer(port: int, query: str = "", **hello: object) -> AsyncGenerator[Viewer]:
    """One that has been welcomed."""
    address = f"ws://127.0.0.1:{port}/stream"
    async with connect(address, max_size=None, open_timeout=60) as socket:
        one = Viewer(socket)
        await one.say(**({"type": "hello", "session": None, "query": query, "lang": "en"} | hello))
        if "room" in hello:
            await one.until("following")
        else:
            one.seen.welcome = await one.until("welcome")
        yield one
