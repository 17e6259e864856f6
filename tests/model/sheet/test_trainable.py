"""Which depths fail, and where N(0, 1) is ahead of He: what the sheet's task 1 is about."""

from cellscope.model.sheet.trainable import DEPTHS, Failures, failing_depths, fails, lower_losses
from cellscope.model.spec import Spec

N01 = Spec(width=16, depth=11, bias="zero", bias_variance=0.0, init="normal")


def test_at_width_16_all_fail_from_six_layers_on_and_none_up_to_four():
    found = failing_depths(N01)
    assert found.first == 6
    assert [found.at(depth) for depth in (2, 3, 4)] == [0, 0, 0]
    assert 0 < found.at(5) < 5  # a coin toss
    assert found.at(11) == 5


def test_he_and_adam_train_at_eleven_layers():
    assert not fails(N01.but(init="he"))
    assert not fails(N01.but(optimizer="adam", learning_rate=0.001))


def test_the_depth_asked_for_does_not_matter_but_its_settings_do():
    assert failing_depths(N01.but(depth=4, hidden=(5, 5))) == failing_depths(N01)
    assert failing_depths(N01.but(init="he")).first is None


def test_a_depth_fails_if_all_deeper_ones_do_too():
    assert Failures((0, 5, 0, 4, 5, 5, 4, 5, 5, 5)).first == 5
    assert Failures((5,) * len(DEPTHS)).first == 2
    assert Failures((5,) * 9 + (0,)).first is None


def test_at_depth_3_and_a_small_rate_n01_ends_lower_than_he():
    he = N01.but(depth=3, init="he", learning_rate=0.01)
    assert lower_losses(he, he.but(init="normal")) >= 4
    assert lower_losses(he, he) == 0
