"""What `cellscope cells` reports: the three counts of a layer, what data fill, and the bounds."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from cellscope.model.cells.count.bounds import (
    geometric_maximum,
    kinks_of,
    sign_vectors,
    typical_regions,
)
from cellscope.model.cells.exact.complex import MAX_FACES, BudgetExceeded, Complex, build
from cellscope.model.cells.exact.counts import filled_by
from cellscope.model.cells.exact.merge import LayerCells, layer_cells
from cellscope.model.cells.exact.origin import BelowReach, Window
from cellscope.model.cells.grid.patterns import Float, Weights
from cellscope.model.spec import SpecError
from cellscope.model.view import FARTHEST

MEMORY_MEBIBYTES = 2048  # what a build may take: 870,000 linear regions with layers of 64 units
LARGEST_EXACT = 2**53  # whole numbers above it lose digits in most readers of JSON


@dataclass(frozen=True, slots=True)
class Measured:
    """The complex of the layers 1 … i, the cells of layer i, and the seconds both took."""

    complex: Complex
    cells: LayerCells
    seconds: float


def default_layer(weights: Weights) -> int:
    """The last hidden layer; 1 if there is none."""
    return max(1, len(weights) - 1)


def checked_window(values: Sequence[float]) -> Window:
    """A window (x0, x1, y0, y1) in data units.

    Raises
    ------
    SpecError
        Field ``window``: beyond ±1e6 (there 1e-12 of a coordinate would merge neighbouring
        lines), not finite, out of order, or so narrow that its area is 0 in float64.
    """
    if not all(abs(v) <= FARTHEST for v in values):  # also catches nan
        raise SpecError("window", "within", tuple(values), high=FARTHEST)
    x0, x1, y0, y1 = (float(v) for v in values)
    if not (x0 < x1 and y0 < y1):
        raise SpecError("window", "ordered", tuple(values))
    if (x1 - x0) * (y1 - y0) == 0.0:
        raise SpecError("window", "too_narrow", tuple(values))
    return x0, x1, y0, y1


def measure(weights: Weights, window: Window, *, layer: int, activation: str = "relu") -> Measured:
    """Build the complex of a network and count the cells of a layer.

    Parameters
    ----------
    weights : sequence of ``(W (fan_out, fan_in), b (fan_out,))``
    window : (x0, x1, y0, y1)
    layer : int
        1 … L; the last layer's patterns are the signs of the logits.
    activation : str
        As of `model.cells.exact.complex.build`.

    Raises
    ------
    SpecError
        ``layer`` outside 1 … L, a ``window`` below the reach of float64, or a ``network`` with
        more linear regions than fit into `MEMORY_MEBIBYTES`.
    """
    if not 1 <= layer <= len(weights):
        raise SpecError("layer", "range", layer, low=1, high=len(weights))
    _load_kernels()
    start = time.perf_counter()
    try:
        budget = face_budget(weights, layer)
        complex = build(weights, window, layer=layer, activation=activation, budget=budget)
        cells = layer_cells(complex, layer)
    except BelowReach:
        raise SpecError("window", "too_narrow", window) from None
    except BudgetExceeded as error:
        sizes = " × ".join(str(len(b)) for _, b in weights)
        raise SpecError(
            "network", "cells_budget", sizes,
            faces=error.faces, layer=error.layer, memory=MEMORY_MEBIBYTES,
        ) from None  # fmt: skip
    except MemoryError:
        raise SpecError("network", "cells_memory", len(weights)) from None
    return Measured(complex, cells, time.perf_counter() - start)


def _load_kernels() -> None:
    """Compile the kernels or load them from their cache: not what `seconds` is to measure."""
    weights = [(np.eye(2), np.zeros(2)), (np.ones((1, 2)), -np.ones(1))]
    layer_cells(build(weights, (-1.0, 1.0, -1.0, 1.0), layer=2), 2)


def face_budget(weights: Weights, layer: int) -> int:
    """How many faces fit into the memory a build may take.

    A face brings about one vertex and two edges. A vertex has a number per unit of two layers;
    arrays grow by a factor of 1.6, and the old one lives until the new one is filled.
    """
    widths = [2, *(len(b) for _, b in weights[:layer])]
    numbers = max(a + b for a, b in pairwise(widths))
    words = sum(-(-n // 64) for n in widths[1:])
    per_face = 8 * numbers + 8 * words + max(widths) // 4 + 150
    return min(MAX_FACES, MEMORY_MEBIBYTES * 2**20 // (2 * per_face))


def cells_report(measured: Measured, points: Float | None = None) -> dict[str, Any]:
    """The report as plain values, ready for JSON.

    Parameters
    ----------
    measured : Measured
    points : (n, 2) array, optional
        Data points; those outside the window do not count.

    Returns
    -------
    dict
        ``layer, window, exact, patterns, connected_regions, linear_regions, area, filled,
        bounds, seconds``. Whole numbers above 2^53 are decimal strings.
    """
    complex, cells = measured.complex, measured.cells
    x0, x1, y0, y1 = complex.window
    return {
        "layer": cells.layer,
        "window": list(complex.window),
        "exact": True,
        "patterns": cells.patterns,
        "connected_regions": cells.regions,
        "linear_regions": cells.linear_regions,
        "area": (x1 - x0) * (y1 - y0),
        "filled": None if points is None else _filled(complex, points),
        "bounds": bounds_report(complex.weights, cells.layer, complex.activation),
        "seconds": measured.seconds,
    }


def bounds_report(
    weights: Weights, layer: int, activation: str = "relu"
) -> dict[str, int | float | str | None]:
    """Bounds on the patterns of a layer in the whole plane (`model.cells.count.bounds`)."""
    widths = [len(b) for _, b in weights[:layer]]
    zero_bias = not any(b.any() for _, b in weights[:layer])
    kinks = kinks_of(activation, len(widths))
    typical = typical_regions(widths)
    return {
        "sign_vectors": whole(sign_vectors(widths[-1], kinks=kinks[-1])),
        "geometric_maximum": whole(
            geometric_maximum(widths, zero_bias=zero_bias, activation=activation)
        ),
        "typical": _typical(typical) if max(kinks) == 1 else None,
    }


def _typical(number: float) -> int | float:
    return int(number) if number.is_integer() else number


def whole(number: int) -> int | str:
    """The number, or its digits where a reader of JSON would round it.

    >>> whole(2**53), whole(2**53 + 1)
    (9007199254740992, '9007199254740993')
    """
    return number if number <= LARGEST_EXACT else str(number)


def _filled(complex: Complex, points: Float) -> dict[str, int]:
    filled = filled_by(
        complex.weights, points, complex.window, layer=complex.layer, activation=complex.activation
    )
    return {
        "points": filled.points,
        "patterns": filled.patterns,
        "linear_regions": filled.linear_regions,
    }
