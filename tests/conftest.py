"""One thread everywhere, set before numpy and torch are imported; trainers that end.

What takes seconds to import is imported where tests run, and not by the process that hands them
out: the others wait for it.
"""

import asyncio
import gc
import os
from collections.abc import Iterator

import pytest

# On shared cores more threads make small matrix products 10-100 times slower, and which sum comes
# first depends on how many there are.
for _name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
    os.environ[f"{_name}_NUM_THREADS"] = "1"

gc.disable()  # until all tests are there: what is made until then stays


def pytest_configure(config: pytest.Config) -> None:
    """Where tests run: torch's threads, and hypothesis' examples."""
    hands_out = config.getoption("dist", "no") != "no" and not hasattr(config, "workerinput")
    if hands_out:
        return
    import hypothesis
    import torch

    torch.set_num_threads(1)
    # Repeatable, and no failure because the machine was busy for a moment.
    hypothesis.settings.register_profile("cellscope", deadline=None, derandomize=True)
    hypothesis.settings.load_profile("cellscope")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, so that in the end none is left to one process while others are idle."""
    items.sort(key=_seconds, reverse=True)


def _seconds(item: pytest.Item) -> float:
    """What a test's mark says, `long(seconds=…)`; it is sorted by this alone."""
    mark = item.get_closest_marker("long")
    return float(mark.kwargs.get("seconds", 0.0)) if mark else 0.0


def pytest_collection_finish() -> None:
    """What is there by now stays: the collector of garbage need not look at it again and again."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def no_loop_of_the_stories(request: pytest.FixtureRequest) -> Iterator[None]:
    """Playwright's event loop goes on between stories: others may run their own meanwhile."""
    running = asyncio._get_running_loop()
    if running is None or request.node.get_closest_marker("browser"):
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture
def start() -> Iterator[object]:
    """`tests.trainers.Trainers`, which are closed at the end."""
    from tests.trainers import Trainers

    trainers = Trainers()
    yield trainers
    for trainer in trainers.started:
        trainer.close()
