"""`Pace`: how soon one picture of a run that trains flat out may follow the other."""

import time
from dataclasses import dataclass

SHARE = 0.4  # of the time that drawing may take: the steps between pictures are what is watched
LONGEST_S = 0.036  # 28 pictures a second look fluid


@dataclass
class Pace:
    """Of one viewer. Small networks draw so fast that nothing waits, large ones so slowly."""

    begun: float = float("-inf")  # when the last picture was
    work_s: float = 0.0  # what drawing it took
    looked: object = None  # at what

    def begin(self, looked: object) -> None:
        self.begun, self.looked = time.monotonic(), looked

    def left(self, looked: object) -> float:
        """Seconds to wait; none for another view."""
        if looked != self.looked:
            return 0.0
        return self.begun + min(self.work_s / SHARE, LONGEST_S) - time.monotonic()
