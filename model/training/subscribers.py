"""`Subscribers`: who is called after every publication."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Subscribers:
    """**Threads**: any may come and go; they are called in the one that publishes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._called: tuple[Callable[[], None], ...] = ()

    def add(self, woken: Callable[[], None]) -> Callable[[], None]:
        """Call `woken`, which must not wait, from now on; returns what ends it."""
        with self._lock:
            self._called = (*self._called, woken)

        def end() -> None:
            with self._lock:
                self._called = tuple(one for one in self._called if one is not woken)

        return end

    def tell(self) -> None:
        """Something was published."""
        for woken in self._called:
            try:
                woken()
            except Exception:  # say, its event loop is closed: training goes on
                log.exception("a subscriber failed")
