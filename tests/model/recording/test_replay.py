"""Any step of a run is replayed bit for bit, branches and changes on the way included."""

import random
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest
import torch

from cellscope.model.recording.recorder import Recorder
from cellscope.model.recording.recording import FIRST_SPACING
from cellscope.model.recording.replay import Replayer
from cellscope.model.recording.room import MIB, Room
from cellscope.model.spec import Spec
from cellscope.model.training.lockstep import Lockstep, Specs
from cellscope.model.training.snapshot import Snapshot

SPEC = Spec(samples=60, width=5, depth=3, batch_size=7, learning_rate=0.05)
Changes = dict[int, Specs]  # step -> the settings from then on


def recorded(
    specs: Specs, steps: int, changes: Changes, recorder: Recorder, spacing: int = FIRST_SPACING
) -> Lockstep:
    """A run as the trainer makes and records it."""
    with torch.inference_mode():
        lockstep = Lockstep(specs)
        recorder.begin(0, specs)
        recorder.now.spacing = recorder.now.next_at = spacing
        go_on(lockstep, steps, changes, recorder)
        return lockstep


def go_on(lockstep: Lockstep, steps: int, changes: Changes, recorder: Recorder) -> None:
    with torch.inference_mode():
        while lockstep.step < steps and not lockstep.diverged:
            if lockstep.step in changes:
                specs = changes[lockstep.step]
                lockstep.take_live(specs)
                recorder.now.change(lockstep.step, specs)
            lockstep.advance()
            if lockstep.step >= recorder.now.next_at:
                recorder.go_on(lockstep)
        recorder.note(lockstep)


def fresh(specs: Specs, step: int, changes: Changes) -> Snapshot:
    """A run from the start, stopped at the step: nothing of the recording is used."""
    with torch.inference_mode():
        lockstep = Lockstep(specs)
        while True:
            if lockstep.step in changes:
                lockstep.take_live(changes[lockstep.step])
            if lockstep.step >= step or lockstep.diverged:
                break
            lockstep.advance()
        return lockstep.snapshot(version=1, run=0, status="paused", rate=0.0, error=None)


def passing(specs: Specs, steps: Iterable[int], changes: Changes) -> Iterator[Snapshot]:
    """The states of one fresh run at these steps, ascending."""
    with torch.inference_mode():
        lockstep = Lockstep(specs)
        for step in sorted(steps):
            while True:
                if lockstep.step in changes:
                    lockstep.take_live(changes[lockstep.step])
                if lockstep.step >= step:
                    break
                lockstep.advance()
            yield lockstep.snapshot(version=1, run=0, status="paused", rate=0.0, error=None)


def same(one: Snapshot, other: Snapshot) -> bool:
    """Bit for bit: weights, and what the optimiser remembers."""
    vectors = [one.theta, *one.optimizer_state], [other.theta, *other.optimizer_state]
    equal = all(a.tobytes() == b.tobytes() for a, b in zip(*vectors, strict=True))
    return equal and (one.step, one.shown_step) == (other.step, other.shown_step)


def live(spec: Spec, *pairs: tuple[int, float, int]) -> Changes:
    """Other rates and batch sizes from some steps on."""
    return {step: (spec.but(learning_rate=rate, batch_size=size),) for step, rate, size in pairs}


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
def test_fifty_steps_at_random_are_those_of_fresh_runs_stopped_there(optimizer: str) -> None:
    spec = SPEC.but(optimizer=optimizer)
    changes = live(spec, (0, 0.04, 7), (61, 0.02, 7), (130, 0.02, 11), (400, 0.07, 64))
    recorder, replayer = Recorder(), Replayer()
    recorded((spec,), 700, changes, recorder)
    steps = random.Random(3).sample(range(701), 50)
    assert recorder.now.keyframes == 700 // FIRST_SPACING
    anew = {state.step: state for state in passing((spec,), {*steps, 0, 700}, changes)}
    for step in [*steps, 0, 700]:
        shown = replayer.snapshot(recorder.now, step)
        assert shown is not None
        assert same(shown, anew[step])


def test_of_two_networks_each_goes_its_own_way() -> None:
    second = SPEC.but(init="normal", optimizer="adam", seed=3)
    changes: Changes = {90: (SPEC.but(batch_size=5), second.but(batch_size=5))}
    recorder, replayer = Recorder(), Replayer()
    recorded((SPEC, second), 200, changes, recorder)
    for step in (199, 3, 90, 91):
        shown, anew = (
            replayer.snapshot(recorder.now, step),
            fresh((SPEC, second), step, changes),
        )
        assert shown is not None
        assert shown.other is not None
        assert anew.other is not None
        assert same(shown, anew)
        assert same(shown.other, anew.other)


