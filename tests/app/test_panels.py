import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.panels import epochs, number, panel, signal_rows
from model import warm
from model.datasets import make_data
from model.init import activate
from model.moments import measure
from model.spec import DATASETS, Spec
from model.theory.prediction import predict
from model.training.history import Score
from model.training.snapshot import Snapshot
from tests.snapshots import holding, layers_at, started

NET = Spec(width=100, depth=4, init="normal", weight_variance=0.3, samples=200)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(warm, "done", lambda: True)


def shown(snapshot: Snapshot, *, side: str = "pre", with_points: bool = False) -> dict[str, Any]:
    made = panel(snapshot, "light", side, "en", coloured=False, with_points=with_points)
    json.dumps(made, allow_nan=False)  # a browser reads no NaN
    return made


# --- rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("activation", ["relu", "tanh", "identity"])
@pytest.mark.parametrize("side", ["pre", "post"])
def test_rows_hold_what_a_forward_pass_gives(activation: str, side: str) -> None:
    spec = NET.but(activation=activation)
    snapshot, data = started(spec), make_data(spec)
    signal = measure(snapshot.weights, activation, data.train_x, data.train_y, backward=False)
    rows = signal_rows(signal, None, side)
    values = layers_at(snapshot, data.train_x)
    after = [
        *(activate(v, activation) for v in values[:-1]),
        values[-1],
    ]  # the logits have no activation
    assert [row.layer for row in rows] == [0, 1, 2, 3, 4]
    assert rows[0].moments.variance == pytest.approx(data.train_x.var())
    for row, y in zip(rows[1:], values if side == "pre" else after, strict=True):
        assert row.moments.mean == pytest.approx(y.mean(), rel=1e-6, abs=1e-9)
        assert row.moments.variance == pytest.approx(y.var(), rel=1e-6)


def test_theory_stands_beside_what_was_measured_but_only_before_the_activation_with_a_band() -> (
    None
):
    snapshot, data = started(NET), make_data(NET)
    signal = measure(snapshot.weights, "relu", data.train_x, data.train_y, backward=False)
    prediction = predict(NET, data)
    assert prediction is not None
    before, after = (signal_rows(signal, prediction, side) for side in ("pre", "post"))
    for k, layer in enumerate(prediction.layers, start=1):
        assert before[k].theory == layer.pre_variance
        assert before[k].band == layer.band
        assert after[k].theory == layer.post_variance
        assert after[k].band is None


# --- the panel ----------------------------------------------------------------------------------


def test_a_panel_counts_epochs_loss_and_accuracy_of_its_own_snapshot() -> None:
    snapshot, data = replace(started(NET, version=5), step=30), make_data(NET)
    texts = shown(snapshot)["texts"]
    logits = layers_at(snapshot, data.train_x)[-1]
    top = logits.max(axis=1, keepdims=True)
    all_logs = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
    loss = float((all_logs - logits[np.arange(len(logits)), data.train_y]).mean())
    accuracy = float((logits.argmax(axis=1) == data.train_y).mean())
    assert texts["loss-count"] == number(loss)
    assert texts["accuracy-count"] == f"{accuracy:.3f}"
    assert texts["epoch-count"] == "12.8"  # 30 steps of 64 of 150 points


@pytest.mark.parametrize("side", ["pre", "post"])
@pytest.mark.parametrize("activation", ["relu", "tanh", "identity"])
@pytest.mark.parametrize("init", ["zeros", "he", "orthogonal"])
def test_every_network_has_a_panel(side: str, activation: str, init: str) -> None:
    spec = Spec(width=6, depth=3, activation=activation, init=init, samples=40)
    made = shown(started(spec), side=side)
    assert made["type"] == "panel"
    assert set(made["figures"]) == {"moments", "loss"}
    assert all("{" not in words for words in made["texts"].values())


@pytest.mark.parametrize("dataset", DATASETS)
def test_points_are_sent_only_when_asked_for(dataset: str) -> None:
    spec = Spec(dataset=dataset, width=4, depth=2, samples=40)
    assert "points" not in shown(started(spec))
    assert shown(started(spec), with_points=True)["points"]


