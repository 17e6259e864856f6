"""Messages as text: reading what the page sends, which is untrusted, and writing answers."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, TypeGuard

from starlette.types import Message as Event
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from cellscope.app.stream.packing import WORTH, packed
from cellscope.app.text.texts import complaint
from cellscope.model.spec import SpecError
from cellscope.model.view import PIXELS

LONGEST_MESSAGE = 32 * 1024  # characters
Message = Mapping[str, Any]  # what a page sent, as JSON


class Socket(WebSocket):
    """One whose end is always a `WebSocketDisconnect`, whoever closed it, and how.

    The server's own protocol closes one whose message is too long or none, and says so by a
    `RuntimeError` to whoever sends next.
    """

    packs = False  # whether large messages are sent packed

    async def send_bytes(self, data: bytes) -> None:
        await super().send_bytes(await packed(data) if self._is_packed(data) else data)

    async def send_text(self, data: str) -> None:
        if self._is_packed(data):
            await super().send_bytes(await packed(data))
        else:
            await super().send_text(data)

    def _is_packed(self, data: str | bytes) -> bool:
        return self.packs and len(data) >= WORTH

    async def send(self, message: Event) -> None:
        try:
            await super().send(message)
        except RuntimeError:
            self.application_state = WebSocketState.DISCONNECTED
            raise WebSocketDisconnect(1006) from None

    async def receive(self) -> Event:
        try:
            return await super().receive()
        except RuntimeError:
            raise WebSocketDisconnect(1006) from None


def problem_message(error: SpecError) -> str:
    return as_json(type="problem", **complaint(error))


def as_json(**message: Any) -> str:
    return json.dumps(message)


def is_number(value: object) -> TypeGuard[int | float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1e9


def read_point(raw: object) -> tuple[float, float] | None:
    if not isinstance(raw, list) or len(raw) != 2:  # pyright: ignore[reportUnknownArgumentType]
        return None
    x, y = raw  # pyright: ignore[reportUnknownVariableType]
    return (float(x), float(y)) if is_number(x) and is_number(y) else None


def read_pixels(raw: object) -> int | None:
    """Points per side within what a view may have, or nothing."""
    if not isinstance(raw, int) or isinstance(raw, bool):
        return None
    return min(max(raw, PIXELS[0]), PIXELS[1])


async def receive(socket: WebSocket, timeout: float | None = None) -> dict[str, Any] | None:
    """The next message; None if it is none that the page sends, or did not come in time."""
    try:
        async with asyncio.timeout(timeout):
            event = await socket.receive()
    except TimeoutError:
        return None
    if event["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(event.get("code", 1005))
    return _parse(event.get("text"))


def _parse(raw: str | None) -> dict[str, Any] | None:
    """The message, if it is a JSON object of a sensible length."""
    if raw is None or len(raw) > LONGEST_MESSAGE:
        return None
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None
