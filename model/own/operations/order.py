"""Operations that only order numbers: reshaping, slicing, permuting, padding, joining."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from cellscope.model.own.operations.registry import handles
from cellscope.model.own.reading import Reader, picking

Number = int | float


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
    if dim % out.ndim == 0 and all(map(r.is_known, tensors)):
        return r.stacked(out, tensors)
    return _joined(r, out, list(tensors), dim % out.ndim, torch.stack)


@handles("stack.__getitem__", "stack.unbind", "stack.__iter__")
def _taken_apart(
    r: Reader, func: Any, name: str, parts: Sequence[Tensor], input: Tensor, at: Any = 0
) -> Any:
    """One of a stack, or all of them."""
    del func, input
    if not isinstance(at, int) or (name == "unbind" and at != 0):
        r.refuse("it mixes the samples of a batch")
    every = [r.same(part.clone(), r.node(part)) for part in parts]
    if name == "__getitem__":
        return every[at]
    return tuple(every) if name == "unbind" else iter(every)


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
