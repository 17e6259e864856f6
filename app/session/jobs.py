"""Jobs: work of a session that takes seconds, with progress, an end before its time, a result.

A job belongs to its session, not to a socket: a page that is loaded again finds it as it is.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from typing import Any, Literal

from cellscope.app.session.turns import Turns, Workers
from cellscope.model.threads import give_way

Status = Literal["running", "finished", "cancelled", "failed"]
log = logging.getLogger(__name__)


class Busy(RuntimeError):
    """A job of this kind is running; one at a time."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One state of a job. **Threads**: a value to share; replaced, never changed."""

    kind: str
    status: Status
    done: int
    total: int
    begun: float  # seconds of the monotonic clock
    version: int = 0  # counts up with every state
    result: Any = None  # the newest, also while it runs: what is there of it
    error: str = ""
    share: float = 0.0  # of the work that is done, 0…1; done/total where the parts are alike
    waiting: bool = False  # for a turn; other sessions' jobs go first

    def seconds_left(self) -> float | None:
        """As long as the rest takes at the pace so far; None before there is any."""
        if self.status != "running" or self.share <= 0.0:
            return None
        return (time.monotonic() - self.begun) / self.share * (1.0 - self.share)


class Job:
    """Work in a thread of a pool.

    **Threads**: the working thread rebinds `progress`, until another one cancels; everybody reads.
    A state that ended the job stays, whatever the work, which hears of it late, reports.
    """

    def __init__(self, kind: str, total: int, watched: Callable[[], bool] = lambda: True) -> None:
        self._watched = watched
        self._turns = Turns(1)  # its own, where the pool has none
        self.progress = Progress(kind, "running", 0, total, time.monotonic(), waiting=True)
        self._cancelled = False
        self._changing = threading.Lock()
        self._future: Future[None] | None = None

    def begin(self, pool: Executor, work: Callable[["Job"], Any]) -> None:
        """Have a thread of the pool do the work, as soon as it has a turn."""
        if isinstance(pool, Workers):
            self._turns = pool.turns
        self._future = pool.submit(self.run, work)

    def report(self, done: int, result: Any = None, *, share: float | None = None) -> bool:
        """So much is done, and this is there of the result; False says to stop.

        `share` of the whole, where counting the parts would mislead.
        """
        share = done / self.progress.total if share is None else share
        result = self.progress.result if result is None else result
        self._next(done=done, result=result, share=min(share, 1.0))
        self._turns.let_others(self._in_demand)
        return self.going_on()

    def _in_demand(self) -> bool:
        """Whether somebody looks on; one that is cancelled is to end soon, too."""
        return self._cancelled or self._watched()

    def going_on(self) -> bool:
        """Whether the result is still wanted. Work asks at least ten times a second."""
        return not self._cancelled

    def cancel(self) -> None:
        """Nobody waits any more: the state says so at once, the work stops as soon as it asks."""
        self._next(status="cancelled", waiting=False)  # first: work that stops has not finished
        self._cancelled = True
        if self._future is not None:
            self._future.cancel()  # if it has not begun

    def run(self, work: Callable[["Job"], Any]) -> None:
        """Do the work; called by the pool. An error is a state, never lost on stderr."""
        give_way()
        with self._turns.turn(self._in_demand):
            if self.going_on():
                self._work(work)

    def _work(self, work: Callable[["Job"], Any]) -> None:
        self._next(begun=time.monotonic(), waiting=False)
        try:
            result = work(self)
        except Exception as error:
            log.exception("a job failed")
            self._next(status="failed", error=f"{type(error).__name__}: {error}")
            return
        self._next(status="finished", done=self.progress.total, share=1.0, result=result)

    def _next(self, **changes: Any) -> None:
        with self._changing:
            now = self.progress
            if now.status == "running":
                self.progress = replace(now, version=now.version + 1, **changes)


class Jobs:
    """The jobs of one session, the newest of each kind. **Threads**: the event loop's only."""

    def __init__(self, watched: Callable[[], bool] = lambda: True) -> None:
        self._newest: dict[str, Job] = {}
        self._watched = watched  # whether somebody looks; asked by any thread

    def start(self, kind: str, total: int, pool: Executor, work: Callable[[Job], Any]) -> Job:
        """Begin a job; `Busy` while one of this kind is running. `work` is given the job."""
        newest = self._newest.get(kind)
        if newest is not None and newest.progress.status == "running" and newest.going_on():
            raise Busy(kind)
        job = Job(kind, total, self._watched)
        self._newest[kind] = job
        job.begin(pool, work)
        return job

    def cancel(self, kind: str) -> None:
        """End the job of this kind, if there is one."""
        if kind in self._newest:
            self._newest[kind].cancel()

    def states(self) -> dict[str, Progress]:
        """Kind -> the state of its newest job."""
        return {kind: job.progress for kind, job in self._newest.items()}

    def close(self) -> None:
        """End all of them."""
        for job in self._newest.values():
            job.cancel()
