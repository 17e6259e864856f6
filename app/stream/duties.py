"""What runs for one socket, side by side, for as long as the socket is open."""

import asyncio
from collections.abc import Coroutine


async def until_one_ends(*work: Coroutine[None, None, None]) -> None:
    """All of it at once; when one ends or fails the others are ended, too."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
