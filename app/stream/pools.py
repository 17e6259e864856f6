"""`Pools`: the threads in which answers are made, so that the event loop never waits."""

from concurrent.futures import ThreadPoolExecutor

from cellscope.app.features.sheet.parts import Facts
from cellscope.app.session.sessions import Shared
from cellscope.app.session.turns import Workers


class Pools:
    """One for all viewers. Surveys and jobs take seconds, for which no picture must wait.

    Sweeps take minutes, and wait for one another, so that live experiments keep their frames.
    Of jobs and sweeps those go first that somebody looks on at.
    """

    def __init__(self, cluster: str = "") -> None:
        self.cluster = cluster  # the address of a Dask scheduler for sweeps
        self.pictures = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures")
        self.halls = ThreadPoolExecutor(max_workers=1, thread_name_prefix="halls")
        self.surveys = ThreadPoolExecutor(max_workers=1, thread_name_prefix="survey")
        self.jobs = Workers(2, "jobs")
        self.replays = ThreadPoolExecutor(max_workers=2, thread_name_prefix="replays")
        self.draws = ThreadPoolExecutor(max_workers=2, thread_name_prefix="draws")
        self.lessons = ThreadPoolExecutor(max_workers=2, thread_name_prefix="lessons")
        self.facts: Shared[Facts] = Shared(64)  # question -> what is measured on its experiment
        self.sweeps = Workers(1, "sweep")

    def named(self) -> dict[str, ThreadPoolExecutor]:
        """All of them."""
        every = vars(self).items()
        return {name: pool for name, pool in every if isinstance(pool, ThreadPoolExecutor)}

    def close(self) -> None:
        """Begin nothing more."""
        for pool in self.named().values():
            pool.shutdown(wait=False, cancel_futures=True)
