"""The live thread: it obeys in order, publishes whole states, and outlives what goes wrong."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec, SpecError
from cellscope.model.training import live, pace
from cellscope.model.training.held import pack, unpack
from cellscope.model.training.history import Score
from cellscope.model.training.learner import Learner
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.training.trainer import Trainer
from tests.trainers import PATIENCE_S, Trainers, theta_after, wait

SPEC = Spec(hidden=(8, 8), batch_size=10, samples=100)
ELEVEN = Spec(hidden=(16,) * 10, init="normal", bias="zero")


@pytest.fixture(autouse=True)
def _no_thread_stays() -> Iterator[None]:
    """Every trainer's thread has ended at the end of the test (`start` closes them first)."""
    before = set(threading.enumerate())
    yield
    left = {t.name for t in set(threading.enumerate()) - before if t.name == "trainer"}
    assert not left


@pytest.fixture
def trainer(_no_thread_stays: None, start: Trainers) -> Trainer:
    return start(SPEC)


class Held:
    """Holds the trainer's thread at its next publication until released."""

    def __init__(self, trainer: Trainer) -> None:
        self.inside, self.released = threading.Event(), threading.Event()
        self.end = trainer.subscribe(self._hold)
        trainer.pause()  # a publication
        assert self.inside.wait(PATIENCE_S)

    def _hold(self) -> None:
        self.inside.set()
        self.released.wait(PATIENCE_S)

    def release(self) -> None:
        self.released.set()
        self.end()


# Play, pause, step, rewind.


def test_it_starts_paused_at_step_zero_with_a_first_score(trainer: Trainer):
    first = trainer.latest
    assert (first.step, first.shown_step, first.status, first.run) == (0, 0, "paused", 0)
    assert first.spec == SPEC
    assert [score.step for score in first.history] == [0]
    assert first.error is None
    assert first.steps_per_second == 0
    np.testing.assert_array_equal(first.theta, theta_after(SPEC, 0))
    assert trainer.newer(first.version, 0.05) is None  # nothing happens by itself


def test_a_step_is_one_step_of_the_bare_learner(trainer: Trainer):
    for k in range(1, 8):
        trainer.step()
        snapshot = trainer.settle()
        assert (snapshot.step, snapshot.shown_step, snapshot.status) == (k, k, "paused")
    np.testing.assert_array_equal(trainer.latest.theta, theta_after(SPEC, 7))
    assert [score.step for score in trainer.latest.history] == list(range(8))


def test_playing_takes_the_same_steps_flat_out(trainer: Trainer):
    trainer.play()
    seen = wait(trainer, lambda s: s.step >= 300)
    assert seen.status == "training"
    assert seen.steps_per_second > 0
    trainer.pause()
    paused = trainer.settle()
    assert paused.status == "paused"
    assert paused.step >= seen.step
    assert paused.steps_per_second == 0
    np.testing.assert_array_equal(paused.theta, theta_after(SPEC, paused.step))
    assert trainer.settle().step == paused.step


def test_a_step_while_playing_pauses(trainer: Trainer):
    trainer.play()
    wait(trainer, lambda s: s.step > 0)
    trainer.step()
    assert trainer.settle().status == "paused"


def test_run_to_pauses_at_just_that_step_whatever_the_speed(start: Trainers):
    trainer = start(SPEC, speed=1.0)
    trainer.run_to(37)
    at = wait(trainer, lambda s: s.status == "paused" and s.step > 0)
    assert at.step == 37
    assert np.array_equal(at.theta, theta_after(SPEC, 37))
    trainer.run_to(20)  # made long ago: it stays where it is
    assert (trainer.settle().step, trainer.latest.status) == (37, "paused")


def test_run_to_is_ended_by_a_pause_and_forgotten_by_the_next_play(trainer: Trainer):
    trainer.run_to(10**9)
    wait(trainer, lambda s: s.step > 0)
    trainer.pause()
    assert trainer.settle().status == "paused"
    trainer.run_to(trainer.latest.step + 5)
    wait(trainer, lambda s: s.status == "paused")
    end = trainer.latest.step
    trainer.play()
    wait(trainer, lambda s: s.step > end)


