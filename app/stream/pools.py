"""`Pools`: the threads in which answers are made, so that the event loop never waits."""

from concurrent.futures import ThreadPoolExecutor

from app.sessions import Shared
from app.sheet.parts import Facts


class Pools:
    """One for all viewers. Surveys and jobs take seconds, for which no picture must wait.

    Sweeps take minutes, and wait for one another, so that live experiments keep their frames.
    """

    def __init__(self) -> None:
        self.pictures = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures")
        self.surveys = ThreadPoolExecutor(max_workers=1, thread_name_prefix="survey")
        self.jobs = ThreadPoolExecutor(max_workers=2, thread_name_prefix="jobs")
        self.lessons = ThreadPoolExecutor(max_workers=2, thread_name_prefix="lessons")
        self.facts: Shared[Facts] = Shared(64)  # question -> what is measured on its experiment
        self.sweeps = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sweep")

    def close(self) -> None:
        """Begin nothing more."""
        for pool in (self.pictures, self.surveys, self.jobs, self.lessons, self.sweeps):
            pool.shutdown(wait=False, cancel_futures=True)
