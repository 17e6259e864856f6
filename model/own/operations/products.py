"""Matrices, convolutions and what is like them, pooling included."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import grad

from cellscope.model.own.graph import Choice, Shape, Weight
from cellscope.model.own.operations.order import per_sample
from cellscope.model.own.operations.registry import handles
from cellscope.model.own.reading import Reader

Number = int | float
CONVOLVED = 16  # samples at a time: 6 × 14 × 14 by 5 × 5 takes 50 µs each, a thousand together 120


# --- matrices and convolutions ------------------------------------------------------------------

Linear = Callable[[Tensor, Tensor], Tensor]  # input, weight


def with_weight(
    r: Reader, out: Tensor, x: Tensor, weight: Tensor, bias: Tensor | None, linear: Linear,
    noted: Weight | None = None,
) -> Tensor:  # fmt: skip
    """``linear(x, weight) + bias``; the bias has the output's shape, or what broadcasts to it."""
    if r.is_known(weight) or r.is_known(bias):
        r.refuse("a product of two things that depend on the input has no exact cells")
    W = weight.detach().to(torch.float64)
    b = None if bias is None else bias.detach().to(torch.float64)

    def apply(xs: Sequence[Tensor], absolute: bool, constants: bool) -> Tensor:
        # |W| when it is wanted: a module that is watched changes W in place (`model.own.live`).
        matrix, shift = (W.abs(), None if b is None else b.abs()) if absolute else (W, b)
        y = linear(xs[0], matrix)
        return y.add_(shift) if constants and shift is not None else y

    return r.affine(out, [x], apply, noted)


@handles("linear")
def _linear(
    r: Reader, func: Any, name: str, input: Tensor, weight: Tensor, bias: Tensor | None = None
) -> Any:
    _needs(r, input)
    if input.ndim < 2:
        r.refuse("it mixes the samples of a batch")
    noted = Weight(weight.shape[1], lambda h, d: d.flatten(0, -2).T @ h.flatten(0, -2))
    return with_weight(r, func(input, weight, bias), input, weight, bias, F.linear, noted)


@handles("matmul", "__matmul__", "__rmatmul__", "mm")
def _matmul(r: Reader, func: Any, name: str, input: Any, other: Any) -> Any:
    out = func(input, other)
    a, b = (other, input) if name == "__rmatmul__" else (input, other)
    if r.is_known(a):
        if not r.is_known(b) and (a.ndim < 2 or b.ndim > 2):
            r.refuse("this product mixes the samples of a batch")
        return with_weight(r, out, a, b, None, torch.matmul)
    if b.ndim < 3 or a.ndim > 2:
        r.refuse("this product mixes the samples of a batch")
    return with_weight(r, out, b, a, None, lambda x, W: torch.matmul(W, x))


@handles("addmm")
def _addmm(
    r: Reader, func: Any, name: str, input: Any, mat1: Any, mat2: Any, *, beta: Number = 1,
    alpha: Number = 1,
) -> Any:  # fmt: skip
    _needs(r, mat1)
    if r.is_known(input) or r.is_known(mat2) or beta != 1 or alpha != 1:
        r.refuse("a product of two things that depend on the input has no exact cells")
    out = func(input, mat1, mat2)
    return with_weight(r, out, mat1, mat2, per_sample(r, input, 2), torch.matmul)


def _needs(r: Reader, x: object) -> None:
    if not r.is_known(x):
        r.refuse("only its first argument may depend on the input")


@handles("conv1d", "conv2d")
def _conv(
    r: Reader, func: Any, name: str, input: Tensor, weight: Tensor, bias: Tensor | None = None,
    stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1,
) -> Any:  # fmt: skip
    _needs(r, input)
    out = func(input, weight, bias, stride, padding, dilation, groups)
    axes = 1 if name == "conv1d" else 2
    if input.ndim != axes + 2:
        r.refuse("it mixes the samples of a batch")
    conv = F.conv1d if axes == 1 else F.conv2d
    gradient: Any = grad.conv1d_weight if axes == 1 else grad.conv2d_weight
    rest = stride, padding, dilation, groups
    noted = Weight(
        math.prod(weight.shape[1:]), lambda h, d: gradient(h, weight.shape, d, *rest)
    )  # fmt: skip
    shift = None if bias is None else bias.reshape(-1, *[1] * axes)
    return with_weight(
        r, out, input, weight, shift, lambda x, W: _in_parts(conv, x, W, rest),
        None if isinstance(padding, str) else noted,
    )  # fmt: skip


def _in_parts(conv: Any, x: Tensor, W: Tensor, rest: Sequence[Any]) -> Tensor:
    """Some samples at a time, so that what torch unfolds stays in the cache: twice as fast."""
    if len(x) <= CONVOLVED:
        return conv(x, W, None, *rest)
    return torch.cat([conv(part, W, None, *rest) for part in x.split(CONVOLVED)])


@handles("convolution")
def _convolution(
    r: Reader, func: Any, name: str, input: Tensor, weight: Tensor, bias: Tensor | None,
    stride: Any, padding: Any, dilation: Any, transposed: bool, output_padding: Any, groups: int,
) -> Any:  # fmt: skip
    if transposed or weight.ndim not in (3, 4):
        r.refuse("it has no exact cells")
    conv = F.conv1d if weight.ndim == 3 else F.conv2d
    of_conv = "conv1d" if weight.ndim == 3 else "conv2d"
    return _conv(r, conv, of_conv, input, weight, bias, stride, padding, dilation, groups)