def test_settle_returns_the_state_after_all_commands_so_far(trainer: Trainer):
    for k in range(1, 301):
        trainer.step()
        assert trainer.settle().step == k


def test_settle_says_so_when_the_thread_does_not_answer(trainer: Trainer):
    held = Held(trainer)
    with pytest.raises(TimeoutError):
        trainer.settle(timeout=0.01)
    held.release()
    trainer.settle()


def test_rewinding_gives_the_same_curve_bitwise(trainer: Trainer):
    def curve() -> tuple[dict[int, Score], Snapshot]:
        trainer.play()
        wait(trainer, lambda s: s.step >= 500)
        trainer.pause()
        end = trainer.settle()
        return {score.step: score for score in end.history}, end

    one, first = curve()
    trainer.rewind()
    rewound = trainer.settle()
    assert (rewound.step, rewound.status) == (0, "paused")
    assert (rewound.run, rewound.version > first.version) == (1, True)
    assert [score.step for score in rewound.history] == [0]
    np.testing.assert_array_equal(rewound.theta, theta_after(SPEC, 0))
    two, _ = curve()
    common = one.keys() & two.keys()
    assert len(common) > 20
    assert all(one[step] == two[step] for step in common)


def test_equal_specs_train_bitwise_equally(start: Trainers):
    spec = SPEC.but(optimizer="adam", init="lsuv")
    one, two = start(spec), start(spec)
    one.play()
    two.play()  # side by side, on other threads
    wait(one, lambda s: s.step >= 200)
    two.pause()
    one.pause()
    for trainer in (one, two):
        end = trainer.settle()
        np.testing.assert_array_equal(end.theta, theta_after(spec, end.step))


# New settings.


def test_live_settings_act_at_once_and_keep_the_step(trainer: Trainer):
    for _ in range(5):
        trainer.step()
    changed = SPEC.but(learning_rate=0.02, batch_size=7)
    trainer.rebuild(changed)
    trainer.step()
    snapshot = trainer.settle()
    assert (snapshot.step, snapshot.run, snapshot.spec) == (6, 0, changed)
    data = make_data(SPEC)
    with torch.inference_mode():
        learner = Learner(SPEC, initial_weights(SPEC, data), data)
        for _ in range(5):
            learner.step()
        learner.learning_rate = 0.02
        learner.set_batch_size(7)
        learner.step()
        np.testing.assert_array_equal(snapshot.theta, learner.theta.numpy())


def test_live_settings_change_while_it_plays(trainer: Trainer):
    trainer.play()
    before = wait(trainer, lambda s: s.step >= 50)
    for k in range(20):
        trainer.rebuild(SPEC.but(learning_rate=0.05, batch_size=1 + k))
    after = trainer.settle()
    assert (after.status, after.run) == ("training", 0)
    assert after.step >= before.step
    assert after.spec == SPEC.but(learning_rate=0.05, batch_size=20)
    wait(trainer, lambda s: s.step > after.step)


def test_other_settings_start_anew_and_play_on(trainer: Trainer):
    trainer.play()
    wait(trainer, lambda s: s.step >= 50)
    other = SPEC.but(hidden=(5,), dataset="blobs", classes=3)
    trainer.rebuild(other)
    snapshot = trainer.settle()
    assert (snapshot.run, snapshot.spec, snapshot.status) == (1, other, "training")
    assert [W.shape for W, _ in snapshot.weights] == [(5, 2), (3, 5)]
    end = wait(trainer, lambda s: s.step >= 20)
    np.testing.assert_array_equal(end.theta, theta_after(other, end.step))


def test_a_rebuild_while_paused_stays_paused_unless_told_to_play(trainer: Trainer):
    trainer.rebuild(SPEC.but(seed=1))
    assert trainer.settle().status == "paused"
    trainer.rebuild(SPEC.but(seed=2), playing=True)
    assert trainer.settle().status == "training"
    trainer.rebuild(SPEC.but(seed=3), playing=False)
    assert trainer.settle().status == "paused"
    live = SPEC.but(seed=3, learning_rate=0.01)
    for playing, status in ((True, "training"), (None, "training"), (False, "paused")):
        trainer.rebuild(live, playing=playing)
        assert trainer.settle().status == status


