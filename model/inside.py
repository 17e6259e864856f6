"""What is inside a network on its training points: all values of every layer, counted."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from cellscope.model.datasets import Data
from cellscope.model.inputs import train_inputs, with_features
from cellscope.model.moments import scored, through_activation
from cellscope.model.own.on_page.signal import graph_values
from cellscope.model.training.snapshot import Snapshot

Float = NDArray[np.float64]
Quantity = Literal["post", "pre", "gradients", "weights"]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
BINS = 41
REACH = 4.0  # rms to both sides; what lies beyond is in the outermost bins
MOST_POINTS = 200  # of a graph, whose layers have thousands of units
MOST = 40_000  # values of a layer that are counted: of more, evenly spread ones


@dataclass(frozen=True, slots=True)
class Histogram:
    """One layer's values, in units of their root mean square."""

    layer: int
    rms: float
    share: Float  # of the values in each of `BINS` bins from −REACH to REACH
    zeros: float  # share of those that are exactly 0


def histograms(snapshot: Snapshot, data: Data, quantity: Quantity) -> list[Histogram]:
    """Of every layer: the weights without biases, the gradients of the mean loss by weights.

    Of a graph there are no weights by layer.
    """
    if snapshot.spec.graph is not None and quantity in ("weights", "gradients"):
        return []
    with np.errstate(all="ignore"):
        found = _values(snapshot, data, quantity)
        return [_histogram(layer, values) for layer, values in enumerate(found, start=1)]


def edges() -> Float:
    """Where the bins end, in root mean squares."""
    return np.linspace(-REACH, REACH, BINS + 1)


def _histogram(layer: int, values: NDArray[Any]) -> Histogram:
    flat = values.ravel()
    flat = flat[:: max(1, len(flat) // MOST)].astype(np.float64)
    finite = flat[np.isfinite(flat)]
    top = float(np.abs(finite).max()) if len(finite) else 0.0
    rms = top * float(np.sqrt(((finite / top) ** 2).mean())) if top else 0.0
    scaled = np.clip(finite / rms, -REACH, REACH) if rms else np.zeros(len(finite))
    counts, _ = np.histogram(scaled, edges())
    many = max(1, len(finite))
    return Histogram(layer, rms, counts / many, float((finite == 0).sum()) / many)


def _values(snapshot: Snapshot, data: Data, quantity: Quantity) -> Iterator[NDArray[Any]]:
    if quantity == "weights":
        yield from (W for W, _ in snapshot.full_weights)
    elif quantity == "gradients":
        yield from weight_gradients(snapshot, data)
    else:
        last = snapshot.spec.layers
        if snapshot.spec.opened is not None and snapshot.spec.graph is not None:
            some = data.train_x[:: max(1, len(data.train_x) // MOST_POINTS)]
            yield from graph_values(snapshot.spec.opened, some, before=quantity == "pre")
            return
        for layer, (y, h) in enumerate(signals(snapshot, data.train_x), start=1):
            yield y if quantity == "pre" or layer == last else h


def signals(snapshot: Snapshot, points: NDArray[Any]) -> Iterator[tuple[Float, Float]]:
    """Every layer before and after its activation, (units, n); the last one has none.

    At points of the data, or of the picture's plane; further inputs are added here.
    """
    x = with_features(points, snapshot.spec.features)
    weights = snapshot.full_weights if x.shape[1] == snapshot.spec.sizes[0] else snapshot.weights
    h = np.ascontiguousarray(np.asarray(x, np.float64).T)
    for layer, (W, b) in enumerate(weights, start=1):
        y = W.astype(np.float64) @ h + b.astype(np.float64)[:, None]
        h = y if layer == snapshot.spec.layers else snapshot.spec.activations[layer - 1].value(y)
        yield y, h


def weight_gradients(snapshot: Snapshot, data: Data) -> list[Float]:
    """∂(mean loss over all training points)/∂W of every layer, in float64."""
    found = list(signals(snapshot, data.train_x))
    x = train_inputs(snapshot.spec, data)
    inputs = [np.asarray(x, np.float64).T, *(h for _, h in found[:-1])]
    _, delta, _ = scored(found[-1][0], data.train_y)
    gradients: list[Float] = []
    for k in reversed(range(len(inputs))):
        gradients.append(delta @ inputs[k].T / delta.shape[1])
        if k:
            W = snapshot.full_weights[k][0].astype(np.float64)
            row = snapshot.spec.activations[k - 1]
            kept = found[k - 1][0] if row.from_input else inputs[k]
            delta = through_activation(row, W.T @ delta, kept)
    return gradients[::-1]
