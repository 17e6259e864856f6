"""Edits: what hands do to a network between two steps, as values that are logged and replayed.

A unit is (layer, unit), the layer 1-based, the unit 0-based. One that is *frozen* keeps its
incoming weights and its bias; one that is *off* has these and its outgoing weights at 0 meanwhile,
so that it carries nothing and is still an ordinary unit to all that counts and draws.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cellscope.model.inputs import with_features
from cellscope.model.spec import Spec, SpecError

Unit = tuple[int, int]
Theta = NDArray[np.float32]
Holding = Literal["free", "frozen", "off"]
HOLDING: tuple[Holding, ...] = ("free", "frozen", "off")
LARGEST = 1e6  # of a weight or a bias that is set


@dataclass(frozen=True, slots=True)
class Holds:
    """The units that do not train."""

    frozen: frozenset[Unit] = frozenset()
    off: frozenset[Unit] = frozenset()

    def of(self, unit: Unit) -> Holding:
        return "off" if unit in self.off else "frozen" if unit in self.frozen else "free"

    def but(self, unit: Unit, holding: Holding) -> "Holds":
        """The same with one unit held otherwise."""
        frozen, off = self.frozen - {unit}, self.off - {unit}
        return Holds(
            frozen | {unit} if holding == "frozen" else frozen,
            off | {unit} if holding == "off" else off,
        )


FREE = Holds()


@dataclass(frozen=True, slots=True)
class Edit:
    """What was done: places in the parameters with what they were and are, and who is held."""

    values: tuple[tuple[int, float, float], ...] = ()  # place, before, after
    before: Holds = FREE
    holds: Holds = FREE

    @property
    def nothing(self) -> bool:
        """Whether all is as it was."""
        return self.before == self.holds and all(was == now for _, was, now in self.values)

    def back(self) -> "Wish":
        """What undoes it."""
        return Wish(values={place: was for place, was, _ in self.values}, holds=self.before)

    def again(self) -> "Wish":
        """What does it once more."""
        return Wish(values={place: now for place, _, now in self.values}, holds=self.holds)

    def then(self, later: "Edit") -> "Edit":
        """Both as one; what is back where it was is left out."""
        first = {place: was for place, was, _ in self.values}
        last = {place: now for place, _, now in self.values}
        for place, was, now in later.values:
            first.setdefault(place, was)
            last[place] = now
        moved = [place for place in sorted(first) if first[place] != last[place]]
        values = tuple((place, first[place], last[place]) for place in moved)
        return Edit(values, self.before, later.holds)


Edits = tuple[tuple[int, Edit], ...]  # step, edit; in order


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done; what it does is known once it is."""

    values: Mapping[int, float] = field(default_factory=dict[int, float])  # by place
    holds: Holds | None = None
    held: tuple[Unit, Holding] | None = None  # one unit, the others as they are
    through: tuple[Unit, float, float] | None = None  # a unit's fold is to pass a point


class Places:
    """Where the parameters of a network lie in its flat vector of blocks [W | b]."""

    def __init__(self, spec: Spec) -> None:
        self.sizes = spec.sizes
        self.starts = [0]
        for fan_in, fan_out in pairwise(spec.sizes):
            self.starts.append(self.starts[-1] + fan_out * (fan_in + 1))

    def weight(self, unit: Unit, k: int) -> int:
        """Of a unit's weight from unit k of the layer before."""
        layer, row = unit
        return self.starts[layer - 1] + row * (self.sizes[layer - 1] + 1) + k

    def bias(self, unit: Unit) -> int:
        return self.weight(unit, self.sizes[unit[0] - 1])

    def incoming(self, unit: Unit) -> list[int]:
        """Of its weights and its bias."""
        first = self.weight(unit, 0)
        return list(range(first, first + self.sizes[unit[0] - 1] + 1))

    def outgoing(self, unit: Unit) -> list[int]:
        """Of the weights by which the next layer reads it."""
        layer, row = unit
        if layer == len(self.sizes) - 1:
            return []
        return [self.weight((layer + 1, j), row) for j in range(self.sizes[layer + 1])]

    def held(self, holds: Holds) -> list[int]:
        """Of all that does not train."""
        frozen = (place for unit in holds.frozen for place in self.incoming(unit))
        return sorted({*frozen, *self.silent(holds.off)})

    def silent(self, off: Iterable[Unit]) -> set[int]:
        """Of all that is 0 while these are off."""
        return {p for unit in off for p in (*self.incoming(unit), *self.outgoing(unit))}

    def unit_of(self, place: int) -> tuple[Unit, int | None]:
        """Whose it is, and which of its weights; None: its bias."""
        layer = next(k for k, start in enumerate(self.starts[1:], 1) if place < start)
        row, column = divmod(place - self.starts[layer - 1], self.sizes[layer - 1] + 1)
        return (layer, row), None if column == self.sizes[layer - 1] else column