def test_an_equal_spec_changes_nothing(trainer: Trainer):
    trainer.step()
    trainer.rebuild(SPEC.but())
    snapshot = trainer.settle()
    assert (snapshot.step, snapshot.run) == (1, 0)


# Divergence.


def test_eleven_layers_diverge_at_step_two_and_rewinding_works(start: Trainers):
    trainer = start(ELEVEN)
    for attempt in range(2):
        trainer.play()
        end = wait(trainer, lambda s: s.status == "diverged")
        assert end.step == 2
        assert end.nonfinite_layer in range(1, 12)
        assert np.isfinite(end.theta).all()
        assert end.step - end.shown_step in (0, 1)
        np.testing.assert_array_equal(end.theta, theta_after(ELEVEN, end.shown_step))
        assert end.history[-1].step == 2
        trainer.play()
        trainer.step()
        assert trainer.settle().status == "diverged"  # until a rewind
        trainer.rewind()
        rewound = trainer.settle()
        assert (rewound.step, rewound.status, rewound.run) == (0, "paused", attempt + 1)
        assert rewound.nonfinite_layer is None


def test_single_steps_diverge_at_the_same_step(start: Trainers):
    trainer = start(ELEVEN)
    trainer.step()
    assert (trainer.settle().status, trainer.latest.step) == ("paused", 1)
    trainer.step()
    stepped = trainer.settle()
    assert (stepped.status, stepped.step) == ("diverged", 2)
    trainer.rewind()
    trainer.play()
    played = wait(trainer, lambda s: s.status == "diverged")
    assert (played.step, played.nonfinite_layer) == (stepped.step, stepped.nonfinite_layer)
    np.testing.assert_array_equal(played.theta, stepped.theta)


def test_a_parameter_that_overflows_shows_the_state_before(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
):
    step = Learner.step

    def overflow_at_five(learner: Learner) -> bool:
        finite = step(learner)
        if learner.step_count == 5:
            learner.theta[30] = torch.inf  # in the second layer: the first has 24
        return finite and learner.finite_parameters()

    monkeypatch.setattr(Learner, "step", overflow_at_five)
    trainer.play()
    end = wait(trainer, lambda s: s.status == "diverged")
    assert (end.step, end.shown_step, end.nonfinite_layer) == (5, 4, 2)
    np.testing.assert_array_equal(end.theta, theta_after(SPEC, 4))


def test_a_pause_just_before_a_divergence_finds_it(start: Trainers):
    # At a rate of 10 the first update is so large that no second one is possible.
    trainer = start(ELEVEN.but(learning_rate=10.0), speed=0.01)
    trainer.play()
    wait(trainer, lambda s: s.step == 1)
    assert trainer.settle().status == "training"  # until the second step is due
    trainer.pause()
    assert (trainer.settle().status, trainer.latest.step) == ("diverged", 1)


def test_he_after_a_divergence_trains(start: Trainers):
    trainer = start(ELEVEN)
    trainer.play()
    wait(trainer, lambda s: s.status == "diverged")
    trainer.rebuild(ELEVEN.but(init="he", learning_rate=0.05), playing=True)
    end = wait(trainer, lambda s: s.step >= 100)
    assert end.status == "training"


# Speed.


def test_a_speed_is_never_exceeded(start: Trainers):
    trainer = start(SPEC, speed=100.0)
    began = time.monotonic()
    trainer.play()
    end = wait(trainer, lambda s: s.step >= 25)
    # Step k is due k/100 s after play: a bound that no load can break, from below as from above.
    assert end.step <= 1 + 100.0 * (time.monotonic() - began)


def test_after_a_standstill_there_is_no_burst(start: Trainers):
    trainer = start(SPEC, speed=20.0)
    trainer.play()
    wait(trainer, lambda s: s.step >= 2)
    trainer.suspend(True)
    stood = trainer.settle()
    time.sleep(0.3)  # six steps' worth
    began = time.monotonic()
    trainer.suspend(False)
    end = wait(trainer, lambda s: s.step >= stood.step + 3)
    assert end.step <= stood.step + 1 + 20.0 * (time.monotonic() - began)


