"""Nonlinear steps, with kinks and without, and what is nothing in evaluation."""

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from cellscope.model.own.graph import LARGER, RELU, Kinks, Smooth
from cellscope.model.own.operations.registry import handles
from cellscope.model.own.operations.sums import constant_of, scaled, sum_of
from cellscope.model.own.reading import Reader

# --- nonlinear steps with kinks -----------------------------------------------------------------


@handles("relu")
def _relu(r: Reader, func: Any, name: str, input: Tensor, inplace: bool = False) -> Any:
    return r.step(func(input, **_inplace(inplace)), input, RELU)


def _inplace(inplace: bool) -> dict[str, bool]:
    return {"inplace": True} if inplace else {}


@handles("relu6")
def _relu6(r: Reader, func: Any, name: str, input: Tensor, inplace: bool = False) -> Any:
    return r.step(func(input, **_inplace(inplace)), input, bounded(0.0, 6.0))


def bounded(low: float, high: float) -> Kinks:
    """Constant below `low` and above `high`."""
    return Kinks((low, high), (0.0, 1.0, 0.0), (low, 0.0, high))


@handles("hardtanh")
def _hardtanh(
    r: Reader, func: Any, name: str, input: Tensor, min_val: float = -1.0, max_val: float = 1.0,
    inplace: bool = False,
) -> Any:  # fmt: skip
    if not min_val < max_val:
        r.refuse("min_val must be below max_val")
    out = func(input, min_val, max_val, **_inplace(inplace))
    return r.step(out, input, bounded(float(min_val), float(max_val)))


@handles("clamp", "clip")
def _clamp(r: Reader, func: Any, name: str, input: Tensor, min: Any = None, max: Any = None) -> Any:
    return _clamped(r, lambda: func(input, min=min, max=max), input, min, max)


@handles("clamp_min")
def _clamp_min(r: Reader, func: Any, name: str, input: Tensor, min: Any) -> Any:
    return _clamped(r, lambda: func(input, min), input, min, None)


@handles("clamp_max")
def _clamp_max(r: Reader, func: Any, name: str, input: Tensor, max: Any) -> Any:
    return _clamped(r, lambda: func(input, max), input, None, max)


def _clamped(r: Reader, call: Callable[[], Tensor], input: Tensor, min: Any, max: Any) -> Any:
    if any(isinstance(value, Tensor) and value.numel() != 1 for value in (min, max)):
        return _each_clamped(r, call, input, min, max)
    out = call()
    low, high = (_bound(r, value) for value in (min, max))
    if low is not None and high is not None:
        if not low < high:
            r.refuse("its lower bound must be below its upper bound")
        return r.step(out, input, bounded(low, high))
    if low is not None:
        return r.step(out, input, Kinks((low,), (0.0, 1.0), (low, 0.0)))
    if high is not None:
        return r.step(out, input, Kinks((high,), (1.0, 0.0), (0.0, high)))
    return r.refuse("it needs a bound")


def _each_clamped(r: Reader, call: Callable[[], Tensor], input: Tensor, low: Any, high: Any) -> Any:
    """Bounds of its own for each unit: shifted and scaled, all are bent at 0, or at 0 and 1."""
    given = [value for value in (low, high) if value is not None]
    base, *rest = (torch.as_tensor(value, dtype=torch.float64).detach() for value in given)
    if not r.is_known(input) or any(r.is_known(value) for value in given):
        r.refuse("its bounds must be constants")
    shapes = [constant_of(r, value, input.ndim).shape for value in (base, *rest)]
    if torch.broadcast_shapes(input.shape, *shapes) != input.shape:
        r.refuse("its bounds must fit its input")
    y = _plain(input) - base
    bent = sum_of(r, y, input, base, 1.0, -1.0)
    if not rest:
        kinks = RELU if high is None else Kinks((0.0,), (1.0, 0.0), (0.0, 0.0))
        bent = r.step(y.clamp(min=0.0) if high is None else y.clamp(max=0.0), bent, kinks)
        return sum_of(r, call(), bent, base, 1.0, 1.0)
    width = rest[0] - base
    if not bool((width > 0).all()):
        r.refuse("its lower bound must be below its upper bound")
    y = y / width
    bent = scaled(r, y, bent, constant_of(r, 1 / width, input.ndim))
    bent = r.step(y.clamp(0.0, 1.0), bent, bounded(0.0, 1.0))
    bent = scaled(r, y.clamp(0.0, 1.0) * width, bent, constant_of(r, width, input.ndim))
    return sum_of(r, call(), bent, base, 1.0, 1.0)


def _bound(r: Reader, value: Any) -> Any:
    if isinstance(value, Tensor):
        if r.is_known(value) or value.numel() != 1:
            r.refuse("bounds must be single constants")
        value = value.item()
    if value is None or value in (float("inf"), -float("inf")):
        return None
    return float(value)


