"""Who draws and trains a sweep's networks: this thread, processes of its own, a Dask cluster.

One interface: a network of the plan is given, events come back in any order. A network depends on
its plan alone, so wherever it is made, and however often, it is the same number by number.
"""

import queue
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, Protocol

from cellscope.model.dask_client import dask_client, is_connected
from cellscope.model.sweeps.estimate import network_seconds
from cellscope.model.sweeps.network import Network
from cellscope.model.sweeps.plan import Plan
from cellscope.model.sweeps.run import Event, Small, network_events, start_picture
from cellscope.model.sweeps.work import Cancelled, Work
from cellscope.model.threads import one_thread

TRIES = 3  # for a network whose process dies
CLUSTER_S = 10.0  # within which a scheduler answers
ASK_S = 0.1  # between two questions whether to go on
Place = tuple[int, int]  # point and seed
Answer = tuple[Place, tuple[Event, ...]]


class ExecutorLost(RuntimeError):
    """Nobody is left to go on with; what was done stays done."""


class Executor(Protocol):
    """Takes places of a plan, gives what is found there."""

    at_once: int  # places that are worth giving before an answer is taken

    def give(self, place: Place) -> None: ...

    def take(self, seconds: float) -> Answer | None: ...

    def close(self) -> None: ...


def events(
    plan: Plan,
    executor: Executor,
    done: Callable[[Place], bool] = lambda _place: False,
    go_on: Callable[[], bool] = lambda: True,
) -> Iterator[Answer]:
    """All that is not done yet, as it comes; `go_on` is asked ten times a second."""
    places = (place for place in plan.each() if not done(place))
    under_way = 0
    exhausted = False
    while True:
        while not exhausted and under_way < executor.at_once:
            place = next(places, None)
            exhausted = place is None
            if place is not None:
                executor.give(place)
                under_way += 1
        if not under_way or not go_on():
            return
        answer = executor.take(ASK_S)
        if answer is not None:
            under_way -= 1
            yield answer


def run_by(
    plan: Plan,
    executor: Executor,
    go_on: Callable[[float], bool],
    there: Sequence[Event] = (),
) -> Iterator[Event]:
    """What `run` gives, the networks by others; what is `there` already is not made again."""
    work = Work(go_on)
    pictures = {one.point for one in there if isinstance(one, Small) and not one.trained}
    networks = {(one.point, one.k) for one in there if isinstance(one, Network)}
    try:
        for point in range(plan.points):
            if point not in pictures:
                yield start_picture(plan, point, work)
    except Cancelled:
        return
    for point, k in networks:
        work.done += network_seconds(plan.spec_of(point, k), plan)
    for place, found in events(plan, executor, networks.__contains__, lambda: go_on(work.done)):
        work.done += network_seconds(plan.spec_of(*place), plan)
        yield from found


def found_at(plan: Plan, place: Place, go_on: Callable[[float], bool]) -> tuple[Event, ...]:
    """The network of a place, and its picture after the steps where there is one."""
    one_thread()
    return tuple(network_events(plan, *place, Work(go_on)))


def found_apart(plan: Plan, place: Place) -> tuple[Event, ...]:
    """The same, in a process that nobody asks whether to go on."""
    return found_at(plan, place, lambda _done: True)


class Here:
    """The thread that asks. `go_on` is told the estimated seconds done of the place in work."""

    at_once = 1

    def __init__(self, plan: Plan, go_on: Callable[[float], bool] = lambda _done: True) -> None:
        self._plan = plan
        self._go_on = go_on
        self._waiting: list[Place] = []

    def give(self, place: Place) -> None:
        self._waiting.append(place)

    def take(self, seconds: float) -> Answer | None:
        place = self._waiting.pop()
        try:
            return place, found_at(self._plan, place, self._go_on)
        except Cancelled:
            return place, ()

    def close(self) -> None:
        return


class Processes:
    """Processes on this machine; one that dies costs what it had under way, which is done again."""

    def __init__(self, plan: Plan, count: int) -> None:
        self.at_once = 2 * count
        self._plan, self._count = plan, count
        self._pool = self._new()
        self._answers: queue.SimpleQueue[tuple[Place, Future[tuple[Event, ...]]]]
        self._answers = queue.SimpleQueue()
        self._tries: dict[Place, int] = {}

    def give(self, place: Place) -> None:
        try:
            future = self._pool.submit(found_apart, self._plan, place)
        except BrokenProcessPool:
            self._pool = self._new()
            future = self._pool.submit(found_apart, self._plan, place)
        future.add_done_callback(lambda ended: self._answers.put((place, ended)))

    def take(self, seconds: float) -> Answer | None:
        try:
            place, future = self._answers.get(timeout=seconds)
        except queue.Empty:
            return None
        try:
            return place, future.result()
        except BrokenProcessPool:
            self._tries[place] = self._tries.get(place, 0) + 1
            if self._tries[place] > TRIES * self._count:
                raise ExecutorLost(f"workers: a process died {TRIES} times") from None
            self.give(place)
            return None

    def running(self) -> Iterable[Any]:
        """The processes, for who looks after them."""
        return list(self._pool._processes.values())

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _new(self) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(self._count, mp_context=get_context("spawn"))


class Cluster:
    """The workers of a Dask scheduler (extra `cluster`), which have Cellscope installed."""

    def __init__(self, plan: Plan, address: str) -> None:
        self._plan, self._address = plan, address
        try:
            self._client: Any = dask_client(address, timeout=CLUSTER_S, set_as_default=False)
            threads: dict[str, int] = self._client.nthreads()
        except (OSError, ValueError) as error:
            raise ValueError(f"cluster: {address!r} does not answer: {error}") from None
        if not threads:
            self._client.close()
            raise ValueError(f"cluster: {address!r} has no workers")
        self.at_once = 2 * sum(threads.values())
        self._answers: queue.SimpleQueue[tuple[Place, Any]] = queue.SimpleQueue()
        self._futures: set[Any] = set()

    def give(self, place: Place) -> None:
        try:
            # A worker that dies is no failure of the network: Dask gives it to another one.
            future = self._client.submit(found_apart, self._plan, place, pure=False, retries=2)
        except Exception as error:
            raise self._lost(error) from None
        self._futures.add(future)

        def ended(one: Any) -> None:
            self._answers.put((place, one))

        future.add_done_callback(ended)

    def take(self, seconds: float) -> Answer | None:
        try:
            place, future = self._answers.get(timeout=seconds)
        except queue.Empty:
            if not is_connected(self._client):
                raise self._lost("no answer") from None
            return None
        self._futures.discard(future)
        if future.status != "finished":
            raise self._lost(future.status)
        try:  # is fetched from a worker, by way of the scheduler
            return place, future.result()
        except (CancelledError, OSError) as error:
            raise self._lost("no answer" if isinstance(error, CancelledError) else error) from None

    def close(self) -> None:
        for future in self._futures:
            future.release()
        self._client.close(timeout=2)

    def _lost(self, why: object) -> ExecutorLost:
        return ExecutorLost(f"cluster: {self._address!r} is gone ({why})")