def test_after_a_hold_up_what_was_missed_is_not_all_made_up(
    start: Trainers, monkeypatch: pytest.MonkeyPatch
):
    class Clock:
        now = 0.0
        time = staticmethod(time.time)

        def monotonic(self) -> float:
            return self.now

    clock = Clock()
    monkeypatch.setattr(pace, "time", clock)
    trainer = start(SPEC, speed=100.0)
    trainer.play()
    before = wait(trainer, lambda s: s.step >= 2).step
    clock.now += 10.0  # 1000 steps are missed; a quarter of a second's, 25, are made up
    wait(trainer, lambda s: s.step >= before + 20)
    time.sleep(0.1)  # flat out these would be a thousand
    assert trainer.settle().step <= before + 60


def test_a_new_speed_acts_at_once(start: Trainers):
    trainer = start(SPEC, speed=0.01)  # the second step would be due in 100 s
    trainer.play()
    wait(trainer, lambda s: s.step == 1)
    trainer.set_speed(None)
    wait(trainer, lambda s: s.step >= 100)
    trainer.set_speed(0.01)
    before = trainer.settle()
    trainer.pause()
    assert trainer.settle().step <= before.step + 1


def test_a_slow_step_is_shown_before_the_next_one_is_due(start: Trainers):
    trainer = start(SPEC, speed=0.01)
    trainer.play()
    wait(trainer, lambda s: s.step == 1)  # although nobody asked for it in time


def test_at_a_low_speed_nothing_new_is_published_between_two_steps(start: Trainers):
    trainer = start(SPEC, speed=20.0)
    trainer.play()
    seen = [wait(trainer, lambda s: s.step >= 1)]
    while seen[-1].step < 6:
        newer = trainer.newer(seen[-1].version, PATIENCE_S)
        assert newer is not None
        seen.append(newer)
    steps = [snapshot.step for snapshot in seen]
    assert steps == sorted(set(steps))  # each picture is of another step


@pytest.mark.parametrize("speed", [0, -1.0, float("nan"), float("inf"), 1e9, 10**400])
def test_an_impossible_speed_is_refused_where_it_was_asked_for(trainer: Trainer, speed: float):
    with pytest.raises(SpecError) as caught:
        trainer.set_speed(speed)
    assert caught.value.field == "speed"
    with pytest.raises(SpecError):
        Trainer(SPEC, speed=speed)
    assert trainer.settle().status == "paused"


def test_suspended_it_stands_still_and_says_it_trains(trainer: Trainer):
    trainer.play()
    wait(trainer, lambda s: s.step >= 10)
    trainer.suspend(True)
    stood = trainer.settle()
    assert stood.status == "training"
    assert trainer.newer(stood.version, 0.05) is None
    assert not trainer.demand()
    assert trainer.settle().step == stood.step
    trainer.suspend(False)
    wait(trainer, lambda s: s.step > stood.step)


# Reading.


def test_newer_waits_for_the_step_in_progress(trainer: Trainer):
    trainer.play()
    last = trainer.settle()
    for _ in range(100):
        newer = trainer.newer(last.version, PATIENCE_S)
        assert newer is not None
        assert newer.version > last.version
        assert newer.step >= last.step
        last = newer


def test_newer_returns_at_once_what_was_not_seen(trainer: Trainer):
    assert trainer.newer(-1, 0.0) is trainer.latest
    assert trainer.newer(trainer.latest.version, 0.0) is None


def test_newer_never_comes_back_empty_when_something_was_published(trainer: Trainer):
    for _ in range(300):
        seen = trainer.latest.version
        trainer.step()
        newer = trainer.newer(seen, PATIENCE_S)
        assert newer is not None
        assert newer.version > seen


