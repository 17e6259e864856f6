"""Panels: SECTIONS of the right column, and the PARTS that fill them with what a snapshot says.

Charts and numbers of one snapshot are one JSON message, a few times a second.
Of two networks side by side the charts show both, the tables the one that is looked at.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from dash.development.base_component import Component

from cellscope.app.features.change.panel import change_panel
from cellscope.app.features.counts.funnel_panel import funnel_panel
from cellscope.app.features.counts.panel import counts_panel
from cellscope.app.features.linear_map.panel import collapse_panel
from cellscope.app.features.loss.figure import loss_figure
from cellscope.app.features.loss.panel import confusion_panel, loss_panel
from cellscope.app.features.network.panel import network_panel
from cellscope.app.features.picture.points_figure import points_figure
from cellscope.app.features.power_diagram.panel import voronoi_panel
from cellscope.app.features.signal.backward_panel import (
    backward_panel,
    formats_panel,
    gains_panel,
    health_panel,
    spread_panel,
    values_panel,
)
from cellscope.app.features.signal.confusion import confusion_part
from cellscope.app.features.signal.inside import histograms_part, updates_part
from cellscope.app.features.signal.inside_panel import histograms_panel, updates_panel
from cellscope.app.features.signal.measured import Look, Measured, of_each
from cellscope.app.features.signal.panel import broken_panel, signal_panel
from cellscope.app.features.signal.parts import Made, backward_part, moments_part
from cellscope.app.features.signal.profile import profile_part
from cellscope.app.features.signal.profile_panel import profile_panel
from cellscope.app.features.surface.panel import surface_panel
from cellscope.app.features.sweep.panel import sweep_panel
from cellscope.app.figures.base import Figure
from cellscope.app.settings.tabs import Tab
from cellscope.app.text.numbers import NONE, accuracy_text, fixed, number, power
from cellscope.app.text.of_task import empty_until_played, of_task
from cellscope.app.text.texts import text
from cellscope.model.datasets import data_settings, seen_data
from cellscope.model.own.opening import corners
from cellscope.model.spec import Spec
from cellscope.model.training.history import Score

Panel = dict[str, Any]


def loss_part(networks: Sequence[Measured], look: Look) -> Made:
    """Loss and accuracy over the run."""
    first: Sequence[Score] = networks[0].history if networks[0].spec.labelled else ()
    second: Sequence[Score] = networks[1].history if len(networks) > 1 else ()
    said = of_each([_losses(network, look.language) for network in networks])
    now = networks[0].snapshot
    figure = loss_figure(
        first,
        look.theme,
        look.language,
        second,
        later=now.later,
        at=now.shown_step if now.recalled else None,
        axes=(look.loss_x, look.loss_y),
        regression=now.spec.is_regression,
        empty=empty_until_played("loss.empty", now.spec),
    )
    return Made(figures={"loss": figure}, texts={"loss-caption": said})


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the right column that is made and sent for itself."""

    tabs: tuple[Tab, ...]  # that show it
    make: Callable[[Sequence[Measured], Look], Made]
    backward: bool = False  # whether it needs the gradients, which take as long again
    fold: str = ""  # that has to be open


PARTS: dict[str, Part] = {
    "moments": Part(("overview", "signal"), moments_part),
    "backward": Part(("signal",), backward_part, backward=True),
    "loss": Part(("overview", "training"), loss_part),
    "histograms": Part(("signal",), histograms_part, fold="histograms"),
    "updates": Part(("signal",), updates_part, fold="updates"),
    "profile": Part(("line",), profile_part),
    "confusion": Part(("training",), confusion_part),
}


SECTIONS: tuple[Callable[[], Component], ...] = (  # in the order of the page
    signal_panel,
    broken_panel,
    backward_panel,
    funnel_panel,
    counts_panel,
    loss_panel,
    change_panel,
    confusion_panel,
    health_panel,
    spread_panel,
    gains_panel,
    formats_panel,
    histograms_panel,
    updates_panel,
    values_panel,
    network_panel,
    collapse_panel,
    voronoi_panel,
    sweep_panel,
    profile_panel,
    surface_panel,
)


def needs_backward(parts: Sequence[str]) -> bool:
    """Whether one of the parts needs the gradients."""
    return any(PARTS[part].backward for part in parts)


def panel(
    networks: Sequence[Measured], look: Look, parts: Sequence[str], *, coloured: bool, points: bool
) -> Panel:
    """Some parts of the right column, and the counters; `points`: the data points, too."""
    first = networks[0]
    message: Panel = {
        "type": "panel",
        "version": first.snapshot.version,
        "step": first.snapshot.step,
        "steps": {},
        "figures": {},
        "texts": counters(networks, look.language),
        "tables": {},
    }
    for name in parts:
        made = PARTS[name].make(networks, look)
        message["steps"][name] = first.snapshot.shown_step
        message["figures"] |= made.figures
        message["texts"] |= made.texts
        message["tables"] |= {key: table.message() for key, table in made.tables.items()}
    message["counted"] = first.history[-1].step
    if "loss" in message["steps"]:  # it ends where the losses were last measured
        message["steps"]["loss"] = first.history[-1].step
    message["made"] = time.time() * 1000.0
    if points:
        message["points"] = _points(first.spec, look, coloured=coloured)
        for other in networks[1:]:
            if data_settings(other.spec) != data_settings(first.spec):  # before points were drawn
                message["second_points"] = _points(other.spec, look, coloured=coloured)
    return message


def _points(spec: Spec, look: Look, *, coloured: bool) -> Figure:
    cut, opened = spec.cut, spec.opened
    return points_figure(
        seen_data(spec),
        None if spec.is_regression else spec.classes,
        look.theme,
        look.language,
        coloured=coloured,
        cut=cut,
        corners=() if opened is None else corners(opened, cut).tolist(),
    )


def counters(networks: Sequence[Measured], language: str) -> dict[str, str]:
    """Loss and accuracy now, of the first network and, of two, below the name of each."""
    first = networks[0]
    texts = {
        "loss-count": _loss(first, language),
        "accuracy-count": _accuracy(first, language),
    }
    if len(networks) > 1:
        for which, one in zip("ab", networks, strict=True):
            texts[f"numbers-{which}"] = text(
                of_task("compare.numbers", one.spec),
                language,
                loss=_loss(one, language),
                accuracy=_accuracy(one, language),
            )
    return texts


def loss_number(value: float, language: str) -> str:
    """A loss in at most eight characters, for its counter: 0.0372, 4 200, 4.20·10⁵, 7.4·10⁻⁵."""
    if 1e-3 <= value < 100:
        return fixed(value, language, 4 if value < 10 else 3)
    if 100 <= value < 1e5:
        return number(value, language)
    return power(value, language, 2 if value < 1e-3 else 3)


def _loss(network: Measured, language: str) -> str:
    """Without labels there is none."""
    if not network.spec.labelled:
        return NONE
    return loss_number(network.history[-1].train_loss, language)


def _accuracy(network: Measured, language: str) -> str:
    """None once the loss is none; of a regression R², which needs targets that differ."""
    now = network.history[-1]
    known = isfinite(now.train_loss) and isfinite(now.train_accuracy) and network.spec.labelled
    return accuracy_text(now.train_accuracy, language) if known else NONE


def _losses(network: Measured, language: str) -> str:
    if not network.spec.labelled:
        return text("loss.unlabelled", language)
    now = network.history[-1]
    train, test = loss_number(now.train_loss, language), loss_number(now.test_loss, language)
    return text("loss.caption", language, train=train, test=test)
