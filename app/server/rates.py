"""How often something may be asked for: counted by address, for a few seconds at a time.

The limits are for those who mean harm or wrote an endless loop: thirty students behind one address,
or a hall's phones, all at once, stay far below. `limits` counts; here is where the counts lie.
"""

import time
from collections import OrderedDict
from ipaddress import IPv6Address, ip_address

from limits import RateLimitItem, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from starlette.datastructures import Address

# Of one address. A page of Cellscope sends an intent for every movement of a slider, 60 a second.
CHANGES = RateLimitItemPerSecond(3000, 10, namespace="changes")
SOCKETS = RateLimitItemPerSecond(400, 10, namespace="sockets")
EXPERIMENTS = RateLimitItemPerSecond(100, 10, namespace="experiments")
PASSWORDS = RateLimitItemPerMinute(30, namespace="passwords")  # wrong ones
CODES = RateLimitItemPerMinute(60, namespace="codes")  # wrong ones of rooms
CODES_IN_ALL = RateLimitItemPerMinute(600, namespace="codes_in_all")  # of all addresses
# Of one socket. A page sends up to 60 wishes for pictures, points and settings a second each.
MESSAGES = RateLimitItemPerSecond(1000, 5, namespace="messages")
MOST_KEYS = 20_000  # that are counted at once; the oldest are forgotten


class Counts(Storage):
    """Counts by the monotonic clock, so that a wall clock that jumps shuts nobody out.

    The library's own storage starts a thread for each clearing away. **Threads**: the event loop's.
    """

    STORAGE_SCHEME = None

    def __init__(self) -> None:
        super().__init__()
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()  # key -> until, count

    @property
    def base_exceptions(self) -> type[Exception]:
        """None that are to be wrapped."""
        return ValueError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Count on, or begin a new window."""
        now = time.monotonic()
        until, count = self._counted.get(key, (0.0, 0))
        if until <= now:
            until, count = now + expiry, 0
            self._counted.pop(key, None)  # the order is that of the windows' begins
        self._counted[key] = until, count + amount
        if len(self._counted) > MOST_KEYS:
            self._counted.popitem(last=False)
        return count + amount

    def get(self, key: str) -> int:
        until, count = self._counted.get(key, (0.0, 0))
        return count if until > time.monotonic() else 0

    def get_expiry(self, key: str) -> float:
        return self._counted.get(key, (time.monotonic(), 0))[0]

    def check(self) -> bool:
        return True

    def reset(self) -> int:
        count = len(self._counted)
        self._counted.clear()
        return count

    def clear(self, key: str) -> None:
        self._counted.pop(key, None)


class Rates:
    """One for the server."""

    def __init__(self) -> None:
        self._counts = Counts()
        self._windows = FixedWindowRateLimiter(self._counts)

    def take(self, item: RateLimitItem, who: str, cost: int = 1) -> bool:
        """Count it; False if it is one too many."""
        return self._windows.hit(item, who, cost=cost)

    def free(self, item: RateLimitItem, who: str) -> bool:
        """Whether one more may come; nothing is counted."""
        return self._windows.test(item, who)

    def seconds_left(self, item: RateLimitItem, who: str) -> float:
        """Until the present window ends."""
        return max(0.0, self._counts.get_expiry(item.key_for(who)) - time.monotonic())


def who(client: Address | tuple[str, int] | None) -> str:
    """An address as it is counted: of IPv6 the network, of which a machine has all addresses.

    >>> who(("192.0.2.7", 1)), who(("2001:db8::1", 1)), who(None)
    ('192.0.2.7', '2001:db8::', '')
    """
    if client is None:
        return ""
    try:
        address = ip_address(client[0].split("%")[0])
    except ValueError:
        return client[0]
    if isinstance(address, IPv6Address):
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
