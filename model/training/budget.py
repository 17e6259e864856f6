"""What trainers share: of many, each works a while and then lets pictures have the cores.

One or two go on as they please. From three on all together take about one core: who wants little
has it, the others get equal parts of what is left. Steps get fewer, pictures do not.
"""

import threading
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager

SLICE_S = 0.01  # of work between two pauses
FREE = 2  # trainers that need not pause
TOTAL = 1.0  # core, of all trainers together when there are more
SLIGHT = 0.02  # of a core: who wants less is not counted among them
SEEN_S = 5.0  # who has not worked for so long takes no part; longer than any pause
LONGEST_PAUSE_S = 3.0


class Turn:
    """A trainer's, between two pauses. **Threads**: its trainer's alone."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.idle = self.paused = 0.0  # seconds of it: without work, and for the others

    @contextmanager
    def idling(self) -> Generator[None]:
        """What it waits for in here is no work."""
        begun = time.monotonic()
        yield
        self.idle += time.monotonic() - begun

    def pause(self, who: int) -> float | None:
        """Seconds for which the others have theirs now; None: not yet."""
        worked = time.monotonic() - self.begun - self.idle - self.paused
        return None if worked < SLICE_S else BUDGET.pause(who, worked, self.idle, self.paused)


class Budget:
    """**Threads**: any trainer's; one lock, taken once a slice."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[int, tuple[float, float]] = {}  # trainer -> when it worked, what it wants

    def pause(self, who: int, worked: float, idle: float, paused: float = 0.0) -> float:
        """Seconds for which a trainer is to pause now.

        Since its last pause it has `worked` so long, been `idle` so long for want of work, as at
        a low speed, and `paused` already.
        """
        now = time.monotonic()
        with self._lock:
            self._seen[who] = now, worked / max(worked + idle, 1e-9)
            self._seen = {key: one for key, one in self._seen.items() if now - one[0] < SEEN_S}
            wanted = [share for _, share in self._seen.values()]
        if sum(share > SLIGHT for share in wanted) <= FREE:
            return 0.0
        due = worked / fair_share(wanted, TOTAL)
        return min(max(0.0, due - worked - idle - paused), LONGEST_PAUSE_S)


def fair_share(wanted: Iterable[float], total: float) -> float:
    """The largest part that anybody gets, so that all of them together take `total`.

    >>> fair_share([1.0, 1.0, 1.0, 1.0], 1.0), fair_share([0.1, 0.1, 1.0, 1.0], 1.0)
    (0.25, 0.4)
    """
    ordered = sorted(wanted)
    for k, one in enumerate(ordered):
        others = len(ordered) - k
        if one * others >= total:
            return total / others
        total -= one
    return 1.0


BUDGET = Budget()
