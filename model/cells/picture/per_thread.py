"""`PerThread`: large arrays that a thread reuses from picture to picture, let go when it rests."""

import ctypes
import gc
import sys
import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_all: "list[PerThread[object]]" = []


class PerThread(Generic[T]):
    """One value per thread, made when the thread first asks for it.

    **Threads**: any. A value that is let go while its thread still works with it lives until then.

    >>> own = PerThread(list)
    >>> own.get() is own.get()
    True
    >>> own.let_go(idle_s=0.0), own.let_go(idle_s=0.0)
    (1, 0)
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._held: dict[int, tuple[T, float]] = {}  # thread -> value, when it was asked for
        _all.append(self)  # pyright: ignore[reportArgumentType]

    def get(self) -> T:
        """The calling thread's value."""
        thread = threading.get_ident()
        held = self._held.get(thread)
        value = self._make() if held is None else held[0]
        self._held[thread] = value, time.monotonic()
        return value

    def let_go(self, idle_s: float) -> int:
        """Forget the values that nobody has asked for so long; how many there were."""
        oldest = time.monotonic() - idle_s
        idle = [thread for thread, (_, asked) in self._held.copy().items() if asked <= oldest]
        return sum(self._held.pop(thread, None) is not None for thread in idle)


def let_go_unused(idle_s: float) -> int:
    """Forget what threads have not asked for so long, and give its memory back to the system."""
    found = sum(own.let_go(idle_s) for own in _all)
    if found:
        give_back()
    return found


def give_back() -> None:
    """Collect cycles now, and have glibc return what is free below what is still in use."""
    gc.collect()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
