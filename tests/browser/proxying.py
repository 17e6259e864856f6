"""A reverse proxy with the habits of real ones, in a thread of its own."""

import asyncio
import threading
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Literal

Habit = Literal["plain", "host", "no-upgrade"]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
HOPPING = ("connection", "upgrade", "sec-websocket-key", "sec-websocket-version")


class Proxy:
    """Passes on to a port of this machine; `frozen` swallows what open connections carry."""

    def __init__(self, upstream: int, habit: Habit, prefix: str) -> None:
        self.upstream = upstream
        self.habit = habit
        self.prefix = prefix
        self.dead: set[asyncio.StreamWriter] = set()
        self.open: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.prefix}/"

    def freeze(self) -> None:
        """The path of every open connection dies, and they stay open; new ones live."""
        self.dead |= self.open

    async def serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        ready.set()
        await self.over.wait()
        server.close()
        for writer in self.open:
            writer.close()
        await asyncio.sleep(0.2)  # until they are

    def end(self) -> None:
        self.loop.call_soon_threadsafe(self.over.set)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection; a browser opens some ahead, on which it asks nothing."""
        ways = [writer]
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                head = self._changed((await reader.readuntil(b"\r\n\r\n")).decode("latin-1"))
                up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
                ways.append(up_writer)
                up_writer.write(head.encode("latin-1"))
                self.open |= {writer, up_writer}
                await asyncio.gather(self._pipe(reader, up_writer), self._pipe(up_reader, writer))
        finally:
            for way in ways:
                way.close()

    def _changed(self, head: str) -> str:
        first, *lines = head.removesuffix("\r\n\r\n").split("\r\n")
        method, target, version = first.split(" ")
        pairs = [line.split(": ", 1) for line in lines]
        upgrade = any(name.lower() == "upgrade" for name, _ in pairs)
        kept = [(name, value) for name, value in pairs if self._keeps(name.lower())]
        if self.habit == "host":
            kept.append(("Host", f"127.0.0.1:{self.upstream}"))
        if not upgrade or self.habit == "no-upgrade":
            kept.append(("Connection", "close"))
        said = "".join(f"\r\n{name}: {value}" for name, value in kept)
        return f"{method} {target.removeprefix(self.prefix)} {version}{said}\r\n\r\n"

    def _keeps(self, name: str) -> bool:
        if name == "host":
            return self.habit != "host"
        if name in HOPPING:
            return self.habit != "no-upgrade"
        return True

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if writer not in self.dead:
                    writer.write(data)
                    await writer.drain()
            if writer not in self.dead:
                writer.close()


@contextmanager
def proxied(upstream: int, habit: Habit = "plain", *, prefix: str = "") -> Generator[Proxy]:
    proxy = Proxy(upstream, habit, prefix)
    ready = threading.Event()
    work = threading.Thread(target=asyncio.run, args=(proxy.serve(ready),))
    work.start()
    assert ready.wait(10.0)
    try:
        yield proxy
    finally:
        proxy.end()
        work.join(timeout=10.0)
