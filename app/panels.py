"""Panels: charts and numbers of one snapshot, as one JSON message a few times a second."""

import time
from math import isfinite
from typing import Any

from app.figures.loss import loss_figure
from app.figures.points import points_figure
from app.figures.signal import SignalRow, signal_figure, unplottable
from app.tabs import Tab
from app.texts import text
from app.verdicts import verdict_text
from model import warm
from model.datasets import make_data
from model.moments import Signal, measure
from model.theory.prediction import Prediction, predict
from model.training.history import Score
from model.training.snapshot import Snapshot

Panel = dict[str, Any]
CHARTS = {  # and the texts that tell of each; the counters go with all
    "moments": ("moments-caption", "verdict", "overflow"),
    "loss": ("loss-caption",),
}
SHOWN_IN: dict[str, tuple[Tab, ...]] = {  # the tabs that show each
    "moments": ("overview", "signal"),
    "loss": ("overview",),
}


def panel(
    snapshot: Snapshot, theme: str, side: str, language: str, *, coloured: bool, with_points: bool
) -> Panel:
    """Everything right of the picture, and the counters, for one snapshot."""
    spec = snapshot.spec
    data = make_data(spec)
    signal = measure(snapshot.weights, spec.activation, data.train_x, data.train_y, backward=False)
    test = measure(snapshot.weights, spec.activation, data.test_x, data.test_y, backward=False)
    prediction = predict(spec, data) if warm.done() else None  # it compiles kernels, too
    rows = signal_rows(signal, prediction, side)
    history = _with_now(snapshot, signal, test)
    now = history[-1]
    message: Panel = {
        "type": "panel",
        "version": snapshot.version,
        "step": snapshot.step,
        "figures": {
            "moments": signal_figure(rows, theme, language),
            "loss": loss_figure(history, theme, language),
        },
        "texts": {
            "epoch-count": f"{epochs(snapshot.step, spec.batch_size, len(data.train_x)):.1f}",
            "loss-count": number(now.train_loss),
            "accuracy-count": f"{now.train_accuracy:.3f}" if isfinite(now.train_loss) else "–",
            "moments-caption": _caption(snapshot, side, language),
            "verdict": verdict_text(signal, prediction, spec, language),
            "overflow": unplottable(rows, language),
            "loss-caption": text(
                "loss.caption", language, train=number(now.train_loss), test=number(now.test_loss)
            ),
        },
        "made": time.time() * 1000.0,
    }
    if with_points:
        message["points"] = points_figure(data, spec.classes, theme, language, coloured=coloured)
    return message


def only(message: Panel, charts: tuple[str, ...]) -> Panel:
    """The message without the other charts and what tells of them."""
    others = {text for chart in CHARTS if chart not in charts for text in CHARTS[chart]}
    return message | {
        "figures": {chart: message["figures"][chart] for chart in charts},
        "texts": {name: said for name, said in message["texts"].items() if name not in others},
    }


def signal_rows(signal: Signal, prediction: Prediction | None, side: str) -> list[SignalRow]:
    """The input and the layers 1…L, measured and predicted, before or after the activation."""
    before = side == "pre"
    rows = [SignalRow(0, signal.input, None if prediction is None else signal.input.variance, None)]
    for k, measured in enumerate(signal.layers):
        moments = measured.pre if before else measured.post
        if prediction is None:
            rows.append(SignalRow(measured.layer, moments, None, None))
            continue
        expected = prediction.layers[k]
        theory = expected.pre_variance if before else expected.post_variance
        rows.append(SignalRow(measured.layer, moments, theory, expected.band if before else None))
    return rows


def epochs(step: int, batch_size: int, points: int) -> float:
    """How often the training points were seen after so many steps."""
    return step * min(batch_size, points) / points


def number(value: float) -> str:
    """A loss in few characters: 0.0372, 4.2e+03, or what is not a number in words."""
    if not isfinite(value):
        return "NaN" if value != value else "∞"
    return f"{value:.4f}" if 1e-3 <= value < 100 else f"{value:.2e}" if value else "0"


def _with_now(snapshot: Snapshot, train: Signal, test: Signal) -> tuple[Score, ...]:
    """The recorded curve up to the snapshot's own step.

    Once diverged the record has the last word: it is in the precision that overflowed.
    """
    if snapshot.history and snapshot.history[-1].step >= snapshot.step:
        return snapshot.history
    now = Score(snapshot.step, train.loss, test.loss, train.accuracy, test.accuracy)
    return (*snapshot.history, now)


def _caption(snapshot: Snapshot, side: str, language: str) -> str:
    activation = text(f"choice.activation.{snapshot.spec.activation}", language)
    return text(f"signal.caption.{side}", language, activation=activation, step=snapshot.shown_step)
