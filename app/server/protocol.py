"""uvicorn's HTTP, but who begins a request and does not end its head is not waited for."""

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

HEAD_S = (
    20.0  # for a request's first line and headers to arrive; bodies: `app.server.request_bodies`
)
_Protocol: Any = AutoHTTPProtocol  # of httptools or h11, whichever there is


class PatientProtocol(_Protocol):
    """Closes a connection that stays between two requests, or within a head, for too long."""

    _waiting: asyncio.TimerHandle | None = None
    _answered: Any = None  # the request that is being answered; `cycle` is the last that has come

    def connection_made(self, transport: asyncio.Transport) -> None:
        """A first request is due."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """The head of a request is due from its first byte on, and here with its last."""
        before = self.cycle
        if not self._busy():
            self._wait()
        super().data_received(data)
        if self.cycle is not before:
            self._stop_waiting()

    def handle_websocket_upgrade(self, *arguments: Any) -> None:
        """From now on it is no HTTP."""
        self._stop_waiting()
        super().handle_websocket_upgrade(*arguments)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there any more, for none of the requests that came one behind the other."""
        self._stop_waiting()
        super().connection_lost(exc)
        if self._answered is not None and not self._answered.response_complete:
            self._answered.disconnected = True  # else what is written ends in an error
            self._answered.message_event.set()

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _busy(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        if self._waiting is None:
            self._waiting = asyncio.get_running_loop().call_later(HEAD_S, self._hang_up)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _hang_up(self) -> None:
        self._waiting = None
        if not self._busy() and not self.transport.is_closing():
            self.transport.close()