def holds_of(edits: Edits) -> Holds:
    """Who is held after these edits."""
    return edits[-1][1].holds if edits else FREE


def edit_of(wish: Wish, spec: Spec, theta: Theta, edits: Edits) -> Edit:
    """What a wish does to these parameters after these edits; a `SpecError` if it can't be."""
    if spec.normalised:  # what is shown is folded: no parameter of its own
        raise SpecError("unit", "edit_normalised", "batch_norm")
    places, before = Places(spec), holds_of(edits)
    values = dict(wish.values)
    holds = before if wish.holds is None else wish.holds
    if wish.held is not None:
        unit, holding = wish.held
        if holding == "off" and unit[0] == len(spec.sizes) - 1:
            raise SpecError("unit", "edit_last", unit[0])
        holds = before.but(unit, holding)
    if wish.through is not None:
        unit, x, y = wish.through
        values[places.bias(unit)] = _bias_through(spec, theta, unit, x, y)
    silent, was_silent = places.silent(holds.off), places.silent(before.off)
    if any(value != 0.0 for place, value in values.items() if place in silent):
        raise SpecError("unit", "edit_off", places.unit_of(min(values))[0][1] + 1)
    values |= dict.fromkeys(silent - was_silent, 0.0)
    heard = was_silent - silent
    if heard:
        kept = _kept(edits, places)
        values = {place: kept[place] for place in heard if place in kept} | values
    done = tuple(
        (place, float(theta[place]), float(np.float32(values[place]))) for place in sorted(values)
    )
    return Edit(tuple(one for one in done if one[1] != one[2]), before, holds)


def _kept(edits: Edits, places: Places) -> dict[int, float]:
    """What the parameters of units that are off were before."""
    kept: dict[int, float] = {}
    for _, edit in edits:
        silent = places.silent(edit.holds.off)
        fresh = silent - places.silent(edit.before.off)
        kept = {place: value for place, value in kept.items() if place in silent}
        kept |= {place: was for place, was, _ in edit.values if place in fresh}
    return kept


def _bias_through(spec: Spec, theta: Theta, unit: Unit, x: float, y: float) -> float:
    """−w·h at a point of the picture: with this bias the unit is 0 there."""
    h = with_features(np.array([[x, y]]), spec.features)[0]
    layer, row = unit
    layers = [(block[:, :-1], block[:, -1]) for block in blocks_of(theta, spec.sizes)]
    own = layers[layer - 1][1][row]
    if spec.cut is not None:
        layers = list(spec.cut.compose(tuple(layers)))
    for (W, b), activation in zip(layers[: layer - 1], spec.activations, strict=False):
        h = activation.value(W @ h + b)
    W, b = layers[layer - 1]
    bias = own - float(b[row]) - float(W[row] @ h)  # the plane's own share is no bias of the unit
    if not (isfinite(bias) and abs(bias) <= LARGEST):
        raise SpecError("bias", "within", bias, high=LARGEST)
    return bias + 0.0  # no −0


def blocks_of(theta: Theta, sizes: Sequence[int]) -> list[NDArray[np.float64]]:
    """The layers' [W | b] in float64."""
    blocks: list[NDArray[np.float64]] = []
    start = 0
    for fan_in, fan_out in pairwise(sizes):
        stop = start + fan_out * (fan_in + 1)
        blocks.append(theta[start:stop].reshape(fan_out, fan_in + 1).astype(np.float64))
        start = stop
    return blocks


def written(edit: Edit) -> dict[str, Any]:
    """As JSON holds it."""
    return {
        "values": [list(value) for value in edit.values],
        **{
            name: [sorted(holds.frozen), sorted(holds.off)]
            for name, holds in (("before", edit.before), ("holds", edit.holds))
        },
    }


def read(told: Mapping[str, Any]) -> Edit:
    """What was written; a ValueError, TypeError or KeyError if it is something else."""

    def holds(name: str) -> Holds:
        frozen, off = (frozenset((int(a), int(b)) for a, b in units) for units in told[name])
        return Holds(frozen, off)

    values = tuple((int(place), float(was), float(now)) for place, was, now in told["values"])
    return Edit(values, holds("before"), holds("holds"))
