"""A run as it is written down beside its experiment: words, and states on the way.

Of the states a few hundred are kept, as far apart as it takes, and the same ones whenever it is
asked while the run goes on: what was written stays, and little is new.
"""

import json
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

import numpy as np

from cellscope.model.opened import Opened
from cellscope.model.recording.recording import FIRST_SPACING, End, Keyframe, Recording, Track
from cellscope.model.training.held import (
    read_changes,
    read_history,
    written_changes,
    written_history,
)

MOST_STATES = 256  # of a network
MOST_BYTES = 4 * 2**20  # of them
Place = tuple[int, int]  # a state's network, and its step


def states_of(recording: Recording) -> dict[Place, Keyframe]:
    """The states that are to be written down."""
    found: dict[Place, Keyframe] = {}
    for k in range(len(recording.tracks)):
        states = recording.states(k)
        if not states:
            continue
        most = max(1, min(MOST_STATES, MOST_BYTES // states[0].nbytes))
        apart = FIRST_SPACING
        while states[-1].step >= most * apart:
            apart *= 2
        firsts: dict[int, Keyframe] = {}
        for state in states:
            firsts.setdefault(state.step // apart, state)
        found |= {(k, state.step): state for state in firsts.values()}
    return found


def state_of(step: int, numbers: bytes) -> Keyframe:
    """A state that was written down."""
    return Keyframe(step, np.frombuffer(numbers, "<f4").astype(np.float32))


def of_network(states: Mapping[Place, Keyframe], network: int) -> tuple[Keyframe, ...]:
    """One network's of a run, in their order."""
    return tuple(states[place] for place in sorted(states) if place[0] == network)


def words_of(recording: Recording) -> str:
    """All of a run but its states, and the network from a file that it may be of."""
    tracks = [recording.track(k) for k in range(len(recording.tracks))]
    return json.dumps(
        {
            "parent": recording.parent,
            "last": recording.last,
            "spacing": recording.spacing,
            "tracks": [_track_words(track) for track in tracks],
        }
    )


def recording_of(
    run: int, words: str, states: Mapping[Place, Keyframe], opened: Opened | None
) -> Recording:
    """The run again; a ValueError, KeyError or TypeError if it is something else."""
    told = json.loads(words)
    tracks = [_track(each, k, states, opened) for k, each in enumerate(told["tracks"])]
    made = Recording(run, tracks, int(told["spacing"]))
    made.parent = None if told["parent"] is None else (told["parent"][0], told["parent"][1])
    made.last, made.elsewhere = int(told["last"]), True  # it may be another machine by now
    return made


def _track_words(track: Track) -> dict[str, Any]:
    return {
        **written_changes(track.changes),
        "opened": track.changes[0].spec.opened is not None,
        "end": None if track.end is None else astuple(track.end),
        "step_1": track.step_1,
        **written_history(track.history),
    }


def _track(
    told: Mapping[str, Any], network: int, states: Mapping[Place, Keyframe], opened: Opened | None
) -> Track:
    changes = read_changes(told, opened if told["opened"] else None)
    track = Track(changes, of_network(states, network))
    track.end = None if told["end"] is None else End(*told["end"])
    track.step_1 = told["step_1"]
    track.history = read_history(told)
    return track