def test_newer_waits_for_a_state_that_is_just_being_made(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
):
    making, go_on = threading.Event(), threading.Event()

    def slowly(**state: Any) -> Snapshot:
        making.set()
        go_on.wait(PATIENCE_S)
        return Snapshot(**state)

    monkeypatch.setattr(live, "Snapshot", slowly)
    seen = trainer.latest.version
    trainer.step()
    assert making.wait(PATIENCE_S)
    assert trainer.newer(seen, 0.0) is None  # not yet, rather than half of it
    threading.Timer(0.05, go_on.set).start()
    newer = trainer.newer(seen, PATIENCE_S)
    assert newer is not None
    assert newer.step == 1


def test_published_states_never_change_and_cannot_be_changed(start: Trainers):
    trainer = start(SPEC.but(optimizer="adam"))
    trainer.play()
    snapshot = wait(trainer, lambda s: s.step >= 5)
    before = [snapshot.theta.copy(), *(state.copy() for state in snapshot.optimizer_state)]
    arrays = [snapshot.theta, *snapshot.optimizer_state]
    assert len(arrays) == 3
    wait(trainer, lambda s: s.step >= snapshot.step + 100)
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0.0
    assert all(not W.flags.writeable and not b.flags.writeable for W, b in snapshot.weights)


def test_a_state_of_an_optimiser_restarts_a_learner(start: Trainers):
    spec = SPEC.but(optimizer="adam")
    trainer = start(spec)
    trainer.play()
    wait(trainer, lambda s: s.step >= 33)
    trainer.pause()
    snapshot = trainer.settle()
    data = make_data(spec)
    with torch.inference_mode():
        learner = Learner(spec, initial_weights(spec, data), data)
        moments = [torch.from_numpy(state.copy()) for state in snapshot.optimizer_state]
        learner.restart(torch.from_numpy(snapshot.theta.copy()), moments, snapshot.step)
        for _ in range(10):
            learner.step()
        end = learner.theta.numpy().copy()
    np.testing.assert_array_equal(end, theta_after(spec, snapshot.step + 10))


def test_versions_never_go_back_and_every_state_is_whole(trainer: Trainer):
    """Three threads command, two read."""
    commands: tuple[Callable[[], None], ...] = (
        trainer.play,
        trainer.step,
        trainer.rewind,
        lambda: trainer.rebuild(SPEC.but(hidden=(3,) * 4)),
        lambda: trainer.rebuild(SPEC.but(hidden=(12,), learning_rate=0.01)),
        trainer.pause,
        lambda: trainer.set_speed(1000.0),
        lambda: trainer.set_speed(None),
    )
    done = threading.Event()
    seen: list[list[Snapshot]] = [[], []]

    def command(seed: int) -> None:
        for k in np.random.default_rng(seed).integers(0, len(commands), 40):
            commands[k]()
            if k % 2:
                trainer.settle()

    def read(into: list[Snapshot]) -> None:
        while not done.is_set():
            snapshot = trainer.newer(into[-1].version if into else -1, 0.01)
            if snapshot is not None:
                into.append(snapshot)

    readers = [threading.Thread(target=read, args=(into,)) for into in seen]
    commanders = [threading.Thread(target=command, args=(seed,)) for seed in range(3)]
    for thread in [*readers, *commanders]:
        thread.start()
    for thread in commanders:
        thread.join()
    end = trainer.settle()
    done.set()
    for thread in readers:
        thread.join()
    assert end.status != "failed", end.error
    for snapshots in seen:
        assert len(snapshots) > 5
        versions = [s.version for s in snapshots]
        assert versions == sorted(set(versions))
        runs = [s.run for s in snapshots]
        assert runs == sorted(runs)
        for s in snapshots:
            assert s.theta.size == s.spec.parameters
            assert s.history[-1].step <= s.step
            assert np.isfinite(s.theta).all()
    by_version: dict[int, Snapshot] = {}
    for s in [*seen[0], *seen[1]]:
        assert by_version.setdefault(s.version, s) is s  # one version is one state


def test_states_are_published_while_commands_keep_coming(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
):
    calm = threading.Event()

    def send_another(spec: Spec, data: Any) -> Any:  # at the end of each there is one more
        if not calm.is_set():
            trainer.rebuild(spec.but(seed=spec.seed + 1))
        return initial_weights(spec, data)

    monkeypatch.setattr(live, "initial_weights", send_another)
    trainer.rewind()
    wait(trainer, lambda s: s.run >= 20)
    calm.set()
    assert trainer.settle().status == "paused"


