"""Batch normalisation in a state dict: where it stands among the Linear layers, and its map."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellscope.model.cells.grid.patterns import Float
from cellscope.model.files.states import FIELD, MAX_LAYERS, neighbours, parts_of
from cellscope.model.spec import SpecError, shorten

EPSILON = 1e-5  # torch.nn.BatchNorm1d's default; torch itself takes a second to load
NUMBERS = ("running_mean", "running_var", "weight", "bias")
_NORM = re.compile(r"(.*\.)?running_(?:mean|var)")


@dataclass(frozen=True, slots=True)
class Norm:
    """One that is applied to what the Linear `layer` gives, or else to what it takes."""

    path: str
    layer: int
    behind: bool


def norms_in(state: Mapping[str, Any]) -> list[str]:
    """What stands before the names of every BatchNorm with running statistics."""
    found = [match[1] or "" for key in state if (match := _NORM.fullmatch(key))]
    return [
        path for path in dict.fromkeys(found) if all(f"{path}{n}" in state for n in NUMBERS[:2])
    ]


def without_norms(state: Mapping[str, Any], norms: Sequence[str]) -> dict[str, Any]:
    """The tensors of all other modules."""
    names = (*NUMBERS, "num_batches_tracked")
    theirs = {f"{path}{name}" for path in norms for name in names}
    return {key: value for key, value in state.items() if key not in theirs}


def placed(norms: Sequence[str], linear: Sequence[str]) -> list[Norm]:
    """Each beside the Linear that it belongs to, by the numbers of a Sequential.

    Right behind a Linear it comes before the activation, right before one behind it. No other
    place can be told from a state dict: a name says nothing of the order in `forward`.

    Raises
    ------
    SpecError
        Field ``network``: another place; two Linear with nothing but it between them.
    """
    if len(norms) > 2 * MAX_LAYERS:  # of which each may have one on either side
        raise SpecError(FIELD, "network_layers", len(norms), high=MAX_LAYERS)
    return [_placed(path, norms, linear) for path in norms]


def _placed(path: str, norms: Sequence[str], linear: Sequence[str]) -> Norm:
    before = next((i for i, other in enumerate(linear) if neighbours(other, path)), None)
    after = next((i for i, other in enumerate(linear) if neighbours(path, other)), None)
    in_a_row = any(neighbours(path, other) or neighbours(other, path) for other in norms)
    if in_a_row or (before is None and after is None):
        raise SpecError(FIELD, "network_norm_place", f"{path}running_mean")
    if before is None:
        assert after is not None
        if after == 0 and parts_of(path)[-1] != "0":  # what stands before it is not in the file
            raise SpecError(FIELD, "network_first", f"{path}running_mean")
        return Norm(path, after, behind=False)
    if after is not None:
        first, second = (int(parts_of(linear[i])[-1]) for i in (before, after))
        weight = f"{linear[after]}weight"
        raise SpecError(FIELD, "network_no_relu", weight, before=first, after=second)
    return Norm(path, before, behind=True)


def folded(W: Float, b: Float, norm: Norm, numbers: Mapping[str, Float]) -> tuple[Float, Float]:
    """The Linear with the normalisation beside it, which is an affine map, too.

    `numbers` has mean and variance, weight and bias where it has them. The variance's addend is
    torch's default: no state dict holds it.

    Raises
    ------
    SpecError
        Field ``network``: of another number of units, not finite, a variance below 0.
    """
    units = len(b) if norm.behind else W.shape[1]
    fit = all(n.shape == (units,) and np.isfinite(n).all() for n in numbers.values())
    if not fit or (numbers["running_var"] < 0).any():
        raise SpecError(FIELD, "network_norm", shorten(norm.path), units=units)
    scale = numbers.get("weight", np.ones(units)) / np.sqrt(numbers["running_var"] + EPSILON)
    shift = numbers.get("bias", np.zeros(units)) - scale * numbers["running_mean"]
    if norm.behind:
        return scale[:, None] * W, scale * b + shift
    return W * scale, b + W @ shift
