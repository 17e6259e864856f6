"""What runs for a socket: one part that fails takes no other part with it."""

import logging
from typing import Any

import pytest
from starlette.websockets import WebSocketDisconnect, WebSocketState

from cellscope.app.features.signal import measured
from cellscope.app.stream import duties
from cellscope.app.stream.wire import Socket
from tests.app.conftest import Server, in_loop, opened


def test_a_chart_that_can_not_be_made_leaves_the_picture_and_comes_back(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(duties, "PAUSE_S", 0.05)
    whole, failures = measured.Measured.signal, list[int]()

    class Broken:
        def __get__(self, scene: Any, owner: Any = None) -> Any:
            if len(failures) < 3:
                failures.append(1)
                raise ValueError("a fault of ours")
            return whole.__get__(scene, owner)

    monkeypatch.setattr(measured.Measured, "signal", Broken())

    async def story() -> None:
        async with opened(server, "?tab=signal") as (page, _):
            message = await page.hear("panel")
            assert "moments" in message["figures"]
            assert len(failures) == 3
            header, _ = await page.frame()
            assert header["kind"] == "frame"

    in_loop(story())
    assert "a part of the page could not be made" in caplog.text


def closed_by_the_protocol(*, hears: bool = True) -> Socket:
    """One that uvicorn has closed by itself, as after a message that is too long."""

    async def send(_message: object) -> None:
        raise RuntimeError("Unexpected ASGI message 'websocket.send', after 'websocket.close'.")

    async def receive() -> dict[str, str]:
        raise AssertionError("nothing more is to be read")

    socket = Socket({"type": "websocket"}, receive, send)
    socket.application_state = WebSocketState.CONNECTED
    socket.client_state = WebSocketState.CONNECTED if hears else WebSocketState.DISCONNECTED
    return socket


def test_a_socket_that_the_protocol_has_closed_is_left_without_a_trace(
    caplog: pytest.LogCaptureFixture,
):
    async def story() -> None:
        for socket in (closed_by_the_protocol(), closed_by_the_protocol(hears=False)):
            for _ in range(2):
                with pytest.raises(WebSocketDisconnect):
                    await duties.again_and_again(socket, lambda s=socket: s.send_text("a frame"))
        with pytest.raises(WebSocketDisconnect):
            await closed_by_the_protocol(hears=False).receive()

    with caplog.at_level(logging.WARNING):
        in_loop(story())
    assert not caplog.records


def test_an_answer_for_one_who_has_left_is_no_fault_and_a_fault_is_told(
    caplog: pytest.LogCaptureFixture,
):
    async def fail() -> None:
        raise ZeroDivisionError

    async def story() -> None:
        await duties.aside(closed_by_the_protocol().send_text("an answer"))
        assert not caplog.records
        await duties.aside(fail())
        assert duties.FAILED in caplog.text

    with caplog.at_level(logging.WARNING):
        in_loop(story())
