import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cellscope.app.features.panels import PARTS, loss_number, needs_backward, panel
from cellscope.app.features.signal.jobs import Deeper, Results
from cellscope.app.features.signal.measured import Look, Measured, measured_networks
from cellscope.app.features.signal.rows import gradient_rows, signal_rows
from cellscope.app.stream.frames import epoch_text, epochs
from cellscope.app.text.texts import LANGUAGES
from cellscope.model import warm
from cellscope.model.activations import ACTIVATIONS, activate
from cellscope.model.datasets import make_data
from cellscope.model.moments import measure
from cellscope.model.moments_over_draws import report_of_draw, summary
from cellscope.model.precision import Break
from cellscope.model.recording.pair import beside
from cellscope.model.spec import DATASETS, INITS, Spec
from cellscope.model.theory.one_network import one_network
from cellscope.model.theory.prediction import predict
from cellscope.model.training.history import Score
from cellscope.model.training.snapshot import Snapshot
from tests.snapshots import holding, layers_at, started

NET = Spec(width=100, depth=4, init="normal", weight_variance=0.3, samples=200)


@pytest.fixture(autouse=True)
def _warm(monkeypatch: pytest.MonkeyPatch) -> None:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setattr(warm, "done", lambda: True)


def shown(
    snapshot: Snapshot,
    *,
    with_points: bool = False,
    results: Results | None = None,
    **look: Any,
) -> dict[str, Any]:
    tab = look.get("tab", "overview")
    parts = [name for name, part in PARTS.items() if tab in part.tabs]
    networks = measured_networks(snapshot, backward=needs_backward(parts), results=results)
    made = panel(networks, Look(**look), parts, coloured=False, points=with_points)
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


@pytest.mark.parametrize("side", ["pre", "post"])
def test_theory_stands_beside_what_was_measured_with_the_band_of_one_network(side: str) -> None:
    snapshot, data = started(NET), make_data(NET)
    signal = measure(snapshot.weights, "relu", data.train_x, data.train_y, backward=False)
    prediction = predict(NET, data)
    assert prediction is not None
    spread = one_network(NET, prediction, after=side == "post")
    rows = signal_rows(signal, prediction, side, spread=spread)
    for k, layer in enumerate(prediction.layers, start=1):
        row = rows[k]
        assert row.theory == (layer.pre_variance if side == "pre" else layer.post_variance)
        assert row.data_theory == (
            layer.pre_data_variance if side == "pre" else layer.post_data_variance
        )
        assert row.band is not None
        assert row.median is not None
        assert row.theory is not None
        assert row.band[0] < row.median < row.theory < row.band[1]
        if side == "pre":  # of wide layers it is the band that `cellscope moments` gives
            assert row.band == pytest.approx(layer.band)


def test_in_a_short_format_bars_end_where_it_overflows() -> None:
    deep = NET.but(depth=11, weight_variance=1.0)
    snapshot, data = started(deep), make_data(deep)
    signal = measure(snapshot.weights, "relu", data.train_x, data.train_y)
    held = Measured(snapshot).in_format("float16")
    assert held.broken is not None
    rows = signal_rows(signal, None, "pre", held=held)
    for row in rows[1:]:
        assert math.isfinite(row.moments.variance) == (row.layer < held.broken.layer)


def test_gradient_rows_hold_the_gradients_and_theory_back_from_the_last_layer() -> None:
    spec = NET.but(bias="zero")
    snapshot, data = started(spec), make_data(spec)
    signal = measure(snapshot.weights, "relu", data.train_x, data.train_y)
    prediction = predict(spec, data)
    rows = gradient_rows(signal, prediction)
    for row, layer in zip(rows, signal.layers, strict=True):
        assert row.measured == (layer.delta_mean_square, layer.per_example, layer.batch)
    last = rows[-1]
    assert (last.delta_theory, last.per_example_theory) == pytest.approx(last.measured[:2])
    # 100 units of variance 0.3: each ReLU layer back multiplies δ² by 15, the last by 2 · 0.3 / 2.
    assert rows[2].delta_theory == pytest.approx(0.3 * last.delta, rel=1e-9)
    assert rows[1].delta_theory == pytest.approx(15 * 0.3 * last.delta, rel=1e-9)
    first, second = (row.per_example_theory for row in rows[1:3])
    assert first is not None
    assert first == pytest.approx(second)  # the same for all inner layers
    assert gradient_rows(signal, None)[0].delta_theory is None


# --- the panel ----------------------------------------------------------------------------------


def test_a_panel_counts_loss_and_accuracy_of_its_own_snapshot() -> None:
    snapshot, data = replace(started(NET, version=5), step=30), make_data(NET)
    texts = shown(snapshot)["texts"]
    logits = layers_at(snapshot, data.train_x)[-1]
    top = logits.max(axis=1, keepdims=True)
    all_logs = np.log(np.exp(logits - top).sum(axis=1)) + top[:, 0]
    loss = float((all_logs - logits[np.arange(len(logits)), data.train_y]).mean())
    accuracy = float((logits.argmax(axis=1) == data.train_y).mean())
    assert texts["loss-count"] == loss_number(loss, "en")
    assert texts["accuracy-count"] == f"{accuracy:.3f}"
    assert shown(snapshot)["steps"]["moments"] == snapshot.shown_step