@handles("batch_norm")
def _batch_norm(
    r: Reader, func: Any, name: str, input: Tensor, running_mean: Tensor | None,
    running_var: Tensor | None, weight: Tensor | None = None, bias: Tensor | None = None,
    training: bool = False, momentum: float = 0.1, eps: float = 1e-5, *rest: Any,
) -> Any:  # fmt: skip
    if isinstance(training, Tensor) or (running_mean is not None and isinstance(weight, bool)):
        r.refuse("its arguments are not known")
    if training or running_mean is None or running_var is None:
        has_none = running_mean is None or running_var is None
        why = "it has no running ones" if has_none else "it was exported in training mode"
        raise r.refusal(f"statistics of the batch have no exact cells: {why}")
    shape = (1, -1, *[1] * (input.ndim - 2))
    mean, var = running_mean.detach().double(), running_var.detach().double()
    factor = torch.rsqrt(var + eps)
    if weight is not None:
        factor = factor * weight.detach().double()
    shift = -mean * factor
    size = shift.abs()
    if bias is not None:
        shift, size = shift + bias.detach().double(), size + bias.detach().double().abs()
    out = F.batch_norm(input, mean, var, weight, bias, False, 0.0, eps)
    f, s, z = (t.reshape(shape) for t in (factor, shift, size))

    def normed(xs: Sequence[Tensor], absolute: bool, constants: bool) -> Tensor:
        y = xs[0] * (f.abs() if absolute else f)
        return y + (z if absolute else s) if constants else y

    return r.affine(out, [input], normed)


# --- pooling ------------------------------------------------------------------------------------


def _linear_call(r: Reader, input: Tensor, call: Callable[[Tensor], Tensor]) -> Tensor:
    return r.affine(call(input), [input], lambda xs, absolute, constants: call(xs[0]))


@handles("avg_pool1d", "avg_pool2d")
def _avg_pool(
    r: Reader, func: Any, name: str, input: Tensor, kernel_size: Any, stride: Any = None,
    padding: Any = 0, ceil_mode: bool = False, count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Any:  # fmt: skip
    pool: Any = F.avg_pool1d if name == "avg_pool1d" else F.avg_pool2d
    _check_axes(r, input, name)
    rest = () if name == "avg_pool1d" else (divisor_override,)
    if divisor_override is not None and divisor_override <= 0:
        r.refuse("a divisor that is not positive is not honoured")
    stride = stride or kernel_size
    return _linear_call(
        r, input,
        lambda x: pool(x, kernel_size, stride, padding, ceil_mode, count_include_pad, *rest),
    )  # fmt: skip


@handles("adaptive_avg_pool1d", "adaptive_avg_pool2d")
def _adaptive(r: Reader, func: Any, name: str, input: Tensor, output_size: Any) -> Any:
    pool: Any = F.adaptive_avg_pool1d if name == "adaptive_avg_pool1d" else F.adaptive_avg_pool2d
    _check_axes(r, input, name)
    return _linear_call(r, input, lambda x: pool(x, output_size))


@handles("max_pool1d", "max_pool2d", "max_pool1d_with_indices", "max_pool2d_with_indices")
def _max_pool(
    r: Reader, func: Any, name: str, input: Tensor, kernel_size: Any, stride: Any = None,
    padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    if return_indices or name.endswith("indices"):
        r.refuse("return_indices is not honoured")
    _check_axes(r, input, name)
    pool: Any = F.max_pool1d if name == "max_pool1d" else F.max_pool2d
    stride = stride or kernel_size
    out = pool(input, kernel_size, stride, padding, dilation, ceil_mode)
    axes = input.ndim - 2
    sizes = [[v] * axes if isinstance(v, int) else [*v, *v][:axes]
             for v in (kernel_size, stride, padding, dilation)]  # fmt: skip
    step = Choice(windows(tuple(input.shape[1:]), tuple(out.shape[1:]), *sizes))
    return r.step(out, input, step)


def windows(
    shape: Shape, out: Shape, kernel: list[int], stride: list[int], padding: list[int],
    dilation: list[int],
) -> NDArray[np.int64]:  # fmt: skip
    """Flat indices of what each output of a max-pooling chooses from, in order. (units, k)"""
    index = np.arange(math.prod(shape)).reshape(shape)
    for axis in range(len(kernel)):
        at = np.arange(out[1 + axis])[:, None] * stride[axis] - padding[axis]
        at = at + np.arange(kernel[axis]) * dilation[axis]
        size = shape[1 + axis]
        inside = (at >= 0) & (at < size)
        where = 1 + 2 * axis  # axes before this one have become two: place, place in the kernel
        index = np.take(index, at.clip(0, size - 1), axis=where)
        keep = inside.reshape(*[1] * where, *at.shape, *[1] * (index.ndim - where - 2))
        index = np.where(keep, index, -1)
    axes = len(kernel)
    order = (0, *(1 + 2 * a for a in range(axes)), *(2 + 2 * a for a in range(axes)))
    return np.ascontiguousarray(index.transpose(order).reshape(math.prod(out), -1))


def _check_axes(r: Reader, input: Tensor, name: str) -> None:
    if input.ndim != (3 if "1d" in name else 4):
        r.refuse("it mixes the samples of a batch")
