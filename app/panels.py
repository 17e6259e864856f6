"""Panels: charts and numbers of one snapshot, as one JSON message a few times a second."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from app.figures.beside import beside
from app.figures.loss import loss_figure
from app.figures.points import points_figure
from app.figures.signal import SignalRow, signal_figure, unplottable
from app.tabs import Tab
from app.texts import text
from app.verdicts import measured_text, verdict_text
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


@dataclass(frozen=True, slots=True)
class Measured:
    """What the charts show of one network."""

    snapshot: Snapshot
    signal: Signal  # of the training points
    prediction: Prediction | None
    history: tuple[Score, ...]  # up to the snapshot's own step


def measured(snapshot: Snapshot) -> Measured:
    """One network at one step, seen from its data."""
    spec, weights = snapshot.spec, snapshot.weights
    data = make_data(spec)
    signal = measure(weights, spec.activation, data.train_x, data.train_y, backward=False)
    test = measure(weights, spec.activation, data.test_x, data.test_y, backward=False)
    prediction = predict(spec, data) if warm.done() else None  # it compiles kernels, too
    return Measured(snapshot, signal, prediction, _with_now(snapshot, signal, test))


def panel(
    snapshot: Snapshot, theme: str, side: str, language: str, *, coloured: bool, with_points: bool
) -> Panel:
    """Everything right of the picture, and the counters, for one snapshot."""
    spec = snapshot.spec
    data = make_data(spec)
    networks = [measured(one) for one in (snapshot, snapshot.other) if one is not None]
    rows = [signal_rows(one.signal, one.prediction, side) for one in networks]
    chart = signal_figure(rows[0], theme, language)
    second: tuple[Score, ...] = ()
    if len(networks) > 1:
        chart = beside(chart, signal_figure(rows[1], theme, language), theme)
        second = networks[1].history
    message: Panel = {
        "type": "panel",
        "version": snapshot.version,
        "step": snapshot.step,
        "figures": {
            "moments": chart,
            "loss": loss_figure(networks[0].history, theme, language, second),
        },
        "texts": {
            **_counters(networks, len(data.train_x), language),
            "moments-caption": _caption(networks, side, language),
            "verdict": _verdict(networks, language),
            "overflow": _of_each([unplottable(one, language) for one in rows]),
            "loss-caption": _of_each([_losses(one, language) for one in networks]),
        },
        "made": time.time() * 1000.0,
    }
    if with_points:
        message["points"] = points_figure(data, spec.classes, theme, language, coloured=coloured)
    return message


def _verdict(networks: Sequence[Measured], language: str) -> str:
    """Of one network with theory in words; of two, to be read at a glance, what was measured."""
    if len(networks) > 1:
        return _of_each([measured_text(n.signal, n.snapshot.spec, language) for n in networks])
    one = networks[0]
    return verdict_text(one.signal, one.prediction, one.snapshot.spec, language)


def _of_each(said: Sequence[str]) -> str:
    """A text of one network as it is; of two, a line for each that has something to say."""
    if len(said) == 1:
        return said[0]
    return "\n".join(f"{name}: {one}" for name, one in zip("AB", said, strict=True) if one)


def _counters(networks: Sequence[Measured], points: int, language: str) -> dict[str, str]:
    """Loss and accuracy now, of the first network and, of two, below the name of each."""
    first = networks[0]
    step = first.snapshot.experiment_step
    texts = {
        "epoch-count": f"{epochs(step, first.snapshot.spec.batch_size, points):.1f}",
        "loss-count": number(first.history[-1].train_loss),
        "accuracy-count": _accuracy(first),
    }
    if len(networks) > 1:
        for which, one in zip("ab", networks, strict=True):
            texts[f"numbers-{which}"] = text(
                "compare.numbers",
                language,
                loss=number(one.history[-1].train_loss),
                accuracy=_accuracy(one),
            )
    return texts


def _accuracy(network: Measured) -> str:
    now = network.history[-1]
    return f"{now.train_accuracy:.3f}" if isfinite(now.train_loss) else "–"


def _losses(network: Measured, language: str) -> str:
    now = network.history[-1]
    return text("loss.caption", language, train=number(now.train_loss), test=number(now.test_loss))


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


def _caption(networks: Sequence[Measured], side: str, language: str) -> str:
    """What the chart shows, and of which step: where two networks differ in it, of which two."""

    def each(values: list[str]) -> str:
        return values[0] if len(set(values)) == 1 else " | ".join(values)

    shown = [network.snapshot for network in networks]
    names = [text(f"choice.activation.{one.spec.activation}", language) for one in shown]
    steps = [str(one.shown_step) for one in shown]
    return text(f"signal.caption.{side}", language, activation=each(names), step=each(steps))