def test_subscribers_are_woken_by_every_publication_until_they_end(trainer: Trainer):
    woken: list[int] = []
    end = trainer.subscribe(lambda: woken.append(trainer.latest.version))
    trainer.step()
    last = trainer.settle()
    assert woken[-1] == last.version
    assert woken == sorted(set(woken))
    end()
    count = len(woken)
    trainer.step()
    trainer.settle()
    assert len(woken) == count


def test_a_subscriber_that_fails_does_not_stop_the_training(
    trainer: Trainer, caplog: pytest.LogCaptureFixture
):
    def fails() -> None:
        raise RuntimeError("its event loop is closed")

    trainer.subscribe(fails)
    trainer.play()
    end = wait(trainer, lambda s: s.step >= 10)
    assert end.status == "training"
    assert "subscriber" in caplog.text


def test_a_demand_is_at_hand_while_it_trains_and_not_between_slow_steps(trainer: Trainer):
    assert not trainer.demand()  # paused
    trainer.play()
    seen = trainer.settle()
    published = threading.Event()
    trainer.subscribe(published.set)
    published.clear()
    assert trainer.demand()
    assert published.wait(PATIENCE_S)
    assert trainer.latest.version > seen.version
    trainer.set_speed(0.01)
    trainer.settle()
    wait_until = time.monotonic() + PATIENCE_S
    while trainer.demand():  # the first step at the new speed is due at once
        assert time.monotonic() < wait_until
    assert not trainer.demand()


# What goes wrong is published.


