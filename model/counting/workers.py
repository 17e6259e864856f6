"""Who counts the tiles: this process, processes of its own, or a Dask cluster; one interface.

Processes are started as programs, not forked and not `__mp_main__`: a script needs no guard, a
notebook's classes are no obstacle, and the user's threads and locks are left alone. Each has one
computing thread. What a worker was doing when it died is done again by another one.
"""

import os
import queue
import struct
import subprocess
import sys
import threading
import uuid
from collections import deque
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

import cellscope
from cellscope.model.counting.job import Answer, Desk, Job, Problem, do_apart
from cellscope.model.counting.sending import from_bytes, to_bytes
from cellscope.model.dask_client import ClusterLost, dask_client, is_connected

TRIES = 3  # for a tile whose worker dies
LOOKS_S = 1.0  # between two looks whether a silent scheduler is still there
ONE_THREAD = ("OMP", "OPENBLAS", "MKL", "NUMBA")
# Large arrays go back to the system at once, where glibc would keep them: 25 MB of a worker's peak.
GIVE_BACK = {f"MALLOC_{name}_THRESHOLD_": str(2**20) for name in ("MMAP", "TRIM")}
PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "from cellscope.model.counting.workers import serve; serve()"
)


class WorkerLost(RuntimeError):
    """A tile's worker has died again and again."""


class Workers(Protocol):
    """Takes jobs, gives answers in any order."""

    at_once: int  # jobs that are worth giving before an answer is taken

    def give(self, job: Job) -> None: ...

    def take(self) -> Answer: ...

    def close(self) -> None: ...


class Here:
    """The process and the thread that ask."""

    at_once = 1

    def __init__(self, problem: Problem, tile_faces: int | None) -> None:
        self.desk = Desk(problem, tile_faces)
        self.waiting: deque[Job] = deque()

    def give(self, job: Job) -> None:
        self.waiting.append(job)

    def take(self) -> Answer:
        return self.desk.do(self.waiting.popleft())

    def close(self) -> None:
        return


class Processes:
    """Processes on this machine, each looked after by a thread."""

    def __init__(self, problem: Problem, tile_faces: int | None, count: int) -> None:
        self.at_once = 2 * count
        self._start = to_bytes((problem, tile_faces))
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Answer | BaseException] = queue.SimpleQueue()
        self._running: list[subprocess.Popen[bytes]] = []
        self._lock = threading.Lock()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._look_after, name="cellscope-count", daemon=True)
            for _ in range(count)
        ]
        for thread in self._threads:
            thread.start()

    def give(self, job: Job) -> None:
        self._jobs.put(job)

    def take(self) -> Answer:
        answer = self._answers.get()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for process in self._running:
                process.kill()
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join()

    def _look_after(self) -> None:
        process: subprocess.Popen[bytes] | None = None
        try:
            while (job := self._jobs.get()) is not None and not self._closed:
                for _ in range(TRIES):
                    process = process or self._new()
                    answer = None if process is None else _ask(process, job)
                    if answer is not None or self._closed:
                        break
                    self._end(process)
                    process = None
                else:
                    raise WorkerLost(f"workers: tile {job.window} was lost {TRIES} times")
                if answer is not None:
                    self._answers.put(answer)
        except BaseException as error:
            self._answers.put(error)
        finally:
            self._end(process)

    def _new(self) -> subprocess.Popen[bytes] | None:
        root = str(Path(cellscope.__file__).parents[1])
        environment = GIVE_BACK | os.environ | {f"{name}_NUM_THREADS": "1" for name in ONE_THREAD}
        with self._lock:
            if self._closed:
                return None
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", PROGRAM, root], env=environment,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            self._running.append(process)
        assert process.stdin is not None
        with suppress(OSError):  # it has died; the first job will tell
            write(process.stdin, self._start)
        return process

    def _end(self, process: subprocess.Popen[bytes] | None) -> None:
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not yet written goes to nobody
                    pipe.close()
        with self._lock:
            if process in self._running:
                self._running.remove(process)


