"""`Pools`: the threads in which answers are made, so that the event loop never waits."""

from contextlib import suppress

from cellscope.app.features.sheet.parts import Facts
from cellscope.app.session.fair import FairPool
from cellscope.app.session.shared import Shared
from cellscope.app.session.turns import Workers

EXPORT_NICENESS = 5  # between pictures and trainers
SHORT_SURVEY_S = 0.5  # one of 64 × 5 takes a third of that, of 40 × 32 four seconds


class Pools:
    """One for all viewers. Surveys and jobs take seconds, for which no picture must wait.

    What is made for an experiment is counted as its own, `pools.pictures.of(session.id)`, and all
    of them get equal parts. Its charts, and pictures of what was just changed, have parts of their
    own: they do not wait for what the run's pictures took. Sweeps take minutes, and wait for one
    another, so that live experiments keep their frames. Of jobs and sweeps those go first that
    somebody looks on at.
    """

    def __init__(self, cluster: str = "") -> None:
        self.cluster = cluster  # the address of a Dask scheduler for sweeps
        self.pictures = FairPool(2, "pictures", spare=True)
        self.halls = FairPool(1, "halls")
        self.surveys = FairPool(1, "survey", spare=True, short_s=SHORT_SURVEY_S)
        self.exports = FairPool(1, "exports", nice=EXPORT_NICENESS)
        self.jobs = Workers(2, "jobs")
        self.replays = FairPool(2, "replays")
        self.counts = FairPool(1, "counts", nice=EXPORT_NICENESS)  # of steps that nobody saw
        self.draws = FairPool(2, "draws")
        self.lessons = FairPool(2, "lessons")
        self.facts: Shared[Facts] = Shared(64)  # question -> what is measured on its experiment
        self.sweeps = Workers(1, "sweep")

    def named(self) -> dict[str, FairPool | Workers]:
        """All of them."""
        every = vars(self).items()
        return {name: pool for name, pool in every if isinstance(pool, FairPool | Workers)}

    def start(self) -> None:
        """Have the threads that there will be, as far as the machine gives them."""
        for pool in self.named().values():
            if isinstance(pool, FairPool):
                with suppress(RuntimeError):
                    pool.start()

    def close(self) -> None:
        """Begin nothing more."""
        for pool in self.named().values():
            pool.shutdown(wait=False, cancel_futures=True)
