"""What each operation of torch is: an affine map, a nonlinear step, or nothing at all.

A handler takes (reader, func, name, …) and then the operation's own arguments by their names in
torch, runs it, and notes it. One that meets an argument it does not honour refuses.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import grad

from cellscope.model.own.graph import RELU, Choice, Kinks, Shape, Smooth, Weight
from cellscope.model.own.reading import Handler, Reader, picking

HANDLERS: dict[str, Handler] = {}
Number = int | float
MOST_CHOICES = 64  # of max-pooling: a word of bits
CONVOLVED = 16  # samples at a time: 6 × 14 × 14 by 5 × 5 takes 50 µs each, a thousand together 120


def handles(*names: str) -> Callable[[Handler], Handler]:
    """Register a handler of the operations of these names."""

    def register(handler: Handler) -> Handler:
        for name in names:
            HANDLERS[name] = handler
        return handler

    return register


# --- the order of numbers: reshaping, slicing, permuting, repeating, padding --------------------


@handles("view", "reshape", "flatten", "unflatten", "squeeze", "unsqueeze", "contiguous", "clone",
         "detach", "data", "ravel", "view_as", "reshape_as", "alias", "permute", "transpose",
         "swapaxes", "swapdims", "movedim", "moveaxis", "T", "mT", "t", "__getitem__", "narrow",
         "select", "index_select", "flip", "roll", "expand", "expand_as", "broadcast_to", "repeat",
         "tile", "chunk", "split", "split_with_sizes", "tensor_split", "unbind", "__iter__",
         "pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "slice", "_unsafe_view",
         "repeat_interleave", "rot90", "fliplr", "flipud", "take_along_dim", "unfold", "lift_fresh",
         "view_copy", "permute_copy", "unsqueeze_copy")  # fmt: skip
def _order(r: Reader, func: Any, name: str, x: Tensor, *args: Any, **kwargs: Any) -> Any:
    """Which number comes from where is what the operation does to the numbers' own indices."""
    if not r.is_known(x):
        r.refuse(f"{name} of a constant by the input has no exact cells")
    out = func(x, *args, **kwargs)
    size = x[0].numel()
    indices = torch.arange(x.numel(), dtype=torch.float64).reshape(x.shape)
    moved: Any = func(indices, *args, **kwargs)
    if name == "__iter__":
        out, moved = list(out), list(moved)
    if isinstance(out, Tensor):
        return _moved(r, name, x, out, moved, size)
    parts = [_moved(r, name, x, o, m, size) for o, m in zip(out, moved, strict=True)]
    return iter(parts) if name == "__iter__" else type(out)(parts)


def _moved(r: Reader, name: str, x: Tensor, out: Tensor, moved: Tensor, size: int) -> Tensor:
    if out is x:
        return out
    batch = len(x)
    if moved.ndim < 1 or len(moved) != batch or not moved[0].numel():
        r.refuse(f"{name} mixes the samples of a batch")
    flat = moved.reshape(batch, -1)
    apart = size * torch.arange(batch, dtype=torch.float64)[:, None]
    if not bool((flat == flat[:1] + apart).all()) or bool((flat[0] >= size).any()):
        r.refuse(f"{name} mixes the samples of a batch")
    made = r.affine(out, [x], picking(flat[0].to(torch.int64), tuple(out.shape[1:])))
    return r.still_ends(x, made) if r.has_ended(x) else made


@handles("pad", "constant_pad_nd")
def _pad(
    r: Reader, func: Any, name: str, input: Tensor, pad: Any, mode: Any = "constant",
    value: Number | None = None,
) -> Any:  # fmt: skip
    if name == "constant_pad_nd":
        value, mode = (mode if isinstance(mode, int | float) else value), "constant"
    out = F.pad(input, pad, mode=mode, value=value)
    filled = float(value or 0.0)
    indices = torch.arange(input[0].numel(), dtype=torch.float64).reshape(1, *input.shape[1:])
    kwargs = {"value": -1.0} if mode == "constant" else {}
    if len(out) != len(input):
        r.refuse(f"{name} pads the batch")
    index = F.pad(indices, pad, mode=mode, **kwargs).flatten().to(torch.int64)
    pick = picking(index, tuple(out.shape[1:]))
    outside = (index < 0).reshape(out.shape[1:])

    def padded(xs: Sequence[Tensor], absolute: bool, constants: bool) -> Tensor:
        y = pick(xs, absolute, constants)
        if constants and filled:
            y[:, outside] = abs(filled) if absolute else filled
        return y

    return r.affine(out, [input], padded)


