"""A client of a Dask scheduler (extra `cluster`), for sweeps and counts."""

import logging
from importlib import import_module
from typing import Any


class ClusterLost(RuntimeError):
    """A scheduler that is gone; what was done stays done."""


def is_connected(client: Any) -> bool:
    """Whether the scheduler's connection stands; a client reconnects quietly for a while."""
    comm = getattr(client, "scheduler_comm", None)
    return (
        client.status in ("running", "connecting") and comm is not None and not comm.comm.closed()
    )


def dask_client(address: str, **options: Any) -> Any:
    """Connected to the scheduler; a `ValueError` where the extra is not installed.

    What the client logs of a scheduler that has died, a trace of how it tried to reach it, is not
    said: whoever asks it is told in one line.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise ValueError("cluster: needs the extra: pip install 'cellscope[cluster]'") from None
    _check(address)
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    return distributed.Client(address, **options)


def _check(address: str) -> None:
    """A `ValueError` where it is none: a client that fails at that waits 20 s for itself."""
    addressing: Any = import_module("distributed.comm.addressing")
    _, place = addressing.parse_address(address)
    _, port = addressing.parse_host_port(place)
    if not 0 < int(port) < 2**16:
        raise ValueError(f"no port in address {address!r}")