@handles("abs", "absolute", "__abs__")
def _abs(r: Reader, func: Any, name: str, input: Tensor) -> Any:
    return r.step(func(input), input, Kinks((0.0,), (-1.0, 1.0), (0.0, 0.0)))


@handles("leaky_relu")
def _leaky(
    r: Reader, func: Any, name: str, input: Tensor, negative_slope: float = 0.01,
    inplace: bool = False,
) -> Any:  # fmt: skip
    out = func(input, negative_slope, **_inplace(inplace))
    return r.step(out, input, Kinks((0.0,), (float(negative_slope), 1.0), (0.0, 0.0)))


@handles("prelu")
def _prelu(r: Reader, func: Any, name: str, input: Tensor, weight: Tensor) -> Any:
    if r.is_known(weight) or not r.is_known(input):
        r.refuse("its slopes must be constants")
    slope = weight.detach().double()
    if input.ndim > 1 and slope.numel() > 1:
        slope = slope.reshape(-1, *[1] * (input.ndim - 2))
    slope = slope.expand(input.shape[1:]).clone()
    return r.step(func(input, weight), input, Kinks((0.0,), (slope, 1.0), (0.0, 0.0)))


@handles("maximum", "minimum", "max", "min", "fmax", "fmin")
def _larger(r: Reader, func: Any, name: str, input: Any, other: Any = None, **axis: object) -> Any:
    """max(a, b) = a + relu(b − a): the piece says whether the second is larger."""
    if axis or not isinstance(other, Tensor) or name in ("fmax", "fmin"):
        r.refuse(f"{name} over an axis has no exact cells")
    sign = 1.0 if name[:3] == "max" else -1.0
    if (r.is_known(input) and r.is_known(other)) and input.ndim != other.ndim:
        r.refuse("tensors of different numbers of axes mix the samples of a batch")
    difference = sum_of(r, sign * (_plain(other) - _plain(input)), input, other, -sign, sign)
    over = r.step(difference.clamp(min=0.0), difference, LARGER)
    return sum_of(r, func(input, other), input, over, 1.0, sign)


def _plain(x: Tensor) -> Tensor:
    return x.detach().to(torch.float64)


# --- curves, and what may stand at the end -------------------------------------------------------

CURVES: dict[str, Callable[..., Tensor]] = {
    "tanh": torch.tanh, "sigmoid": torch.sigmoid, "gelu": F.gelu, "silu": F.silu, "elu": F.elu,
    "softplus": F.softplus,
}  # fmt: skip


@handles(*CURVES)
def _curve(r: Reader, func: Any, name: str, input: Tensor, *args: Any, **kwargs: Any) -> Any:
    out = func(input, *args, **kwargs)
    curve = CURVES[name]
    kwargs = {key: value for key, value in kwargs.items() if key != "inplace"}
    rest = args if name != "elu" else args[:1]
    return r.step(out, input, Smooth(lambda y: curve(y, *rest, **kwargs)))


@handles("layer_norm")
def _layer_norm(
    r: Reader, func: Any, name: str, input: Tensor, normalized_shape: Any,
    weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5, *rest: Any,
) -> Any:  # fmt: skip
    if len(normalized_shape) >= input.ndim:
        r.refuse("it mixes the samples of a batch")
    W, b = (None if t is None else t.detach().double() for t in (weight, bias))
    out = F.layer_norm(input, normalized_shape, W, b, eps)
    return r.step(
        out, input, Smooth(lambda y: F.layer_norm(y, normalized_shape, W, b, eps), by_output=True)
    )


@handles("softmax", "log_softmax")
def _softmax(
    r: Reader, func: Any, name: str, input: Tensor, dim: Any = None, *args: Any, **kwargs: Any
) -> Any:
    kwargs.pop("_stacklevel", None)
    axis = dim if dim is not None else (0 if input.ndim in (0, 1, 3) else 1)
    if axis % input.ndim == 0:
        r.refuse("it mixes the samples of a batch")
    curve = torch.softmax if name == "softmax" else torch.log_softmax
    return r.ends(input, curve(input, axis), lambda y: curve(y, axis))


# --- nothing in evaluation ----------------------------------------------------------------------


@handles("dropout", "dropout1d", "dropout2d", "dropout3d", "feature_dropout", "alpha_dropout",
         "feature_alpha_dropout")  # fmt: skip
def _dropout(
    r: Reader, func: Any, name: str, input: Tensor, p: float = 0.5, training: bool | None = None,
    inplace: bool = False, *, train: bool | None = None,
) -> Any:  # fmt: skip
    if training is None:
        training = train if train is not None else name == "dropout"
    if training and p > 0:
        r.refuse("it is random: training=True in evaluation")
    return input
