"""A job works in the background, says how far it is, and ends when it is told to."""

import json
import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from cellscope.app.session.jobs import Busy, Job, Jobs, Progress
from cellscope.app.session.turns import Workers
from cellscope.app.stream.job_messages import job_message


@pytest.fixture
def pool() -> Generator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        yield threads


@pytest.fixture
def jobs() -> Jobs:
    return Jobs()


def test_a_finished_job_has_its_result(jobs: Jobs, pool: ThreadPoolExecutor):
    jobs.start("sum", 3, pool, lambda job: sum(k for k in range(3) if job.report(k)))
    pool.shutdown()
    state = jobs.states()["sum"]
    assert (state.status, state.done, state.total, state.result) == ("finished", 3, 3, 3)


def test_parts_of_the_result_are_there_before_the_end(jobs: Jobs, pool: ThreadPoolExecutor):
    seen, end = threading.Event(), threading.Event()

    def work(job: Job) -> str:
        job.report(1, "half")
        seen.set()
        end.wait(10)
        return "whole"

    jobs.start("parts", 2, pool, work)
    assert seen.wait(10)
    state = jobs.states()["parts"]
    end.set()
    assert (state.status, state.done, state.result) == ("running", 1, "half")


def test_a_cancelled_job_keeps_what_there_is(jobs: Jobs, pool: ThreadPoolExecutor):
    reported, end = threading.Event(), threading.Event()

    def work(job: Job) -> str:
        job.report(1, "some")
        reported.set()
        end.wait(10)
        job.report(2, "more")
        return "all"

    jobs.start("long", 2, pool, work)
    assert reported.wait(10)
    jobs.cancel("long")
    state = jobs.states()["long"]  # at once, though the work has not heard of it yet
    assert (state.status, state.done, state.result) == ("cancelled", 1, "some")
    end.set()
    pool.shutdown()
    assert jobs.states()["long"] is state


def test_a_job_that_has_ended_is_not_cancelled_any_more(jobs: Jobs, pool: ThreadPoolExecutor):
    jobs.start("done", 1, pool, lambda job: "all")
    pool.shutdown()
    state = jobs.states()["done"]
    jobs.cancel("done")
    assert jobs.states()["done"] is state
    assert (state.status, state.result) == ("finished", "all")


def test_one_of_a_kind_at_a_time_but_a_cancelled_one_is_no_obstacle(
    jobs: Jobs, pool: ThreadPoolExecutor
):
    def work(job: Job) -> None:
        while job.going_on():
            pass

    jobs.start("kind", 1, pool, work)
    with pytest.raises(Busy):
        jobs.start("kind", 1, pool, work)
    jobs.cancel("kind")
    jobs.start("kind", 1, pool, work)
    jobs.start("other", 1, pool, lambda job: None)
    jobs.close()


def test_work_that_stops_the_moment_it_is_told_to_has_not_finished():
    class AtOnce(ThreadPoolExecutor):
        def submit(self, *_: Any, **__: Any) -> Any:
            return self

        def cancel(self) -> bool:  # the thread is quicker than who cancels
            job.run(lambda job: None)
            return False

    job = Job("quick", 1)
    job.begin(AtOnce(), lambda job: None)
    job.cancel()
    assert job.progress.status == "cancelled"


def test_an_error_is_a_state(jobs: Jobs, pool: ThreadPoolExecutor):
    def work(_job: Job) -> None:
        raise ValueError("no such network")

    jobs.start("bad", 1, pool, work)
    pool.shutdown()
    state = jobs.states()["bad"]
    assert (state.status, state.error) == ("failed", "ValueError: no such network")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "0 of 4"),
        ({"status": "finished", "done": 4}, "done: 4 of 4"),
        ({"status": "cancelled", "done": 2}, "cancelled at 2 of 4"),
        ({"status": "failed", "error": "E: x"}, "failed: E: x"),
    ],
)
def test_a_message_says_how_far_it_is(changes: dict[str, Any], said: str):
    state = replace(Progress("k", "running", done=0, total=4, begun=0.0), **changes)
    message = json.loads(job_message(state, "en"))
    assert (message["type"], message["kind"], message["text"]) == ("job", "k", said)
    assert "result" not in message


def test_a_running_job_says_how_long_it_still_takes(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("cellscope.app.session.jobs.time.monotonic", lambda: 10.0)
    state = Progress("k", "running", done=1, total=4, begun=5.0, share=0.25)
    assert state.seconds_left() == 15.0
    assert json.loads(job_message(state, "en"))["text"] == "1 of 4, about 15 s left"


def test_unequal_parts_are_told_by_their_share(jobs: Jobs, pool: ThreadPoolExecutor):
    jobs.start("unequal", 4, pool, lambda job: job.report(1, share=0.8))
    pool.shutdown()
    assert jobs.states()["unequal"].share == 1.0
    state = Progress("k", "running", done=1, total=4, begun=0.0, share=0.8)
    assert json.loads(job_message(state, "en"))["share"] == 0.8


def test_a_job_that_waits_for_a_thread_says_so_and_is_cancelled_at_once(jobs: Jobs):
    end = threading.Event()
    with ThreadPoolExecutor(1) as one:
        jobs.start("first", 1, one, lambda job: end.wait(10))
        jobs.start("second", 1, one, lambda job: job.report(1))
        waiting = jobs.states()["second"]
        assert (waiting.status, waiting.waiting) == ("running", True)
        assert "waits" in json.loads(job_message(waiting, "en"))["text"]
        jobs.cancel("second")
        state = jobs.states()["second"]
        assert (state.status, state.done, state.waiting) == ("cancelled", 0, False)
        end.set()


def test_a_job_that_nobody_looks_at_lets_others_go_first():
    here, order, begun = threading.Event(), list[str](), threading.Event()

    def work(name: str) -> Any:
        def step(job: Job) -> None:
            for k in range(3):
                order.append(name)
                begun.set()
                here.wait(10)
                job.report(k)

        return step

    with Workers(1, "jobs") as one:
        away = Jobs(lambda: False)
        away.start("long", 3, one, work("unwatched"))
        assert begun.wait(10)
        Jobs(lambda: True).start("short", 3, one, work("watched"))
        Jobs(lambda: False).start("late", 3, one, work("late"))
        while len(vars(one.turns)["_waiting"]) < 2:
            here.wait(0.01)
        here.set()
    assert order[:4] == ["unwatched", "watched", "watched", "watched"]
    assert sorted(order[4:]) == ["late"] * 3 + ["unwatched"] * 2
    assert away.states()["long"].status == "finished"