@handles("cat", "concat", "concatenate")
def _cat(r: Reader, func: Any, name: str, tensors: Sequence[Tensor], dim: int = 0) -> Any:
    del name
    parts = [t for t in tensors if r.is_known(t) or t.numel()]
    out = func(tensors, dim=dim)
    return _joined(r, out, parts, dim % out.ndim, torch.cat)


@handles("stack")
def _stack(r: Reader, func: Any, name: str, tensors: Sequence[Tensor], dim: int = 0) -> Any:
    del name
    out = func(tensors, dim=dim)
    return _joined(r, out, list(tensors), dim % out.ndim, torch.stack)


@handles("hstack")
def _hstack(r: Reader, func: Any, name: str, tensors: Sequence[Tensor]) -> Any:
    del name
    return _joined(r, func(tensors), list(tensors), 0 if tensors[0].ndim < 2 else 1, torch.cat)


def _joined(r: Reader, out: Tensor, parts: Sequence[Tensor], dim: int, join: Any) -> Tensor:
    if dim == 0:
        r.refuse("it mixes the samples of a batch")
    known = [t for t in parts if r.is_known(t)]
    fixed = [None if r.is_known(t) else per_sample(r, t, t.ndim) for t in parts]

    def joined(xs: Sequence[Tensor], absolute: bool, constants: bool) -> Tensor:
        rest, every = iter(xs), list[Tensor]()
        for constant in fixed:
            if constant is None:
                every.append(next(rest))
            else:
                value = constant.abs() if absolute else constant
                every.append(
                    (value if constants else 0 * value).expand(len(xs[0]), *value.shape[1:])
                )
        return join(every, dim=dim)

    return r.affine(out, known, joined)


def per_sample(r: Reader, constant: Tensor, ndim: int) -> Tensor:
    """A constant that stands for every sample alike: its shape begins with 1, or is shorter."""
    value = constant.detach().to(torch.float64)
    if value.ndim > ndim:
        r.refuse("a constant with more axes than the input mixes the samples of a batch")
    if value.ndim == ndim and ndim:
        if not bool((value == value[:1]).all()):
            r.refuse("a constant differs from sample to sample")
        value = value[:1]
    return value


# --- sums, products with constants --------------------------------------------------------------


def constant_of(r: Reader, value: Any, ndim: int) -> Tensor:
    """A number or tensor that does not depend on the input, in float64."""
    if isinstance(value, bool) or not isinstance(value, int | float | Tensor):
        r.refuse(f"a {type(value).__name__} is no number")
    tensor = value if isinstance(value, Tensor) else torch.tensor(float(value), dtype=torch.float64)
    if tensor.is_complex():
        r.refuse("complex numbers have no exact cells")
    return per_sample(r, tensor, ndim)


def shifted(r: Reader, out: Tensor, x: Tensor, sign: float, constant: Any, factor: float) -> Tensor:
    """sign · x + factor · constant."""
    c = factor * constant_of(r, constant, x.ndim)
    size = abs(sign)

    def shift(xs: Sequence[Tensor], absolute: bool, constants: bool) -> Tensor:
        y = xs[0] if sign == 1.0 else (size if absolute else sign) * xs[0]
        shift = c.abs() if absolute else c
        return y + (shift if constants else 0 * shift)

    return r.affine(out, [x], shift)


def added(r: Reader, out: Tensor, a: Tensor, b: Tensor, fa: float, fb: float) -> Tensor:
    """fa · a + fb · b of two tensors that depend on the input."""
    if a.ndim != b.ndim:
        r.refuse("tensors of different numbers of axes mix the samples of a batch")

    def add(xs: Sequence[Tensor], absolute: bool, constants: bool) -> Tensor:
        del constants
        p, q = (abs(fa), abs(fb)) if absolute else (fa, fb)
        return (xs[0] if p == 1.0 else p * xs[0]) + (xs[1] if q == 1.0 else q * xs[1])

    return r.affine(out, [a, b], add)


def _sum_of(r: Reader, out: Tensor, a: Any, b: Any, fa: float, fb: float) -> Tensor:
    if r.is_known(a) and r.is_known(b):
        return added(r, out, a, b, fa, fb)
    if r.is_known(a):
        return shifted(r, out, a, fa, b, fb)
    return shifted(r, out, b, fb, a, fa)


@handles("add", "__add__", "__radd__")
def _add(r: Reader, func: Any, name: str, input: Any, other: Any, *, alpha: Number = 1) -> Any:
    out = func(input, other, **({} if alpha == 1 else {"alpha": alpha}))
    return _sum_of(r, out, input, other, 1.0, float(alpha))


