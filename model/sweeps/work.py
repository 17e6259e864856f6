"""`Work`: how far a sweep has come, and whether it is to go on."""

import time
from collections.abc import Callable

CHECK_S = 0.02  # between two questions whether to go on


class Cancelled(Exception):
    """The sweep was told to stop."""


class Work:
    """Counts the estimated seconds of what is done and passes them on now and then.

    **Threads**: of the one that works.
    """

    def __init__(self, go_on: Callable[[float], bool]) -> None:
        self.done = 0.0  # estimated seconds, by `model.sweeps.estimate`
        self._go_on = go_on
        self._asked = 0.0

    def tick(self, seconds: float = 0.0) -> None:
        """So much more is done; raises `Cancelled` if nobody wants the rest."""
        self.done += seconds
        now = time.monotonic()
        if now - self._asked >= CHECK_S:
            self._asked = now
            if not self._go_on(self.done):
                raise Cancelled
