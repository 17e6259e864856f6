import numpy as np
import pytest

from cellscope.model.cells.exact.units import idle_units
from cellscope.model.datasets import make_data
from cellscope.model.spec import Spec
from tests.model.cells.families import random_net
from tests.snapshots import chosen, layers_at, started


def test_a_unit_without_a_positive_value_is_dead_and_one_with_no_other_is_always_active() -> None:
    # On every point: 1 > 0; −1 < 0; 0 is not active; x changes its sign, as x has mean 0.
    W, b = np.array([[0.0, 0], [0, 0], [0, 0], [1, 0]]), np.array([1.0, -1.0, 0.0, 0.0])
    found = idle_units(chosen([(W, b), (np.ones((2, 4)), np.zeros(2))]), 1)
    assert (found.dead, found.always) == ((2, 3), (1,))


@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("width", [5, 64, 70])
def test_idle_units_are_those_of_a_forward_pass(activation: str, width: int) -> None:
    snapshot = chosen(random_net((width, width, 4), 3, bias=2.0), activation=activation)
    y = layers_at(snapshot, make_data(snapshot.spec).train_x)
    some = 0
    for layer in (1, 2, 3, 4):
        active = y[layer - 1] > 0
        dead = tuple(k + 1 for k in range(active.shape[1]) if not active[:, k].any())
        always = tuple(k + 1 for k in range(active.shape[1]) if active[:, k].all())
        found = idle_units(snapshot, layer)
        assert (found.dead, found.always) == (dead, always)
        some += len(dead) + len(always)
    assert some > 0 or (activation, width) == ("identity", 5)  # few units, all of them busy


def test_units_are_dead_for_the_training_points_whatever_the_window_shows() -> None:
    found = idle_units(started(Spec(init="zeros", bias="zero", width=3)), 2)
    assert (found.dead, found.always) == ((1, 2, 3), ())


def test_weights_whose_products_leave_float64_have_the_same_idle_units() -> None:
    weights = random_net((9,) * 11, 3, bias=0.0)
    huge = chosen([(W * 2.0**100, b) for W, b in weights])
    for layer in (1, 6, 11, 12):
        assert idle_units(huge, layer) == idle_units(chosen(weights), layer)
