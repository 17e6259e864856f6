"""`GET /metrics` in the Prometheus text format: how much there is, how fast, and what was refused.

Nothing of a person: no addresses, no ids, no settings.
"""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from starlette.responses import Response

from cellscope.app.session.fair import FairPool
from cellscope.app.session.memory import resident
from cellscope.app.session.sessions import Sessions

SECONDS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
REASONS = ("host", "origin", "password", "rate", "full")


class Metrics:
    """One for the server. **Threads**: the event loop's, but for the library's own locks."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made = self.registry
        self.experiments = Gauge("cellscope_experiments", "Live experiments", registry=made)
        self.training = Gauge("cellscope_training", "Experiments that train now", registry=made)
        self.viewers = Gauge("cellscope_viewers", "Pages that look on", registry=made)
        self.sockets = Gauge("cellscope_sockets", "Open sockets", registry=made)
        self.memory = Gauge("cellscope_memory_bytes", "Resident memory", registry=made)
        self.waiting = Gauge(
            "cellscope_waiting", "Tasks that wait for a thread", ["pool"], registry=made
        )
        self.steps = Counter("cellscope_steps", "Optimiser steps, as seen", registry=made)
        self.frames = Counter("cellscope_frames", "Frames sent", registry=made)
        self.frame_seconds = Histogram(
            "cellscope_frame_seconds", "From the wish for a frame until it is sent",
            registry=made, buckets=SECONDS,
        )  # fmt: skip
        self._refusals = Counter("cellscope_refusals", "What was refused", ["why"], registry=made)
        for why in REASONS:
            self._refusals.labels(why)
        self._seen: dict[str, tuple[int, int]] = {}  # experiment -> run and step

    def total(self, name: str) -> float:
        """A counter's value."""
        return self.registry.get_sample_value(name) or 0.0

    def refused(self, why: str) -> None:
        self._refusals.labels(why).inc()

    def count_steps(self, sessions: Sessions) -> None:
        """Called about once a second: what was trained since."""
        seen: dict[str, tuple[int, int]] = {}
        for session in sessions.living():
            run, step = session.latest.run, session.latest.experiment_step
            before_run, before = self._seen.get(session.id, (run, 0))
            self.steps.inc(step - before if run == before_run and step >= before else step)
            seen[session.id] = run, step
        self._seen = seen

    def answer(self, sessions: Sessions, pools: Iterable[tuple[str, object]]) -> Response:
        """The numbers of now."""
        self.count_steps(sessions)
        living = sessions.living()
        self.experiments.set(len(living))
        self.training.set(sum(session.latest.status == "training" for session in living))
        self.viewers.set(sum(len(session.viewers) for session in living))
        self.sockets.set(sum(session.sockets for session in living))
        self.memory.set(resident())
        for name, pool in pools:
            self.waiting.labels(name).set(waiting_in(pool))
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)


def waiting_in(pool: object) -> int:
    """How much an executor has not begun yet."""
    if isinstance(pool, FairPool):
        return pool.waiting()
    queue = getattr(pool, "_work_queue", None)
    return queue.qsize() if queue is not None else 0
