"""What flat-out trainers share: of many, each works a while and then lets pictures have the cores.

One or two go on as they please. From three on all together take about one core, in equal parts:
steps get fewer, pictures do not.
"""

import threading
import time

SLICE_S = 0.01  # of work between two pauses
FREE = 2  # trainers that need not pause
SEEN_S = 2.0  # who has not worked for so long takes no part; longer than any pause
LONGEST_PAUSE_S = 1.0


class Budget:
    """**Threads**: any trainer's; one lock, taken once a slice."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[int, float] = {}  # trainer -> when it last worked

    def pause(self, who: int) -> float:
        """How long a trainer that has worked for a slice is to pause."""
        now = time.monotonic()
        with self._lock:
            self._seen[who] = now
            self._seen = {key: at for key, at in self._seen.items() if now - at < SEEN_S}
            working = len(self._seen)
        if working <= FREE:
            return 0.0
        return min(SLICE_S * (working - 1), LONGEST_PAUSE_S)


BUDGET = Budget()
