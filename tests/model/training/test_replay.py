"""A run that broke is taken again, step by step, with what led to its end."""

import math

import pytest

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.moments import measure
from cellscope.model.spec import Spec
from cellscope.model.training.replay import MOST_STEPS, replay
from cellscope.model.training.run import train

N01 = Spec(width=16, depth=11, init="normal", bias="zero", samples=200)


@pytest.mark.parametrize(("width", "rate"), [(16, 0.1), (16, 0.01), (100, 0.1)])
def test_n01_with_11_layers_breaks_by_huge_logits_and_gradients(width: int, rate: float):
    spec = N01.but(width=width, learning_rate=rate)
    end = train(spec, 50)
    assert end["status"] == "diverged"
    found = replay(spec, end["diverged_step"])
    assert found.ended
    assert [record.step for record in found.records] == list(range(end["diverged_step"] + 1))
    first, last = found.records[0], found.records[-1]
    assert first.nonfinite_layer is None  # the forward pass does not overflow float32
    assert first.max_logit > 1e4
    assert first.loss > 1e3
    assert first.gradient_norm > 1e3
    assert last.nonfinite_layer == end["first_nonfinite_layer"]
    assert last.max_logit > 1e38 or math.isnan(last.max_logit)


def test_step_0_is_the_initialisation_as_measured():
    data = make_data(N01)
    seen = measure(initial_weights(N01, data), "relu", data.train_x, data.train_y)
    first = replay(N01, 1).records[0]
    # float32 weights, float64 arithmetic
    assert first.loss == pytest.approx(seen.loss, rel=1e-4)
    assert first.gradient_norm == pytest.approx(seen.gradient_norm, rel=1e-4)


def test_a_run_that_does_not_break_there_says_so():
    # The rate was raised on the way, say: these settings alone do not break at step 7.
    found = replay(N01.but(init="he"), 7)
    assert not found.ended
    assert [record.step for record in found.records] == [0, 1, 2, 6, 7]
    assert all(record.nonfinite_layer is None for record in found.records)


def test_an_early_end_is_the_last_record():
    found = replay(N01, 20)
    assert not found.ended
    assert found.records[-1].step == train(N01, 20)["diverged_step"]


def test_a_late_end_is_not_followed():
    found = replay(N01.but(init="he"), MOST_STEPS + 1)
    assert not found.ended
    assert [record.step for record in found.records] == [0, 1, 2]
