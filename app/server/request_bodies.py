"""Bodies of requests: read whole up to a limit."""

import asyncio

from starlette.requests import Request

LONGEST_READ = 64 * 1024 * 1024  # bytes; whoever sends more than this hangs up on an answer
PATIENCE_S = 25.0  # for a body to arrive


async def read_body(request: Request, longest: int) -> bytes | None:
    """The whole body, or None if it is longer; `TimeoutError` if it does not come.

    What is too long is read on, and forgotten: who is still sending hears no answer.
    """
    async with asyncio.timeout(PATIENCE_S):
        return await _whole(request, longest)


async def _whole(request: Request, longest: int) -> bytes | None:
    body = bytearray()
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length <= longest:
            body += chunk
        elif length > LONGEST_READ:
            break
        else:
            body.clear()
    return bytes(body) if length <= longest else None
