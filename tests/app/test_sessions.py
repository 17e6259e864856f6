"""Sessions: who watches, who waits, who has to go."""

import asyncio
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import cellscope.app.session.sessions as module
from cellscope.app.session.session import steps_per_second, trainer_of
from cellscope.app.session.sessions import Full, Limits, Sessions
from cellscope.app.session.shared import KEPT_RESULTS, Shared
from cellscope.app.settings.comparison import Differences
from cellscope.model.recording.room import Room
from cellscope.model.spec import Spec
from cellscope.model.training.trainer import Trainer

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


def test_an_experiment_that_nobody_watches_stands_still_but_keeps_its_status(
    sessions: Sessions, clock: Clock
):
    session = sessions.create(SPEC, "max")
    viewer = object()
    session.connect(True)
    session.watch(viewer, True)
    session.trainer.play()
    session.watch(viewer, False)  # the tab is hidden
    clock.now += 11
    sessions.tidy()
    still = session.trainer.settle()
    assert session.standing
    assert still.status == "training"
    assert session.trainer.newer(still.version, 0.05) is None
    session.watch(viewer, True)
    assert session.trainer.settle().status == "training"
    assert session.trainer.newer(session.latest.version, 5.0) is not None


def test_standing_still_is_told_to_the_trainer_once(sessions: Sessions, clock: Clock):
    session = sessions.create(SPEC, "max")
    clock.now += 11
    sessions.tidy()
    version = session.trainer.settle().version
    for _ in range(5):
        clock.now += 1
        sessions.tidy()
    assert session.trainer.settle().version == version + 1  # of this settling alone


def test_a_hidden_tab_keeps_its_experiment_until_the_place_is_needed(
    sessions: Sessions, clock: Clock
):
    hidden, other = sessions.create(SPEC, "max"), sessions.create(SPEC, "max")
    for session in (hidden, other):
        session.connect(True)
    other.watch(object(), True)
    clock.now += 1000
    sessions.tidy()
    assert sessions.get(hidden.id) is hidden
    new = sessions.create(SPEC, "max")
    assert hidden.closed
    assert sessions.get(hidden.id) is None
    assert sessions.get(new.id) is new


def test_closing_ends_every_thread(clock: Clock):
    before = {thread.ident for thread in threading.enumerate()}
    sessions = Sessions(Limits())
    for _ in range(3):
        sessions.create(SPEC, "max").trainer.play()
    sessions.close()
    assert len(sessions) == 0
    left = [t.name for t in threading.enumerate() if t.ident not in before and t.name == "trainer"]
    assert left == []


def test_speeds_are_steps_per_second_or_as_fast_as_possible():
    assert steps_per_second("max") is None
    assert [steps_per_second(speed) for speed in ("1", "500")] == [1.0, 500.0]


def test_a_shared_result_is_made_once_and_the_newest_are_kept():
    made: list[int] = []

    def work(key: int) -> int:
        made.append(key)
        return key

    async def story() -> None:
        shared: Shared[int] = Shared()
        with ThreadPoolExecutor(1) as pool:
            asked = [shared.get(1, pool, lambda: work(1)) for _ in range(5)]
            assert await asyncio.gather(*asked) == [1] * 5
            for key in range(2, KEPT_RESULTS + 2):
                await shared.get(key, pool, lambda key=key: work(key))
            await shared.get(1, pool, lambda: work(1))

    asyncio.run(story())
    assert made.count(1) == 2  # once for all five, and again once it was forgotten


def test_training_waits_for_the_kernels_and_then_goes_on(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("cellscope.model.warm.preparing", lambda: True)
    session = sessions.create(SPEC, "max")
    session.watch(object(), True)
    session.trainer.play()
    assert session.trainer.settle().status == "training"
    time.sleep(0.05)
    assert session.latest.step == 0
    sessions.release()
    assert session.trainer.newer(session.latest.version, 10.0) is not None
    assert session.trainer.settle().step > 0


def test_a_large_network_is_made_beside_the_event_loop_and_its_place_is_taken_meanwhile(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
):
    made, go_on, makers = threading.Event(), threading.Event(), list[threading.Thread]()

    def slowly(
        spec: Spec, speed: str, differences: Differences, room: Room, most: float | None
    ) -> Trainer:
        makers.append(threading.current_thread())
        made.set()
        go_on.wait(10)
        return trainer_of(spec, speed, differences, room, most)

    monkeypatch.setattr(module, "trainer_of", slowly)

    async def story() -> None:
        first, second = (asyncio.create_task(sessions.open(SPEC, "max")) for _ in range(2))
        await asyncio.to_thread(made.wait, 10)
        with pytest.raises(Full):
            await sessions.open(SPEC, "max")
        go_on.set()
        assert sessions.get((await first).id) is not None
        assert sessions.get((await second).id) is not None

    asyncio.run(story())
    assert len(sessions) == len(makers) == 2
    assert threading.current_thread() not in makers


def test_why_an_experiment_ended_is_known_for_a_while(clock: Clock):
    sessions = Sessions(Limits(sessions=1, stand_still_after=10.0, drop_after=100.0))
    idle = sessions.create(SPEC, "max")
    clock.now += 101.0
    sessions.tidy()
    assert sessions.ending(idle.id) == "idle"
    moved = sessions.create(SPEC, "max")
    clock.now += 11.0
    last = sessions.create(SPEC, "max")
    assert sessions.ending(moved.id) == "place"
    assert sessions.ending(last.id) is None
    assert sessions.ending("nobody") is None
    sessions.close()


def visit(sessions: Sessions, owner: str) -> module.Session:
    session = sessions.create(SPEC, "max", owner=owner)
    session.connect(True)
    session.watch(object(), True)
    return session


def leave(session: module.Session) -> None:
    for viewer in list(session.viewers):
        session.watch(viewer, False)
    session.connect(False)


def test_an_address_leaves_places_for_others(clock: Clock):
    sessions = Sessions(Limits(sessions=32))
    for _ in range(30):
        visit(sessions, "a").spoke = True
    with pytest.raises(Full):
        visit(sessions, "a")
    assert visit(sessions, "b")
    sessions.close()


def test_an_address_that_has_its_share_makes_room_among_its_own(clock: Clock):
    sessions = Sessions(Limits(sessions=32))
    other = visit(sessions, "b")
    own = [visit(sessions, "a") for _ in range(30)]
    leave(other)
    leave(own[7])
    clock.now += 3.0
    assert visit(sessions, "a")
    assert sessions.get(own[7].id) is None
    assert sessions.get(other.id) is other
    sessions.close()


def test_short_visits_and_silent_sockets_give_way(clock: Clock):
    sessions = Sessions(Limits(sessions=2))
    short, silent = visit(sessions, "a"), visit(sessions, "a")
    short.spoke = True
    leave(short)
    with pytest.raises(Full):  # it may be a reload
        visit(sessions, "b")
    clock.now += 3.0
    visit(sessions, "b").spoke = True
    assert sessions.ending(short.id) == "place"
    clock.now += 3.0
    visit(sessions, "b").spoke = True
    assert silent.sent_away.is_set()
    with pytest.raises(Full):  # these are in use
        visit(sessions, "c")
    sessions.close()


def test_a_visit_that_was_long_keeps_its_place_for_a_reload(clock: Clock):
    sessions = Sessions(Limits(sessions=1))
    used = visit(sessions, "a")
    used.spoke = True
    clock.now += 11.0
    leave(used)
    clock.now += 5.0
    with pytest.raises(Full):
        visit(sessions, "b")
    assert sessions.get(used.id) is used
    sessions.close()
