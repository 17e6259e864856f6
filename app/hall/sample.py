"""`Sample`: the hall as a sample of one setting: each phone holds a draw with a seed of its own.

A draw's start is computed once, by the server: its picture, and the variance of every layer, which
joins the chart on the projector. What a phone holds is not trained.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from cellscope.app.features.signal.jobs import same_network
from cellscope.app.figures.base import Figure, base_layout
from cellscope.app.figures.colours import THEME_COLOURS
from cellscope.app.figures.layers import (
    LABELS,
    band,
    end_labels,
    layer_axis,
    line,
    log_axis,
    log_range,
)  # fmt: skip
from cellscope.app.text.texts import text
from cellscope.model.datasets import make_data
from cellscope.model.moments_over_draws import finite_or_none, report_of_draw
from cellscope.model.spec import MAX_SEED, Spec
from cellscope.model.theory.one_network import one_network
from cellscope.model.theory.prediction import has_theory, predict
from cellscope.model.training.live import LiveNetwork
from cellscope.model.training.snapshot import Snapshot

MOST_DRAWS = 1000
JITTER = (0.0, 0.13, -0.13, 0.07, -0.07, 0.2, -0.2)  # layers, so that equal ones are told apart
Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """What a phone holds."""

    name: tuple[str, int]  # the sample, and which of its draws: seeds of another one are the same
    seed: int
    squares: Values  # E[y²] of every layer, before the activation
    start: Snapshot


@dataclass(slots=True)
class Sample:
    """Of one setting. **Threads**: the event loop's; draws are made in a pool."""

    spec: Spec
    squares: list[Values] = field(default_factory=list[Values])
    name: str = field(default_factory=lambda: secrets.token_hex(4))  # tells it from another one
    given: int = 0  # draws, numbered from 1; 0 is the one on the projector

    def next(self) -> int:
        """Which draw comes now."""
        self.given += 1
        return self.given

    def held(self, said: object) -> int | None:
        """The draw that a phone says it holds, as it comes back; None if that can't be."""
        match said:
            case {"sample": str(name), "number": int(number)} if name == self.name:
                return number if 0 < number <= self.given else None
            case _:
                return None

    def takes(self, draw: Draw) -> None:
        """It joins the chart."""
        if len(self.squares) < MOST_DRAWS:
            self.squares.append(draw.squares)

    def fits(self, spec: Spec) -> bool:
        """Whether the experiment is still the one that is drawn from."""
        return same_network(self.spec, spec)


def draw(spec: Spec, name: tuple[str, int]) -> Draw:
    """The start of a draw, its moments measured in float64 on the training points."""
    k = name[1]
    drawn = spec.but(seed=(spec.seed + k) % (MAX_SEED + 1))
    report = finite_or_none(report_of_draw(spec, k, make_data(spec)))
    squares = tuple(layer["pre"]["mean_square"] for layer in report["layers"])
    start = LiveNetwork(drawn).snapshot(version=0, run=0, status="paused", rate=0.0, error=None)
    return Draw(name, drawn.seed, squares, start)


def sample_figure(spec: Spec, squares: Sequence[Values], theme: str, language: str) -> Figure:
    """Every draw a mark at each layer, mean and median of all, and the theory of one network."""
    colours = THEME_COLOURS[theme]
    layers = range(1, spec.layers + 1)
    columns = [[v for v in column if v is not None] for column in zip(*squares, strict=True)]
    means = [sum(column) / len(column) if column else None for column in columns]
    medians = [_median(column) for column in columns]
    prediction = predict(spec, make_data(spec)) if has_theory(spec) else None
    theory = [None if prediction is None else p.pre_variance for p in _layers(prediction)]
    spread = None if prediction is None else one_network(spec, prediction, after=False)
    low = [s.low for s in spread.layers] if spread else []
    high = [s.high for s in spread.layers] if spread else []
    ends = log_range(theory, low, high, *columns)
    layout = base_layout(theme, language)
    layout["xaxis"] |= layer_axis(spec.layers, text("signal.axis", language))
    layout["xaxis"]["range"] = [0.4, spec.layers + 0.6]
    layout["margin"] |= {"r": LABELS}
    layout["yaxis"] |= log_axis(ends)
    names = (
        (text("hall.mean", language), means[-1] if means else None, colours["bar"]),
        (text("hall.median", language), medians[-1] if medians else None, colours["ink2"]),
        (text("hall.theory", language), theory[-1] if theory else None, colours["theory"]),
    )
    layout["annotations"] = end_labels(names, ends, (0.0, 1.0))
    return {
        "data": [
            *(band(layers, low, high, colours["band"]) if spread else []),
            _marks(layers, squares, colours["second"]),
            line(layers, theory, color=colours["theory"], width=1.5),
            line(layers, means, color=colours["bar"], width=2.5),
            line(layers, medians, color=colours["ink2"], width=2, dash="dash"),
        ],
        "layout": layout,
    }


def _layers(prediction: Any) -> Sequence[Any]:
    return () if prediction is None else prediction.layers


def _marks(layers: Sequence[int], squares: Sequence[Values], colour: str) -> dict[str, Any]:
    points = [
        (layer + JITTER[k % len(JITTER)], value)
        for k, draw in enumerate(squares)
        for layer, value in zip(layers, draw, strict=True)
        if value is not None and value > 0
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [x for x, _ in points],
        "y": [y for _, y in points],
        "hoverinfo": "skip",
        "showlegend": False,
        "marker": {"size": 5, "color": colour, "opacity": 0.55},
    }


def _median(values: Sequence[float]) -> float | None:
    """Half of them lie below it."""
    if not values:
        return None
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else (ordered[half - 1] + ordered[half]) / 2
