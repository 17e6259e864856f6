"""Many draws: the report of `cellscope moments`, and means with quantiles for the page."""

import json
import math

import numpy as np
import pytest

from cellscope.model.datasets import make_data
from cellscope.model.init import initial_weights
from cellscope.model.moments import measure
from cellscope.model.moments_over_draws import (
    QUANTILES,
    ManyDraws,
    moments_report,
    report_of_draw,
    summary,
)
from cellscope.model.spec import MAX_SEED, Spec


def test_the_report_has_the_shape_of_the_contract():
    report = moments_report(Spec(samples=40, hidden=(7, 5)), 2)
    moment_keys = {"mean", "variance", "data_variance", "mean_square"}
    assert report["input"].keys() >= {"mean", "variance", "mean_square"}
    assert [layer["layer"] for layer in report["layers"]] == [1, 2, 3]
    assert [layer["fan_in"] for layer in report["layers"]] == [2, 7, 5]
    for layer in report["layers"]:
        assert layer["pre"].keys() >= moment_keys
        assert layer["post"].keys() >= moment_keys
        assert layer["weight_gradient_mean_square"].keys() >= {"per_example", "batch"}
        assert layer["theory"].keys() >= {
            "pre_variance",
            "pre_data_variance",
            "post_mean",
            "post_variance",
            "post_mean_square",
            "gain",
            "band",
        }
        low, high = layer["theory"]["band"]
        assert low < layer["theory"]["pre_variance"] < high
    assert report["layers"][0]["theory"]["gain"] is None
    assert report["layers"][-1]["dead_share"] is None
    assert report["layers"][0]["dead_share"] >= 0
    assert json.loads(json.dumps(report, allow_nan=False)) == report


def test_the_report_averages_independent_draws_on_the_same_data():
    spec = Spec(samples=40, hidden=(7, 5), init="normal", weight_variance=0.3, seed=5)
    singles = [moments_report(spec.but(seed=seed), 1) for seed in (5, 6, 7)]
    together = moments_report(spec, 3)
    for i, layer in enumerate(together["layers"]):
        for path in (("pre", "variance"), ("post", "mean"), ("pre", "data_variance")):
            values = [single["layers"][i][path[0]][path[1]] for single in singles]
            assert layer[path[0]][path[1]] == pytest.approx(np.mean(values), rel=1e-12)
        assert layer["theory"] == singles[0]["layers"][i]["theory"]
    assert together["layers"][0]["pre"] != singles[0]["layers"][0]["pre"]
    assert together["input"] == pytest.approx(singles[1]["input"])


def test_the_input_of_the_report_is_standardised():
    report = moments_report(Spec(dataset="blobs", classes=3), 1)
    assert report["input"]["mean"] == pytest.approx(0, abs=1e-12)
    assert report["input"]["mean_square"] == pytest.approx(1)  # E|x|² = 2 over two coordinates


def test_draws_go_on_at_zero_after_the_largest_seed():
    spec = Spec(samples=20, depth=2)
    wrapped = moments_report(spec.but(seed=MAX_SEED), 2)["layers"][0]["pre"]["mean"]
    ends = [moments_report(spec.but(seed=s), 1)["layers"][0]["pre"]["mean"] for s in (MAX_SEED, 0)]
    assert wrapped == pytest.approx(np.mean(ends))


def test_where_no_formula_holds_theory_is_null():
    report = moments_report(Spec(samples=40, init="lsuv"), 1)
    assert all(layer["theory"] is None for layer in report["layers"])
    assert report["layers"][1]["pre"]["variance"] > 0


def test_tanh_has_a_theory_of_the_mean_but_none_of_pairs_or_of_one_network():
    theory = moments_report(Spec(samples=40, activation="tanh"), 1)["layers"][1]["theory"]
    assert theory["pre_variance"] > 0
    assert theory["post_mean"] == 0.0
    assert (theory["band"], theory["pre_data_variance"]) == (None, None)


