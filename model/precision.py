"""The forward pass as a floating-point format really computes it, and where it breaks.

11 layers do not overflow float32, but float16 they do. So the weights are rounded to a format and
every layer is computed in it (of the short formats torch sums the products in float32 and rounds
the sum, as tensor cores do); the statistics of what the format held are taken in float64.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cellscope.model.activations import activation_of
from cellscope.model.init import layer_weights
from cellscope.model.moments import Moments, moments
from cellscope.model.spec import Spec

PRECISIONS = ("float64", "float32", "bfloat16", "float16")
Event = Literal["overflow", "underflow", "dead", "zero"]
Layer = tuple[Tensor, Tensor, bool]  # W (fan_out, fan_in), b (fan_out, 1), whether all are 0
DTYPES = {
    "float64": torch.float64,
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}
DEEP_POINTS = 100
MOST_LAYERS = 1000
MOST_NUMBERS = 20_000_000  # weights drawn for a deeper network
FEWEST_LAYERS = 100


@dataclass(frozen=True, slots=True)
class Break:
    """The first layer where a format loses the signal.

    overflow: a pre-activation is no longer finite. underflow: all of them are 0, because products
    were too small or the layer before held less than the smallest normal number. dead: the same,
    because no unit was active. zero: the same, because the layer has no weight and no bias but 0.
    """

    event: Event
    layer: int


@dataclass(frozen=True, slots=True)
class InFormat:
    """Moments, in float64, of what a format held."""

    pre: tuple[Moments, ...]  # of the layers 1…L
    post: tuple[Moments, ...]  # the last layer has no activation: its post is its pre
    broken: Break | None


def measure_in(
    precision: str,
    weights: Sequence[tuple[NDArray[Any], NDArray[Any]]],
    activation: str,
    x: NDArray[Any],
) -> InFormat:
    """Forward moments of a network on points (n, 2), computed in one of `PRECISIONS`."""
    pre: list[Moments] = []
    post: list[Moments] = []
    broken: Break | None = None
    layers = (_in_format(W, b, precision) for W, b in weights)
    before: Tensor | None = None
    for number, (below, y, h, none) in enumerate(
        _forward(layers, activation, x, precision), start=1
    ):
        broken = broken or _break_of(before, below, y, none, number)
        before = y
        last = number == len(weights)
        pre.append(_moments(y))
        post.append(pre[-1] if last else _moments(h))
    return InFormat(tuple(pre), tuple(post), broken)


def deepest_layers(spec: Spec) -> int:
    """How many layers `break_of_deeper` draws at most: fewer of wide ones."""
    width = (spec.sizes[1:-1] or spec.sizes[-1:])[-1]
    return min(MOST_LAYERS, max(FEWEST_LAYERS, MOST_NUMBERS // width**2))


def break_of_deeper(
    spec: Spec, x: NDArray[Any], precision: str, go_on: Callable[[int], bool]
) -> Break | None:
    """Where a deeper network of this start breaks in a format; None if it does not, or was stopped.

    The hidden layers are those of the spec; further ones are drawn as wide as the last, with the
    same seed, so the network on the page is the beginning of this one. No data-dependent scheme
    (``lsuv``) can go on like that. `go_on` is told the layer.
    """
    layers = (_in_format(W, b, precision) for W, b in _drawn(spec))
    points = x[:DEEP_POINTS]
    before: Tensor | None = None
    forward = _forward(layers, spec.activation, points, precision)
    for number, (below, y, _, none) in enumerate(forward, start=1):
        broken = _break_of(before, below, y, none, number)
        if broken is not None:
            return broken
        before = y
        if not go_on(number) or number == deepest_layers(spec):
            return None
    return None


def _drawn(spec: Spec) -> Iterator[tuple[NDArray[Any], NDArray[Any]]]:
    """The layers of the spec's network without its logits, going on for ever."""
    hidden = spec.sizes[1:-1] or spec.sizes[-1:]
    fan_in, number = spec.sizes[0], 1
    while True:
        fan_out = hidden[min(number, len(hidden)) - 1]
        yield layer_weights(spec, number, fan_in, fan_out)
        fan_in, number = fan_out, number + 1


def _in_format(W: NDArray[Any], b: NDArray[Any], precision: str) -> Layer:
    dtype = DTYPES[precision]
    return torch.tensor(W).to(dtype), torch.tensor(b).to(dtype)[:, None], not (W.any() or b.any())


def _forward(
    layers: Iterator[Layer], activation: str, x: NDArray[Any], precision: str
) -> Iterator[tuple[Tensor, Tensor, Tensor, bool]]:
    """(h_{l-1}, y_l, h_l) of every layer, as (units, n) tensors of the format; whether it is 0."""
    h = torch.tensor(np.ascontiguousarray(x.T)).to(DTYPES[precision])
    rows = [activation_of(name) for name in activation.split(",")]
    for number, (W, b, none) in enumerate(layers):
        y = W @ h + b
        below, h = h, y.clone()
        rows[min(number, len(rows) - 1)].forward(h)  # further layers are like the last one
        yield below, y, h, none


def _break_of(
    before: Tensor | None, below: Tensor, y: Tensor, none: bool, layer: int
) -> Break | None:
    """What y_l says, beside y_{l-1} (`before`), h_{l-1} (`below`) and whether W_l, b_l are 0."""
    if not torch.isfinite(y).all():
        return Break("overflow", layer)
    if y.any():
        return None
    if none:
        return Break("zero", layer)
    if below.any() or before is None:
        return Break("underflow", layer)
    faint = before.abs().max() < torch.finfo(before.dtype).smallest_normal
    return Break("underflow" if faint else "dead", layer)


def _moments(values: Tensor) -> Moments:
    with np.errstate(all="ignore"):  # overflow is a result here
        return moments(values.to(torch.float64).numpy())
