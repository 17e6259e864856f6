"""How a number spreads over the seeds of a point: one network is one draw."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import median

from cellscope.model.sweeps.network import Network


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, middle and greatest of the seeds that have a number; `count` of them do."""

    low: float
    median: float
    high: float
    count: int


def spread(networks: Sequence[Network], value: Callable[[Network], float | None]) -> Spread | None:
    """The spread of one number; None where no network has it.

    >>> spread([], lambda network: 1.0) is None
    True
    """
    found = [v for v in map(value, networks) if v is not None and isfinite(v)]
    if not found:
        return None
    return Spread(min(found), median(found), max(found), len(found))


def by_point(networks: Sequence[Network], points: int) -> list[list[Network]]:
    """The networks of each point, in the order of their seeds."""
    found: list[list[Network]] = [[] for _ in range(points)]
    for network in networks:
        found[network.point].append(network)
    return found