def test_a_network_without_hidden_layer_has_a_panel() -> None:
    assert shown(started(Spec(depth=1, samples=40)))["texts"]["verdict"]


def test_before_the_kernels_are_there_a_panel_has_no_theory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_theory = shown(started(NET))["texts"]["verdict"]
    monkeypatch.setattr(warm, "done", lambda: False)
    monkeypatch.setattr("app.panels.predict", pytest.fail)
    assert shown(started(NET))["texts"]["verdict"] != with_theory


def test_an_overflowing_network_has_words_instead_of_numbers() -> None:
    spec = Spec(width=8, depth=12, samples=40)
    weights = [(W * 1e30, b) for W, b in started(spec).weights]
    snapshot = replace(holding(weights, spec, "diverged"), nonfinite_layer=2)
    texts = shown(snapshot)["texts"]
    assert texts["accuracy-count"] == "–"
    assert texts["loss-count"] in ("NaN", "∞")
    assert texts["overflow"]


def test_the_record_has_the_last_word_once_a_run_diverged() -> None:
    last = Score(7, float("inf"), float("inf"), 0.5, 0.5)
    diverged = replace(started(NET, "diverged"), step=7, history=(last,), nonfinite_layer=1)
    assert shown(diverged)["texts"]["loss-count"] == "∞"
    training = replace(started(NET, "training"), step=9, history=(last,))
    assert shown(training)["texts"]["loss-count"] not in ("∞", "NaN")


# --- numbers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "batch", "points", "expected"),
    [(0, 64, 600, 0.0), (600, 10, 600, 10.0), (3, 10_000, 600, 3.0), (1, 150, 600, 0.25)],
)
def test_an_epoch_has_seen_every_point_once(
    step: int, batch: int, points: int, expected: float
) -> None:
    assert epochs(step, batch, points) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0372, "0.0372"),
        (4200.0, "4.20e+03"),
        (3e-7, "3.00e-07"),
        (0.0, "0"),
        (float("inf"), "∞"),
        (float("nan"), "NaN"),
    ],
)
def test_a_loss_is_written_in_few_characters(value: float, expected: str) -> None:
    assert number(value) == expected


# --- two networks side by side ------------------------------------------------------------------


def side_by_side(**first: Any) -> Snapshot:
    scores = (Score(0, 0.7, 0.8, 0.5, 0.5), Score(40, 0.1, 0.2, 0.9, 0.9))
    second = replace(started(NET.but(init="he", depth=6)), step=40, shown_step=40, history=scores)
    start = replace(started(NET), step=40, shown_step=40, history=scores, other=second)
    return replace(start, **first)


def test_two_networks_share_each_chart_and_have_numbers_of_their_own() -> None:
    made = shown(side_by_side())
    bars = [t for t in made["figures"]["moments"]["data"] if t["type"] == "bar"]
    assert [len(bar["x"]) for bar in bars] == [5, 7]  # the input and 4 or 6 layers
    texts = made["texts"]
    assert texts["numbers-a"] == texts["numbers-b"] == "loss 0.1000 · accuracy 0.900"
    assert [line[:3] for line in texts["verdict"].split("\n")] == ["A: ", "B: "]
    assert texts["moments-caption"].endswith("step 40")
    letters = [t["text"] for t in made["figures"]["loss"]["data"] if t.get("text")]
    assert letters == [["<b>A</b>"], ["<b>B</b>"]]


def test_one_that_diverged_tells_its_own_step_and_the_counters_the_experiment_s() -> None:
    nan = float("nan")
    lost = (Score(0, 0.7, 0.8, 0.5, 0.5), Score(2, nan, nan, 0.5, 0.5))
    made = shown(side_by_side(step=2, shown_step=1, history=lost, diverged=True))
    texts = made["texts"]
    assert texts["moments-caption"].endswith("step 1 | 40")
    assert (texts["numbers-a"], texts["numbers-b"]) == (
        "loss NaN · accuracy –",
        "loss 0.1000 · accuracy 0.900",
    )
    assert texts["epoch-count"] == f"{epochs(40, NET.batch_size, 150):.1f}"


def test_a_network_alone_has_no_numbers_of_two() -> None:
    assert not any(name.startswith("numbers-") for name in shown(started(NET))["texts"])
