"""What a user's program has set for itself, kept out of ours, and ours out of it."""

from collections.abc import Generator
from contextlib import contextmanager

import torch


@contextmanager
def on_cpu() -> Generator[None]:
    """New tensors are on the CPU, as the numbers that are read are, whatever the program's default.

    A device context costs every operation some time, so there is none where none is needed.
    """
    if torch.get_default_device().type == "cpu":
        yield
        return
    with torch.device("cpu"):
        yield


@contextmanager
def apart() -> Generator[None]:
    """For running somebody's module: random numbers that it draws are not missing afterwards."""
    with on_cpu(), torch.random.fork_rng(devices=[]):
        yield
