"""How fast a run goes: when its next step is due, and how many it takes in a second."""

import time

from cellscope.model.spec import SpecError

SPEEDS = (0.01, 1e6)  # steps per second
WINDOW_S = 0.5  # over which steps are counted
MOST_MISSED_S = 0.25  # of a hold-up is made up for: no burst after a long pause


class Pace:
    """The wanted speed (None: flat out) and the measured one. **Threads**: see `Trainer`."""

    def __init__(self, speed: float | None, most: float | None = None) -> None:
        self.speed = checked_speed(speed)
        self.most = checked_speed(most)  # whatever is wanted
        self.begin(0)

    def begin(self, step: int) -> None:
        """The next step is due at once; steps are counted from here."""
        self._next_at = self._since = time.monotonic()
        self._from = step
        self._last_window = 0.0

    def bound(self, *, flat_out: bool) -> float | None:
        """Steps per second that it may take now, wanted at its speed or flat out; None: any."""
        wanted = None if flat_out else self.speed
        if wanted is None or self.most is None:
            return self.most if wanted is None else wanted
        return min(wanted, self.most)

    def wait(self) -> float:
        """Seconds until the next step is due; negative if it is late."""
        return self._next_at - time.monotonic()

    def catch_up(self) -> None:
        """Give up the steps that a long hold-up has missed."""
        self._next_at = max(self._next_at, time.monotonic() - MOST_MISSED_S)

    def took_step(self, bound: float) -> None:
        """The one after it is due a little later, of so many a second."""
        self._next_at += 1.0 / bound

    def rate(self, step: int) -> float:
        """Steps per second over the last full window, or since the start within the first."""
        elapsed = time.monotonic() - self._since
        rate = (step - self._from) / max(elapsed, 1e-3)
        if elapsed >= WINDOW_S:
            self._since, self._from = time.monotonic(), step
            self._last_window = rate
        return self._last_window or rate


def checked_speed(speed: float | None) -> float | None:
    """The speed, or a `SpecError`."""
    if speed is not None and not SPEEDS[0] <= speed <= SPEEDS[1]:  # also catches nan
        raise SpecError("speed", "range", speed, low=SPEEDS[0], high=SPEEDS[1])
    return speed