def _ask(process: subprocess.Popen[bytes], job: Job) -> Answer | None:
    """A worker's answer, None if it has died.

    Raises
    ------
    Exception
        What went wrong in the worker.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        write(process.stdin, to_bytes(job))
        data = read(process.stdout)
    except OSError:
        return None
    if data is None:
        return None
    answer = from_bytes(data)
    if isinstance(answer, Exception):
        raise answer
    return answer


def write(pipe: IO[bytes], data: bytes) -> None:
    """A message: its length, and its bytes."""
    pipe.write(struct.pack("<Q", len(data)))
    pipe.write(data)  # apart: of a large network a copy for each worker would be 20 MB
    pipe.flush()


def read(pipe: IO[bytes]) -> bytes | None:
    """A message, None at the end."""
    head = pipe.read(8)
    if len(head) < 8:
        return None
    size = struct.unpack("<Q", head)[0]
    data = pipe.read(size)
    return data if len(data) == size else None


def serve() -> None:
    """What a worker process runs: jobs from stdin, answers to stdout, until stdin ends."""
    import signal

    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it says when it ends
    torch.set_num_threads(1)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    start = read(sys.stdin.buffer)
    if start is None:
        return
    desk: Desk | None = None
    while (data := read(sys.stdin.buffer)) is not None:
        try:
            if desk is None:
                desk, start = Desk(*from_bytes(start)), b""  # it is not needed twice
            answer: Any = desk.do(from_bytes(data))
        except Exception as error:
            kind = ValueError if isinstance(error, ValueError) else RuntimeError
            answer = kind(str(error) or type(error).__name__)
        try:
            write(answers, to_bytes(answer))
        except BrokenPipeError:
            return


class Cluster:
    """The workers of a Dask scheduler (extra `cluster`), which have Cellscope installed."""

    def __init__(self, problem: Problem, tile_faces: int | None, cluster: Any) -> None:
        self._own = isinstance(cluster, str)
        try:
            self._client: Any = dask_client(cluster, timeout="10s") if self._own else cluster
            threads: dict[str, int] = self._client.nthreads()
        except (OSError, ValueError) as error:
            raise ValueError(f"cluster: {cluster!r} does not answer: {error}") from None
        if not threads:
            raise ValueError(f"cluster: {cluster!r} has no workers")
        self.at_once = 2 * sum(threads.values())
        self._name, self._faces = uuid.uuid4().hex, tile_faces
        self._bytes = to_bytes(problem)
        self._problem: Any = None
        self._tell_problem()
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._jobs: dict[Any, tuple[Job, int]] = {}  # of every future, and how often it was given

    def _tell_problem(self) -> None:
        """To the workers of now: where all of them die, what they were told dies with them."""
        self._problem = self._client.scatter(self._bytes, broadcast=True, hash=False)

    def give(self, job: Job) -> None:
        self._give(job, 1)

    def _give(self, job: Job, times: int) -> None:
        named = self._name, self._problem, self._faces
        try:
            future = self._client.submit(do_apart, *named, to_bytes(job), pure=False, retries=2)
        except Exception as error:
            raise self._lost(error) from None
        self._jobs[future] = job, times
        future.add_done_callback(self._answers.put)

    def take(self) -> Answer:
        while True:
            future = self._next()
            job, times = self._jobs.pop(future)
            try:  # is fetched from a worker, by way of the scheduler
                return from_bytes(future.result())
            except (CancelledError, OSError):
                self._again(job, times)
            except Exception as error:
                if type(error).__name__ != "KilledWorker":
                    raise
                raise ClusterLost("a tile's workers die again and again") from None

    def _next(self) -> Any:
        """The next future that is done, however that came."""
        while True:
            try:
                return self._answers.get(timeout=LOOKS_S)
            except queue.Empty:
                if not is_connected(self._client):
                    raise self._lost("no answer") from None

    def _again(self, job: Job, times: int) -> None:
        """Give a job again whose worker has died, and with it what that alone was told."""
        if not is_connected(self._client):
            raise self._lost("no answer") from None
        if times >= TRIES:
            raise ClusterLost("its workers lose what they are given again and again") from None
        try:
            if times > 1 or self._problem.status != "finished":
                self._tell_problem()
        except Exception as failed:
            raise self._lost(failed) from None
        self._give(job, times + 1)

    def close(self) -> None:
        if is_connected(self._client):
            for future in self._jobs:
                future.cancel()
        self._problem = None
        if self._own:
            self._client.close(timeout=2)

    def _lost(self, why: object) -> ClusterLost:
        return ClusterLost(f"its scheduler is gone ({' '.join(str(why).split())})")
