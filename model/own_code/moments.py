"""Moments handed in, beside ours: are they the same, and if not, what else are they?

A column is read in many ways (`MomentReading`): deviations for variances, after the activation
for before it, the layer after this one. The plain reading is the one that is hoped for, every
other attribute is one mistake; of the readings that fit, those with the fewest are named.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import product
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import activation_of, between_layers
from cellscope.model.datasets import Data
from cellscope.model.moments import Moments, moments
from cellscope.model.own_code.values import Net, pre_activations

TIGHT = 1e-6  # relative: float64, whatever the order of summation
SINGLE = 1e-4  # float32
SURELY = 5.0  # times nearer than the plain reading
COARSEST = 0.05  # of a value: what a number of few digits may leave open

Column = Literal["mean", "variance"]
Statistic = Literal["mean", "variance", "data_variance", "mean_square"]
Side = Literal["pre", "post", "post_last"]
Points = Literal["train", "test", "all"]
Status = Literal["same", "single", "named", "differs"]


@dataclass(frozen=True, slots=True)
class Written:
    """A number as it was written: its value, and half a unit of its last digit."""

    value: float
    half_unit: float = 0.0


@dataclass(frozen=True, slots=True)
class MomentReading:
    """What a column may hold; the defaults are the plain reading of the column of variances."""

    statistic: Statistic = "variance"
    side: Side = "pre"  # of the activation; "post_last": even after the last layer, which has none
    points: Points = "train"
    root: bool = False  # the square root of it: a standard deviation
    unbiased: bool = False  # divided by one less than there are numbers
    shift: int = 0  # row l holds our layer l + shift

    def mistakes(self, plain: "MomentReading") -> int:
        """How many of its attributes are not those of the plain reading."""
        return sum(getattr(self, f.name) != getattr(plain, f.name) for f in fields(self))


PLAIN: dict[Column, MomentReading] = {
    "mean": MomentReading("mean"),
    "variance": MomentReading("variance"),
}


@dataclass(frozen=True, slots=True)
class ColumnVerdict:
    """What came of the comparison of one column.

    Attributes
    ----------
    readings : tuple of MomentReading
        Those that fit equally well; empty if none does.
    error : float
        The largest deviation in a row from the first reading, or the plain one if there is none:
        relative, of means in units of the layer's root mean square.
    rows : tuple of (layer, theirs, ours, deviation)
        Beside the plain reading.
    by_digits : bool
        Whether they agree only because of how few digits were written.
    """

    column: Column
    status: Status
    readings: tuple[MomentReading, ...]
    error: float
    rows: tuple[tuple[int, float, float, float], ...]
    by_digits: bool = False


@dataclass(frozen=True, slots=True)
class LayerMoments:
    """One layer's moments on some points, and how many numbers they are of."""

    pre: Moments
    post: Moments
    post_last: Moments
    units: int
    points: int

    def value(self, reading: MomentReading) -> float:
        """The statistic that a reading speaks of."""
        found = float(getattr(getattr(self, reading.side), reading.statistic))
        if reading.unbiased:
            pooled = reading.statistic == "variance"
            count = self.points * (self.units if pooled else 1)
            found *= count / (count - 1) if count > 1 else float("nan")
        return found**0.5 if reading.root else found


def layer_moments(weights: Net, activation: str, x: NDArray[np.float64]) -> list[LayerMoments]:
    """The input (layer 0) and the layers 1 … L; the last has no activation. x (n, 2)"""
    input_moments = moments(np.ascontiguousarray(x.T))
    found = [LayerMoments(input_moments, input_moments, input_moments, x.shape[1], len(x))]
    rows = between_layers(activation, len(weights) - 1)
    with np.errstate(all="ignore"):
        for number, y in enumerate(pre_activations(weights, activation, x), start=1):
            pre = moments(np.ascontiguousarray(y.T))
            last = activation.split(",")[-1]  # what the logits would become, had they one too
            row = rows[number - 1] if number <= len(rows) else activation_of(last)
            after = moments(np.ascontiguousarray(row.value(y).T))
            post = pre if number == len(weights) else after
            found.append(LayerMoments(pre, post, after, y.shape[1], len(x)))
    return found


