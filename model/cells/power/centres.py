"""Centres, radii and radical lines of the cells of one layer, as a power diagram.

A layer y = W h + b has the pattern s ∈ {0, 1}^n at h where Σ_{k ∈ s} y_k(h) is greatest over all s:
every unit with y_k > 0 adds to it, every other one takes away. With

    μ_s = Σ_{k ∈ s} w_k,    r_s² = |μ_s|² + 2 Σ_{k ∈ s} b_k

this is where the power |h − μ_s|² − r_s² is least: a power (Laguerre) diagram. Balestriero,
Cosentino, Aazhang, Baraniuk, "The Geometry of Deep Networks: Power Diagram Subdivision", NeurIPS
2019, arXiv:1905.08443. Radius² may be negative, and a centre need not lie in its own cell.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellscope.model.cells.grid.patterns import Float

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Centres:
    """The centres of M patterns in the plane.

    Attributes
    ----------
    at : (M, 2) float64
        μ_s, data units.
    radius_squared : (M,) float64
        r_s², data units squared; negative where there is no circle.
    """

    at: Float
    radius_squared: Float


def centres(W: Float, b: Float, active: Bools) -> Centres:
    """Centres and squared radii of patterns. W (n, 2), b (n,), active (M, n)

    >>> W, b = np.array([[3.0, 0.0], [0.0, 1.0]]), np.array([-6.0, 0.5])
    >>> found = centres(W, b, np.array([[True, False], [True, True]]))
    >>> found.at.tolist(), found.radius_squared.tolist()
    ([[3.0, 0.0], [3.0, 1.0]], [-3.0, -1.0])
    """
    chosen = active.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):  # beyond float64: inf or nan
        at = chosen @ W
        return Centres(at, (at * at).sum(axis=1) + 2.0 * (chosen @ b))


def own_centre_inside(W: Float, b: Float, active: Bools, at: Float) -> Bools:
    """Whether each pattern's centre has that very pattern. at (M, 2) → (M,)

    The cell is the plane's, also where a window cuts it off.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return ((at @ W.T + b > 0) == active).all(axis=1)


def radical_line(W: Float, b: Float, first: Bools, second: Bools) -> tuple[float, float, float]:
    """(p, q, r): the points with p x + q y + r = 0 have equal power with both. first, second (n,)

    Positive where the first is nearer. For cells that differ in one unit it is that unit's line.

    >>> W, b = np.array([[3.0, 0.0], [0.0, 1.0]]), np.array([-6.0, 0.5])
    >>> radical_line(W, b, np.array([True, True]), np.array([False, True]))
    (3.0, 0.0, -6.0)
    """
    sign = first.astype(np.float64) - second.astype(np.float64)
    apart = sign != 0
    p, q = (W[apart] * sign[apart, None]).sum(axis=0)
    return float(p), float(q), float((b[apart] * sign[apart]).sum())
