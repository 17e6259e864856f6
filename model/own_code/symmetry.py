"""The eight ways to lay a square picture down, and what puts each of them right."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Symmetry:
    """`lay` makes of our picture the one that was handed in; `repair` is numpy for the way back."""

    name: str
    lay: Callable[[Picture], Picture]
    repair: str


UPRIGHT = Symmetry("upright", lambda p: p, "picture")
# In ours the row goes down x₂ and the column up x₁. Laid down as below they go:
SYMMETRIES = (
    UPRIGHT,
    Symmetry("rows", np.flipud, "picture[::-1]"),  # up x₂, up x₁: ascending axes, "xy"
    Symmetry("columns", np.fliplr, "picture[:, ::-1]"),  # down x₂, down x₁
    Symmetry("both", lambda p: p[::-1, ::-1], "picture[::-1, ::-1]"),  # up x₂, down x₁
    Symmetry("transposed", np.transpose, "picture.T"),  # up x₁, down x₂
    Symmetry("ij", lambda p: np.rot90(p, -1), "picture.T[::-1]"),  # up x₁, up x₂: indexing="ij"
    Symmetry("left", lambda p: np.rot90(p, 1), "picture.T[:, ::-1]"),  # down x₁, down x₂
    Symmetry("other", lambda p: p[::-1, ::-1].T, "picture[::-1, ::-1].T"),  # down x₁, up x₂
)
