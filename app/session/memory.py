"""How much memory the server takes, and how much it may take."""

import os
from contextlib import suppress
from pathlib import Path

MIB = 2**20
SHARE = 0.8  # of what there is, for experiments; the rest is for what each of them takes at times
CGROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def resident() -> int:
    """Bytes in memory; 0 where the system does not say."""
    with (
        suppress(OSError, ValueError, IndexError),
        open("/proc/self/statm", encoding="utf-8") as told,
    ):
        return int(told.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def default_mb() -> int:
    """MiB above which no new experiment begins: a share of the container's or the machine's."""
    found = [limit for limit in map(_whole, CGROUPS) if limit]
    with suppress(OSError, ValueError):
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return max(1, int(SHARE * min(found, default=2**50)) // MIB)


def _whole(path: str) -> int:
    """The number in a file; 0 where there is none."""
    with suppress(OSError, ValueError):
        return int(Path(path).read_text(encoding="utf-8"))
    return 0
