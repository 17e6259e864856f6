"""What a survey is: small pictures of all layers, and counts of one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.count.change import Trace
from cellscope.model.cells.exact.counts import Filled
from cellscope.model.cells.exact.units import IdleUnits


@dataclass(frozen=True, slots=True)
class Thumb:
    """The small picture of one layer: its cells, or for the last layer the classes or the value."""

    layer: int
    indices: NDArray[np.uint8]  # (side, side)
    mode: str  # "cells", "classes" or "value": which palette
    count: int  # cells (patterns), or classes; of the value 0


@dataclass(frozen=True, slots=True)
class Funnel:
    """From the sheet's possible cells down to those that hold data, of layer i or 1…i.

    Every number is a denominator for the last one; SCIENCE's A, B, B', C∞, C and D.
    """

    mode: str  # "cells": patterns of layer i; "regions": joint patterns of layers 1…i
    layer: int
    sign_vectors: int  # 2^n, of two kinks a unit 3^n: patterns only, never connected pieces
    maximum: int | None  # upper bound in the plane; None: of graphs none is known
    typical: float | None  # N²/2, at initialisation, N units up to layer i, of one kink each
    plane: int | None  # in the whole plane; None: not counted
    plane_exact: bool
    window: int | None  # in the window, exact; None where there is no exact complex
    pieces: int | None  # connected regions in the window
    filled: Filled | None  # those that hold a training point of the window
    plane_step: int | None = None  # the step that the whole plane was counted at, if an earlier one


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many cells there can be, or typically are: A, B and B' of the funnel."""

    sign_vectors: int
    maximum: int | None
    typical: float | None


@dataclass(frozen=True, slots=True)
class LayerCounts:
    """Exact counts of one layer's cells in a window."""

    layer: int
    patterns: int
    linear_regions: int
    filled: Filled

    def of(self, mode: str) -> tuple[int, int]:
        """(in the window, holding data) in the funnel's mode."""
        if mode == "regions":
            return self.linear_regions, self.filled.linear_regions
        return self.patterns, self.filled.patterns


@dataclass(frozen=True, slots=True)
class Survey:
    """Small pictures of all layers and the funnel of one; `exact` speaks for both."""

    thumbs: tuple[Thumb, ...]
    funnel: Funnel
    exact: bool
    idle: IdleUnits | None = None  # of the funnel's layer; None where nothing is switched off
    layers: tuple[LayerCounts, ...] = ()  # of the hidden layers, and of the last one if it is shown
    traces: tuple[Trace, ...] = ()  # of the same layers
