"""Sessions: who watches, who waits, who has to go."""

from collections.abc import Iterator

import pytest

import app.sessions as module
from app.sessions import Full, Limits, Sessions
from model.spec import Spec

SPEC = Spec(width=2, depth=2, samples=10)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module.time, "monotonic", clock.monotonic)
    return clock


@pytest.fixture
def sessions(clock: Clock) -> Iterator[Sessions]:
    sessions = Sessions(Limits(sessions=2, stand_still_after=10.0, drop_after=100.0))
    yield sessions
    sessions.close()


def test_ids_are_long_and_different(sessions: Sessions):
    first, second = sessions.create(SPEC, "max").id, sessions.create(SPEC, "max").id
    assert first != second
    assert len(first) >= 20
    assert sessions.get(first) is not None
    assert sessions.get("nobody") is None
    assert sessions.get(17) is None


def test_an_experiment_that_nobody_watches_is_dropped_after_the_longer_time(
    sessions: Sessions, clock: Clock
):
    session = sessions.create(SPEC, "max")
    viewer = object()
    session.connect(True)
    session.watch(viewer, True)
    clock.now += 1000
    sessions.tidy()
    assert sessions.get(session.id) is session
    session.watch(viewer, False)
    session.connect(False)
    clock.now += 50
    sessions.tidy()
    assert sessions.get(session.id) is session
    clock.now += 60
    sessions.tidy()
    assert sessions.get(session.id) is None


def test_at_the_limit_one_more_is_refused_while_the_others_are_watched(
    sessions: Sessions, clock: Clock
):
    for _ in range(2):
        session = sessions.create(SPEC, "max")
        session.connect(True)
        session.watch(object(), True)
    with pytest.raises(Full) as refused:
        sessions.create(SPEC, "max")
    assert refused.value.limit == 2
    assert len(sessions) == 2
