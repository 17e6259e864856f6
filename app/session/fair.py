"""`FairPool`: threads that all experiments share in equal parts, however much each asks for.

A pool that takes tasks in the order of their coming gives the cores to whoever asks for the largest
pictures: a 16 × 4 beside four 256 × 3 saw 0.6 pictures a second, of 51 alone.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any, TypeVar

from cellscope.model.threads import give_way

SHORT_S = 0.05  # a task that takes longer is a long one: it never takes the last thread
LOOK_S = 0.02  # whoever waits looks again: a task may have turned out to be a long one
WEIGHT = 0.3  # of the newest task in what is expected of the next one
T = TypeVar("T")
MOST_KEPT = 1000  # keys that are remembered


@dataclass(slots=True, eq=False)
class _Task:
    future: Future[Any]
    work: Callable[[], Any]
    begun: float = 0.0


@dataclass(slots=True)
class _Account:
    """Of one key: what it has had, what it is expected to take, what it waits for."""

    waiting: deque[_Task]
    spent: float = 0.0  # seconds of a thread, counted from where the others were when it came
    expected: float = 0.0  # seconds that its next task takes
    running: int = 0


class FairPool(Executor):
    """So many tasks at once; with `spare` one more, a short one, while all of these are long ones.

    Of those who wait, whoever has had the least time goes first. Who comes, or comes back, begins
    where the others are by then, so that nobody saves up turns (start-time fair queueing; Goyal,
    Vin and Cheng 1996, doi:10.1145/248156.248171).

    **Threads**: any may submit; everything is under one Condition.
    """

    def __init__(
        self,
        most: int,
        name: str,
        *,
        spare: bool = False,
        short_s: float = SHORT_S,
        nice: int = 0,
    ) -> None:
        self._most, self._short_s, self._nice = most, short_s, nice
        self._accounts: dict[Hashable, _Account] = {}
        self._running: dict[_Task, _Account] = {}
        self._changed = threading.Condition()
        self._closed = False
        self._reached = 0.0  # what those whose turn it is have spent
        self._threads = [
            threading.Thread(target=self._live, name=f"{name}_{k}", daemon=True)
            for k in range(most + spare)
        ]
        self._started = False

    def of(self, key: Hashable) -> Executor:
        """The same threads, for tasks that are counted as this key's."""
        return _Share(self, key)

    async def make(self, key: Hashable, work: Callable[..., T], *args: Any) -> T:
        """What the work gives; a task of this key."""
        return await asyncio.get_running_loop().run_in_executor(self.of(key), work, *args)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        """A task of nobody's in particular."""
        return self.submit_of(None, lambda: fn(*args, **named))

    def submit_of(self, key: Hashable, work: Callable[[], Any]) -> Future[Any]:
        """One more task of a key; those of one key are done in their order."""
        task = _Task(Future(), work)
        with self._changed:
            if self._closed:
                raise RuntimeError("the pool is closed")
            self._start()
            account = self._account(key)
            account.waiting.append(task)
            self._changed.notify()
        return task.future

    def waiting(self) -> int:
        """How many tasks have not begun."""
        with self._changed:
            return sum(len(account.waiting) for account in self._accounts.values())

    def waiting_of(self, key: Hashable) -> int:
        """The same, of one key."""
        with self._changed:
            account = self._accounts.get(key)
            return 0 if account is None else len(account.waiting)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Begin nothing more once what waits is done, or at once."""
        with self._changed:
            self._closed = True
            left = [t for a in self._accounts.values() for t in a.waiting] if cancel_futures else []
            if cancel_futures:
                for account in self._accounts.values():
                    account.waiting.clear()
            self._changed.notify_all()
        for task in left:
            task.future.cancel()
        for thread in self._threads:
            if wait and thread.ident is not None:
                thread.join()

    def start(self) -> None:
        """Have the threads before the first task: later there may be no more to be had."""
        with self._changed:
            self._start()

    def _start(self) -> None:
        """Start those that do not run yet; one is enough, and the others are tried again."""
        if self._started:
            return
        for thread in self._threads:
            if thread.ident is None:
                try:
                    thread.start()
                except RuntimeError:
                    if self._threads[0].ident is None:
                        raise
                    return
        self._started = True

    def _account(self, key: Hashable) -> _Account:
        account = self._accounts.pop(key, None) or _Account(deque())
        if not account.waiting and not account.running:
            account.spent = max(account.spent, self._reached)
        self._accounts[key] = account  # the order is that of their last coming
        if len(self._accounts) > MOST_KEPT:
            idle = (k for k, a in self._accounts.items() if not a.waiting and not a.running)
            self._accounts.pop(next(idle, None), None)
        return account

    def _live(self) -> None:
        if self._nice:
            give_way(self._nice)
        while (taken := self._take()) is not None:
            task, account = taken
            if task.future.set_running_or_notify_cancel():
                try:
                    task.future.set_result(task.work())
                except BaseException as error:  # whoever waits for the result is told
                    task.future.set_exception(error)
            self._give(task, account)
            del taken, task, account  # and with them the result

    def _take(self) -> tuple[_Task, _Account] | None:
        with self._changed:
            while True:
                account = self._next()
                if account is not None:
                    task = account.waiting.popleft()
                    task.begun = time.monotonic()
                    self._reached = max(self._reached, account.spent)
                    account.running += 1
                    self._running[task] = account
                    return task, account
                some = any(one.waiting for one in self._accounts.values())
                if self._closed and not some:
                    return None
                self._changed.wait(LOOK_S if some else None)

    def _next(self) -> _Account | None:
        """Whose task is to begin now."""
        waiting = [account for account in self._accounts.values() if account.waiting]
        if len(self._running) >= self._most:
            if not self._all_are_long():
                return None
            waiting = [account for account in waiting if account.expected < self._short_s]
        return min(waiting, key=_turn, default=None)

    def _all_are_long(self) -> bool:
        now = time.monotonic()
        return len(self._running) <= self._most and all(
            max(account.expected, now - task.begun) >= self._short_s
            for task, account in self._running.items()
        )

    def _give(self, task: _Task, account: _Account) -> None:
        with self._changed:
            took = time.monotonic() - task.begun
            account.running -= 1
            account.spent += took
            account.expected += WEIGHT * (took - account.expected)
            del self._running[task]
            self._changed.notify_all()


def _turn(account: _Account) -> float:
    """What runs counts as if it had taken its time already."""
    return account.spent + account.running * account.expected


class _Share(Executor):
    """A key's part of a pool."""

    def __init__(self, pool: FairPool, key: Hashable) -> None:
        self._pool, self._key = pool, key

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        return self._pool.submit_of(self._key, lambda: fn(*args, **named))