def test_a_run_that_diverges_is_replayed_to_its_end_and_says_so() -> None:
    wild = SPEC.but(init="normal", depth=9, width=16, learning_rate=1.0)
    calm = SPEC.but(seed=1)
    recorder = Recorder()
    lockstep = recorded((wild, calm), 100, {}, recorder)
    end = lockstep.networks[0].learner.step_count
    assert 0 < end < 100
    for step in (end - 1, end, 80):
        shown = Replayer().snapshot(recorder.now, step)
        assert shown is not None
        assert shown.other is not None
        assert shown.diverged == (step >= end)
        assert (shown.step, shown.other.step) == (min(step, end), step)
        assert same(shown, fresh((wild, calm), step, {}))
        assert np.isfinite(shown.theta).all()
    assert shown.nonfinite_layer == lockstep.networks[0].nonfinite_layer


def test_a_branch_is_the_old_run_until_it_leaves_it_and_the_old_one_stays() -> None:
    spec = SPEC.but(optimizer="momentum")
    changes = live(spec, (100, 0.01, 7))
    recorder, replayer = Recorder(), Replayer()
    recorded((spec,), 300, changes, recorder)
    old = recorder.now
    lockstep = replayer.lockstep(old, 150)
    recorder.branch(old, 1, 150)
    another = {150: (spec.but(learning_rate=0.2, batch_size=9),)}
    go_on(lockstep, 400, another, recorder)
    for step in (99, 149, 150, 151, 390):
        shown = replayer.snapshot(recorder.now, step)
        assert shown is not None
        assert shown.run == 1
        assert same(shown, fresh((spec,), step, changes | another))
        before = replayer.snapshot(old, min(step, 300))
        assert before is not None
        assert same(before, fresh((spec,), min(step, 300), changes))
    assert recorder.branches == (old, recorder.now)
    assert recorder.now.parent == (0, 150)


def test_states_thin_out_within_the_bound_and_any_step_is_still_exact() -> None:
    spec = SPEC.but(optimizer="adam")
    recorder = Recorder(Room(20_000))
    recorded((spec,), 1000, {}, recorder, spacing=1)
    assert recorder.kept.nbytes <= 20_000
    assert recorder.now.keyframes >= 4
    assert recorder.kept.spacing > 16
    for step in (1, 517, 999):
        shown = Replayer().snapshot(recorder.now, step)
        assert shown is not None
        assert same(shown, fresh((spec,), step, {}))


def test_without_memory_a_run_is_replayed_from_its_start() -> None:
    recorder = Recorder(Room(100))
    recorded((SPEC,), 150, {}, recorder)
    assert recorder.kept.nbytes == 0
    shown = Replayer().snapshot(recorder.now, 140)
    assert shown is not None
    assert same(shown, fresh((SPEC,), 140, {}))


def test_one_experiment_more_makes_the_others_give_memory_back() -> None:
    room = Room(64_000)
    first = Recorder(room)
    recorded((SPEC,), 800, {}, first, spacing=1)
    assert 32_000 < first.kept.nbytes <= 64_000
    second = Recorder(room)
    assert first.kept.nbytes <= 32_000
    second.close()
    assert first.kept.allowed == 64_000
    assert Room().each == 48 * MIB  # however much there is


def test_a_replay_that_nobody_waits_for_is_broken_off() -> None:
    recorder, replayer = Recorder(Room(100)), Replayer()
    recorded((SPEC,), 300, {}, recorder)
    asked: list[tuple[int, int]] = []

    def wanted(done: int, total: int) -> bool:
        asked.append((done, total))
        return done < 100

    assert replayer.snapshot(recorder.now, 290, wanted) is None
    assert asked[-1][0] in range(100, 120)
    assert asked[-1][1] == 290
    shown = replayer.snapshot(recorder.now, 290)
    assert shown is not None
    assert same(shown, fresh((SPEC,), 290, {}))


def test_a_recalled_state_has_the_curve_so_far_and_what_came_after_it() -> None:
    recorder = Recorder()
    recorded((SPEC,), 100, {}, recorder)
    shown = Replayer().snapshot(recorder.now, 40)
    assert shown is not None
    assert steps(shown.history) == list(range(41))
    assert steps(shown.later) == list(range(41, 101))
    assert shown.recalled
    assert shown.version < 0


def steps(scores: Sequence[object]) -> list[int]:
    return [getattr(score, "step") for score in scores]  # noqa: B009


def test_what_was_set_later_is_not_said_of_an_earlier_step() -> None:
    changes = live(SPEC, (50, 0.5, 7))
    recorder, replayer = Recorder(), Replayer()
    recorded((SPEC,), 100, changes, recorder)
    assert recorder.now.changes() == (50,)
    before, after = replayer.snapshot(recorder.now, 49), replayer.snapshot(recorder.now, 60)
    assert before is not None
    assert after is not None
    assert (before.spec, before.reproducible) == (SPEC, True)
    assert (after.spec.learning_rate, after.reproducible) == (0.5, False)
