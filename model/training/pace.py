"""How fast a run goes: when its next step is due, and how many it takes in a second."""

import time

from cellscope.model.spec import SpecError

SPEEDS = (0.01, 1e6)  # steps per second
WINDOW_S = 0.5  # over which steps are counted
MOST_MISSED_S = 0.25  # of a hold-up is made up for: no burst after a long pause


class Pace:
    """The wanted speed (None: flat out) and the measured one. **Threads**: see `Trainer`."""

    def __init__(self, speed: float | None) -> None:
        self.speed = checked_speed(speed)
        self.begin(0)

    def begin(self, step: int) -> None:
        """The next step is due at once; steps are counted from here."""
        self._next_at = self._since = time.monotonic()
        self._from = step
        self._last_window = 0.0

    def wait(self) -> float:
        """Seconds until the next step is due; negative if it is late."""
        return self._next_at - time.monotonic()

    def catch_up(self) -> None:
        """Give up the steps that a long hold-up has missed."""
        self._next_at = max(self._next_at, time.monotonic() - MOST_MISSED_S)

    def took_step(self) -> None:
        """The one after it is due a little later."""
        if self.speed is not None:
            self._next_at += 1.0 / self.speed

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
