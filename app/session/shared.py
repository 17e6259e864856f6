"""`Shared`: results made once, for all viewers who ask for the same."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT_RESULTS = 8  # frames and panels, for viewers who ask for the same


class Shared(Generic[T]):
    """Results made once per key, however many viewers ask for them; the newest few are kept."""

    def __init__(self, kept: int = KEPT_RESULTS) -> None:
        self.kept = kept
        self._made: OrderedDict[object, asyncio.Future[T]] = OrderedDict()

    async def get(self, key: object, pool: Executor, work: Callable[[], T]) -> T:
        """What `work` gives, made in the pool unless somebody asked for this key before."""
        future = self._made.get(key)
        if future is None:
            future = asyncio.get_running_loop().run_in_executor(pool, work)
            self._made[key] = future
            future.add_done_callback(lambda done: self._drop_failed(key, done))
            while len(self._made) > self.kept:
                self._made.popitem(last=False)
        return await asyncio.shield(future)

    def _drop_failed(self, key: object, done: asyncio.Future[T]) -> None:
        """Whoever asks again has it tried again."""
        failed = done.cancelled() or done.exception() is not None
        if failed and self._made.get(key) is done:
            del self._made[key]
