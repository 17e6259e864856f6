"""Loss and accuracy over a run, at steps that depend on nothing but the step.

The curve keeps between 64 and 128 points however long the run: whenever it is full, every second
point goes and the interval doubles. So the cost of evaluating the network fades with time, and a
rewound run draws the same curve again. (Twice as many points halved the steps of the first second
at 64 × 5: an evaluation of 800 points costs as much as five steps of ten.)
"""

from dataclasses import dataclass

MOST_POINTS = 128


@dataclass(frozen=True, slots=True)
class Score:
    """How good the network is at one step, on all training and all test points."""

    step: int
    train_loss: float  # mean cross-entropy, natural logarithm, or squared error; inf or nan once
    # it overflowed
    test_loss: float
    train_accuracy: float  # 0…1; of a regression R², at most 1
    test_accuracy: float
    ratios: tuple[float, ...] = ()  # of each layer, rms of the last update over that of the weights


class History:
    """The scores recorded so far. **Threads**: written by one; `points` is a value to share."""

    def __init__(self) -> None:
        self.points: tuple[Score, ...] = ()
        self._interval = 1

    def copy(self) -> "History":
        """One that goes its own way from here."""
        copied = History()
        copied.points, copied._interval = self.points, self._interval
        return copied

    @classmethod
    def of(cls, points: tuple[Score, ...], interval: int) -> "History":
        """What was recorded elsewhere."""
        made = cls()
        made.points, made._interval = points, interval
        return made

    @property
    def interval(self) -> int:
        """Steps from one score to the next."""
        return self._interval

    def until(self, step: int) -> "History":
        """What was recorded up to a step."""
        copied = self.copy()
        copied.points = tuple(point for point in self.points if point.step <= step)
        return copied

    def due(self, step: int) -> bool:
        """Whether a step is one to record."""
        return step % self._interval == 0

    def add(self, score: Score) -> None:
        """Append a score, thinning the older ones when the curve is full; it stays itself."""
        self.points = (*self.points, score)
        if len(self.points) > MOST_POINTS:
            self._interval *= 2
            self.points = tuple(p for p in self.points if self.due(p.step) or p is score)
