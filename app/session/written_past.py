"""The runs of an experiment that were left, and states on the way: what of them is in the file.

Most of it never changes once it is there. So each writing adds what is new.
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace

from cellscope.app.session.store import News, Past, Place, Store
from cellscope.model.recording.kept_run import (
    of_network,
    recording_of,
    state_of,
    states_of,
    words_of,
)
from cellscope.model.recording.recorder import Recorder
from cellscope.model.recording.recording import Keyframe, Recording
from cellscope.model.training.held import Held

UNKNOWN = object()  # what an earlier server has written of a run


@dataclass
class _There:
    """What the file has of one experiment."""

    runs: dict[int, object] = field(default_factory=dict[int, object])  # what may change of each
    places: set[Place] = field(default_factory=set[Place])


class WrittenPast:
    """**Threads**: the one that writes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._there: dict[str, _There] = {}
        self._coming: dict[str, _There] = {}

    def news(self, session_id: str, recorder: Recorder, held: Held) -> News:
        """What is to be written beside a state of an experiment."""
        if session_id not in self._there:
            written, places = self._store.places(session_id)
            self._there[session_id] = _There(dict.fromkeys(written, UNKNOWN), places)
        there = self._there[session_id]
        known = [r for r in recorder.branches if held.run is not None and r.run <= held.run]
        left = {run.run: run for run in known if run.run != held.run}
        runs: dict[int, object] = {number: run.parent for number, run in left.items()}
        states = _states(known, held)
        self._coming[session_id] = _There(runs, set(states))
        changed = [n for n, parent in runs.items() if there.runs.get(n, UNKNOWN) != parent]
        new = {place: state for place, state in states.items() if place not in there.places}
        return News(
            session_id,
            Past({n: words_of(left[n]) for n in changed}, {p: _bytes(s) for p, s in new.items()}),
            gone_runs=there.runs.keys() - runs.keys(),
            gone_states=there.places - states.keys(),
        )

    def took(self, written: Iterable[News]) -> None:
        """The file has it."""
        for news in written:
            self._there[news.id] = self._coming.pop(news.id)

    def forget_all_but(self, living: Collection[str]) -> None:
        """Others may come back, and are then looked at again."""
        self._there = {name: one for name, one in self._there.items() if name in living}
        self._coming.clear()


def _bytes(state: Keyframe) -> bytes:
    return state.state.astype("<f4").tobytes()


def _states(runs: Iterable[Recording], held: Held) -> dict[Place, Keyframe]:
    """But for the one of the present step, which hands may change and take back."""
    found = {(run.run, *place): state for run in runs for place, state in states_of(run).items()}
    now = {place for place in found if place[0] == held.run and place[2] >= held.step}
    return {place: state for place, state in found.items() if place not in now}


def with_past(held: Held, past: Past) -> Held:
    """An experiment with what is in the file beside it; what is damaged is left out."""
    states: dict[int, dict[tuple[int, int], Keyframe]] = {}
    for (run, network, step), numbers in past.states.items():
        with suppress(ValueError):
            states.setdefault(run, {})[network, step] = state_of(step, numbers)
    left: list[Recording] = []
    for run, words in sorted(past.runs.items()):
        with suppress(ValueError, KeyError, TypeError):
            opened = held.networks[0].spec.opened
            left.append(recording_of(run, words, states.get(run, {}), opened))
    now = {} if held.run is None else states.get(held.run, {})
    networks = tuple(
        replace(network, keyframes=of_network(now, k)) for k, network in enumerate(held.networks)
    )
    return replace(held, networks=networks, past=tuple(left))
