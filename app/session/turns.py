"""Who of many may work: at most a few at once, those whose result somebody waits for first."""

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

MOST_JOBS = 256  # that wait or work, a thread each
LOOK_S = 0.5  # whoever waits looks again: a page may have been opened or closed meanwhile


class Turns:
    """So many turns. **Threads**: for the working ones; everything is under one Condition."""

    def __init__(self, most: int) -> None:
        self._free = most
        self._waiting: list[tuple[object, Callable[[], bool]]] = []
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, wanted: Callable[[], bool]) -> Generator[None]:
        """Wait for a turn, and give it back at the end. `wanted`: whether somebody waits for it."""
        self._take(wanted)
        try:
            yield
        finally:
            self._give()

    def let_others(self, wanted: Callable[[], bool]) -> None:
        """Called by who has a turn: what nobody waits for lets the others go first."""
        if wanted():
            return
        with self._changed:
            others = any(theirs() for _, theirs in self._waiting)
        if others:
            self._give()
            self._take(wanted)

    def _take(self, wanted: Callable[[], bool]) -> None:
        mine = object()
        with self._changed:
            self._waiting.append((mine, wanted))
            while self._free < 1 or self._next() is not mine:
                self._changed.wait(LOOK_S)
            self._free -= 1
            self._waiting = [entry for entry in self._waiting if entry[0] is not mine]
            self._changed.notify_all()

    def _give(self) -> None:
        with self._changed:
            self._free += 1
            self._changed.notify_all()

    def _next(self) -> object:
        """The first that somebody waits for, or else the first."""
        return min(self._waiting, key=lambda entry: not entry[1]())[0]


class Workers(ThreadPoolExecutor):
    """Threads for jobs, as many as there are jobs, of which a few work at once."""

    def __init__(self, most: int, name: str) -> None:
        super().__init__(max_workers=MOST_JOBS, thread_name_prefix=name)
        self.turns = Turns(most)