@pytest.mark.parametrize("side", ["pre", "post"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("init", INITS)
@pytest.mark.parametrize("tab", ["overview", "signal"])
def test_every_network_has_a_panel(side: str, activation: str, init: str, tab: str) -> None:
    spec = Spec(width=6, depth=3, activation=activation, init=init, samples=40)
    made = shown(started(spec), side=side, tab=tab, precision="bfloat16")
    assert made["type"] == "panel"
    charts = {
        "overview": {"moments", "loss"},
        "signal": {"moments", "backward", "histograms", "updates"},
    }
    assert set(made["figures"]) == charts[tab]
    assert all("{" not in words for words in made["texts"].values())
    for table in made["tables"].values():
        assert all(len(row) == len(table["head"] or row) for row in table["rows"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_of_the_signal_tab_is_there_in_every_language(language: str) -> None:
    for spec in (NET.but(depth=11, weight_variance=1.0), NET.but(init="pytorch"), Spec(depth=1)):
        made = shown(started(spec.but(samples=40)), tab="signal", language=language)
        assert made["texts"]["verdict"]
        short = shown(started(spec.but(samples=40)), tab="signal", precision="float16")
        assert "float16" in short["texts"]["precision-text"]


@pytest.mark.parametrize("dataset", DATASETS)
def test_points_are_sent_only_when_asked_for(dataset: str) -> None:
    spec = Spec(dataset=dataset, width=4, depth=2, samples=40)
    assert "points" not in shown(started(spec))
    assert shown(started(spec), with_points=True)["points"]


def test_each_of_two_pictures_has_the_points_of_its_own_step() -> None:
    spec = Spec(width=4, depth=2, samples=40)
    now, then = started(spec), started(spec)
    before = started(spec.but(noise=0.5))  # as if other points had been drawn since
    assert "second_points" not in shown(beside(now, then), with_points=True)
    made = shown(beside(now, before), with_points=True)
    assert made["points"] == shown(now, with_points=True)["points"]
    assert made["second_points"] == shown(before, with_points=True)["points"]
    assert made["second_points"] != made["points"]


def test_a_network_without_hidden_layer_has_a_panel() -> None:
    assert shown(started(Spec(depth=1, samples=40)))["texts"]["verdict"]


def test_before_the_kernels_are_there_a_panel_has_no_theory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_theory = shown(started(NET))["texts"]["explained"]
    monkeypatch.setattr(warm, "done", lambda: False)
    monkeypatch.setattr("cellscope.app.features.signal.measured.predict", pytest.fail)
    assert shown(started(NET))["texts"]["explained"] != with_theory


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


def test_gradients_are_measured_only_where_they_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def watched(*values: Any, backward: bool = True) -> Any:
        asked.append(backward)
        return measure(*values, backward=backward)

    monkeypatch.setattr("cellscope.app.features.signal.measured.measure", watched)
    shown(started(NET))
    assert True not in asked
    shown(started(NET), tab="signal")
    assert asked.count(True) == 1


def test_what_broke_a_run_is_told_step_by_step_once_it_has_diverged() -> None:
    deep = Spec(width=16, depth=11, init="normal", bias="zero", samples=200)
    assert shown(started(deep))["tables"]["broken"]["rows"] == []
    end = replace(started(deep, "diverged"), step=2, nonfinite_layer=2)
    for tab in ("overview", "signal"):
        made = shown(end, tab=tab)
        rows = made["tables"]["broken"]["rows"]
        assert [row[0] for row in rows] == ["0", "1", "2"]
        assert rows[0][4] == "holds"
        assert "layer" in rows[2][4]
        assert [2, 2] in made["tables"]["broken"]["marked"]  # no logit of float32 is so large
        assert "float32" in made["texts"]["broken-text"]


def test_averages_and_deeper_networks_are_shown_of_these_settings_only() -> None:
    average = summary(NET, [report_of_draw(NET, k, make_data(NET)) for k in range(10)])
    deeper = Deeper(NET, 1000, {"float16": Break("overflow", 9), "float32": None})
    results = Results(average, deeper)
    made = shown(started(NET.but(optimizer="adam")), tab="signal", results=results)
    assert "10 draws" in made["texts"]["average-text"]
    assert made["tables"]["formats"]["rows"][3][3] == "∞ in 9"
    assert made["tables"]["formats"]["rows"][1][3] == "none in 1\u202f000"
    other = shown(started(NET.but(seed=1)), tab="signal", results=results)
    assert other["texts"]["average-text"] == ""
    assert {row[3] for row in other["tables"]["formats"]["rows"]} == {"–"}


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
    ("passed", "text"),
    [
        (0.25, "0.2"),
        (9999.9, "9\u202f999.9"),
        (31758.5, "31\u202f758"),
        (999_999.0, "999\u202f999"),
        (3.18e6, "3.18·10⁶"),
    ],
)
def test_an_epoch_keeps_to_its_column_however_long_a_run_is(passed: float, text: str) -> None:
    assert epoch_text(passed, "en") == text


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0372, "0.0372"),
        (4200.0, "4\u202f200"),
        (10_782.3, "10\u202f800"),
        (420_000.0, "4.20·10⁵"),
        (3e-7, "3.0·10⁻⁷"),
        (0.0, "0"),
        (float("inf"), "∞"),
        (float("nan"), "NaN"),
    ],
)
def test_a_loss_is_written_in_few_characters(value: float, expected: str) -> None:
    assert loss_number(value, "en") == expected


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
    assert "step" not in texts["moments-caption"]  # the page's own rules
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


def test_a_network_alone_has_no_numbers_of_two() -> None:
    assert not any(name.startswith("numbers-") for name in shown(started(NET))["texts"])
