"""Threads shared by experiment: whoever asks for much keeps nobody else waiting."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from typing import Any

import pytest

from cellscope.app.session.fair import SHORT_S, FairPool
from cellscope.app.stream.pools import Pools
from tests.app.conftest import (
    PATIENCE_S,
    Page,
    Server,
    in_loop,
    opened,
    press_play,
    wait_until,
)  # fmt: skip


@pytest.fixture
def one() -> Iterator[FairPool]:
    pool = FairPool(1, "one")
    yield pool
    pool.shutdown(cancel_futures=True)


@pytest.fixture
def spare() -> Iterator[FairPool]:
    pool = FairPool(2, "two", spare=True)
    yield pool
    pool.shutdown(cancel_futures=True)


class Held:
    """A task that is at work until it is let go."""

    def __init__(self, pool: FairPool, key: str) -> None:
        self.go, self.begun = threading.Event(), threading.Event()
        self.future = pool.of(key).submit(self.work)

    def work(self) -> None:
        self.begun.set()
        assert self.go.wait(PATIENCE_S)

    def end(self) -> None:
        self.go.set()
        self.future.result(PATIENCE_S)


def noted(order: list[str], name: str, seconds: float = 0.0) -> Callable[[], None]:
    def work() -> None:
        order.append(name)
        time.sleep(seconds)

    return work


def test_who_asks_for_many_waits_behind_who_asks_for_one(one: FairPool):
    order: list[str] = []
    first = Held(one, "many")
    assert first.begun.wait(PATIENCE_S)
    work = [one.of("many").submit(noted(order, "many")) for _ in range(10)]
    work.append(one.of("few").submit(noted(order, "few")))
    first.end()
    for future in work:
        future.result(PATIENCE_S)
    assert order.index("few") <= 1, order


def test_turns_are_by_time_and_not_by_number(one: FairPool):
    order: list[str] = []
    for key, seconds in (("slow", 0.05), ("quick", 0.005)):  # what each is expected to take
        one.of(key).submit(noted([], key, seconds)).result(PATIENCE_S)
    ends = threading.Event()
    counts = {"slow": 0, "quick": 0}

    def again(key: str, seconds: float) -> None:
        """As a page does: the next one is asked for once this one is there."""
        time.sleep(seconds)
        counts[key] += 1
        if not ends.is_set():
            one.of(key).submit(again, key, seconds)

    for key, seconds in (("slow", 0.05), ("quick", 0.005)):
        one.of(key).submit(again, key, seconds)
    wait_until(lambda: counts["slow"] >= 6)
    ends.set()
    assert counts["quick"] > 2.5 * counts["slow"], counts
    assert order == []


def test_nobody_saves_up_turns(one: FairPool):
    for _ in range(4):
        one.of("early").submit(time.sleep, 0.02).result(PATIENCE_S)
    one.of("late").submit(time.sleep, 0.0).result(PATIENCE_S)
    order: list[str] = []
    first = Held(one, "other")
    assert first.begun.wait(PATIENCE_S)
    for _ in range(8):
        one.of("late").submit(noted(order, "late", 0.01))
    last = one.of("early").submit(noted(order, "early"))
    first.end()
    last.result(PATIENCE_S)
    assert len(order) <= 5, "it does not wait until the newcomer has had as much"


def test_while_all_are_at_long_tasks_a_short_one_has_a_thread(spare: FairPool):
    long = [Held(spare, "a"), Held(spare, "b")]
    assert all(task.begun.wait(PATIENCE_S) for task in long)
    time.sleep(SHORT_S)
    begun = time.monotonic()
    spare.of("c").submit(time.sleep, 0.0).result(PATIENCE_S)
    assert time.monotonic() - begun < PATIENCE_S / 2
    for task in long:
        task.end()


def test_a_third_long_one_does_not_take_it(spare: FairPool):
    spare.of("c").submit(time.sleep, 5 * SHORT_S).result(PATIENCE_S)
    long = [Held(spare, "a"), Held(spare, "b")]
    assert all(task.begun.wait(PATIENCE_S) for task in long)
    third = Held(spare, "c")
    assert not third.begun.wait(4 * SHORT_S)
    for task in (*long, third):
        task.end()


def test_small_pictures_and_counts_do_not_wait_for_those_of_a_large_network():
    pools = Pools()
    large = Held(pools.surveys, "large")
    assert large.begun.wait(PATIENCE_S)
    for _ in range(3):  # also once it is known how long one takes
        pools.surveys.of("small").submit(time.sleep, 2 * SHORT_S).result(PATIENCE_S)
    large.end()
    pools.close()


def test_results_errors_and_what_is_cancelled_are_told(one: FairPool):
    def wrong() -> None:
        raise ValueError("said")

    assert one.of("a").submit(max, 2, 3).result(PATIENCE_S) == 3
    with pytest.raises(ValueError, match="said"):
        one.of("a").submit(wrong).result(PATIENCE_S)
    first = Held(one, "a")
    assert first.begun.wait(PATIENCE_S)
    waiting: Future[Any] = one.of("a").submit(time.sleep, 0.0)
    assert (one.waiting(), one.waiting_of("a"), one.waiting_of("b")) == (1, 1, 0)
    one.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(CancelledError):
        waiting.result(PATIENCE_S)
    first.end()
    with pytest.raises(RuntimeError):
        one.of("a").submit(time.sleep, 0.0)


def test_many_keys_come_and_go_without_a_trace(one: FairPool):
    for k in range(1500):
        one.of(k).submit(int).result(PATIENCE_S)
    assert len(one._accounts) <= 1000  # pyright: ignore[reportPrivateUsage]


def test_the_picture_of_a_change_does_not_wait_for_what_the_run_has_cost(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    # With one account it came last where thirty train: 95 % within 2.2 s, not 0.6 s.
    asked: list[Hashable] = []
    shares = FairPool.of

    def of(pool: FairPool, key: Hashable) -> Executor:
        if own in (key, *(key if isinstance(key, tuple) else ())):
            asked.append(key)
        return shares(pool, key)

    own = ""
    monkeypatch.setattr(FairPool, "of", of)

    async def accounts(page: Page) -> list[Hashable]:
        """Of its next picture, beside those of charts."""
        asked.clear()
        await page.frame()
        return [key for key in asked if key != ("charts", own)]

    async def story() -> None:
        nonlocal own
        async with opened(server, "?speed=50&width=5") as (page, welcome):
            own = welcome["session"]
            await press_play(server, own)
            await page.frame()
            await page.frame()
            assert set(await accounts(page)) == {own}, "of a run that goes on"
            await page.say(type="view", mode="classes")
            await page.hear("looking")
            assert ("changed", own) in await accounts(page)
            assert set(await accounts(page)) == {own}
            await page.say(type="drag", name="width", value=7, page="p", order=1)
            await page.hear("settings")
            assert ("changed", own) in [*await accounts(page), *await accounts(page)]
            assert set(await accounts(page)) == {own}

    in_loop(story())
