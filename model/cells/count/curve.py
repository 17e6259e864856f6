"""`Curve`: values by step, thinned as the run grows."""

from bisect import bisect_left
from typing import Generic, TypeVar

MOST_POINTS = 128
T = TypeVar("T")


class Curve(Generic[T]):
    """Values by step: at most 128 and the newest. Whenever it is full, every second one goes.

    >>> curve = Curve[int]()
    >>> for step in range(1000):
    ...     curve.add(step, step * step)
    >>> len(curve.points) <= MOST_POINTS + 1, curve.points[0], curve.points[-1]
    (True, (0, 0), (999, 998001))
    """

    def __init__(self) -> None:
        self._kept: list[tuple[int, T]] = []
        self._newest: tuple[int, T] | None = None
        self._interval = 1  # steps between two that are kept

    @property
    def points(self) -> tuple[tuple[int, T], ...]:
        """(step, value), ascending."""
        newest = self._newest
        if newest is None or newest[0] == self._kept[-1][0]:
            return tuple(self._kept)
        return (*self._kept, newest)

    def due(self, step: int) -> bool:
        """Whether a value of this step would be kept."""
        return not self._kept or step >= self._kept[-1][0] + self._interval

    def add(self, step: int, value: T) -> None:
        """The newest value; one of the same step replaces it, one of an earlier is too late."""
        if self._newest is not None and step < self._newest[0]:
            return
        self._newest = (step, value)
        if self._kept and step == self._kept[-1][0]:
            self._kept[-1] = self._newest
        elif self.due(step):
            self._kept.append(self._newest)
        self._thin()

    def fill(self, step: int, value: T) -> None:
        """The value of any step, however late; one of the same step goes."""
        if self._newest is None or step >= self._newest[0]:
            self.add(step, value)
            return
        place = bisect_left(self._kept, step, key=lambda point: point[0])
        known = place < len(self._kept) and self._kept[place][0] == step
        self._kept[place : place + known] = [(step, value)]
        self._thin()

    def _thin(self) -> None:
        if len(self._kept) > MOST_POINTS:
            self._kept = self._kept[::2]
            span = self._kept[-1][0] - self._kept[0][0]
            self._interval = max(2 * self._interval, span // (MOST_POINTS // 2))
