"""The output along a straight line: piecewise linear, with a joint wherever a unit folds it."""

from dataclasses import dataclass

import numpy as np

from cellscope.model.cells.count.breakpoints import breakpoints
from cellscope.model.cells.grid.patterns import Float
from cellscope.model.training.snapshot import Snapshot
from cellscope.model.units import over_plane

SMOOTH_POINTS = 501  # where the curve has no joints


@dataclass(frozen=True, slots=True)
class Profile:
    """Values at points along a segment, its ends included.

    Attributes
    ----------
    t : (K,) float64
        0 … 1 along the segment, ascending.
    values : (outputs, K) float64
        The network's, in float64; between two points they are straight if `exact`.
    layers : (K,) int64
        The first layer whose fold makes the joint; 0 at the ends and where there is none.
    exact : bool
    """

    t: Float
    values: Float
    layers: np.ndarray[tuple[int], np.dtype[np.int64]]
    exact: bool


def profile(snapshot: Snapshot, p: tuple[float, float], q: tuple[float, float]) -> Profile:
    """The network's outputs from p to q. O(joints · weights)"""
    spec = snapshot.spec
    start, end = np.array(p, dtype=np.float64), np.array(q, dtype=np.float64)
    exact = spec.is_exact
    joints = _joints(snapshot, p, q) if exact and spec.folding_layers else []
    inner = [t for t, _ in joints] if exact else np.linspace(0.0, 1.0, SMOOTH_POINTS)[1:-1]
    t = np.array([0.0, *inner, 1.0])
    layers = np.zeros(len(t), np.int64)
    layers[1 : 1 + len(joints)] = [layer for _, layer in joints]
    *_, values = over_plane(snapshot, start + t[:, None] * (end - start))
    return Profile(t, values, layers, exact)


def _joints(
    snapshot: Snapshot, p: tuple[float, float], q: tuple[float, float]
) -> list[tuple[float, int]]:
    """Where a unit bends the map, and in which layer; of several at once, the first one."""
    spec = snapshot.spec
    found = breakpoints(
        snapshot.weights, p, q, layer=spec.folding_layers, activation=spec.activation
    )
    bends = {layer for layer, row in enumerate(spec.activations, start=1) if row.bends}
    joints = (
        (float(t), [layer for layer, _ in units if layer in bends])
        for t, units in zip(found.t, found.units, strict=True)
    )
    return [(t, min(layers)) for t, layers in joints if layers]