def test_the_report_has_null_where_float64_overflows_and_stays_json():
    spec = Spec(samples=20, width=1, depth=32, init="normal", weight_variance=1e6)
    report = moments_report(spec.but(activation="identity", seed=1), 1)
    assert json.dumps(report, allow_nan=False)


def test_at_least_one_draw_is_needed():
    with pytest.raises(ValueError, match="draws must be at least 1, got 0"):
        moments_report(Spec(), 0)


SCHEMES = [("he", 1.0), ("normal", 0.3), ("xavier", 1.0), ("lecun", 1.0), ("pytorch", 1.0)]


@pytest.mark.parametrize("width", [10, 100])
@pytest.mark.parametrize("activation", ["identity", "relu"])
@pytest.mark.parametrize(("init", "s"), SCHEMES)
def test_each_of_11_layers_passes_on_the_mean_square_that_theory_says(
    init: str, s: float, activation: str, width: int
):
    # Given the layer below, E[q_l] = n v r_{l-1} + σ_b² exactly: a ratio of mean 1 whose spread
    # does not grow with depth, as that of q_11 itself does. 40 draws, 15 points; 5 standard
    # errors of the mean, taken from the draws: one failure in 1e6 for each of 220 comparisons.
    spec = Spec(samples=20, width=width, depth=11, activation=activation, init=init)
    spec = spec.but(weight_variance=s, bias_variance=0.1)
    v = {"he": 2, "lecun": 1, "pytorch": 1 / 3, "normal": s * width}
    scale = v.get(init, 1.0)  # n v of the inner layers
    offset = 1 / (3 * width) if init == "pytorch" else 0.1
    data = make_data(spec)
    ratios: list[list[float]] = []
    kept: list[list[float]] = []
    for seed in range(40):
        layers = measure(
            initial_weights(spec.but(seed=seed), data), activation, data.train_x, data.train_y
        ).layers[:-1]
        r, q = ([getattr(layer, side).mean_square for layer in layers] for side in ("post", "pre"))
        ratios.append([q[i] / (scale * r[i - 1] + offset) for i in range(1, 10)])
        kept.append([r[i] / q[i] for i in range(10)])
    for values, expected in ((ratios, 1.0), (kept, 0.5 if activation == "relu" else 1.0)):
        error = np.std(values, axis=0) / math.sqrt(40)
        assert np.all(np.abs(np.mean(values, axis=0) - expected) <= 5 * error + 1e-12)


def every_draw(spec: Spec, draws: int) -> ManyDraws:
    data = make_data(spec)
    return summary(spec, [report_of_draw(spec, k, data) for k in range(draws)])


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_the_page_s_means_are_the_report_s_to_the_last_digit(activation: str):
    spec = Spec(samples=40, hidden=(7, 5), activation=activation, seed=3)
    mean, report = every_draw(spec, 6).mean, moments_report(spec, 6)
    for layer in report["layers"]:
        del layer["theory"]
    assert mean == report


def test_quantiles_are_numpy_s_of_the_single_draws():
    spec = Spec(samples=40, hidden=(7, 5), seed=3)
    singles = [moments_report(spec.but(seed=3 + k), 1)["layers"][1] for k in range(9)]
    found = every_draw(spec, 9)
    for p, quantile in zip(QUANTILES, found.quantiles, strict=True):
        layer = quantile["layers"][1]
        values = [single["pre"]["variance"] for single in singles]
        assert layer["pre"]["variance"] == pytest.approx(np.quantile(values, p), rel=1e-12)
        values = [single["weight_gradient_mean_square"]["batch"] for single in singles]
        assert layer["weight_gradient_mean_square"]["batch"] == pytest.approx(
            np.quantile(values, p), rel=1e-12
        )
    assert found.draws == 9


def test_an_overflowed_draw_leaves_null_not_nan():
    spec = Spec(samples=20, width=200, depth=5, init="normal", weight_variance=1e6)
    found = every_draw(spec.but(activation="identity"), 2)
    assert json.dumps([found.mean, found.quantiles], allow_nan=False)
