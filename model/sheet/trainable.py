"""Which networks train: a few hundred steps for several seeds. Exercises 1.2 and 1.4."""

from dataclasses import dataclass
from functools import lru_cache

from cellscope.model.spec import MAX_SEED, Spec
from cellscope.model.training.run import train

SEEDS = 5
STEPS = 400
MOSTLY = 4  # of the seeds that must fail before a depth is said to fail: fewer is a coin toss
SLOW_RATE = 0.01  # of exercise 1.4's comparison at depth 3
DEPTHS = tuple(range(2, 12))


@dataclass(frozen=True, slots=True)
class Failures:
    """How many of `SEEDS` networks fail at each depth."""

    counts: tuple[int, ...]  # of `DEPTHS`

    @property
    def first(self) -> int | None:
        """The least number of layers from which on at least `MOSTLY` seeds fail."""
        low: int | None = None
        for depth, count in zip(reversed(DEPTHS), reversed(self.counts), strict=True):
            if count < MOSTLY:
                break
            low = depth
        return low

    def at(self, depth: int) -> int:
        """Of one of `DEPTHS`."""
        return self.counts[DEPTHS.index(depth)]


def failing_depths(spec: Spec) -> Failures:
    """How many seeds fail for every number of layers from 2 to 11, all else as in the spec."""
    return _failing_depths(spec.but(hidden=None, depth=2))


@lru_cache(maxsize=32)
def _failing_depths(spec: Spec) -> Failures:
    return Failures(
        tuple(sum(fails(drawn) for drawn in draws(spec.but(depth=depth))) for depth in DEPTHS)
    )


def fails(spec: Spec) -> bool:
    """Whether a run diverges, or ends nearer to guessing than to being right.

    The second is what a network does whose units have all died: it is finite, and constant.
    """
    ended = train(spec, STEPS)
    if spec.is_regression:  # 0 is the mean of the targets
        return ended["train_r2"] is None or not ended["train_r2"] >= 0.5
    accuracy = ended["train_accuracy"]
    return accuracy is None or accuracy < (1.0 + 1.0 / spec.classes) / 2.0


@lru_cache(maxsize=32)
def lower_losses(spec: Spec, other: Spec) -> int:
    """For how many of `SEEDS` seeds `other` ends with a lower training loss than `spec`."""
    pairs = zip(draws(spec), draws(other), strict=True)
    return sum(_loss(second) < _loss(first) for first, second in pairs)


def _loss(spec: Spec) -> float:
    loss = train(spec, STEPS)["loss"]
    return loss if loss == loss else float("inf")


def draws(spec: Spec) -> list[Spec]:
    """The spec under `SEEDS` seeds, from its own on."""
    return [spec.but(seed=(spec.seed + k) % (MAX_SEED + 1)) for k in range(SEEDS)]
