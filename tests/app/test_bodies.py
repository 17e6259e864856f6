"""Bodies are read whole up to a limit; what is longer is read on, and takes no memory."""

import asyncio
import tracemalloc

import pytest
from starlette.requests import Request

from cellscope.app.server import request_bodies as bodies
from cellscope.app.server.request_bodies import read_body

CHUNK = b"x" * 65_536


def request(chunks: int, **headers: str) -> Request:
    """A request that sends so many chunks."""
    left = chunks

    async def receive() -> dict[str, object]:
        nonlocal left
        left -= 1
        return {"type": "http.request", "body": CHUNK, "more_body": left > 0}

    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": named}, receive)


def test_a_body_within_the_limit_is_whole():
    assert asyncio.run(read_body(request(3), 3 * len(CHUNK))) == CHUNK * 3


def test_a_longer_one_is_read_to_its_end_without_being_kept():
    peaks: list[int] = []
    tracemalloc.start()
    try:
        for _ in range(5):  # servers of other tests may need memory at the same time
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            assert asyncio.run(read_body(request(200), 2 * len(CHUNK))) is None  # 13 MB
            peaks.append(tracemalloc.get_traced_memory()[1] - before)
    finally:
        tracemalloc.stop()
    assert min(peaks) < 10 * len(CHUNK)


def test_an_endless_one_is_hung_up_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bodies, "LONGEST_READ", 5 * len(CHUNK))
    assert asyncio.run(read_body(request(10**9), len(CHUNK))) is None