def test_an_error_in_a_step_is_published_and_rewinding_recovers(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    trainer.step()
    trainer.step()
    before = trainer.settle()

    def boom(_: Learner) -> bool:
        raise RuntimeError("out of paper")

    monkeypatch.setattr(Learner, "step", boom)
    trainer.play()
    failed = wait(trainer, lambda s: s.status == "failed")
    assert failed.error == "RuntimeError: out of paper"
    assert failed.version > before.version
    assert failed.step == 2
    assert "out of paper" in caplog.text
    trainer.play()
    trainer.step()
    assert trainer.settle().status == "failed"  # until a rewind
    monkeypatch.undo()
    trainer.rewind()
    rewound = trainer.settle()
    assert (rewound.status, rewound.step, rewound.error) == ("paused", 0, None)
    trainer.step()
    np.testing.assert_array_equal(trainer.settle().theta, theta_after(SPEC, 1))


def test_an_error_in_a_rebuild_leaves_the_old_experiment_to_rewind(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
):
    def boom(spec: Spec, *_: Any) -> None:
        raise MemoryError(f"no room for {spec.width}")

    monkeypatch.setattr(live, "initial_weights", boom)
    trainer.rebuild(SPEC.but(hidden=None, width=33))
    failed = trainer.settle()
    assert (failed.status, failed.error) == ("failed", "MemoryError: no room for 33")
    assert failed.spec == SPEC
    assert [W.shape for W, _ in failed.weights] == [(8, 2), (8, 8), (2, 8)]
    monkeypatch.undo()
    trainer.rewind()
    trainer.step()
    assert (trainer.settle().status, trainer.latest.spec) == ("paused", SPEC)


def test_commands_behind_one_that_fails_are_carried_out(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
):
    calls: list[Spec] = []

    def boom_once(spec: Spec, data: Any) -> Any:
        calls.append(spec)
        if len(calls) == 1:
            raise RuntimeError("once")
        return initial_weights(spec, data)

    monkeypatch.setattr(live, "initial_weights", boom_once)
    held = Held(trainer)
    trainer.rebuild(SPEC.but(seed=1))  # fails
    trainer.rewind()  # does not
    trainer.step()
    held.release()
    snapshot = trainer.settle()
    assert (snapshot.spec.seed, snapshot.step, snapshot.status) == (SPEC.seed, 1, "paused")


def test_of_several_waiting_rebuilds_only_the_newest_is_carried_out(trainer: Trainer):
    # A dragged slider on a slow network must not leave a queue behind.
    run = trainer.settle().run
    held = Held(trainer)
    for seed in range(1, 9):
        trainer.rebuild(SPEC.but(seed=seed), playing=False if seed == 3 else None)
    held.release()
    snapshot = trainer.settle()
    assert (snapshot.spec.seed, snapshot.run - run, snapshot.status) == (8, 1, "paused")


def test_an_error_in_publishing_itself_is_published(
    trainer: Trainer, monkeypatch: pytest.MonkeyPatch
):
    def boom(*_: Any, **__: Any) -> None:
        raise RuntimeError("no snapshot")

    monkeypatch.setattr(live, "Snapshot", boom)
    trainer.play()
    failed = wait(trainer, lambda s: s.status == "failed")
    assert failed.error == "RuntimeError: no snapshot"
    monkeypatch.undo()
    trainer.rewind()
    assert trainer.settle().status == "paused"


# The end.


def test_closing_joins_the_thread_whatever_it_does(start: Trainers):
    def between_slow_steps(trainer: Trainer) -> None:
        trainer.set_speed(0.01)
        trainer.play()
        wait(trainer, lambda s: s.step == 1)

    def suspended(trainer: Trainer) -> None:
        trainer.play()
        trainer.suspend(True)

    for begin in (Trainer.pause, Trainer.play, suspended, between_slow_steps):
        for _ in range(10):
            threads = set(threading.enumerate())
            trainer = start(SPEC)
            begin(trainer)
            trainer.close()
            assert set(threading.enumerate()) <= threads
            trainer.close()


def test_a_trainer_closed_behind_a_play_ends(trainer: Trainer):
    def trainers() -> int:
        return sum(thread.name == "trainer" for thread in threading.enumerate())

    running = trainers()  # others' may be among them
    held = Held(trainer)
    trainer.play()
    closing = threading.Thread(target=trainer.close)
    closing.start()
    wait_until = time.monotonic() + PATIENCE_S
    while trainer.newer(trainer.latest.version, 0.001) is not None:  # until it is closing
        assert time.monotonic() < wait_until
    held.release()
    closing.join(PATIENCE_S)
    assert not closing.is_alive()
    assert trainers() == running - 1


def test_whoever_waits_is_let_go_when_it_closes(start: Trainers):
    for speed in (None, 0.01):
        trainer = start(SPEC, speed=speed)
        if speed is not None:
            trainer.play()
            wait(trainer, lambda s: s.step == 1)
        seen = trainer.settle().version
        answered = threading.Event()

        def wait_long(trainer: Trainer, seen: int, answered: threading.Event) -> None:
            trainer.newer(seen, 10 * PATIENCE_S)
            answered.set()

        waiting = threading.Thread(target=wait_long, args=(trainer, seen, answered))
        waiting.start()
        assert not answered.wait(0.02)
        trainer.close()
        assert answered.wait(PATIENCE_S)
        waiting.join()
        assert trainer.settle().step == (0 if speed is None else 1)  # the last state, at once


def test_it_computes_on_one_thread(trainer: Trainer):
    threads: list[int] = []
    trainer.subscribe(lambda: threads.append(torch.get_num_threads()))
    trainer.step()
    trainer.settle()
    assert set(threads) == {1}


@pytest.mark.parametrize("speed", [None, 500.0])
def test_it_stops_by_itself_at_a_step_of_every_run(trainer: Trainer, speed: float | None):
    trainer.set_speed(speed)
    trainer.stop_at(37)
    for _ in range(2):
        trainer.play()
        assert wait(trainer, lambda s: s.status == "paused" and s.step > 0).step == 37
        trainer.play()
        wait(trainer, lambda s: s.step > 60)
        trainer.rewind()
        trainer.settle()
    trainer.run_to(50)  # what is asked for by name goes beyond it
    assert wait(trainer, lambda s: s.status == "paused" and s.step > 0).step == 50


def test_where_it_stops_is_held_for_another_day(trainer: Trainer):
    trainer.stop_at(37)
    held = unpack(*pack(trainer.hold()))
    assert held.stop == 37
