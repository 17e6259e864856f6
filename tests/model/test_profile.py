"""The curve along a line is the network's, and straight between its joints."""

import numpy as np

from cellscope.model.cells.count.profile import profile
from cellscope.model.spec import Spec
from cellscope.model.units import outputs
from tests.snapshots import started

P, Q = (-4.0, 1.0), (3.5, -2.0)


def test_between_two_joints_the_network_is_straight_and_at_a_joint_it_bends():
    snapshot = started(Spec(hidden=(9, 7, 5), seed=4))
    found = profile(snapshot, P, Q)
    assert set(found.layers.tolist()) == {0, 1, 2, 3}
    t = np.linspace(0, 1, 4001)
    points = np.array(P) + t[:, None] * (np.array(Q) - np.array(P))
    *_, dense = outputs(snapshot.weights, snapshot.spec.activations, points)
    for k in range(len(dense)):
        between = np.interp(t, found.t, found.values[k])
        assert np.abs(between - dense[k]).max() < 1e-9 * max(1.0, np.abs(dense).max())
        without = np.delete(found.t, 5), np.delete(found.values[k], 5)
        assert np.abs(np.interp(t, *without) - dense[k]).max() > 1e-9


def test_a_network_without_activation_has_no_joints():
    found = profile(started(Spec(activation="identity")), P, Q)
    assert found.t.tolist() == [0.0, 1.0]
