"""`Recent`: the few results that were asked for last, kept for who asks again."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `size` results by key; the one that nobody has asked for longest goes first.

    **Threads**: any. Two that ask for a new key at once may both make it.

    >>> squares = Recent[int, int](2)
    >>> [squares.get(n, lambda n=n: n * n) for n in (3, 4, 3, 5)]
    [9, 16, 9, 25]
    >>> list(squares.keys)  # 3 was asked for after 4
    [3, 5]
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The result for a key, made if it is not there; what `make` raises is not kept."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = make()
        with self._lock:
            self._kept[key] = made
            self._kept.move_to_end(key)
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)
        return made

    @property
    def keys(self) -> tuple[K, ...]:
        """From the one asked for longest ago to the newest."""
        with self._lock:
            return tuple(self._kept)
