"""The batch that is ringed is the one that the optimiser saw."""

from typing import Any

import numpy as np
import pytest

from cellscope.app.features.picture.batch import batch_answer
from cellscope.model.datasets import make_data
from cellscope.model.own_data import OwnData
from cellscope.model.recording.pair import beside
from cellscope.model.recording.replay import Replayer
from cellscope.model.spec import Spec
from cellscope.model.training.batches import batch_before
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.training.trainer import Trainer
from tests.app.conftest import Server, in_loop, opened
from tests.app.test_stream import press

SPEC = Spec(hidden=(5,), samples=50, batch_size=16, seed=3)


@pytest.mark.parametrize("step", [1, 2, 3, 4, 7])
def test_a_step_is_that_of_gradient_descent_on_these_points(step: int):
    trainer = Trainer(SPEC)
    try:
        for _ in range(step - 1):
            trainer.step()
        before = trainer.settle()
        trainer.step()
        after = trainer.settle()
    finally:
        trainer.close()
    data = make_data(SPEC)
    rows = batch_before(step, len(data.train_x), 16, SPEC.seed)
    x, y = data.train_x[rows].astype(np.float64), data.train_y[rows]
    (W1, b1), (W2, b2) = [(W.astype(np.float64), b.astype(np.float64)) for W, b in before.weights]
    h = np.maximum(x @ W1.T + b1, 0)
    p = np.exp(h @ W2.T + b2)
    delta = p / p.sum(axis=1, keepdims=True)
    delta[np.arange(len(y)), y] -= 1
    moved = b2 - SPEC.learning_rate * delta.mean(axis=0)
    assert np.abs(moved - after.weights[1][1]).max() < 1e-5
    answer = batch_answer(after, trainer.recorder)("en")
    assert np.abs(np.array(answer["points"][0]) - x).max() < 1e-5
    assert answer["text"] == f"Ringed: the batch of step {step}, 16 points"


def ringed(snapshot: Snapshot, trainer: Trainer) -> tuple[list[Any], str]:
    answer = batch_answer(snapshot, trainer.recorder)("en")
    return answer["points"], answer["text"]


def test_what_is_changed_at_a_step_leaves_its_batch_the_one_it_was_made_of():
    own = [OwnData("drawn", np.eye(2)[[0, 1] * k], np.array([0, 1] * k)) for k in (20, 30)]
    spec = Spec(hidden=(5,), batch_size=8, seed=3, dataset="own", own=own[0])
    trainer = Trainer(spec, other=spec.but(seed=4, batch_size=6))
    try:
        for _ in range(2):
            trainer.step()
        before = ringed(trainer.settle(), trainer)
        assert [len(points) for points in before[0]] == [8, 6]
        assert before[1] == "Ringed: the batches of step 2, 8 and 6 points"
        later = spec.but(batch_size=5, own=own[1])
        trainer.rebuild(later, other=later.but(seed=4))
        assert ringed(trainer.settle(), trainer) == before
        trainer.step()
        points, said = ringed(trainer.settle(), trainer)
        assert [len(each) for each in points] == [5, 5]
        assert said == "Ringed: the batches of step 3, 5 and 5 points"
        then = Replayer().snapshot(trainer.recorder.now, 2)
        assert then is not None
        assert ringed(then, trainer) == before
        points, said = ringed(beside(trainer.latest, then), trainer)
        assert [len(each) for each in points] == [5, 0]
        assert said == "Ringed: the batch of step 3, 5 points"
    finally:
        trainer.close()


def test_at_the_start_there_is_none(server: Server):
    async def story() -> None:
        async with opened(server, "batch_size=9") as (page, welcome):
            await page.say(type="batch")
            none = await page.hear("batch")
            assert (none["points"], none["text"]) == ([[]], "")
            await press(server, welcome["session"], "step")
            while (await page.frame())[0]["step"] == 0:
                pass
            await page.say(type="batch")
            one = await page.hear("batch")
            assert (one["step"], len(one["points"][0])) == (1, 9)

    in_loop(story())
