"""The memory that all recordings of a server share."""

import threading
from typing import Protocol
from weakref import WeakSet

MIB = 2**20
DEFAULT_MB = 512
LIMITS_MB = (1, 65_536)
MOST_OF_ONE = 48 * MIB  # of one experiment, however long it runs


class Tenant(Protocol):
    """What takes memory, and gives it back when it has to."""

    def trim(self) -> None:
        """Keep within what the room allows now."""
        ...


class Room:
    """So many bytes, in equal parts; whoever comes makes the others give some back.

    **Threads**: any.
    """

    def __init__(self, total: int = DEFAULT_MB * MIB) -> None:
        self.total = total
        self._tenants: WeakSet[Tenant] = WeakSet()
        self._lock = threading.Lock()

    @property
    def each(self) -> int:
        """Bytes that one experiment's recordings may take."""
        return min(MOST_OF_ONE, self.total // max(1, len(self._tenants)))

    def enter(self, tenant: Tenant) -> None:
        """One more shares the memory."""
        with self._lock:
            self._tenants.add(tenant)
            others = list(self._tenants)
        for other in others:
            other.trim()

    def leave(self, tenant: Tenant) -> None:
        """One less does."""
        with self._lock:
            self._tenants.discard(tenant)
