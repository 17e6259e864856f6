from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cellscope.model.activations import activate
from cellscope.model.datasets import make_data
from cellscope.model.moments import measure
from cellscope.model.own_code.moments import (
    Column,
    ColumnVerdict,
    MomentReading,
    Reference,
    Written,
    explain_column,
    layer_moments,
)
from cellscope.model.spec import Spec
from tests.snapshots import layers_at, started

SNAPSHOT = started(Spec(width=8, depth=4, seed=5, dataset="blobs", classes=3))
DATA = make_data(SNAPSHOT.spec)
Y = layers_at(SNAPSHOT, DATA.train_x)  # (n, units) each
Values = Callable[[Any], float]


def reference(spec: Spec | None = None) -> Reference:
    snapshot = SNAPSHOT if spec is None else started(spec)
    return Reference(snapshot.weights, snapshot.spec.activation, make_data(snapshot.spec))


def handed_in(
    column: Column, value: Values, *, layers: list[Any] = Y, first: int = 1, half_unit: float = 0.0
) -> ColumnVerdict:
    """The verdict on one number of each layer, the rows numbered from `first`."""
    written = [(k, Written(value(y), half_unit)) for k, y in enumerate(layers, start=first)]
    return explain_column(column, written, reference())


def only(verdict: ColumnVerdict) -> MomentReading:
    assert verdict.status == "named"
    assert len(verdict.readings) == 1
    assert verdict.error < 1e-9
    return verdict.readings[0]


def test_the_moments_are_those_of_the_page():
    signal = measure(SNAPSHOT.weights, "relu", DATA.train_x, DATA.train_y)
    found = layer_moments(SNAPSHOT.weights, "relu", DATA.train_x)
    assert found[0].pre == signal.input
    for layer, moments in zip(signal.layers, found[1:], strict=True):
        for mine, theirs in ((moments.pre, layer.pre), (moments.post, layer.post)):
            assert mine.variance == pytest.approx(theirs.variance, rel=1e-12)
            assert mine.data_variance == pytest.approx(theirs.data_variance, rel=1e-12)
            assert mine.mean == pytest.approx(theirs.mean, rel=1e-12)


@pytest.mark.parametrize("column", ["mean", "variance"])
def test_the_same_moments_are_the_same(column: Column):
    verdict = handed_in(column, lambda y: y.mean() if column == "mean" else y.var())
    assert verdict.status == "same"
    assert verdict.error < 1e-12
    assert not verdict.by_digits
    assert [row[0] for row in verdict.rows] == [1, 2, 3, 4]


MISTAKES: dict[str, tuple[Values, dict[str, Any]]] = {
    "deviations": (lambda y: y.std(), {"root": True}),
    "n - 1": (lambda y: y.var(ddof=1), {"unbiased": True}),
    "torch's std": (lambda y: y.std(ddof=1), {"root": True, "unbiased": True}),
    "data only": (lambda y: y.var(axis=0).mean(), {"statistic": "data_variance"}),
    "data only, n - 1": (
        lambda y: y.var(axis=0, ddof=1).mean(),
        {"statistic": "data_variance", "unbiased": True},
    ),
    "mean squares": (lambda y: (y**2).mean(), {"statistic": "mean_square"}),
    "rms": (lambda y: (y**2).mean() ** 0.5, {"statistic": "mean_square", "root": True}),
    "even the logits": (lambda y: activate(y, "relu").var(), {"side": "post_last"}),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_in_the_variances_is_recognised(name: str):
    value, expected = MISTAKES[name]
    assert only(handed_in("variance", value)) == MomentReading(**expected)


def test_moments_after_the_activation_are_recognised_in_either_column():
    def after(y: Any) -> Any:
        return y if y is Y[-1] else activate(y, "relu")

    variance = only(handed_in("variance", lambda y: after(y).var()))
    assert variance == MomentReading(side="post")
    mean = only(handed_in("mean", lambda y: after(y).mean()))
    assert mean == MomentReading("mean", side="post")


@pytest.mark.parametrize("points", ["test", "all"])
def test_other_points_are_recognised(points: str):
    x = DATA.test_x if points == "test" else np.concatenate([DATA.train_x, DATA.test_x])
    layers = layers_at(SNAPSHOT, x)
    reading = only(handed_in("variance", lambda y: y.var(), layers=layers))
    assert reading.points == points


@pytest.mark.parametrize(("first", "shift"), [(0, 1), (2, -1)])
def test_rows_of_the_layer_beside_are_recognised(first: int, shift: int):
    layers = Y if first == 0 else Y[:-1]
    verdict = handed_in("variance", lambda y: y.var(), layers=layers, first=first)
    assert only(verdict).shift == shift


def test_float32_agrees_to_its_own_precision_and_hides_no_mistake():
    def single(y: Any) -> Any:
        return y.astype(np.float32)

    rough = handed_in("variance", lambda y: y.var() * (1 + 3e-5))
    assert (rough.status, rough.readings) == ("single", (MomentReading(),))
    assert rough.error == pytest.approx(3e-5, rel=1e-6)
    assert handed_in("variance", lambda y: float(single(y).var())).status in ("same", "single")
    named = handed_in("variance", lambda y: float(single(y).std()))
    assert (named.status, named.readings) == ("named", (MomentReading(root=True),))


def test_numbers_of_few_digits_stand_for_all_that_are_written_like_them():
    verdict = handed_in("variance", lambda y: round(y.var(), 2), half_unit=0.005)
    assert (verdict.status, verdict.by_digits) == ("same", True)
    mistaken = handed_in("variance", lambda y: round(y.std(), 3), half_unit=0.0005)
    assert MomentReading(root=True) in mistaken.readings
    assert handed_in("variance", lambda y: round(y.var()), half_unit=0.5).status != "same"


def test_where_several_explanations_fit_all_of_them_are_given():
    # One row of a layer of 8 units on 600 points, three digits: N and N − 1 look alike.
    value = round(float(Y[1].std()), 2)
    verdict = explain_column("variance", [(2, Written(value, 0.005))], reference())
    assert verdict.status == "named"
    assert MomentReading(root=True) in verdict.readings
    counts = {reading.mistakes(MomentReading()) for reading in verdict.readings}
    assert counts == {1}


@pytest.mark.parametrize("column", ["mean", "variance"])
def test_foreign_numbers_have_no_explanation(column: Column):
    verdict = handed_in(column, lambda y: 3.7 + y.mean() ** 2)
    assert (verdict.status, verdict.readings) == ("differs", ())
    assert verdict.error > 0.1


@pytest.mark.parametrize("activation", ["identity", "tanh", "leaky_relu"])
def test_other_activations_have_their_own_moments(activation: str):
    spec = Spec(width=8, depth=4, activation=activation)
    snapshot = started(spec)
    y = layers_at(snapshot, make_data(spec).train_x)
    rows = [(k, Written(float(value.std()))) for k, value in enumerate(y, start=1)]
    verdict = explain_column("variance", rows, reference(spec))
    assert (verdict.status, verdict.readings) == ("named", (MomentReading(root=True),))


def test_a_dead_network_has_variance_zero_and_no_division_by_it():
    spec = Spec(width=4, depth=3, init="zeros", bias="zero")
    rows = [(k, Written(0.0)) for k in (1, 2, 3)]
    assert explain_column("variance", rows, reference(spec)).status == "same"
    wrong = explain_column("variance", [(1, Written(0.37))], reference(spec))
    assert wrong.error == float("inf")
