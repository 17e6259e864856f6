"""Regression: the squared loss, and R², which says how much better than the mean a network is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def r_squared(mean_square_error: float, targets: NDArray[Any]) -> float:
    """1 − Σ (t − y)² / Σ (t − mean t)²: 1 is perfect, 0 as good as the mean of these targets.

    Below 0 it is worse than that; nan where all targets are the same.

    >>> r_squared(0.5, np.array([-1.0, 1.0]))
    0.5
    """
    variance = float(np.var(np.asarray(targets, np.float64)))
    return 1.0 - mean_square_error / variance if variance > 0.0 else float("nan")
