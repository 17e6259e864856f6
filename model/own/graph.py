"""A network as a small graph: its input, affine nodes, and the nonlinear steps that bend them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellscope.model.own.choosing import largest_of

# An affine map of its inputs, batch first. `absolute`: with the absolute values of all its
# coefficients, for bounds of rounding; without `constants` it is the linear part.
Map = Callable[[Sequence[Tensor], bool, bool], Tensor]
Shape = tuple[int, ...]
CHOSEN_NUMBERS = 2**22  # that are compared at once, where each of k candidates may be the largest


@dataclass(frozen=True, slots=True, eq=False)
class Kinks:
    """Each unit is bent at the same places: ReLU, its relatives, clamping, |y|.

    Piece p of a unit, the number of kinks below y, is ``slopes[p] · y + offsets[p]``.
    """

    kinks: tuple[float, ...]
    slopes: tuple[Tensor | float, ...]  # a tensor: one a unit, shape of one sample
    offsets: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Each unit is the largest of its candidates, of equal ones the first: max-pooling."""

    candidates: NDArray[np.int64]  # (units, k) flat indices into one sample's input; −1 is none


@dataclass(frozen=True, slots=True)
class Smooth:
    """A curve: no exact cells beyond it. Active where its input (or output) is positive."""

    curve: Callable[[Tensor], Tensor]
    by_output: bool = False


Step = Kinks | Choice | Smooth


@dataclass(frozen=True, slots=True, eq=False)
class Weight:
    """The matrix of a Linear, or a convolution's kernel; `gradient(h, δ)` is ∂loss/∂W."""

    fan_in: int
    gradient: Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Node:
    """A tensor of the network: the input (no inputs), an affine map of others, or a step."""

    shape: Shape
    inputs: tuple[int, ...] = ()
    map: Map | None = None
    step: Step | None = None
    weight: "Weight | None" = None  # of a Linear or a convolution


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in the order of execution; `steps` are the nonlinear ones, `names` theirs."""

    nodes: tuple[Node, ...]
    output: int
    names: tuple[str, ...]
    steps: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        steps = tuple(i for i, node in enumerate(self.nodes) if node.step is not None)
        object.__setattr__(self, "steps", steps)

    @property
    def shape(self) -> Shape:
        """Of the input, without the batch."""
        return self.nodes[0].shape

    @property
    def layers(self) -> int:
        """L: the nonlinear steps, and the output."""
        return len(self.steps) + 1

    def seen(self, layer: int) -> int:
        """The node whose pieces or signs are the pattern of a layer."""
        if layer == self.layers:
            return self.output
        step = self.nodes[self.steps[layer - 1]]
        by_output = isinstance(step.step, Smooth) and step.step.by_output
        return self.steps[layer - 1] if by_output else step.inputs[0]

    def kind(self, layer: int) -> Step:
        """How the pattern of a layer is read off its node; the output's is its signs."""
        step = None if layer == self.layers else self.nodes[self.steps[layer - 1]].step
        return SIGNS if step is None or isinstance(step, Smooth) else step

    def units(self, layer: int) -> int:
        """Units of a layer."""
        kind = self.kind(layer)
        if isinstance(kind, Choice):
            return len(kind.candidates)
        return int(np.prod(self.nodes[self.seen(layer)].shape))

    def exact(self, layer: int) -> bool:
        """Whether no smooth step is among the first `layer`."""
        return not any(isinstance(self.nodes[i].step, Smooth) for i in self.steps[:layer])


SIGNS = Kinks((0.0,), (1.0, 1.0), (0.0, 0.0))


def by_units(values: Tensor) -> Tensor:
    """(n, *shape) → (n, units): a sample that is one number without an axis has one unit."""
    return values.flatten(1) if values.ndim > 1 else values[:, None]


def bend(step: Step, y: Tensor) -> Tensor:
    """A step's output. y (n, *shape), or (n, units) where only that matters."""
    if isinstance(step, Smooth):
        return step.curve(y)
    if isinstance(step, Choice):
        return chosen(step, y, choices(step, y))
    if step is RELU or step is LARGER:
        return torch.relu(y)
    return on_piece(step, y, pieces_of(step, y), constants=True)


RELU = Kinks((0.0,), (0.0, 1.0), (0.0, 0.0))
# Of a difference; the node behind it adds that to the first of the two.
LARGER = Kinks((0.0,), (0.0, 1.0), (0.0, 0.0))


def pieces_of(step: Step, y: Tensor) -> Tensor:
    """Which piece each unit is on. (n, …) integers"""
    if isinstance(step, Choice):
        return choices(step, y)
    if isinstance(step, Smooth):
        return (y > 0).to(torch.int64)
    piece = (y > step.kinks[0]).to(torch.int64)
    for kink in step.kinks[1:]:
        piece += y > kink
    return piece


def rounded_pieces(step: Step, y: Tensor, zero: Tensor) -> Tensor:
    """The pieces where values (n, units) within `zero` of a kink, or of each other, are on it."""
    if isinstance(step, Choice):
        rows = max(1, CHOSEN_NUMBERS // max(1, step.candidates.size))
        parts = zip(y.split(rows), zero.expand_as(y).split(rows), strict=True)
        return torch.cat([_rounded_choices(step, part, near) for part, near in parts])
    kinks = step.kinks if isinstance(step, Kinks) else ()
    for kink in kinks:
        y = torch.where((y - kink).abs() <= zero, kink, y)
    return pieces_of(step, y)


def _rounded_choices(step: Choice, y: Tensor, zero: Tensor) -> Tensor:
    index = torch.from_numpy(step.candidates)
    none, place = index < 0, index.clamp(min=0)
    values = y[:, place].masked_fill(none, -torch.inf)  # (n, units, k)
    largest = values.amax(dim=2, keepdim=True)
    return (largest - values <= 2 * zero[:, place]).int().argmax(dim=2)


def on_piece(step: Kinks, y: Tensor, piece: Tensor, constants: bool) -> Tensor:
    """The affine map of given pieces, or its linear part, at y."""
    out = torch.zeros_like(y)
    for p, (slope, offset) in enumerate(zip(step.slopes, step.offsets, strict=True)):
        value = y * slope + offset if constants else y * slope
        out = torch.where(piece == p, value, out)
    return out


def choices(step: Choice, y: Tensor) -> Tensor:
    """The first of the largest candidates of every unit. (n, units)"""
    flat = np.ascontiguousarray(by_units(y.detach()).numpy())
    return torch.from_numpy(largest_of(flat, step.candidates))


def chosen(step: Choice, y: Tensor, winner: Tensor) -> Tensor:
    """The values of given winners, (n, units)."""
    index = torch.from_numpy(step.candidates).expand(len(y), -1, -1)
    return by_units(y).gather(1, index.gather(2, winner[:, :, None])[:, :, 0])
