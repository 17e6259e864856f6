"""The signal in one network: moments of every layer forward, gradients backward, in float64.

Everything here is *measured* on given points; what to expect is in `model.theory`. Numbers that
overflow are reported as inf or nan, never clipped: that is what the exercise is about.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellscope.model.activations import Activation, between_layers
from cellscope.model.regression import r_squared

Float = NDArray[np.float64]
Layers = list[tuple[Float, Float]]
Rows = tuple[Activation, ...]
ROUNDING = 1e-12  # of the values' size: a mean below it stands for 0
SATURATED = 1e-6  # a softmax output is saturated if its largest probability is ≥ 1 − this
_SAFE = (1e-290, 1e290)  # a sum of squares outside may have lost or overflowed some of them


@dataclass(frozen=True, slots=True)
class Moments:
    """Moments of the values of one layer on all points, (units, n) numbers."""

    mean: float  # over units and points
    variance: float  # pooled: about the pooled mean
    data_variance: float  # over the points for each unit (ddof 0), averaged over the units
    mean_square: float

    @property
    def shown_mean(self) -> float:
        """The mean, or 0 where it is nothing but what rounding left of it."""
        rounding = ROUNDING * math.sqrt(max(self.mean_square, 0.0))
        return 0.0 if abs(self.mean) <= rounding and math.isfinite(rounding) else self.mean


@dataclass(frozen=True, slots=True)
class LayerSignal:
    """What one layer does to the signal. δ = ∂(a sample's own loss)/∂y of this layer."""

    layer: int  # 1…L
    fan_in: int
    pre: Moments  # of y = W h + b
    post: Moments  # of a(y); the last layer has no activation: its post is its pre
    dead_share: float | None  # units never > 0 on the points; None without ReLU (last layer too)
    delta_mean_square: float | None  # over units and samples
    per_example: float | None  # mean over the samples of a sample's own mean square of ∂loss/∂W
    batch: float | None  # mean square of the mean over the samples of ∂loss/∂W


@dataclass(frozen=True, slots=True)
class Signal:
    """The whole network on its points; the backward numbers are None if they were not asked for."""

    input: Moments
    layers: tuple[LayerSignal, ...]
    loss: float  # mean cross-entropy, natural logarithm; with targets the mean squared error
    accuracy: float  # 0…1; a point whose logits are nan counts as wrong; with targets R²
    max_logit: float  # the largest |logit|
    saturated_share: float | None  # of the points: max softmax ≥ 1 − SATURATED; None with targets
    gradient_norm: float | None  # of the mean loss, over all weights and biases
    nonfinite_layer: int | None  # the first layer with a y that float64 cannot hold


def measure(
    weights: Sequence[tuple[NDArray[Any], NDArray[Any]]],
    activation: str,
    x: NDArray[Any],
    classes: NDArray[Any],
    *,
    backward: bool = True,
) -> Signal:
    """Moments, loss and gradients of a network on points, all in float64.

    Parameters
    ----------
    weights : sequence of ``(W (fan_out, fan_in), b (fan_out,))``
        The layers, first to last, of any float type. The last one has no activation.
    activation : str
        A name of `ACTIVATIONS` after every layer but the last, or a comma list: one each.
    x : (n, 2) array
        Points of the input plane.
    classes : (n,) array
        The right class of every point, 0 … fan_out of the last layer − 1, as whole numbers. Real
        numbers are targets of a regression, of which the one output is to be close.
    backward : bool
        Whether to measure the gradients, too (about half of the time).

    Examples
    --------
    >>> W, b = np.array([[3.0, 0.0], [0.0, 1.0]]), np.zeros(2)
    >>> signal = measure([(W, b)], "relu", np.array([[1.0, 5.0], [-1.0, 7.0]]), np.array([1, 1]))
    >>> signal.layers[0].pre
    Moments(mean=3.0, variance=14.0, data_variance=5.0, mean_square=23.0)
    """
    rows = between_layers(activation, len(weights) - 1)
    layers = [(np.asarray(W, np.float64), np.asarray(b, np.float64)) for W, b in weights]
    with np.errstate(all="ignore"):  # overflow is a result here
        return _measure(layers, rows, x, np.asarray(classes), backward)


def mean_square(values: Float) -> float:
    """E[v²], also where single squares overflow or underflow although their mean does not."""
    flat = values.ravel()
    plain = float(np.dot(flat, flat)) / flat.size
    if _SAFE[0] < plain < _SAFE[1]:
        return plain
    rms = root_mean_square(values)
    return rms * rms


def root_mean_square(values: Float) -> float:
    """√E[v²], scaled by the largest |v|: finite whenever the values are."""
    top = float(np.abs(values).max())
    if top == 0.0 or not math.isfinite(top):
        return top
    scaled = values.ravel() / top
    return top * math.sqrt(float(np.dot(scaled, scaled)) / scaled.size)


def moments(values: Float) -> Moments:
    """Moments of one layer's values, (units, n).

    The pooled variance is the mean of the units' variances plus the variance of the units' means
    (law of total variance), so a data share of 1e-20 costs no digits, as E[v²] − E[v]² would.
    """
    unit_means = values.mean(axis=1)
    mean = float(unit_means.mean())
    data_variance = mean_square(values - unit_means[:, None])
    between = mean_square(unit_means - mean)
    return Moments(mean, data_variance + between, data_variance, mean_square(values))


def _measure(
    layers: Layers, rows: Rows, x: NDArray[Any], classes: NDArray[Any], backward: bool
) -> Signal:
    signals = [np.ascontiguousarray(np.asarray(x, np.float64).T)]  # h_0 … h_{L-1}, (units, n)
    kept = signals[:]  # what the slopes are read from
    pre: list[Moments] = []
    post: list[Moments] = [moments(signals[0])]
    nonfinite: int | None = None
    y = signals[0]
    for layer, (W, b) in enumerate(layers, start=1):
        y = W @ signals[-1]
        y += b[:, None]
        if nonfinite is None and not np.isfinite(y).all():
            nonfinite = layer
        pre.append(moments(y))
        if layer < len(layers):
            row = rows[layer - 1]
            signals.append(row.value(y))
            kept.append(y if row.from_input else signals[-1])
            post.append(moments(signals[-1]) if row.bends else pre[-1])
    post.append(pre[-1])
    loss, delta, saturated = scored(y, classes)
    gradients = _backward(layers, rows, signals, kept, delta) if backward else None
    return Signal(
        input=post[0],
        layers=tuple(
            LayerSignal(
                layer=i + 1,
                fan_in=layers[i][0].shape[1],
                pre=pre[i],
                post=post[i + 1],
                dead_share=_dead_share(signals[i + 1], rows[i]) if i < len(rows) else None,
                delta_mean_square=gradients.delta[i] if gradients else None,
                per_example=gradients.per_example[i] if gradients else None,
                batch=gradients.batch[i] if gradients else None,
            )
            for i in range(len(layers))
        ),
        loss=loss,
        accuracy=right_share(y, classes),
        max_logit=float(np.abs(y).max()),
        saturated_share=saturated,
        gradient_norm=gradients.norm if gradients else None,
        nonfinite_layer=nonfinite,
    )


def _dead_share(h: Float, row: Activation) -> float | None:
    """Share of the units that are > 0 on no point; None where it is no ReLU."""
    return 1.0 - float((h > 0).any(axis=1).mean()) if row.below == 0.0 else None


def scored(y: Float, wanted: NDArray[Any]) -> tuple[float, Float, float | None]:
    """(mean loss, δ_L of each sample's own, share saturated) by classes, or by targets."""
    if wanted.dtype.kind != "f":
        return softmax(y, wanted)
    error = y - wanted
    return mean_square(error), 2.0 * error, None


def right_share(y: Float, wanted: NDArray[Any]) -> float:
    """The share of points whose class is right; of targets R²."""
    if wanted.dtype.kind == "f":
        return r_squared(mean_square(y - wanted), wanted)
    return float(((y.argmax(axis=0) == wanted) & ~np.isnan(y).any(axis=0)).mean())


def softmax(logits: Float, classes: NDArray[Any]) -> tuple[float, Float, float]:
    """(mean cross-entropy, δ_L = softmax − target (classes, n), share of saturated points)."""
    columns = np.arange(logits.shape[1])
    shifted = logits - logits.max(axis=0)
    exponentials = np.exp(shifted)
    total = exponentials.sum(axis=0)  # ≥ 1: the largest is exp(0)
    loss = float((np.log(total) - shifted[classes, columns]).mean())
    delta = exponentials / total
    saturated = float((delta.max(axis=0) >= 1.0 - SATURATED).mean())
    # p − 1 of the right class as minus the others' sum: no cancellation when p is almost 1.
    delta[classes, columns] = 0.0
    delta[classes, columns] = -delta.sum(axis=0)
    return loss, delta, saturated


@dataclass(frozen=True, slots=True)
class _Gradients:
    delta: list[float]  # of the layers 1…L, as in LayerSignal
    per_example: list[float]
    batch: list[float]
    norm: float


def _backward(
    layers: Layers, rows: Rows, signals: list[Float], kept: list[Float], delta: Float
) -> _Gradients:
    """δ_l = a'(y_l) ∘ W_{l+1}ᵀ δ_{l+1}; a sample's own gradient is ∂loss/∂W_l = δ_l h_{l-1}ᵀ.

    The mean square of such an outer product is (mean δ²)(mean h²), so no sample's matrix is built.
    """
    deltas: list[float] = []
    per_example: list[float] = []
    batch: list[float] = []
    norms: list[float] = []
    n = delta.shape[1]
    for i in range(len(layers) - 1, -1, -1):
        h = signals[i]
        delta_squares = (delta * delta).mean(axis=0)  # (n,)
        deltas.append(float(delta_squares.mean()))
        per_example.append(float((delta_squares * (h * h).mean(axis=0)).mean()))
        gradient = delta @ h.T  # (fan_out, fan_in)
        gradient /= n
        batch.append(mean_square(gradient))
        norms += [_norm(gradient), _norm(delta.mean(axis=1))]
        if i > 0:
            delta = through_activation(rows[i - 1], layers[i][0].T @ delta, kept[i])
    return _Gradients(deltas[::-1], per_example[::-1], batch[::-1], math.hypot(*norms))


def _norm(values: Float) -> float:
    return root_mean_square(values) * math.sqrt(values.size)


def through_activation(row: Activation, delta: Float, kept: Float) -> Float:
    """a'(y) ∘ δ; where the slope is 0 it is 0, also if δ has overflowed."""
    if not row.bends:
        return delta
    slope = row.slope(kept)
    return np.where(slope == 0.0, 0.0, slope * delta)
