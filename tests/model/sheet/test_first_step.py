"""What the first step does: everything is finite before it, and nothing like the weights after."""

from model.datasets import make_data
from model.init import initial_weights
from model.moments import measure
from model.sheet.draws import variances_of_draws
from model.sheet.first_step import first_step
from model.spec import Spec
from model.training.run import train

N01 = Spec(width=16, depth=11, bias="zero", bias_variance=0.0, init="normal")


def test_eleven_layers_are_finite_at_first_and_destroyed_by_one_step():
    found = first_step(N01)
    assert found.finite
    assert 1e4 < found.max_logit < 1e6
    assert 1e3 < found.loss < 1e5
    assert found.gradient_norm > 1e4
    assert found.rms_after > 20.0 * found.rms_before
    assert found.diverged == train(N01, 400)["diverged_step"] == 2


def test_under_he_the_step_is_small_and_the_run_goes_on():
    found = first_step(N01.but(init="he"))
    assert found.diverged is None
    assert found.rms_after < 1.01 * found.rms_before


def test_the_numbers_are_those_of_the_network_at_step_0():
    data = make_data(N01)
    signal = measure(initial_weights(N01, data), "relu", data.train_x, data.train_y)
    found = first_step(N01)
    assert abs(found.loss / signal.loss - 1.0) < 1e-5  # the weights are float32 there
    assert abs(found.max_logit / signal.max_logit - 1.0) < 1e-5


def test_five_draws_are_those_of_five_seeds():
    spec = N01.but(depth=3)
    found = variances_of_draws(spec, 3)
    assert len(found) == 5
    assert found[1:] == variances_of_draws(spec.but(seed=1), 3)[:-1]
    assert max(found) > 3.0 * min(found)
