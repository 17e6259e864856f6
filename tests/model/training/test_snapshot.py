"""A snapshot shows the layers of its flat vector, and nobody can change it."""

import dataclasses

import numpy as np
import pytest

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.spec import Spec
from cellscope.model.training.learner import flatten
from cellscope.model.training.snapshot import Snapshot

SPEC = Spec(hidden=(7, 4))


def snapshot() -> Snapshot:
    theta = flatten(initial_weights(SPEC, make_data(SPEC))).numpy().copy()
    theta.flags.writeable = False
    return Snapshot(
        version=1,
        run=0,
        spec=SPEC,
        step=0,
        status="paused",
        theta=theta,
        shown_step=0,
        optimizer_state=(),
        history=(),
        nonfinite_layer=None,
        steps_per_second=0.0,
        published=0.0,
    )


def test_the_layers_are_the_initial_weights_in_float32():
    expected = initial_weights(SPEC, make_data(SPEC))
    for (W, b), (V, c) in zip(snapshot().weights, expected, strict=True):
        assert W.dtype == np.float32
        np.testing.assert_array_equal(W, V.astype(np.float32))
        np.testing.assert_array_equal(b, c.astype(np.float32))


def test_the_layers_are_read_only_views():
    shown = snapshot()
    for W, b in shown.weights:
        assert np.shares_memory(W, shown.theta)
        for array in (W, b):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1.0
            with pytest.raises(ValueError, match="WRITEABLE"):
                array.flags.writeable = True


def test_its_fields_cannot_be_set():
    with pytest.raises(dataclasses.FrozenInstanceError):
        snapshot().step = 3  # pyright: ignore[reportAttributeAccessIssue]
