"""Numbers put into parts of a tensor: ``x[:, 1:] = y`` and ``x[:, 1:] += y``."""

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from cellscope.model.own.operations.order import per_sample
from cellscope.model.own.operations.registry import handles
from cellscope.model.own.operations.sums import constant_of
from cellscope.model.own.reading import Reader


@handles("__setitem__")
def _assign(r: Reader, func: Any, name: str, target: Tensor, at: Any, value: Any) -> None:
    """The target is known, or a constant such as zeros; so is what is put into it."""
    del name
    if not _all_samples(at, target.ndim):
        r.refuse("an assignment to some of the samples mixes a batch")
    part = target[at]
    fixed = None if r.is_known(value) else constant_of(r, value, part.ndim)
    if fixed is None and value.ndim != part.ndim:
        r.refuse("tensors of different numbers of axes mix the samples of a batch")
    whole = part.numel() == target.numel()  # of what was there nothing is left
    before = 0 * target.nan_to_num() if whole else target.clone()
    base = None if r.is_known(target) else per_sample(r, before, target.ndim)

    def assigned(xs: Sequence[Tensor], absolute: bool, constants: bool) -> Tensor:
        rest = iter(xs)
        if base is None:
            out = next(rest).clone()
        else:
            out = _part_of(base, absolute, constants).expand(len(xs[0]), *target.shape[1:]).clone()
        out[at] = next(rest) if fixed is None else _part_of(fixed, absolute, constants)
        return out

    func(target, at, value)
    inputs = [t for t, known in ((target, base is None), (value, fixed is None)) if known]
    r.affine(target, inputs, assigned)


def _part_of(constant: Tensor, absolute: bool, constants: bool) -> Tensor:
    return (constant.abs() if absolute else constant) if constants else 0 * constant


def _all_samples(at: Any, axes: int) -> bool:
    """Whether an index takes every sample: it leaves the first axis alone."""
    places = at if isinstance(at, tuple) else (at,)
    if not places or places[0] is Ellipsis:
        return sum(place is not None for place in places[1:]) < axes
    return isinstance(places[0], slice) and places[0] == slice(None)