class Reference:
    """Our moments, on whichever points a reading speaks of; each measured once."""

    def __init__(self, weights: Net, activation: str, data: Data) -> None:
        self.network = weights, activation
        self.points: dict[Points, NDArray[np.float64]] = {
            "train": data.train_x,
            "test": data.test_x,
            "all": np.concatenate([data.train_x, data.test_x]),
        }
        self._measured: dict[Points, list[LayerMoments]] = {}

    def layers(self, points: Points) -> list[LayerMoments]:
        """Layers 0 … L."""
        if points not in self._measured:
            self._measured[points] = layer_moments(*self.network, self.points[points])
        return self._measured[points]


def explain_column(
    column: Column, written: Sequence[tuple[int, Written]], reference: Reference
) -> ColumnVerdict:
    """Compare one column, (layer, number) in any order, and name what it is if it differs."""
    plain = PLAIN[column]
    deviations = _deviations(plain, written, reference, digits=True)
    rows = tuple(
        (layer, number.value, reference.layers("train")[layer].value(plain), deviation)
        for (layer, number), deviation in zip(written, deviations, strict=True)
    )
    apart = max(deviations)
    if apart <= TIGHT:
        strictly = max(_deviations(plain, written, reference, digits=False))
        few_digits = strictly > SINGLE
        return ColumnVerdict(column, "same", (plain,), min(strictly, 1.0), rows, few_digits)
    last = max(layer for layer, _ in written)
    others = [
        (reading, max(found))
        for reading in _readings(column)
        if reading.side != "post_last" or last + reading.shift == len(reference.layers("all")) - 1
        if reading != plain and (found := _deviations(reading, written, reference, digits=True))
    ]
    for limit in (TIGHT, SINGLE):
        fitting = [(r, error) for r, error in others if error <= min(limit, apart / SURELY)]
        if fitting:
            fewest = min(reading.mistakes(plain) for reading, _ in fitting)
            best = [(r, error) for r, error in fitting if r.mistakes(plain) == fewest]
            readings = tuple(reading for reading, _ in best)
            return ColumnVerdict(column, "named", readings, best[0][1], rows)
        if limit == TIGHT and apart <= SINGLE:
            return ColumnVerdict(column, "single", (plain,), apart, rows)
    return ColumnVerdict(column, "differs", (), apart, rows)


def _readings(column: Column) -> Iterator[MomentReading]:
    """Every way to read a column."""
    statistics: dict[Column, tuple[Statistic, ...]] = {
        "mean": ("mean",),
        "variance": ("variance", "data_variance", "mean_square"),
    }
    yes_or_no = (False, True)
    sides: tuple[Side, ...] = ("pre", "post", "post_last")
    points: tuple[Points, ...] = ("train", "test", "all")
    for statistic, side, where, root, unbiased, shift in product(
        statistics[column], sides, points, yes_or_no, yes_or_no, (0, 1, -1)
    ):
        if unbiased and statistic not in ("variance", "data_variance"):
            continue
        if root and statistic == "mean":
            continue
        yield MomentReading(statistic, side, where, root, unbiased, shift)


def _deviations(
    reading: MomentReading,
    written: Sequence[tuple[int, Written]],
    reference: Reference,
    *,
    digits: bool,
) -> list[float]:
    """How far each row is from a reading; of a shifted one, rows beyond the network are left out.

    With `digits` a number stands for all that are written like it.
    """
    layers = reference.layers(reading.points)
    found: list[float] = []
    for layer, number in written:
        if not 0 <= layer + reading.shift < len(layers):
            continue
        row = layers[layer + reading.shift]
        ours = row.value(reading)
        rms = getattr(row, reading.side).mean_square ** 0.5
        scale = rms if reading.statistic == "mean" else abs(ours)
        slack = min(number.half_unit, COARSEST * scale) if digits else 0.0
        found.append(_relative(abs(number.value - ours) - slack, scale))
    enough = len(found) >= max(1, len(written) - 1)
    return found if enough else []


def _relative(difference: float, scale: float) -> float:
    if not difference > 0:  # also of numbers that are both infinite
        return 0.0 if difference <= 0 else float("inf")
    return difference / scale if scale > 0 else float("inf")
