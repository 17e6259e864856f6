"""What is counted, and when it is too much."""

from itertools import count

import pytest
from limits import RateLimitItemPerSecond

from cellscope.app.server import rates as counting
from cellscope.app.server.rates import MOST_KEYS, Counts, Rates

THREE = RateLimitItemPerSecond(3, 10)


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(counting, "time", made)
    return made


def test_so_many_pass_in_a_window_and_then_again(clock: Clock):
    rates = Rates()
    assert [rates.take(THREE, "a") for _ in range(5)] == [True] * 3 + [False] * 2
    assert rates.take(THREE, "b")
    assert not rates.free(THREE, "a")
    assert rates.seconds_left(THREE, "a") == 10.0
    clock.now += 10.0
    assert rates.free(THREE, "a")
    assert rates.take(THREE, "a")


def test_what_is_counted_takes_no_more_memory_than_it_may(clock: Clock):
    counts = Counts()
    for key in range(MOST_KEYS + 50):
        counts.incr(str(key), 10)
    assert counts.get("49") == 0
    assert counts.get("50") == 1
    assert counts.reset() == MOST_KEYS


def test_a_wall_clock_that_jumps_shuts_nobody_out(monkeypatch: pytest.MonkeyPatch):
    import time

    rates, years = Rates(), count(0, 1_000_000)
    monkeypatch.setattr(time, "time", lambda: next(years))
    assert [rates.take(THREE, "a") for _ in range(4)] == [True] * 3 + [False]