@handles("sub", "subtract", "__sub__")
def _sub(r: Reader, func: Any, name: str, input: Any, other: Any, *, alpha: Number = 1) -> Any:
    out = func(input, other, **({} if alpha == 1 else {"alpha": alpha}))
    return _sum_of(r, out, input, other, 1.0, -float(alpha))


@handles("rsub", "__rsub__")
def _rsub(r: Reader, func: Any, name: str, input: Any, other: Any, *, alpha: Number = 1) -> Any:
    out = func(input, other, **({} if alpha == 1 else {"alpha": alpha}))
    return _sum_of(r, out, input, other, -float(alpha), 1.0)


def scaled(r: Reader, out: Tensor, x: Tensor, factor: Tensor) -> Tensor:
    """factor · x, element by element."""
    size = factor.abs()
    return r.affine(
        out, [x], lambda xs, absolute, constants: xs[0] * (size if absolute else factor)
    )


@handles("mul", "multiply", "__mul__", "__rmul__")
def _mul(r: Reader, func: Any, name: str, input: Any, other: Any) -> Any:
    if r.is_known(input) and r.is_known(other):
        r.refuse("a product of two things that depend on the input has no exact cells")
    x, c = (input, other) if r.is_known(input) else (other, input)
    return scaled(r, func(input, other), x, constant_of(r, c, x.ndim))


@handles("div", "divide", "true_divide", "__truediv__")
def _div(
    r: Reader, func: Any, name: str, input: Any, other: Any, *, rounding_mode: str | None = None
) -> Any:
    if r.is_known(other) or rounding_mode is not None:
        r.refuse("division by what depends on the input, or rounded, has no exact cells")
    divisor = constant_of(r, other, input.ndim)
    size = divisor.abs()
    out = func(input, other)
    return r.affine(
        out, [input], lambda xs, absolute, constants: xs[0] / (size if absolute else divisor)
    )


@handles("neg", "negative", "__neg__")
def _neg(r: Reader, func: Any, name: str, input: Tensor) -> Any:
    return r.affine(
        func(input), [input], lambda xs, absolute, constants: xs[0] if absolute else -xs[0]
    )


@handles("positive", "__pos__")
def _pos(r: Reader, func: Any, name: str, input: Tensor) -> Any:
    return func(input)


@handles("sum", "mean")
def _sum(
    r: Reader, func: Any, name: str, input: Tensor, dim: Any = None, keepdim: bool = False, *,
    axis: Any = None, dtype: Any = None,
) -> Any:  # fmt: skip
    dim = axis if dim is None else dim
    dims = [dim] if isinstance(dim, int) else list(range(input.ndim) if dim is None else dim)
    dims = [d % input.ndim for d in dims or range(input.ndim)]
    if 0 in dims or (dtype is not None and not dtype.is_floating_point):
        r.refuse(f"{name} mixes the samples of a batch")
    total = torch.sum if name == "sum" else torch.mean
    out = total(input, dim=dims, keepdim=keepdim)
    return r.affine(
        out, [input], lambda xs, absolute, constants: total(xs[0], dim=dims, keepdim=keepdim)
    )


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
        raise r.refusal("statistics of the batch have no exact cells: it has no running ones")
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
    if math.prod(sizes[0]) > MOST_CHOICES:
        r.refuse(f"more than {MOST_CHOICES} numbers to choose from are not honoured")
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
    out = func(input, min=min, max=max)
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


@handles("clamp_min")
def _clamp_min(r: Reader, func: Any, name: str, input: Tensor, min: Any) -> Any:
    low = _bound(r, min)
    return r.step(func(input, min), input, Kinks((low,), (0.0, 1.0), (low, 0.0)))


@handles("clamp_max")
def _clamp_max(r: Reader, func: Any, name: str, input: Tensor, max: Any) -> Any:
    high = _bound(r, max)
    return r.step(func(input, max), input, Kinks((high,), (1.0, 0.0), (0.0, high)))


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
    known = input if r.is_known(input) else other
    if (r.is_known(input) and r.is_known(other)) and input.ndim != other.ndim:
        r.refuse("tensors of different numbers of axes mix the samples of a batch")
    difference = _sum_of(r, sign * (_plain(other) - _plain(input)), input, other, -sign, sign)
    over = r.step(difference.clamp(min=0.0), difference, RELU)
    del known
    return _sum_of(r, func(input, other), input, over, 1.0, sign)


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
