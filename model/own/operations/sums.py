"""Sums, and products with constants."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from cellscope.model.own.operations.order import per_sample
from cellscope.model.own.operations.registry import handles
from cellscope.model.own.reading import Reader

Number = int | float


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


def sum_of(r: Reader, out: Tensor, a: Any, b: Any, fa: float, fb: float) -> Tensor:
    """fa · a + fb · b, of which at least one depends on the input."""
    if r.is_known(a) and r.is_known(b):
        return added(r, out, a, b, fa, fb)
    if r.is_known(a):
        return shifted(r, out, a, fa, b, fb)
    return shifted(r, out, b, fb, a, fa)


@handles("add", "__add__", "__radd__")
def _add(r: Reader, func: Any, name: str, input: Any, other: Any, *, alpha: Number = 1) -> Any:
    out = func(input, other, **({} if alpha == 1 else {"alpha": alpha}))
    return sum_of(r, out, input, other, 1.0, float(alpha))


@handles("sub", "subtract", "__sub__")
def _sub(r: Reader, func: Any, name: str, input: Any, other: Any, *, alpha: Number = 1) -> Any:
    out = func(input, other, **({} if alpha == 1 else {"alpha": alpha}))
    return sum_of(r, out, input, other, 1.0, -float(alpha))


@handles("rsub", "__rsub__")
def _rsub(r: Reader, func: Any, name: str, input: Any, other: Any, *, alpha: Number = 1) -> Any:
    out = func(input, other, **({} if alpha == 1 else {"alpha": alpha}))
    return sum_of(r, out, input, other, -float(alpha), 1.0)


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


@handles("stack.sum", "stack.mean")
def _sum_of_stack(
    r: Reader, func: Any, name: str, parts: Sequence[Tensor], input: Tensor, dim: Any = None,
    keepdim: bool = False, *, dtype: Any = None,
) -> Any:  # fmt: skip
    """Over the axis that the parts lie along: an ensemble's sum or mean."""
    dims = [dim] if isinstance(dim, int) else list(dim or ())
    if keepdim or len(dims) != 1 or dims[0] % input.ndim or dtype is not None:
        r.refuse(f"{name} mixes the samples of a batch")
    share = 1.0 if name == "sum" else 1.0 / len(parts)

    def total(xs: Sequence[Tensor], absolute: bool, constants: bool) -> Tensor:
        del absolute, constants
        return share * torch.stack(list(xs)).sum(0)

    return r.affine(func(input, dim=0), parts, total)


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
